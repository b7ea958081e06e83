/*
 * A report as one HTML file: nothing from elsewhere, no script, fit for A4. What comes from the wire or from a person
 * is text and nothing else: markup is escaped, controls and what turns text around become '?'.
 */
#include <math.h>
#include <string.h>

#include "app/report/doc.h"
#include "app/words.h"
#include "base/text.h"

void doc_put_html(FILE *out, const char *text)
{
	struct span s = span_str(text);

	while (s.len > 0) {
		uint32_t code;
		size_t n = text_utf8(s, &code);
		if (n == 0 || text_is_control(code)) {
			fputc('?', out);
			n = n ? n : 1;
		} else if (code == '<') {
			fputs("&lt;", out);
		} else if (code == '>') {
			fputs("&gt;", out);
		} else if (code == '&') {
			fputs("&amp;", out);
		} else if (code == '"') {
			fputs("&quot;", out);
		} else if (code == '\'') {
			fputs("&#39;", out);
		} else {
			fwrite(s.ptr, 1, n, out);
		}
		s.ptr += n;
		s.len -= n;
	}
}

static const char style[] =
    ":root{color-scheme:light;--ink:#1a1d21;--soft:#5a6270;--line:#c9ced6;--bad:#a4161a;--notice:#7a5200;--good:#"
    "1d6b34;"
    "--bar:#2f5d8a;--paper:#fff;--band:#f2f4f7}"
    "*{box-sizing:border-box}"
    "body{font:14px/1.55 system-ui,'Noto Sans CJK JP','Noto Sans JP','Yu Gothic UI','Hiragino Sans',Meiryo,sans-serif;"
    "color:var(--ink);background:var(--paper);max-width:190mm;margin:0 auto;padding:8mm 4mm}"
    "body.wide{max-width:400mm}"
    "h1{font-size:22px;margin:0 0 2px}h2{font-size:17px;margin:22px 0 6px;border-bottom:2px solid "
    "var(--ink);padding-bottom:2px}"
    "h3{font-size:15px;margin:16px 0 4px}p{margin:6px 0}.sub{color:var(--soft);margin:0 0 10px}"
    ".warn{border-left:5px solid var(--bad);background:var(--band);padding:6px 10px;margin:8px 0}"
    ".figs{display:flex;flex-wrap:wrap;gap:8px;margin:8px 0;padding:0;list-style:none}"
    ".figs li{border:1px solid var(--line);border-radius:4px;padding:6px 10px;min-width:42mm;flex:1 1 42mm}"
    ".figs .v{font-size:24px;font-weight:600;display:block;line-height:1.25;overflow-wrap:anywhere}"
    ".figs .v.long{font-size:12px!important}.figs .l{display:block}.how{display:block;color:var(--soft);font:11px/1.4 "
    "ui-monospace,'Noto Sans Mono CJK "
    "JP',monospace;"
    "overflow-wrap:anywhere;margin-top:3px}"
    ".bad{color:var(--bad)}.notice{color:var(--notice)}.good{color:var(--good)}"
    "td.bad,td.notice{font-weight:600}.s{white-space:nowrap}sup{font-weight:400;font-size:10px;color:var(--soft)}"
    ".hows{color:var(--soft);font:10px/1.35 ui-monospace,'Noto Sans Mono CJK "
    "JP',monospace;overflow-wrap:anywhere;margin:4px 0;padding-left:22px}"
    ".compact table,.compact p{margin:3px 0}.compact h2{margin:10px 0 4px}.compact .figs{gap:6px;margin:6px 0}.compact "
    ".figs li{flex:1 1 24mm;min-width:24mm;padding:3px 8px}.compact .figs .v{font-size:20px}"
    ".t{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:6px 0 2px;font-size:13px}"
    "caption{text-align:left;font-weight:600;padding:4px 0}"
    "th,td{border:1px solid var(--line);padding:3px 6px;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:var(--band)}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "td.w{min-width:22mm}thead{display:table-header-group}tr{break-inside:avoid}"
    ".chart{margin:8px 0}.chart figcaption{font-weight:600}svg{max-width:100%;height:auto}"
    ":focus-visible{outline:3px solid var(--bar);outline-offset:2px}"
    ".draw{overflow-x:auto;margin:8px 0}.draw svg{width:100%;min-width:960px}.draw a{cursor:pointer}"
    "tr:target{background:#fff3c4;outline:3px solid var(--notice);outline-offset:-2px;scroll-margin-top:30vh}"
    "@page sheet{size:A3 landscape;margin:0}"
    "@media "
    "print{.draw{overflow:visible;page:sheet;break-before:page;margin:0;break-inside:avoid;position:relative}.draw "
    "svg{display:block;min-width:0;max-height:296mm}.draw "
    "figcaption{position:absolute;left:7mm;bottom:1mm;font-size:8px}"
    "h2:has(+.draw){display:none}body.wide{max-width:none}"
    "tr:target{background:none;outline:0}}"
    ".fields{display:flex;flex-wrap:wrap;gap:16px;margin:14px 0;break-before:avoid;break-inside:avoid}"
    ".fields div{flex:1 1 50mm;border-bottom:1px solid var(--ink);padding-top:22px;color:var(--soft);font-size:12px}"
    ".break{break-before:page;border:0;margin:0}"
    "@page{size:A4;margin:12mm}@media print{body{padding:0;max-width:none;font-size:11.5px}.figs .v{font-size:19px}"
    ".compact{font-size:9.5px;line-height:1.35}.compact table{font-size:9px}.compact th,.compact td{padding:1px "
    "4px}.compact h1{font-size:17px}.compact h2{font-size:12px;margin:6px 0 2px}"
    ".compact .figs .v{font-size:15px}.compact "
    ".hows{font-size:6.5px;line-height:1.25}h2,h3,caption{break-after:avoid}.figs "
    "li,.warn,.chart,.short{break-inside:avoid}a{color:inherit;text-decoration:none}}";

static const char *tone_class(uint8_t tone)
{
	static const char *const names[] = {"", "good", "notice", "bad"};

	return names[tone <= TONE_BAD ? tone : 0];
}

/* The commands that are told at the end of a page, in their order. */
struct notes {
	bool at_end;
	unsigned n;
};

static void put_how(FILE *out, const char *how, struct notes *notes)
{
	if (!how[0])
		return;
	if (notes->at_end) {
		fprintf(out, "&#8288;<sup>%u</sup>", ++notes->n);
		return;
	}
	fputs("<code class=\"how\">", out);
	doc_put_html(out, how);
	fputs("</code>", out);
}

static void put_value(FILE *out, const struct doc_cell *c)
{
	char number[40];

	doc_put_html(out, c->is_number ? doc_number_text(c->number, number, sizeof(number)) : c->text);
}

enum { LONG_VALUE = 40 };

static void write_figures(const struct doc_block *b, struct notes *notes, FILE *out)
{
	fputs("<ul class=\"figs\">\n", out);
	for (size_t i = 0; i < b->n_figures; i++) {
		const struct doc_figure *f = &b->figures[i];
		fputs("<li data-id=\"", out);
		doc_put_html(out, f->id);
		fprintf(out, "\"><span class=\"v %s%s\">", tone_class(f->value.tone),
			strlen(f->value.text) > LONG_VALUE ? " long" : "");
		put_value(out, &f->value);
		if (f->unit[0]) {
			fprintf(out, "%s<small>", doc_unit_gap(f->unit));
			doc_put_html(out, f->unit);
			fputs("</small>", out);
		}
		fputs("</span><span class=\"l\">", out);
		doc_put_html(out, f->label);
		if (notes->at_end)
			put_how(out, f->how, notes);
		fputs("</span>", out);
		if (!notes->at_end)
			put_how(out, f->how, notes);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void write_left_out(const struct doc_block *b, FILE *out)
{
	char line[128];

	if (b->left_out == 0)
		return;
	snprintf(line, sizeof(line), say(W_REPORT_LEFT_OUT), b->left_out);
	fputs("<p class=\"sub\">", out);
	doc_put_html(out, line);
	fputs("</p>\n", out);
}

/* Numbers to the right; what is short in every language stays in one line. */
static const char *column_class(const struct doc_column *c)
{
	return c->number ? "n" : c->wide == 0 ? "s" : "w";
}

static void begin_row(const struct doc_block *b, const struct doc_cell *row, FILE *out)
{
	if (b->named_by == 0) {
		fputs("<tr>", out);
		return;
	}
	fputs("<tr id=\"", out);
	doc_put_html(out, row[b->named_by - 1].text);
	fputs("\" tabindex=\"-1\">", out);
}

static void write_table(const struct doc_block *b, struct notes *notes, FILE *out)
{
	enum { SHORT_ROWS = 12 }; /* which stand on one page with their head */
	fputs("<div class=\"t\" tabindex=\"0\"><table id=\"", out);
	doc_put_html(out, b->id);
	if (doc_rows(b) <= SHORT_ROWS)
		fputs("\" class=\"short", out);
	fputs("\"><caption>", out);
	doc_put_html(out, b->text);
	put_how(out, b->how, notes);
	fputs("</caption><thead><tr>", out);
	for (unsigned i = 0; i < b->n_columns; i++) {
		fprintf(out, "<th scope=\"col\" class=\"%s\">", column_class(&b->columns[i]));
		doc_put_html(out, b->columns[i].title);
		fputs("</th>", out);
	}
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0; i < b->n_cells; i++) {
		unsigned column = (unsigned)(i % b->n_columns);
		const struct doc_cell *c = &b->cells[i];
		if (column == 0)
			begin_row(b, c, out);
		fprintf(out, "<td class=\"%s %s\">", column_class(&b->columns[column]), tone_class(c->tone));
		put_value(out, c);
		fputs("</td>", out);
		if (column + 1 == b->n_columns)
			fputs("</tr>\n", out);
	}
	if (b->n_cells == 0) {
		fprintf(out, "<tr><td colspan=\"%u\">", b->n_columns);
		doc_put_html(out, say(W_REPORT_NO_ROWS));
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
	write_left_out(b, out);
}

enum { BAR_LABEL = 190, BAR_ROOM = 400, BAR_ROW = 20 };

/* Lying bars, each with its number: they can be read without a scale, in print and aloud. */
static void write_chart(const struct doc_block *b, struct notes *notes, FILE *out)
{
	size_t rows = doc_rows(b);
	double most = 0;

	for (size_t i = 0; i < rows; i++)
		most = fmax(most, b->cells[2 * i + 1].number);
	fputs("<figure class=\"chart\"><figcaption>", out);
	doc_put_html(out, b->text);
	put_how(out, b->how, notes);
	fprintf(out,
		"</figcaption><svg role=\"img\" viewBox=\"0 0 680 %zu\" width=\"680\" height=\"%zu\" aria-label=\"",
		rows * BAR_ROW + 4, rows * BAR_ROW + 4);
	doc_put_html(out, b->text);
	fputs("\">\n", out);
	for (size_t i = 0; i < rows; i++) {
		double value = b->cells[2 * i + 1].number, w = most > 0 ? value / most * BAR_ROOM : 0;
		char number[40], label[128];
		size_t y = i * BAR_ROW + 2;
		text_printable(span_str(b->cells[2 * i].text), label, sizeof(label), 26);
		fprintf(out, "<text x=\"%d\" y=\"%zu\" font-size=\"12\" text-anchor=\"end\">", BAR_LABEL - 8, y + 13);
		doc_put_html(out, label);
		fprintf(out, "</text><rect x=\"%d\" y=\"%zu\" width=\"%.1f\" height=\"%d\" fill=\"#2f5d8a\"/>",
			BAR_LABEL, y + 2, value > 0 ? fmax(w, 1) : 0, BAR_ROW - 5);
		fprintf(out, "<text x=\"%.1f\" y=\"%zu\" font-size=\"12\">%s</text>\n", BAR_LABEL + w + 6, y + 13,
			doc_number_text(value, number, sizeof(number)));
	}
	fputs("</svg></figure>\n", out);
}

static void write_sentence(const struct doc_block *b, const char *open, const char *close, FILE *out)
{
	fputs(open, out);
	doc_put_html(out, b->text);
	fputs(close, out);
}

static void write_fields(const struct doc_block *b, FILE *out)
{
	fputs("<div class=\"fields\">", out);
	for (size_t i = 0; i < b->n_cells; i++) {
		fputs("<div>", out);
		doc_put_html(out, b->cells[i].text);
		fputs("</div>", out);
	}
	fputs("</div>\n", out);
}

static void write_block(const struct doc_block *b, struct notes *notes, FILE *out)
{
	char open[16], close[16];

	switch (b->kind) {
	case BLOCK_HEADING:
		snprintf(open, sizeof(open), "<h%u>", b->level + 1);
		snprintf(close, sizeof(close), "</h%u>\n", b->level + 1);
		write_sentence(b, open, close, out);
		break;
	case BLOCK_PARAGRAPH:
		write_sentence(b, "<p>", "</p>\n", out);
		break;
	case BLOCK_WARNING:
		write_sentence(b, "<p class=\"warn\">", "</p>\n", out);
		break;
	case BLOCK_FIGURES:
		write_figures(b, notes, out);
		break;
	case BLOCK_TABLE:
		write_table(b, notes, out);
		break;
	case BLOCK_CHART:
		write_chart(b, notes, out);
		break;
	case BLOCK_DRAWING:
		write_sentence(b, "<figure class=\"draw\" tabindex=\"0\"><figcaption>", "</figcaption>\n", out);
		fputs(b->svg ? b->svg : "", out);
		fputs("</figure>\n", out);
		break;
	case BLOCK_FIELDS:
		write_fields(b, out);
		break;
	case BLOCK_BREAK:
		fputs("<hr class=\"break\">\n", out);
		break;
	}
}

static void write_note(const char *how, FILE *out)
{
	if (!how[0])
		return;
	fputs("<li>", out);
	doc_put_html(out, how);
	fputs("</li>\n", out);
}

/* In the order of put_how(). */
static void write_notes(const struct doc *d, FILE *out)
{
	fputs("<h2>", out);
	doc_put_html(out, say(W_REPORT_COMMANDS));
	fputs("</h2>\n<p>", out);
	doc_put_html(out, say(W_REPORT_COMMANDS_TEXT));
	doc_put_html(out, say(W_REPORT_COMMANDS_NUMBERED));
	fputs("</p>\n<ol class=\"hows\">\n", out);
	for (size_t i = 0; i < d->n_blocks; i++) {
		const struct doc_block *b = &d->blocks[i];
		for (size_t k = 0; k < b->n_figures; k++)
			write_note(b->figures[k].how, out);
		write_note(b->how, out);
	}
	fputs("</ol>\n", out);
}

void doc_write_html(const struct doc *d, FILE *out)
{
	struct notes notes = {.at_end = doc_commands_last(d)};

	fprintf(
	    out,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	    d->japanese ? "ja" : "en");
	doc_put_html(out, d->title);
	fprintf(out, "</title>\n<style>%s%s</style>\n</head>\n<body%s>\n<header><h1>", style,
		d->landscape ? "@page{size:A3 landscape}"
		: d->compact ? "@page{margin:8mm}"
			     : "",
		d->landscape ? " class=\"wide\""
		: d->compact ? " class=\"compact\""
			     : "");
	doc_put_html(out, d->title);
	fputs("</h1>\n<p class=\"sub\">", out);
	doc_put_html(out, d->subtitle);
	fputs("</p></header>\n<main>\n", out);
	for (size_t i = 0; i < d->n_blocks; i++)
		write_block(&d->blocks[i], &notes, out);
	if (notes.at_end)
		write_notes(d, out);
	fputs("</main>\n</body>\n</html>\n", out);
}
