#include "alert/pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

enum { FIRST_ROWS = 64 };

static bool room_for(struct pending *p, size_t n)
{
	size_t most = p->bytes && p->size < p->limit ? p->size : p->limit;

	if (n > most || p->used > most - n)
		return false;
	if (!p->bytes) {
		p->bytes = heap_pages(p->limit);
		if (!p->bytes)
			return false;
		p->size = p->limit;
	}
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : FIRST_ROWS;
		struct pending_row *rows = realloc(p->rows, room * sizeof(*rows));
		if (!rows)
			return false;
		p->rows = rows;
		p->room = room;
	}
	return true;
}

static void put(struct pending *p, const char *text, size_t len)
{
	memcpy(p->bytes + p->used, text, len);
	p->bytes[p->used + len] = '\0';
	p->used += len + 1;
}

bool pending_reserve(struct pending *p, size_t n)
{
	bool there = room_for(p, n);

	p->refused += !there;
	return there;
}

bool pending_add(struct pending *p, const struct pending_row *row, const struct pending_text *text)
{
	size_t rule = strlen(text->rule_id), src = strlen(text->src_zone), dest = strlen(text->dest_zone);

	if (!room_for(p, row->json_len + rule + src + dest + 4)) {
		p->refused++;
		return false;
	}
	struct pending_row *mine = &p->rows[p->n++];
	*mine = *row;
	mine->at = p->used;
	mine->rule_len = (uint32_t)rule;
	mine->src_len = (uint32_t)src;
	mine->dest_len = (uint32_t)dest;
	put(p, text->json, row->json_len);
	put(p, text->rule_id, rule);
	put(p, text->src_zone, src);
	put(p, text->dest_zone, dest);
	return true;
}

struct pending_text pending_text(const struct pending *p, const struct pending_row *row)
{
	struct pending_text t;

	t.json = p->bytes + row->at;
	t.rule_id = t.json + row->json_len + 1;
	t.src_zone = t.rule_id + row->rule_len + 1;
	t.dest_zone = t.src_zone + row->src_len + 1;
	return t;
}

static void give_back(struct pending *p)
{
	heap_pages_free(p->bytes, p->size);
	p->bytes = NULL;
	p->size = 0;
}

void pending_clear(struct pending *p)
{
	if (p->used > PENDING_KEPT_BYTES)
		give_back(p);
	p->used = 0;
	p->n = 0;
}

void pending_deinit(struct pending *p)
{
	give_back(p);
	free(p->rows);
	*p = (struct pending){.limit = p->limit};
}
