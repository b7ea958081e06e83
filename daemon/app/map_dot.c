/* The map for Graphviz: a cluster a zone, the devices of a band on one rank, bands in order by invisible edges; one
 * line for each conversation or, where these are many, for each pair of zones. */
#include "app/map.h"

enum { DOT_SINGLE_MAX = 90 };

/* The first device of a zone: where a line between zones is made fast. */
static unsigned first_of(const struct map *m, unsigned zone)
{
	for (unsigned i = 0; i < m->n_devices; i++) {
		if (m->devices[i].zone == zone)
			return i;
	}
	return 0;
}

static void put_lines(const struct map *m, FILE *out)
{
	for (unsigned i = 0; i < m->n_routes; i++) {
		const struct map_route *r = &m->routes[i];
		if (m->bundled)
			fprintf(out, "  d%u -> d%u [ltail=cluster_%u, lhead=cluster_%u, label=\"", first_of(m, r->src),
				first_of(m, r->dest), r->src, r->dest);
		else
			fprintf(out, "  d%u -> d%u [label=\"", r->src, r->dest);
		map_put_text(out, r->kind == MAP_INSIDE ? "" : r->label, 0, true);
		fprintf(out, "\"%s];\n",
			r->kind == MAP_DENIED    ? ", color=\"#c62828\", fontcolor=\"#b71c1c\", penwidth=2.5"
			: r->kind == MAP_CROSSES ? ", color=\"#e57373\", fontcolor=\"#b71c1c\""
						 : "");
	}
}

int map_prepare_dot(struct map *m)
{
	return map_routes_make(m, m->n_links > DOT_SINGLE_MAX);
}

void map_write_dot(const struct map *m, FILE *out)
{
	fputs("digraph plant {\n  rankdir=TB; newrank=true; compound=true; splines=polyline; ranksep=1.1; node "
	      "[shape=box, style=rounded, "
	      "fontname=\"Noto "
	      "Sans CJK JP\", fontsize=10];\n  graph [fontname=\"Noto Sans CJK JP\"]; edge [fontname=\"Noto Sans CJK "
	      "JP\", "
	      "fontsize=8, color=\"#90a4ae\", constraint=false];\n",
	      out);
	for (unsigned z = 0; z < m->n_zones; z++) {
		if (m->zones[z].n_devices == 0)
			continue;
		const struct map_band *b = &m->bands[m->zones[z].band];
		fprintf(out, "  subgraph cluster_%u {\n    label=\"", z);
		map_put_text(out, b->token, 0, true);
		fputs(b->token[0] ? " " : "", out);
		map_put_text(out, b->name, 0, true);
		if (m->zones[z].name[0]) {
			fputs("\\n", out);
			map_put_text(out, m->zones[z].name, 0, true);
		}
		fputs("\";\n", out);
		for (unsigned i = 0; i < m->n_devices; i++) {
			const struct map_device *d = &m->devices[i];
			if (d->zone != z)
				continue;
			fprintf(out, "    d%u [label=\"", i);
			map_put_text(out, d->name, 0, true);
			fputs("\\n", out);
			map_put_text(out, d->ip, 0, true);
			fprintf(out, "\"%s];\n",
				d->unregistered ? ", style=\"rounded,dashed\", color=\"#d84315\"" : "");
		}
		fputs("  }\n", out);
	}
	for (unsigned b = 0; b < m->n_bands; b++) {
		if (m->bands[b].n_devices == 0)
			continue;
		fputs("  { rank=same;", out);
		for (unsigned i = 0; i < m->n_devices; i++) {
			if (m->zones[m->devices[i].zone].band == b)
				fprintf(out, " d%u;", i);
		}
		fputs(" }\n", out);
	}
	/* the first device of a band stands below the first one of the band above */
	int above = -1;
	for (unsigned b = 0; b < m->n_bands; b++) {
		int first = -1;
		for (unsigned i = 0; i < m->n_devices && first < 0; i++) {
			if (m->zones[m->devices[i].zone].band == b)
				first = (int)i;
		}
		if (first >= 0 && above >= 0)
			fprintf(out, "  d%d -> d%d [style=invis, constraint=true];\n", above, first);
		above = first >= 0 ? first : above;
	}
	put_lines(m, out);
	fputs("}\n", out);
}
