#include "dissect_harness.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "event/event_json.h"

/* Not Check's own assertions: the fuzz targets use this harness without Check. */
#define must(condition, what)                                                                                          \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, what);                                      \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

static void body(struct json *j, const struct event *ev)
{
	json_object_begin(j);
	if (ev->complete != COMPLETE_NA)
		json_kv_bool(j, "complete", ev->complete == COMPLETE_YES);
	event_json_body(j, ev);
	json_object_end(j);
}

/* The copy is what crosses to the analyst. */
static void same_as_copy(const struct event *ev, const char *as_it_is)
{
	size_t n = event_packed_bytes(ev);
	void *room = aligned_alloc(16, (n + 15) & ~(size_t)15);
	struct json j;

	json_init(&j, EVENT_JSON_MAX);
	event_pack(ev, room);
	body(&j, event_unpack(room));
	must(strcmp(as_it_is, json_cstr(&j)) == 0, "a record and its copy differ");
	free(room);
	json_deinit(&j);
}

/* Keeps the record, and makes sure that its copy says the same. */
static void take(void *ctx, struct event *ev)
{
	struct harness *h = ctx;
	struct json one;

	json_init(&one, EVENT_JSON_MAX);
	body(&one, ev);
	if (!h->no_copies)
		same_as_copy(ev, json_cstr(&one));
	json_put(&h->lines, json_cstr(&one), one.len);
	json_put(&h->lines, "\n", 1);
	h->events++;
	if (ev->table == &anomaly_table)
		h->anomalies++;
	else
		h->last_class = ev->func_class;
	if (ev->complete != COMPLETE_NA)
		h->transactions++;
	json_deinit(&one);
}

/* Moves every time, so that a pointer into the former state is found out. */
static void *resize(struct emitter *out, size_t bytes, bool *ok)
{
	struct harness *h = out->flow;

	if (bytes > h->state_cap) {
		*ok = false;
		return h->state;
	}
	void *moved = calloc(1, bytes);
	memcpy(moved, h->state, h->state_bytes < bytes ? h->state_bytes : bytes);
	free(h->state);
	h->state = moved;
	h->state_bytes = bytes;
	*ok = true;
	return moved;
}

static void new_flow(struct harness *h)
{
	free(h->state);
	h->state_bytes = h->d->state_size;
	h->state = calloc(1, h->state_bytes ? h->state_bytes : 1);
	for (unsigned i = 0; i < 2; i++) {
		free(h->half[i].bytes);
		h->half[i] = (struct harness_half){NULL, 0, 0};
	}
}

void harness_init(struct harness *h, const struct dissector *d)
{
	*h = (struct harness){.d = d, .state_cap = HARNESS_STATE_MAX};
	must(arena_init(&h->arena, 4096, 1 << 20) == 0, "no memory");
	must(d->n_counters <= HARNESS_COUNTERS, "more counters than the harness has");
	h->out = (struct emitter){
	    .arena = &h->arena,
	    .at = {.ts_ns = NS_PER_S, .frame = 1, .app_proto = d->name},
	    .counters = h->counters,
	    .next = {take, h},
	    .values = h->values,
	    .resize_state = resize,
	    .flow = h,
	};
	json_init(&h->lines, 16u << 20);
	new_flow(h);
}

void harness_deinit(struct harness *h)
{
	new_flow(h);
	free(h->state);
	arena_deinit(&h->arena);
	json_deinit(&h->lines);
}

void harness_reset(struct harness *h)
{
	new_flow(h);
	json_reset(&h->lines);
	memset(h->counters, 0, sizeof(h->counters));
	h->events = h->anomalies = h->transactions = h->not_mine = 0;
	h->out.at.ts_ns = NS_PER_S;
}

/* A PDU in memory of exactly its size: reading beyond it is an error that the sanitizer sees. */
static void deliver(struct harness *h, enum dir dir, const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (len > 0)
		memcpy(copy, bytes, len);
	struct cursor c = cur_of(span_of(copy, len));
	h->out.to_come[DIR_REQUEST] = h->half[DIR_REQUEST].skip;
	h->out.to_come[DIR_RESPONSE] = h->half[DIR_RESPONSE].skip;
	h->d->pdu(h->d->state_size ? h->state : NULL, dir, &c, &h->out);
	arena_reset(&h->arena);
	free(copy);
}

/* @avail ends where its memory ends: reading beyond it is seen here too. */
static size_t consume(struct harness *h, enum dir dir, struct span avail)
{
	struct harness_half *half = &h->half[dir];
	struct frame f = h->d->frame(h->state, dir, avail);

	switch (f.kind) {
	case FRAME_MORE:
		must(f.total == 0 || f.total > avail.len, "what is asked for is there already");
		must(f.total <= h->d->max_frame, "asks for more than may be buffered");
		return 0;
	case FRAME_NOT_MINE:
		h->not_mine++;
		return 1;
	case FRAME_WHOLE:
		break;
	}
	must(f.deliver <= avail.len && f.deliver <= f.total && f.total > 0 && f.deliver <= h->d->max_frame,
	     "no frame of sense");
	deliver(h, dir, avail.ptr, f.deliver);
	if (f.total > avail.len)
		half->skip = f.total - avail.len;
	return f.total > avail.len ? avail.len : (size_t)f.total;
}

void harness_stream(struct harness *h, enum dir dir, const uint8_t *bytes, size_t len)
{
	struct harness_half *half = &h->half[dir];
	size_t skipped = half->skip < len ? (size_t)half->skip : len;

	half->skip -= skipped;
	len -= skipped;
	if (len == 0)
		return;
	bytes += skipped;
	half->bytes = realloc(half->bytes, half->len + len);
	memcpy(half->bytes + half->len, bytes, len);
	half->len += len;
	size_t done = 0, n;
	while (done < half->len && (n = consume(h, dir, span_of(half->bytes + done, half->len - done))) > 0)
		done += n;
	memmove(half->bytes, half->bytes + done, half->len - done);
	half->len -= done;
}

void harness_datagram(struct harness *h, enum dir dir, const uint8_t *bytes, size_t len)
{
	deliver(h, dir, bytes, len);
}

void harness_framed(struct harness *h, enum dir dir, const uint8_t *bytes, size_t len)
{
	struct span rest = span_of(bytes, len);

	while (rest.len > 0) {
		struct frame f = h->d->frame(h->state, dir, rest);
		if (f.kind != FRAME_WHOLE || f.total == 0 || f.deliver > rest.len)
			return;
		deliver(h, dir, rest.ptr, f.deliver);
		rest = span_skip(rest, f.total < rest.len ? (size_t)f.total : rest.len);
	}
}

void harness_wait(struct harness *h, int64_t ns)
{
	h->out.at.ts_ns += ns;
}

void harness_gap(struct harness *h, enum dir dir, uint64_t lost_bytes)
{
	h->out.to_come[dir] = h->half[dir].skip;
	h->half[dir].len = 0;
	h->half[dir].skip = 0;
	if (h->d->gap)
		h->d->gap(h->state, dir, lost_bytes, &h->out);
	arena_reset(&h->arena);
}

void harness_finish(struct harness *h)
{
	h->out.to_come[DIR_REQUEST] = h->half[DIR_REQUEST].skip;
	h->out.to_come[DIR_RESPONSE] = h->half[DIR_RESPONSE].skip;
	if (h->d->finish)
		h->d->finish(h->state, &h->out);
	arena_reset(&h->arena);
}

const char *harness_lines(struct harness *h)
{
	return json_cstr(&h->lines);
}

static unsigned nibble(char c)
{
	return (unsigned)(isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10);
}

static void byte_add(uint8_t **out, size_t *n, uint8_t b)
{
	*out = realloc(*out, *n + 1);
	(*out)[(*n)++] = b;
}

/* @return memory of malloc(), never NULL */
static uint8_t *hex_until(const char **at, const char *stop, size_t *len)
{
	uint8_t *out = malloc(1);
	size_t n = 0;
	const char *c = *at;

	while (*c && !strchr(stop, *c)) {
		if (*c == '[') {
			c = strchr(c, ']');
			must(c != NULL, "a label without its end");
			c++;
		} else if (isspace((unsigned char)*c)) {
			c++;
		} else if (*c == '*') {
			char *end;
			unsigned long times = strtoul(c + 1, &end, 10);
			must(n > 0 && times > 0 && times < 65536, c);
			while (--times > 0)
				byte_add(&out, &n, out[n - 1]);
			c = end;
		} else {
			must(isxdigit((unsigned char)c[0]) && isxdigit((unsigned char)c[1]), c);
			byte_add(&out, &n, (uint8_t)(nibble(c[0]) << 4 | nibble(c[1])));
			c += 2;
		}
	}
	*at = c;
	*len = n;
	return out;
}

uint8_t *harness_hex(const char *text, size_t *len)
{
	return hex_until(&text, "", len);
}

void harness_script_read(struct harness_script *s, const char *text)
{
	s->n = 0;
	while (isspace((unsigned char)*text))
		text++;
	while (*text) {
		must(*text == '>' || *text == '<', text);
		must(s->n < HARNESS_RUNS_MAX, "a script of too many runs");
		struct harness_run *r = &s->runs[s->n++];
		r->dir = *text++ == '>' ? DIR_REQUEST : DIR_RESPONSE;
		r->bytes = hex_until(&text, "<>", &r->len);
	}
}

void harness_script_free(struct harness_script *s)
{
	for (unsigned i = 0; i < s->n; i++)
		free(s->runs[i].bytes);
	s->n = 0;
}

void harness_play(struct harness *h, const struct harness_script *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		harness_wait(h, NS_PER_MS);
		harness_stream(h, s->runs[i].dir, s->runs[i].bytes, s->runs[i].len);
	}
}

void harness_play_text(struct harness *h, const char *text)
{
	struct harness_script s;

	harness_script_read(&s, text);
	harness_play(h, &s);
	harness_script_free(&s);
}

unsigned harness_count(struct harness *h, const char *needle)
{
	unsigned n = 0;

	for (const char *at = harness_lines(h); (at = strstr(at, needle)); at++)
		n++;
	return n;
}

char *harness_quotes(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	return copy;
}
