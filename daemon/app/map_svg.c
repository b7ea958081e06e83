/* The map as SVG: what stands behind first, so that lines never hide a name. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/map.h"
#include "base/text.h"
#include "ledger/kinds.h"

enum {
	LABELS_MAX = 60,  /* with more crossing lines than that, protocols are not written beside them */
	SINGLE_MAX = 400, /* with more lines than that, allowed ones are bundled by zones */
	DENIED_MAX = 200, /* drawn one by one even so */
	BUNDLES_MAX = 1024,
};

void map_put_text(FILE *out, const char *text, unsigned columns, bool dot)
{
	char clean[1024];

	unsigned whole = text_printable(span_str(text), clean, sizeof(clean) - 4, 0);
	if (columns > 1 && whole > columns) {
		text_printable(span_str(text), clean, sizeof(clean) - 4, columns - 1);
		strcat(clean, "…");
	}
	for (const char *p = clean; *p; p++) {
		if (dot && (*p == '"' || *p == '\\'))
			fputc('\\', out);
		if (!dot && *p == '<')
			fputs("&lt;", out);
		else if (!dot && *p == '>')
			fputs("&gt;", out);
		else if (!dot && *p == '&')
			fputs("&amp;", out);
		else if (!dot && *p == '"')
			fputs("&quot;", out);
		else
			fputc(*p, out);
	}
}

static void text_at(FILE *out, double x, double y, double size, const char *rest, const char *text, unsigned columns)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\"%s>", x, y, size, rest);
	map_put_text(out, text, columns, false);
	fputs("</text>\n", out);
}

/* ---- bands and zones */

static const char *band_colour(const struct map_band *b)
{
	static const struct {
		const char *token, *colour;
	} colours[] = {{"internet", "#eceff1"},   {"L5", "#e8eaf6"},           {"L4", "#e3f2fd"},
		       {"L3.5", "#f3e5f5"},       {"L3", "#e0f2f1"},           {"L2", "#e8f5e9"},
		       {"L1", "#f9fbe7"},         {"L0", "#fffde7"},           {"fa.oa", "#e3f2fd"},
		       {"fa.remote", "#fce4ec"},  {"dmz", "#f3e5f5"},          {"fa.prodmgmt", "#e8eaf6"},
		       {"fa.monitor", "#e0f2f1"}, {"fa.warehouse", "#efebe9"}, {"fa.agv", "#e8f5e9"},
		       {"fa.control", "#f9fbe7"}, {"poc", "#fff8e1"}};

	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
		if (strcmp(colours[i].token, b->token) == 0)
			return colours[i].colour;
	}
	return "#fafafa";
}

/* A name in up to three lines of the label's width; breaks where it must. */
static void wrapped(FILE *out, double x, double y, const char *text)
{
	enum { COLUMNS = 17, LINES = 3 };
	const char *p = text;

	for (int line = 0; line < LINES && *p; line++) {
		char part[256];
		size_t n = 0, space = 0;
		unsigned columns = 0;
		while (p[n]) {
			uint32_t code;
			size_t len = text_utf8(span_str(p + n), &code);
			len = len ? len : 1;
			columns += text_columns(code);
			if (columns > COLUMNS || n + len >= sizeof(part))
				break;
			if (p[n] == ' ')
				space = n;
			n += len;
		}
		if (p[n] && space)
			n = space;
		memcpy(part, p, n);
		part[n] = '\0';
		text_at(out, x, y + line * 15, 12, " fill=\"#37474f\"", part, 0);
		p += n + (p[n] == ' ');
	}
}

static void put_band(FILE *out, const struct map_band *b)
{
	fprintf(out,
		"<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" rx=\"6\" fill=\"%s\" stroke=\"#b0bec5\"/>\n",
		MAP_MARGIN, b->y, MAP_WIDTH - 2 * MAP_MARGIN, b->h, band_colour(b));
	double y = b->y + 22;
	if (b->token[0] && strcmp(b->token, "internet") != 0 && strncmp(b->token, "fa.", 3) != 0 &&
	    strcmp(b->token, "poc") != 0 && strcmp(b->token, "dmz") != 0) {
		text_at(out, MAP_MARGIN + 10, y, 18, " font-weight=\"bold\" fill=\"#263238\"", b->token, 0);
		y += 18;
	}
	wrapped(out, MAP_MARGIN + 10, y, b->name);
}

static void put_zone(FILE *out, const struct map_zone *z, bool plain)
{
	fprintf(out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"5\" fill=\"#ffffff\" "
		"fill-opacity=\"0.55\" "
		"stroke=\"#78909c\"%s/>\n",
		z->x, z->y, z->w, z->h, plain ? " stroke-dasharray=\"2 3\"" : "");
	if (z->name[0])
		text_at(out, z->x + 8, z->y + 14, 11, " fill=\"#455a64\" font-weight=\"bold\"", z->name,
			(unsigned)((z->w - 16) / 5.8));
}

/* ---- devices */

static const char *kind_word(const char *token, bool japanese)
{
	for (const struct kind_word *k = kinds_list(KINDS_OF_DEVICE); k->token; k++) {
		if (strcmp(k->token, token) == 0)
			return japanese ? k->ja : k->en;
	}
	return "";
}

/* Names of one kind differ at their ends: what is too much is taken out of the middle. */
static void shorten(const char *text, unsigned columns, char *buf, size_t size)
{
	enum { TAIL = 4 };
	unsigned whole = text_printable(span_str(text), buf, size, 0);

	if (whole <= columns)
		return;
	if (columns < TAIL + 3) {
		text_printable(span_str(text), buf, size, columns);
		return;
	}
	const char *tail = text + strlen(text);
	for (int i = 0; i < TAIL && tail > text; i++) {
		do
			tail--;
		while (tail > text && ((unsigned char)*tail & 0xc0) == 0x80);
	}
	char end[64];
	unsigned tail_columns = text_printable(span_str(tail), end, sizeof(end), TAIL * 2);
	text_printable(span_str(text), buf, size - sizeof(end) - 4,
		       columns > tail_columns + 1 ? columns - tail_columns - 1 : 1);
	strcat(buf, "…");
	strcat(buf, end);
}

static void put_device(FILE *out, const struct map *m, const struct map_device *d)
{
	double w = m->card_w, h = m->card_h, name_size = fmin(h * 0.36, 15), small = fmin(h * 0.28, 11.5);
	bool named = strcmp(d->name, d->ip) != 0 && d->ip[0];
	const char *look = d->unregistered
			       ? "fill=\"#fff3e0\" stroke=\"#d84315\" stroke-width=\"2\" stroke-dasharray=\"6 3\""
			   : d->outside ? "fill=\"#eceff1\" stroke=\"#546e7a\""
					: "fill=\"#ffffff\" stroke=\"#546e7a\"";
	char line[160];

	fprintf(out, "<g><title>");
	map_put_text(out, d->name, 0, false);
	fprintf(out, " %s %s</title>", d->ip, d->outside ? "" : d->id);
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"4\" %s/>\n", d->x, d->y, w, h,
		look);
	snprintf(line, sizeof(line), "%.60s%s%s%.48s", kind_word(d->kind, m->japanese),
		 d->guessed && d->kind[0] ? "?" : "", d->kind[0] && named ? " " : "", named ? d->ip : "");
	double middle = line[0] ? 0.45 : 0.62;
	char name[300];
	shorten(d->name, (unsigned)((w - 10) / (name_size * 0.53)), name, sizeof(name));
	text_at(out, d->x + 6, d->y + h * middle, name_size, " fill=\"#102027\" font-weight=\"bold\"", name, 0);
	if (line[0])
		text_at(out, d->x + 6, d->y + h * 0.84, small, " fill=\"#455a64\"", line,
			(unsigned)((w - 10) / (small * 0.52)));
	fputs("</g>\n", out);
}

/* ---- lines */

struct ends {
	double x1, y1, x2, y2;
	bool arc; /* both in one band: the line dips below them */
};

/* Where along the edge of @device its line to @other stands: lines leave in the order of where they lead. */
static double slot(const struct map *m, const double *order, unsigned device, unsigned link, bool below)
{
	unsigned n = 0, before = 0;
	const struct map_device *d = &m->devices[device];

	for (unsigned i = 0; i < m->n_links; i++) {
		const struct map_link *k = &m->links[i];
		if (k->src != device && k->dest != device)
			continue;
		const struct map_device *o = &m->devices[k->src == device ? k->dest : k->src];
		if ((o->y >= d->y) != below)
			continue;
		n++;
		before += o->x < order[0] || (o->x == order[0] && i < link);
	}
	return d->x + m->card_w * (before + 1) / (n + 1);
}

static struct ends ends_of(const struct map *m, unsigned link)
{
	const struct map_link *k = &m->links[link];
	const struct map_device *a = &m->devices[k->src], *b = &m->devices[k->dest];
	bool same_band = m->zones[a->zone].band == m->zones[b->zone].band;
	double h = m->card_h;
	struct ends e = {.arc = same_band};

	bool a_below = b->y >= a->y, b_below = a->y >= b->y;
	e.x1 = slot(m, &b->x, k->src, link, a_below);
	e.x2 = slot(m, &a->x, k->dest, link, b_below);
	e.y1 = a->y + (a_below ? h : 0);
	e.y2 = b->y + (b_below ? h : 0);
	e.arc = a_below && b_below;
	return e;
}

static void put_path(FILE *out, const struct ends *e, const char *colour, double width, const char *rest)
{
	double dy = fabs(e->y2 - e->y1), bend = e->arc ? 14 + fabs(e->x2 - e->x1) * 0.06 : dy * 0.5;
	double up1 = e->arc || e->y2 >= e->y1 ? bend : -bend, up2 = e->arc || e->y1 > e->y2 ? bend : -bend;

	bend = bend > 60 && e->arc ? 60 : bend;
	if (e->arc)
		up1 = up2 = bend;
	fprintf(out,
		"<path d=\"M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f\" fill=\"none\" stroke=\"%s\" "
		"stroke-width=\"%.1f\"%s/>\n",
		e->x1, e->y1, e->x1, e->y1 + up1, e->x2, e->y2 + up2, e->x2, e->y2, colour, width, rest);
}

/* Beside the curve at @t, where a cubic with upright ends is. */
static void put_label(FILE *out, const struct ends *e, double t, const char *text)
{
	double s = 1 - t, bx = s * s * (1 + 2 * t), cx = t * t * (3 - 2 * t);
	double x = e->x1 * bx + e->x2 * cx,
	       y = e->arc ? e->y1 + 16 : e->y1 + (e->y2 - e->y1) * (1.5 * s * t + t * t * t - 0.0);

	if (!e->arc)
		y = s * s * s * e->y1 + 3 * s * t * (e->y1 + e->y2) / 2 + t * t * t * e->y2;
	text_at(
	    out, x + 3, y, 9,
	    " fill=\"#b71c1c\" stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\" stroke-linejoin=\"round\"",
	    text, 40);
}

static void put_link(FILE *out, const struct map *m, unsigned i)
{
	const struct map_link *k = &m->links[i];
	struct ends e = ends_of(m, i);

	if (k->denied)
		put_path(out, &e, "#c62828", 2.6, " marker-end=\"url(#denied)\"");
	else if (k->crosses)
		put_path(out, &e, "#e57373", 1.2, " marker-end=\"url(#crosses)\"");
	else
		put_path(out, &e, "#90a4ae", 1.0, " marker-end=\"url(#inside)\"");
}

/* One line for all that crosses from one zone to another. */
struct bundle {
	unsigned src, dest, n, denied;
};

static void put_bundles(FILE *out, const struct map *m)
{
	struct bundle *b = calloc(BUNDLES_MAX, sizeof(*b));
	unsigned n = 0;

	for (unsigned i = 0; i < m->n_links && b; i++) {
		const struct map_link *k = &m->links[i];
		unsigned src = m->devices[k->src].zone, dest = m->devices[k->dest].zone, at = 0;
		if (src == dest)
			continue;
		while (at < n && (b[at].src != src || b[at].dest != dest))
			at++;
		if (at == BUNDLES_MAX)
			continue;
		if (at == n)
			b[n++] = (struct bundle){.src = src, .dest = dest};
		b[at].n++;
		b[at].denied += k->denied;
	}
	for (unsigned i = 0; i < n; i++) {
		const struct map_zone *from = &m->zones[b[i].src], *to = &m->zones[b[i].dest];
		bool down = to->y > from->y;
		double shift = 14.0 * (i % 7) - 42;
		struct ends e = {.x1 = from->x + from->w / 2 + shift, .x2 = to->x + to->w / 2 + shift};
		char text[32];
		e.y1 = down || to->y == from->y ? from->y + from->h : from->y;
		e.y2 = down ? to->y : to->y + to->h;
		e.arc = to->y == from->y;
		put_path(out, &e, "#e57373", 1.0 + log2(b[i].n + 1.0) * 0.7,
			 " stroke-opacity=\"0.55\" marker-end=\"url(#crosses)\"");
		snprintf(text, sizeof(text), "%u", b[i].n);
		put_label(out, &e, 0.5, text);
	}
	free(b);
}

static void put_links(FILE *out, const struct map *m)
{
	bool bundled = m->n_links > SINGLE_MAX;
	unsigned denied = 0;

	if (bundled)
		put_bundles(out, m);
	/* grey ones first, the worst on top */
	for (int pass = 0; pass < 3; pass++) {
		for (unsigned i = 0; i < m->n_links; i++) {
			const struct map_link *k = &m->links[i];
			int rank = k->denied ? 2 : k->crosses ? 1 : 0;
			if (rank != pass || (bundled && rank < 2) || (rank == 2 && denied++ >= DENIED_MAX))
				continue;
			put_link(out, m, i);
		}
	}
}

static void put_labels(FILE *out, const struct map *m)
{
	unsigned crossing = 0;

	for (unsigned i = 0; i < m->n_links; i++)
		crossing += m->links[i].crosses;
	for (unsigned i = 0; i < m->n_links && crossing <= LABELS_MAX; i++) {
		const struct map_link *k = &m->links[i];
		struct ends e = ends_of(m, i);
		if (k->crosses || k->denied)
			put_label(out, &e, 0.35 + 0.15 * (i % 3), k->protocols);
	}
}

/* ---- the sheet */

static void put_head(FILE *out, const struct map *m)
{
	unsigned devices = 0, unregistered = 0, crossing = 0, denied = 0;
	char text[512], when[64];

	for (unsigned i = 0; i < m->n_devices; i++) {
		devices += !m->devices[i].outside;
		unregistered += m->devices[i].unregistered;
	}
	for (unsigned i = 0; i < m->n_links; i++) {
		crossing += m->links[i].crosses;
		denied += m->links[i].denied;
	}
	text_at(out, MAP_MARGIN, 36, 24, " font-weight=\"bold\" fill=\"#102027\"",
		say(m->model == MAP_PA ? W_MAP_TITLE_PA : W_MAP_TITLE_FA), 0);
	snprintf(text, sizeof(text), say(W_MAP_COUNTS), devices, unregistered, crossing, denied);
	text_at(out, MAP_MARGIN, 56, 13, " fill=\"#37474f\"", text, 0);
	snprintf(text, sizeof(text), say(W_MAP_COVERAGE), local_time(m->last_seen, when, sizeof(when)));
	text_at(out, MAP_MARGIN, 74, 11, " fill=\"#607d8b\"", text, 0);
	if (m->devices_left_out || m->links_left_out || m->n_links > SINGLE_MAX)
		text_at(out, MAP_MARGIN + 700, 74, 11, " fill=\"#b71c1c\"",
			say(m->devices_left_out || m->links_left_out ? W_MAP_LEFT_OUT : W_MAP_BUNDLED), 0);
}

static void put_legend(FILE *out)
{
	double x = MAP_WIDTH - MAP_MARGIN - 620, y = 30;
	const struct {
		const char *colour;
		double width;
		enum word name;
	} lines[] = {{"#90a4ae", 1.0, W_MAP_INSIDE}, {"#e57373", 1.2, W_MAP_CROSSES}, {"#c62828", 2.6, W_MAP_DENIED}};

	for (int i = 0; i < 3; i++) {
		double lx = x + i * 180 + (i == 2 ? 60 : 0);
		fprintf(out, "<path d=\"M%.1f %.1f h34\" stroke=\"%s\" stroke-width=\"%.1f\"/>\n", lx, y,
			lines[i].colour, lines[i].width);
		text_at(out, lx + 40, y + 4, 11, " fill=\"#37474f\"", say(lines[i].name), 0);
	}
	fprintf(out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"34\" height=\"14\" rx=\"3\" fill=\"#fff3e0\" stroke=\"#d84315\" "
		"stroke-width=\"2\" stroke-dasharray=\"6 3\"/>\n",
		x, y + 16);
	text_at(out, x + 40, y + 27, 11, " fill=\"#37474f\"", say(W_MAP_UNREGISTERED), 0);
	text_at(out, x + 180, y + 27, 11, " fill=\"#37474f\"", say(W_MAP_ARROW), 0);
}

static void put_marker(FILE *out, const char *id, const char *colour, double size)
{
	fprintf(
	    out,
	    "<marker id=\"%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"%.1f\" markerHeight=\"%.1f\" "
	    "markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"%s\"/></marker>\n",
	    id, size, size, colour);
}

void map_write_svg(const struct map *m, FILE *out)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"420mm\" height=\"297mm\" viewBox=\"0 0 %d %d\" "
		"font-family=\"Noto Sans CJK JP, Noto Sans JP, Yu Gothic, Meiryo, Hiragino Sans, sans-serif\">\n",
		MAP_WIDTH, MAP_HEIGHT);
	fprintf(out, "<title>");
	map_put_text(out, say(m->model == MAP_PA ? W_MAP_TITLE_PA : W_MAP_TITLE_FA), 0, false);
	fprintf(out, "</title>\n<defs>\n");
	put_marker(out, "inside", "#90a4ae", 6);
	put_marker(out, "crosses", "#e57373", 7);
	put_marker(out, "denied", "#c62828", 10);
	fprintf(out, "</defs>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", MAP_WIDTH, MAP_HEIGHT);
	put_head(out, m);
	put_legend(out);
	for (unsigned i = 0; i < m->n_bands; i++) {
		if (m->bands[i].n_devices > 0)
			put_band(out, &m->bands[i]);
	}
	for (unsigned i = 0; i < m->n_zones; i++) {
		if (m->zones[i].n_devices > 0)
			put_zone(out, &m->zones[i], m->zones[i].band == 0 || m->zones[i].band + 1 == m->n_bands);
	}
	put_links(out, m);
	for (unsigned i = 0; i < m->n_devices; i++)
		put_device(out, m, &m->devices[i]);
	put_labels(out, m);
	fputs("</svg>\n", out);
}
