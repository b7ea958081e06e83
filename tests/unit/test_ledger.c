#include "ledger_scene.h"

#define PLC    "00:80:f4:10:01:11"
#define HMI    "00:26:55:20:03:10"
#define LAPTOP "04:d4:c4:66:6e:01"
#define PC     "18:03:73:40:00:51"
#define LEG_A  "00:1b:d4:00:01:01"
#define LEG_S  "00:1b:d4:00:01:03"

static struct scene s;

START_TEST(one_device_one_row)
{
	scene_begin(&s, scene_site);
	scene_host(&s, PLC, "10.20.1.11", 101);
	scene_arp(&s, PLC, "10.20.1.11", 101);
	scene_host(&s, HMI, "10.20.1.12", 101);
	scene_modbus(&s, 3, CLASS_READ, (struct scene_end_of){HMI, "10.20.1.12"}, (struct scene_end_of){PLC, "10.20.1.11"}, 101);
	ck_assert_str_eq(scene_brief(&s), "A000001 cell-a " PLC " 10.20.1.11 modbus_server\n"
					  "A000002 cell-a " HMI " 10.20.1.12 modbus_client\n");
	ck_assert_str_eq(s.log, "new A000001 10.20.1.11 cell-a is_new\n"
				"asset A000001(cell-a) > () none 0\n"
				"discovery A000001(cell-a) > () none 0\n"
				"new A000002 10.20.1.12 cell-a is_new\n"
				"asset A000002(cell-a) > () none 0\n"
				"modbus A000002(cell-a) > A000001(cell-a) allowed 0\n");
	scene_end(&s);
}
END_TEST

static Suite *ledger_suite(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tc = tcase_create("ledger");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, one_device_one_row);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *r = srunner_create(ledger_suite());

	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
