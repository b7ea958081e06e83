/*
 * The map where memory is short: it says so, whichever allocation fails, and never hands over lines without ways; and
 * where there are very many lines. How a map looks is held by the integration test.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/map.h"
#include "base/text.h"
#include "run_suite.h"

/* calloc() of ours fails at the n-th call from now; 0: never. */
static unsigned fail_at, calls;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	return ++calls == fail_at ? NULL : __real_calloc(n, size);
}

/* Two bands of @zones zones each; every device talks to one of the other band. */
static struct map plant(unsigned zones, unsigned each)
{
	struct map m = {.n_bands = 2, .n_zones = 2 * zones};

	m.zones = __real_calloc(m.n_zones, sizeof(*m.zones));
	m.devices = __real_calloc(2 * (size_t)zones * each, sizeof(*m.devices));
	m.links = __real_calloc((size_t)zones * each, sizeof(*m.links));
	for (unsigned z = 0; z < m.n_zones; z++) {
		m.zones[z].band = z / zones;
		m.zones[z].n_devices = each;
		m.bands[z / zones].n_devices += each;
		for (unsigned i = 0; i < each; i++)
			m.devices[m.n_devices++].zone = z;
	}
	for (unsigned i = 0; i < zones * each; i++)
		m.links[m.n_links++] = (struct map_link){
		    .src = i, .dest = zones * each + i, .protocols = "modbus", .count = 1, .crosses = true};
	return m;
}

static const struct {
	unsigned zones, each;
	bool bundled;
} plants[] = {{2, 3, false}, {6, 40, true}};

START_TEST(short_of_memory)
{
	unsigned failed = 0;
	int err = -ENOMEM;

	for (unsigned at = 1; err; at++) {
		struct map m = plant(plants[_i].zones, plants[_i].each);
		calls = 0;
		fail_at = at;
		err = map_lay_out(&m);
		fail_at = 0;
		ck_assert_int_eq(err, calls >= at ? -ENOMEM : 0);
		failed += err != 0;
		if (!err) {
			ck_assert(m.bundled == plants[_i].bundled);
			ck_assert_uint_gt(m.n_routes, 0);
			for (unsigned i = 0; i < m.n_routes; i++)
				ck_assert(m.routes[i].legs[0].x0 > 0 && m.routes[i].y1 > m.routes[i].y0);
		}
		map_free(&m);
	}
	ck_assert_uint_gt(failed, 3);
}
END_TEST

START_TEST(short_of_memory_for_graphviz)
{
	struct map m = plant(2, 3);

	calls = 0;
	fail_at = 1;
	ck_assert_int_eq(map_prepare_dot(&m), -ENOMEM);
	fail_at = 0;
	ck_assert_int_eq(map_prepare_dot(&m), 0);
	ck_assert_uint_eq(m.n_routes, 6);
	map_free(&m);
}
END_TEST

/* @zones zones on each of eight levels, each of which asks every zone below it. */
static struct map mesh(unsigned zones)
{
	enum { LEVELS = 8 };
	struct map m = {.n_bands = LEVELS, .n_zones = LEVELS * zones};

	m.zones = __real_calloc(m.n_zones, sizeof(*m.zones));
	m.devices = __real_calloc(m.n_zones, sizeof(*m.devices));
	m.links = __real_calloc((size_t)m.n_zones * m.n_zones, sizeof(*m.links));
	for (unsigned z = 0; z < m.n_zones; z++) {
		m.zones[z] = (struct map_zone){.band = z / zones, .n_devices = 1};
		m.bands[z / zones].n_devices++;
		m.devices[m.n_devices++].zone = z;
	}
	for (unsigned a = 0; a < m.n_zones; a++) {
		for (unsigned b = (a / zones + 1) * zones; b < m.n_zones; b++)
			m.links[m.n_links++] =
			    (struct map_link){.src = a, .dest = b, .protocols = "x", .count = 1, .crosses = true};
	}
	return m;
}

struct upright {
	double x, from, to;
	unsigned route;
};

static int upright_order(const void *a, const void *b)
{
	const struct upright *p = a, *q = b;

	return p->x < q->x ? -1 : p->x > q->x ? 1 : p->from < q->from ? -1 : p->from > q->from;
}

/* The upright parts of all lines, from the left. @return how many */
static size_t uprights(const struct map *m, struct upright *u)
{
	size_t n = 0;

	for (unsigned i = 0; i < m->n_routes; i++) {
		const struct map_route *r = &m->routes[i];
		u[n++] = (struct upright){r->legs[0].x0, r->y0, r->legs[0].y, i};
		for (unsigned k = 0; k + 1 < r->n_legs; k++)
			u[n++] = (struct upright){r->legs[k].x1, r->legs[k].y, r->legs[k + 1].y, i};
		u[n++] = (struct upright){r->legs[r->n_legs - 1].x1, r->legs[r->n_legs - 1].y, r->y1, i};
	}
	qsort(u, n, sizeof(*u), upright_order);
	return n;
}

START_TEST(a_thousand_lines_do_not_lie_on_each_other)
{
	struct map m = mesh(6);

	ck_assert_int_eq(map_lay_out(&m), 0);
	ck_assert(m.bundled && !m.crowded);
	ck_assert_uint_eq(m.n_routes, 28 * 6 * 6);
	struct upright *u = calloc(m.n_routes * (MAP_BANDS_MAX + 1), sizeof(*u));
	size_t n = uprights(&m, u), together = 0;
	ck_assert_uint_gt(n, 4096 - 512);
	for (size_t i = 1; i < n; i++)
		together += u[i].x == u[i - 1].x && u[i].route != u[i - 1].route && u[i].from < u[i - 1].to - 0.01;
	ck_assert_uint_eq(together, 0);
	free(u);
	map_free(&m);
}
END_TEST

/* Marks that stand above a letter take bytes and no column: a label of few columns is cut between two characters. */
START_TEST(a_label_of_many_marks_is_text)
{
	struct map m = plant(6, 40);

	m.n_links = 1;
	m.links[0].denied = true;
	strcpy(m.devices[m.links[0].src].name, "a");
	for (int i = 0; i < 59; i++) {
		strcat(m.devices[m.links[0].src].name, "\u0301");
		strcat(m.devices[m.links[0].dest].name, "\u0301");
	}
	ck_assert_int_eq(map_lay_out(&m), 0);
	ck_assert(m.bundled);
	ck_assert_uint_eq(m.n_routes, 1);
	ck_assert_uint_ge(strlen(m.routes[0].label), sizeof(m.routes[0].label) - 5);
	ck_assert(text_is_utf8(span_str(m.routes[0].label)));
	map_free(&m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("map");
	TCase *t = tcase_create("map");

	tcase_add_loop_test(t, short_of_memory, 0, sizeof(plants) / sizeof(plants[0]));
	tcase_add_test(t, short_of_memory_for_graphviz);
	tcase_add_test(t, a_thousand_lines_do_not_lie_on_each_other);
	tcase_add_test(t, a_label_of_many_marks_is_text);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return run_suite(s);
}
