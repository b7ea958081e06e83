/* The map as SVG: what stands behind first, so that lines never hide a name. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/map.h"
#include "app/map_own.h"
#include "base/text.h"

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

/* A text that stands over lines. No style sheet: pages that show the map may forbid them. */
#define ON_LINES "stroke=\"#ffffff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\""

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

static void put_band(FILE *out, const struct map *m, const struct map_band *b)
{
	fprintf(out,
		"<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"6\" fill=\"%s\" stroke=\"#b0bec5\"/>\n",
		MAP_MARGIN, b->y, m->width - 2 * MAP_MARGIN, b->h, band_colour(b));
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
}

/* Over the lines, which may pass here to the cards. What goes on inside is told where it is not drawn. */
static void put_zone_name(FILE *out, const struct map *m, const struct map_zone *z)
{
	char name[300], inside[96] = "";
	unsigned room = (unsigned)((z->w - 16) / 5.8);

	if (m->bundled && z->inside_denied > 0)
		snprintf(inside, sizeof(inside), say(W_MAP_ZONE_DENIED), z->inside, z->inside_denied);
	else if (m->bundled && z->inside > 0)
		snprintf(inside, sizeof(inside), say(W_MAP_ZONE_INSIDE), z->inside);
	text_printable(span_str(z->name), name, sizeof(name), 0);
	unsigned used = text_printable(span_str(name), name, sizeof(name), room);
	if (name[0])
		text_at(out, z->x + 8, z->y + m->room.zone_head * 0.7, 11,
			" " ON_LINES " fill=\"#455a64\" font-weight=\"bold\"", z->name, room);
	char shown[96];
	unsigned columns = text_printable(span_str(inside), shown, sizeof(shown), 0);
	if (inside[0] && used + columns + 1 <= room)
		text_at(out, z->x + z->w - 8, z->y + m->room.zone_head * 0.7, 10,
			z->inside_denied > 0 ? " text-anchor=\"end\" fill=\"#b71c1c\" font-weight=\"bold\""
					     : " text-anchor=\"end\" fill=\"#607d8b\"",
			inside, 0);
}

/* ---- devices */

static void put_device(FILE *out, const struct map *m, const struct map_device *d, bool linked)
{
	enum { ONE_LINE = 24 }; /* lower cards have room for the name only */
	const double six_points = 8.05 * m->width / MAP_WIDTH;
	double w = m->card_w, h = m->card_h, small = fmin(h * 0.28, 11.5);
	double name_size = h < ONE_LINE ? h * 0.6 : fmin(h * 0.36, 15);
	bool named = strcmp(d->name, d->ip) != 0 && d->ip[0];
	const char *look = d->unregistered
			       ? "fill=\"#fff3e0\" stroke=\"#d84315\" stroke-width=\"2\" stroke-dasharray=\"6 3\""
			   : d->denied && m->bundled ? "fill=\"#ffffff\" stroke=\"#c62828\" stroke-width=\"2\""
			   : d->outside              ? "fill=\"#eceff1\" stroke=\"#546e7a\""
						     : "fill=\"#ffffff\" stroke=\"#546e7a\"";
	char line[160];

	if (linked && !d->outside)
		fprintf(out, "<a href=\"#%s\">", d->id);
	if (d->outside)
		fputs("<g>", out);
	else
		fprintf(out, "<g data-asset=\"%s\">", d->id);
	fputs("<title>", out);
	map_put_text(out, d->name, 0, false);
	fprintf(out, " %s %s</title>", d->ip, d->outside ? "" : d->id);
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"4\" %s/>\n", d->x, d->y, w, h,
		look);
	map_kind_line(d, m->japanese, named ? d->ip : "", (unsigned)((w - 10) / (small * 0.52)), line, sizeof(line));
	if (h < ONE_LINE)
		line[0] = '\0';
	double middle = line[0] ? 0.45 : h < ONE_LINE ? 0.7 : 0.62;
	char name[300];
	/* rather smaller than cut */
	unsigned whole = text_printable(span_str(d->name), name, sizeof(name), 0);
	double fits = whole > 0 ? (w - 10) / (whole * 0.53) : name_size;
	if (fits < name_size)
		name_size = fmax(fits - 0.01, fmin(name_size, fmax(name_size * 0.7, six_points)));
	map_short_name(m, d, (unsigned)((w - 10) / (name_size * 0.53)), name, sizeof(name));
	text_at(out, d->x + 6, d->y + h * middle, name_size, " fill=\"#102027\" font-weight=\"bold\"", name, 0);
	if (line[0])
		text_at(out, d->x + 6, d->y + h * 0.84, small, " fill=\"#455a64\"", line, 0);
	fputs(linked && !d->outside ? "</g></a>\n" : "</g>\n", out);
}

/* ---- lines */

static const struct look {
	const char *colour, *marker;
	double width;
} looks[] = {[MAP_INSIDE] = {"#90a4ae", "inside", 1.0},
	     [MAP_CROSSES] = {"#e57373", "crosses", 1.3},
	     [MAP_DENIED] = {"#c62828", "denied", 2.6}};

/* From who asks to who answers, so that the arrow stands at the latter. */
static void put_route(FILE *out, const struct map *m, const struct map_route *r)
{
	const struct look *look = &looks[r->kind];
	double xy[2 * MAP_BANDS_MAX + 2][2];
	unsigned n = 0;

	xy[n][0] = r->legs[0].x0;
	xy[n++][1] = r->y0;
	for (unsigned i = 0; i < r->n_legs; i++) {
		const struct map_leg *g = &r->legs[i];
		xy[n][0] = g->x0;
		xy[n++][1] = g->y;
		xy[n][0] = g->x1;
		xy[n++][1] = g->y;
	}
	xy[n][0] = r->legs[r->n_legs - 1].x1;
	xy[n++][1] = r->y1;
	fputs("<path d=\"", out);
	for (unsigned i = 0; i < n; i++) {
		unsigned at = r->up ? n - 1 - i : i;
		fprintf(out, "%s%.1f %.1f", i ? "L" : "M", xy[at][0], xy[at][1]);
	}
	double width = look->width + (m->bundled && r->kind == MAP_CROSSES ? fmin(log2(r->n) * 0.3, 2) : 0);
	fprintf(out,
		"\" fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" stroke-linejoin=\"round\" "
		"marker-end=\"url(#%s)\"/>\n",
		look->colour, width, look->marker);
}

static void put_label(FILE *out, const struct map *m, const struct map_route *r)
{
	const struct map_leg *g = &r->legs[r->label_leg];
	double size = fmin(9.5, m->pitch - 2.4);

	if (r->label_w > 0)
		text_at(out, g->label_x, g->y - 2.5, size,
			r->kind == MAP_DENIED ? " " ON_LINES " fill=\"#b71c1c\" font-weight=\"bold\""
					      : " " ON_LINES " fill=\"#b71c1c\"",
			r->label, 0);
}

static void put_routes(FILE *out, const struct map *m)
{
	/* grey ones first, the worst on top */
	for (int kind = MAP_INSIDE; kind <= MAP_DENIED; kind++) {
		for (unsigned i = 0; i < m->n_routes; i++) {
			if ((int)m->routes[i].kind == kind)
				put_route(out, m, &m->routes[i]);
		}
	}
	for (unsigned i = 0; i < m->n_routes; i++)
		put_label(out, m, &m->routes[i]);
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
	if (m->devices_left_out || m->links_left_out || m->bundled || m->crowded || m->squeezed)
		text_at(out, MAP_MARGIN + 700, 74, 11, " fill=\"#b71c1c\"",
			say(m->devices_left_out || m->links_left_out ? W_MAP_LEFT_OUT
			    : m->crowded || m->squeezed              ? W_MAP_CROWDED
								     : W_MAP_BUNDLED),
			0);
}

static void put_legend(FILE *out, const struct map *m)
{
	double x = m->width - MAP_MARGIN - 720, y = 30;
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
	if (m->bundled)
		fprintf(out,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"34\" height=\"14\" rx=\"3\" fill=\"#ffffff\" "
			"stroke=\"#c62828\" stroke-width=\"2\"/>\n",
			x + 180, y + 16);
	if (m->bundled)
		text_at(out, x + 220, y + 27, 11, " fill=\"#37474f\"", say(W_MAP_DEVICE_DENIED), 0);
	text_at(out, x + (m->bundled ? 420 : 180), y + 27, 11, " fill=\"#37474f\"", say(W_MAP_ARROW), 0);
}

static void put_marker(FILE *out, const char *id, const char *colour, double size)
{
	fprintf(
	    out,
	    "<marker id=\"%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"%.1f\" markerHeight=\"%.1f\" "
	    "markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"%s\"/></marker>\n",
	    id, size, size, colour);
}

void map_write_svg(const struct map *m, bool linked, FILE *out)
{
	double height = m->width * MAP_HEIGHT / MAP_WIDTH;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"420mm\" height=\"297mm\" viewBox=\"0 0 %.0f %.0f\" "
		"font-family=\"Noto Sans CJK JP, Noto Sans JP, Yu Gothic, Meiryo, Hiragino Sans, sans-serif\">\n",
		m->width, height);
	fprintf(out, "<title>");
	map_put_text(out, say(m->model == MAP_PA ? W_MAP_TITLE_PA : W_MAP_TITLE_FA), 0, false);
	fprintf(out, "</title>\n<defs>\n");
	put_marker(out, "inside", "#90a4ae", 6);
	put_marker(out, "crosses", "#e57373", 7);
	put_marker(out, "denied", "#c62828", 10);
	fprintf(out, "</defs>\n<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", m->width, height);
	put_head(out, m);
	put_legend(out, m);
	for (unsigned i = 0; i < m->n_bands; i++) {
		if (m->bands[i].n_devices > 0)
			put_band(out, m, &m->bands[i]);
	}
	for (unsigned i = 0; i < m->n_zones; i++) {
		if (m->zones[i].n_devices > 0)
			put_zone(out, &m->zones[i], m->zones[i].band == 0 || m->zones[i].band + 1 == m->n_bands);
	}
	put_routes(out, m);
	for (unsigned i = 0; i < m->n_zones; i++) {
		if (m->zones[i].n_devices > 0)
			put_zone_name(out, m, &m->zones[i]);
	}
	for (unsigned i = 0; i < m->n_devices; i++)
		put_device(out, m, &m->devices[i], linked);
	fputs("</svg>\n", out);
}
