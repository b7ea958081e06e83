/* The map for Graphviz: a cluster a zone, bands in order by invisible edges. */
#include "app/map.h"

void map_write_dot(const struct map *m, FILE *out)
{
	fputs("digraph plant {\n  rankdir=TB; newrank=true; compound=true; node [shape=box, style=rounded, "
	      "fontname=\"Noto "
	      "Sans CJK JP\", fontsize=10];\n  graph [fontname=\"Noto Sans CJK JP\"]; edge [fontname=\"Noto Sans CJK "
	      "JP\", "
	      "fontsize=8, color=\"#90a4ae\"];\n",
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
	/* the first device of a band stands below the first one of the band above */
	int above = -1;
	for (unsigned b = 0; b < m->n_bands; b++) {
		int first = -1;
		for (unsigned i = 0; i < m->n_devices && first < 0; i++) {
			if (m->zones[m->devices[i].zone].band == b)
				first = (int)i;
		}
		if (first >= 0 && above >= 0)
			fprintf(out, "  d%d -> d%d [style=invis];\n", above, first);
		above = first >= 0 ? first : above;
	}
	for (unsigned i = 0; i < m->n_links; i++) {
		const struct map_link *k = &m->links[i];
		fprintf(out, "  d%u -> d%u [label=\"", k->src, k->dest);
		map_put_text(out, k->protocols, 0, true);
		fprintf(out, "\"%s];\n",
			k->denied    ? ", color=\"#c62828\", penwidth=2.5"
			: k->crosses ? ", color=\"#e57373\""
				     : "");
	}
	fputs("}\n", out);
}
