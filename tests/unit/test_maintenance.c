/* When the papers allow remote maintenance: each limit at its edges, in the site's own time. */
#include <check.h>
#include <stdlib.h>

#include "ledger/maintenance.h"
#include "ledger/site_times.h"
#include "run_suite.h"

enum { TOKYO = 9 * 3600 };

static const struct {
	const char *windows, *local;
	bool holds;
} rows[] = {
    /* 2026-11-27 is a Friday */
    {"mon-fri 09:00-17:00", "2026-11-27 09:00", true},
    {"mon-fri 09:00-17:00", "2026-11-27 08:59", false},
    {"mon-fri 09:00-17:00", "2026-11-27 16:59", true},
    {"mon-fri 09:00-17:00", "2026-11-27 17:00", false},
    {"mon-fri 09:00-17:00", "2026-11-28 12:00", false},
    {"sat", "2026-11-28 00:00", true},
    {"sat", "2026-11-28 23:59", true},
    {"sat", "2026-11-29 00:00", false},
    {"fri-mon", "2026-11-30 12:00", true},
    {"fri-mon", "2026-12-01 12:00", false},
    {"06:00-07:00", "2026-12-01 06:30", true},
    /* over midnight: the night belongs to the day on which it begins */
    {"fri 22:00-06:00", "2026-11-27 22:00", true},
    {"fri 22:00-06:00", "2026-11-28 05:59", true},
    {"fri 22:00-06:00", "2026-11-28 06:00", false},
    {"fri 22:00-06:00", "2026-11-27 05:59", false},
    {"mon 00:00-24:00", "2026-11-30 23:59", true},
    /* a date, and its night */
    {"2026-12-01 22:00-24:00", "2026-12-01 22:00", true},
    {"2026-12-01 22:00-24:00", "2026-12-02 00:00", false},
    {"2026-12-01 22:00-02:00", "2026-12-02 01:59", true},
    {"2026-12-01 22:00-02:00", "2026-12-02 02:00", false},
    {"2026-12-01", "2026-12-01 00:00", true},
    {"2026-12-01", "2026-11-30 23:59", false},
    /* several */
    {"mon 09:00-10:00; fri 15:00-16:00; 2026-12-25", "2026-11-27 15:30", true},
    {"mon 09:00-10:00; fri 15:00-16:00; 2026-12-25", "2026-12-25 15:30", true},
    {"mon 09:00-10:00; fri 15:00-16:00; 2026-12-25", "2026-11-27 09:30", false},
    {"", "2026-11-27 15:30", false},
};

START_TEST(windows)
{
	int64_t ns;

	ck_assert(site_time_parse(rows[_i].local, TOKYO, false, &ns));
	ck_assert_msg(maintenance_window_holds(rows[_i].windows, ns, TOKYO) == rows[_i].holds, "%s at %s",
		      rows[_i].windows, rows[_i].local);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("maintenance");
	TCase *t = tcase_create("maintenance");

	tcase_add_loop_test(t, windows, 0, sizeof(rows) / sizeof(rows[0]));
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
