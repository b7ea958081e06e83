/* What was observed of a device is told in words: each token that the ledger may hold has some, in both languages. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/observed_words.h"
#include "app/registry.h"
#include "app/words.h"
#include "ledger/asset.h"

/* No token is left: of several words, or with a capital. A name like "kind" or "serves" is a word of English. */
static bool is_word(const char *text)
{
	return text[0] && !strchr(text, '_');
}

START_TEST(test_attributes)
{
	for (int ja = 0; ja < 2; ja++) {
		ck_assert(words_choose(ja ? "ja" : "en"));
		for (int i = 0; i < ATTR_COUNT; i++) {
			const char *word = attr_name((enum attr)i) ? observed_attr_word(attr_name((enum attr)i)) : "x";
			ck_assert_msg(is_word(word), "%s", word);
			ck_assert_msg(!ja || !islower((unsigned char)word[0]) || !attr_name((enum attr)i), "%s", word);
		}
	}
}
END_TEST

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_gt(getdelim(&text, &room, '\0', f), 0);
	fclose(f);
	return text;
}

/* The console has its own words; they are the same. */
START_TEST(test_sources)
{
	const struct enum_names *names = field_find(registry(), "discovery.protocol")->names;
	char *console = read_text("console/words.js");

	ck_assert_uint_gt(names->n, 20);
	for (int ja = 0; ja < 2; ja++) {
		ck_assert(words_choose(ja ? "ja" : "en"));
		for (size_t i = 0; i <= names->n; i++) {
			const char *token = i < names->n ? names->names[i].token : "traffic";
			char buf[64], there[160];
			const char *word = observed_source_word(token, buf, sizeof(buf));
			ck_assert_msg(is_word(word) && (strcmp(word, token) != 0 || strcmp(token, "traffic") == 0), "%s", word);
			snprintf(there, sizeof(there), "source_%s: '%s'", token, word);
			ck_assert_msg(strstr(console, there) != NULL, "%s", there);
		}
	}
	free(console);
}
END_TEST

START_TEST(test_values)
{
	static const struct {
		const char *attr, *value, *ja;
	} rows[] = {{"does", "written", "書き込みを受ける"},
		    {"role", "modbus_server", "Modbusサーバー"},
		    {"phase", "operate", "運用チェック"},
		    {"zone", "unknown", "ゾーン外"},
		    {"hostname", "written", "written"},
		    {"does", "something new", "something new"}};
	char buf[128];

	ck_assert(words_choose("ja"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(observed_value_word(rows[i].attr, rows[i].value, buf, sizeof(buf)), rows[i].ja);
	ck_assert_str_eq(observed_attr_words("zone firmware owner", buf, sizeof(buf)), "ゾーン, ファームウェア, owner");
	ck_assert_str_eq(observed_attr_words("zone firmware", buf, 16), "ゾーン");
	ck_assert_str_eq(observed_attr_words("", buf, sizeof(buf)), "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("observed");
	TCase *t = tcase_create("words");

	tcase_add_test(t, test_attributes);
	tcase_add_test(t, test_sources);
	tcase_add_test(t, test_values);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
