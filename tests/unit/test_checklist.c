/* Checklists that a report answers: a file is taken whole, or it is said where it is wrong. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/report/checklist.h"
#include "app/words.h"
#include "run_suite.h"

#define HEAD                                                                                                             \
	"checklist_id: c\nversion: v\nname: { ja: 名, en: name }\ncategories:\n  - { id: a, ja: 甲, en: A }\nrules:\n" \
	"  - { id: SKS-X-01, ja: 規則, en: rule }\nitems:\n"
#define ITEM                                                                                                             \
	"  - number: 1-1\n    category: a\n    text_ja: 項目\n    text_en: item\n    strength: strong\n    evidence: " \
	"rules\n"                                                                                                        \
	"    rules: [SKS-X-01]\n    cannot_ja: 不明\n    cannot_en: unknown\n    ask_ja: 書類\n    ask_en: papers\n"

static char path[] = "/tmp/sekisho-checklist-XXXXXX";

static int load(const char *text, struct checklist *k, struct complaint *c)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
	return checklist_load(k, path, c);
}

START_TEST(test_a_checklist)
{
	struct checklist k;
	struct complaint c = {""};

	ck_assert_msg(load(HEAD ITEM, &k, &c) == 0, "%s", c.text);
	ck_assert_uint_eq(k.n_items, 1);
	ck_assert_str_eq(k.items[0].no, "1-1");
	ck_assert_int_eq(k.items[0].strength, STRENGTH_STRONG);
	ck_assert_str_eq(k.rules[k.items[0].rules[0]].id, "SKS-X-01");
	ck_assert_str_eq(two_texts_say(&k.items[0].text), "item");
	checklist_free(&k);
}
END_TEST

static void check_refused(const char *text, const char *line, const char *why)
{
	struct checklist k;
	struct complaint c = {""};

	ck_assert_int_eq(load(text, &k, &c), -EINVAL);
	ck_assert_msg(strstr(c.text, path) && strstr(c.text, line) && strstr(c.text, why), "%s", c.text);
}

START_TEST(test_a_faulty_one_is_refused)
{
	check_refused("", "", "empty");
	check_refused(HEAD "  - number: 1-1\n    category: b\n    text_ja: x\n    text_en: x\n", ":9:", "categories");
	check_refused(HEAD "  - number: 1-1\n    category: a\n    text_ja: x\n", ":9:", "text_en");
	check_refused(HEAD "  - number: 1-1\n    colour: a\n", ":10:", "colour");
	check_refused("checklist_id: c\nversion: v\nname: { ja: x, en: x }\ncategories: none\n", ":4:", "list");
	check_refused(HEAD "  - number: 1-1\n    category: a\n    text_ja: x\n    text_en: x\n    strength: sure\n",
		      ":9:", "partial");
}
END_TEST

START_TEST(test_one_that_is_not_there)
{
	struct checklist k;
	struct complaint c = {""};

	ck_assert_int_eq(checklist_load(&k, "/nowhere/c.yaml", &c), -ENOENT);
	ck_assert_msg(strstr(c.text, "/nowhere/c.yaml") != NULL, "%s", c.text);
}
END_TEST

int main(void)
{
	words_choose("en");
	int fd = mkstemp(path);
	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	Suite *s = suite_create("checklist");
	TCase *t = tcase_create("all");
	tcase_add_test(t, test_a_checklist);
	tcase_add_test(t, test_a_faulty_one_is_refused);
	tcase_add_test(t, test_one_that_is_not_there);
	suite_add_tcase(s, t);
	int status = run_suite(s);
	unlink(path);
	return status;
}
