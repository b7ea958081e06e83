/*
 * The register as a spreadsheet and by command: what goes out comes back the same, phases move by their rules, and
 * everything stands in the trail.
 */
#include "ledger_scene.h"

#include <errno.h>

#include "base/text.h"
#include "ledger/audit.h"
#include "ledger/digest.h"
#include "ledger/register_edit.h"
#include "ledger/register_export.h"
#include "ledger/register_import.h"
#include "ledger/register_sheet.h"
#include "ledger/store.h"
#include "ledger/width.h"
#include "run_suite.h"

#define PLC "00:80:f4:10:01:11"
#define HMI "00:26:55:20:03:10"

static struct scene s;
static char said[1 << 16];

static void note(void *ctx, const char *text)
{
	(void)ctx;
	const char *at = strstr(text, ".csv:");
	strncat(said, at ? at + 1 : text, sizeof(said) - strlen(said) - 2);
	strcat(said, "\n");
}

static void note_change(void *ctx, const struct register_change *c)
{
	static const char *const kinds[] = {"added", "changed", "removed", "kept"};
	size_t len = strlen(said);

	(void)ctx;
	len += (size_t)snprintf(said + len, sizeof(said) - len, "%s %s", kinds[c->kind], c->name);
	if (c->kind == REGISTER_CHANGED)
		len += (size_t)snprintf(said + len, sizeof(said) - len, " %s \"%s\" \"%s\"", reg_fields[c->field].token,
					c->from, c->to);
	snprintf(said + len, sizeof(said) - len, "\n");
}

static void write_file(const char *name, const void *bytes, size_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

/* As a person imports it. @reason NULL: none. */
static int import_as(const char *csv, size_t len, const char *reason, bool dry, struct register_result *r)
{
	struct complaint c = {""};
	char path[128];

	write_file("register.csv", csv, len);
	snprintf(path, sizeof(path), "%s/register.csv", s.dir);
	struct register_job job = {.state_dir = s.dir,
				   .file = path,
				   .site = &s.site,
				   .person = {"田中", "tanaka", reason ? reason : ""},
				   .dry_run = dry,
				   .error = note,
				   .change = note_change};
	said[0] = '\0';
	return register_apply(&job, r, &c);
}

static void imported(const char *csv)
{
	struct register_result r;

	ck_assert_msg(import_as(csv, strlen(csv), NULL, false, &r) == 0, "%s", said);
}

/* What is exported, allocated. */
static char *exported(const struct register_sheet_form *form, size_t *len)
{
	struct complaint c = {""};
	char *text = NULL;
	unsigned rows;
	FILE *f = open_memstream(&text, len);

	ck_assert_ptr_nonnull(f);
	ck_assert_msg(register_export(s.dir, f, form, &rows, &c) == 0, "%s", c.text);
	fclose(f);
	return text;
}

static void count_row(void *ctx, const char *json)
{
	(void)json;
	++*(unsigned *)ctx;
}

static unsigned trailed(const char *verb)
{
	struct complaint c = {""};
	struct audit_filter f = {.verb = verb};
	unsigned n = 0;

	ck_assert_msg(audit_each(s.dir, &f, count_row, &n, &c) == 0, "%s", c.text);
	return n;
}

static void begin(void)
{
	scene_begin(&s, scene_site);
}

static void end(void)
{
	scene_end(&s);
}

/* ---- digests of files */

START_TEST(digests)
{
	char sha256[DIGEST_CHARS + 1] = "untouched", path[128];

	write_file("register.csv", "abc", 3);
	snprintf(path, sizeof(path), "%s/register.csv", s.dir);
	ck_assert_int_eq(digest_file(path, sha256), 0);
	ck_assert_str_eq(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	strcpy(sha256, "untouched");
	ck_assert_int_eq(digest_file(s.dir, sha256), -EISDIR);
	ck_assert_int_eq(digest_file("/nonexistent/sheet", sha256), -ENOENT);
	ck_assert_str_eq(sha256, "untouched");
}
END_TEST

/* ---- round trips */

enum { MANY = 1000 };

/* A register with everything that breaks spreadsheets: it says the same in every encoding of Japan. */
static char *large_register(size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	ck_assert_ptr_nonnull(f);
	fputs("管理番号,名称,フリガナ,MACアドレス,IPアドレス,種別,型番,シリアル番号,ファームウェア,ゾーン,申請部門,"
	      "用途,利用ケース,"
	      "フェーズ,判定,条件,サポート期限,JC-STAR,ベンダー連絡先,保守時間帯,機密性,抹消方法,備考\r\n",
	      f);
	for (int i = 0; i < MANY; i++) {
		static const char *const notes[] = {"\"改行を\n含む\r\nメモ\"",
						    "\"カンマ, と \"\"引用符\"\"\"",
						    "'=HYPERLINK(\"\"x\"\")",
						    "～−∥¢£¬ではなく①②㈱№℡",
						    "'-1",
						    "'+81-3-1234-5678",
						    "\" 前後の空白 \"",
						    "'@sum",
						    "表示能力ソ十",
						    ""};
		fprintf(f, "G-%04d,髙﨑製%d号機,ﾀｶｻｷｾｲ,０0:80:f4:%02x:%02x:11,10.%d.%d.%d,PLC,FX-%dMR,", i, i, i / 256,
			i % 256, 77 + i % 3, i / 250, 1 + i % 250, i);
		fprintf(f, "'0%05d,'1.%d0,加工セルA,生産技術,制御,本番利用,%s,条件付き合格,", i, i % 7,
			i % 2 ? "運用チェック" : "導入審査（リスク評価）");
		fprintf(f, "\"初期パスワードの変更｜2027/3/%d｜未\n盤の施錠|2027-04-01|済\",令和9年3月%d日,☆%d,",
			1 + i % 31, 1 + i % 31, 1 + i % 4);
		/* a quoted formula keeps its quotes only where it holds a comma or a quote */
		const char *n = notes[i % 10];
		if (strncmp(n, "'=HYPER", 7) == 0)
			n = "\"'=HYPERLINK(\"\"x\"\")\"";
		fprintf(f, "03-1234-%04d,月-金 ０９：００-17:00,高,消去,%s\r\n", i, n);
	}
	fclose(f);
	return text;
}

static const enum text_encoding encodings[] = {TEXT_UTF8, TEXT_UTF8_BOM, TEXT_CP932};

START_TEST(comes_back_byte_by_byte)
{
	struct register_sheet_form form = {.encoding = encodings[_i]};
	struct register_result r;
	size_t utf8_len, len, back_len, bad = 0;
	char *utf8 = large_register(&utf8_len), *bytes = NULL;

	if (form.encoding == TEXT_CP932) {
		ck_assert_int_eq(text_to_cp932(span_of(utf8, utf8_len), &bytes, &len, &bad), 0);
		ck_assert_uint_gt(len, 0);
	} else {
		size_t bom = form.encoding == TEXT_UTF8_BOM ? 3 : 0;
		len = utf8_len + bom;
		bytes = malloc(len + 1);
		memcpy(bytes, "\xef\xbb\xbf", bom);
		memcpy(bytes + bom, utf8, utf8_len);
	}
	ck_assert_msg(import_as(bytes, len, NULL, false, &r) == 0, "%s", said);
	ck_assert_uint_eq(r.rows, MANY);
	ck_assert_uint_eq(r.added, MANY);
	char *back = exported(&form, &back_len);
	if (form.encoding == TEXT_CP932) {
		/* characters that CP932 lacks went in as the mark already: what is in the file comes back */
		ck_assert_uint_eq(back_len, len);
	}
	for (size_t i = 0; i < len && i < back_len; i++)
		ck_assert_msg(back[i] == bytes[i], "byte %zu of %zu: ...%.60s\nbut ...%.60s", i, len, bytes + i,
			      back + i);
	ck_assert_uint_eq(back_len, len);
	/* and again: nothing has changed */
	ck_assert_msg(import_as(back, back_len, NULL, false, &r) == 0, "%s", said);
	ck_assert_uint_eq(r.added + r.changed + r.removed, 0);
	free(back);
	free(bytes);
	free(utf8);
}
END_TEST

/* Every column, filled by commands: out in one language, back, and out in the other. */
START_TEST(header_in_either_language)
{
	struct register_sheet_form ja = {.encoding = TEXT_UTF8, .header = REGISTER_HEADER_JA, .all_columns = true},
				   en = {.encoding = TEXT_UTF8, .header = REGISTER_HEADER_EN, .all_columns = true};
	struct register_edited done;
	struct complaint c = {""};
	struct register_result r;
	size_t len;

	imported("name,mac\nplc," PLC "\n");
	struct register_edit edit = {.target = "plc", .person = {"a", "b", "why"}, .verb = "asset.set", .n = 3};
	edit.set[0].field = REG_DECISION;
	edit.set[0].typed = "conditional";
	edit.set[1].field = REG_STATE;
	edit.set[1].typed = "spare";
	edit.set[2].field = REG_ERASE_METHOD;
	edit.set[2].typed = "destroy";
	ck_assert_msg(register_edit(s.dir, &edit, &done, &c) == 0, "%s", c.text);
	char *text = exported(&ja, &len);
	ck_assert_ptr_nonnull(strstr(text, "名称,MACアドレス,管理番号,"));
	ck_assert_ptr_nonnull(strstr(text, "条件付き合格"));
	ck_assert_ptr_nonnull(strstr(text, "破壊"));
	ck_assert_msg(import_as(text, len, NULL, false, &r) == 0, "%s", said);
	ck_assert_uint_eq(r.changed, 0);
	free(text);
	text = exported(&en, &len);
	ck_assert_ptr_nonnull(strstr(text, "name,mac,id,"));
	ck_assert_msg(import_as(text, len, NULL, false, &r) == 0, "%s", said);
	ck_assert_uint_eq(r.changed, 0);
	free(text);
}
END_TEST

START_TEST(guards_go_on_and_come_off)
{
	static const struct {
		const char *cell;
		bool guarded;
	} cells[] = {{"=1+1", true},
		     {"+81", true},
		     {"-", true},
		     {"@x", true},
		     {"\tx", true},
		     {"  =1", true},
		     {"＝1", true},
		     {"'=1", true},
		     {"''=1", true},
		     {"'quoted'", false},
		     {"007", true},
		     {"7", false},
		     {"1.10", true},
		     {"1.15", false},
		     {"1E5", true},
		     {"3-4", true},
		     {"2027-03-31", true},
		     {"03-1234-5678", false},
		     {"10:30", true},
		     {"TRUE", true},
		     {"123456789012", true},
		     {"12345678901", false},
		     {"1.2.3", false},
		     {"FX5U-32MR", false},
		     {"", false},
		     {"5%", true},
		     {"髙﨑", false}};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		ck_assert_msg(sheet_needs_guard(REG_SERIAL, cells[i].cell) == cells[i].guarded, "%s", cells[i].cell);
	ck_assert(!sheet_needs_guard(REG_SUPPORT_UNTIL, "2027-03-31"));
}
END_TEST

START_TEST(lost_in_cp932_is_told)
{
	struct register_sheet_form form = {.encoding = TEXT_CP932};
	size_t len;

	imported("name,mac\n𠮷野🏭," PLC "\n");
	char *text = exported(&form, &len);
	ck_assert_ptr_nonnull(memmem(text, len, "\x81\xac\x96\xec\x81\xac", 6));
	free(text);
}
END_TEST

/* ---- what is understood */

static const struct {
	enum reg_field field;
	const char *typed, *value; /* NULL: refused */
} cells[] = {
    {REG_SUPPORT_UNTIL, "2027/3/31", "2027-03-31"},
    {REG_SUPPORT_UNTIL, "２０２７年３月３１日", "2027-03-31"},
    {REG_SUPPORT_UNTIL, "令和9年3月31日", "2027-03-31"},
    {REG_SUPPORT_UNTIL, "R9.3.31", "2027-03-31"},
    {REG_SUPPORT_UNTIL, "令和元年5月1日", "2019-05-01"},
    {REG_SUPPORT_UNTIL, "2027-02-29", NULL},
    {REG_SUPPORT_UNTIL, "2028-02-29", "2028-02-29"},
    {REG_SUPPORT_UNTIL, "next year", NULL},
    {REG_KIND, "ﾛﾎﾞｯﾄ", "robot"},
    {REG_USAGE, "制御", "control"},
    {REG_DECISION, "条件付き合格", "conditional"},
    {REG_ERASE_METHOD, "除去", "purge"},
    {REG_DATA_CLASS, "高", "high"},
    {REG_PURDUE, "Ｌ３．５", "L3.5"},
    {REG_PURDUE, "L9", NULL},
    {REG_JCSTAR, "★１", "1"},
    {REG_JCSTAR, "☆5", NULL},
    {REG_VLAN, "１０１、 102", NULL},
    {REG_VLAN, "１０１, 102", "101 102"},
    {REG_VLAN, "4095", NULL},
    {REG_SERVICES, "Modbus/502, opcua; 102", "modbus/502 opcua 102"},
    {REG_SERVICES, "modbus/99999", NULL},
    {REG_CERT, "AB:CD", NULL},
    {REG_REMOTE_WINDOW, "月-金 9:00-17:00；2026-12-01 22:00-24:00", "mon-fri 09:00-17:00; 2026-12-01 22:00-24:00"},
    {REG_REMOTE_WINDOW, "毎日", "mon-sun"},
    {REG_REMOTE_WINDOW, "いつでも", NULL},
    {REG_CONDITIONS, "change the password | 2027/3/31 | open\n施錠｜｜済",
     "change the password|2027-03-31|open\n施錠||met"},
    {REG_CONDITIONS, "a|b|c|d", NULL},
    {REG_CONDITIONS, "a|soon", NULL},
    {REG_DEFAULT_PW, "はい", "yes"},
};

START_TEST(cells_are_understood)
{
	char value[REG_CELL_MAX], why[REG_WHY_MAX];
	bool good = reg_cell_read(cells[_i].field, cells[_i].typed, NULL, value, why);

	ck_assert_msg(good == (cells[_i].value != NULL), "%s: %s", cells[_i].typed, good ? value : why);
	if (good)
		ck_assert_str_eq(value, cells[_i].value);
	else
		ck_assert_int_eq(
		    strncmp(why, reg_fields[cells[_i].field].token, strlen(reg_fields[cells[_i].field].token)), 0);
}
END_TEST

START_TEST(every_column_has_its_own_names)
{
	for (int f = 0; f < REG_FIELD_COUNT; f++) {
		ck_assert_int_eq(reg_field_find(reg_fields[f].token), f);
		ck_assert_msg(reg_field_find(reg_fields[f].ja) == f, "%s", reg_fields[f].ja);
	}
}
END_TEST

START_TEST(widths_are_folded)
{
	static const char *const pairs[][2] = {{"ＰＬＣ１", "PLC1"},      {"ﾎﾟﾝﾌﾟｶﾞｽ ｳﾞ", "ポンプガス ヴ"},
					       {"　①⑳　", "120"},         {"ｰｱ｡", "ーア。"},
					       {"ﾊﾞｰｺｰﾄﾞ", "バーコード"}, {"ｱﾞ", "ア゛"}};
	char out[64], little[5];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert_str_eq(width_fold(pairs[i][0], out, sizeof(out)), pairs[i][1]);
	ck_assert_str_eq(width_fold("高圧", little, sizeof(little)), "高");
}
END_TEST

/* ---- all errors, row by row */

START_TEST(all_errors_are_told)
{
	static const char csv[] = "name,mac,ip,usage,phase,support_until\n"
				  "a,zz,,control,operate,\n"
				  "b," PLC ",300.1.1.1,contrl,operate,2027-13-01\n"
				  "c," PLC ",,,opperate,\n"
				  "d,,,,,2027-01-01,extra,cells\n";
	struct register_result r;

	imported("name,mac\nhmi," HMI "\n");
	ck_assert_int_eq(import_as(csv, strlen(csv), NULL, false, &r), -EINVAL);
	ck_assert_uint_eq(r.errors, 7);
	ck_assert_str_eq(
	    said,
	    "csv:2: mac \"zz\": not a MAC address. Write it as 00:80:f4:12:34:56\n"
	    "csv:3: ip \"300.1.1.1\": not a device's IP address. Write it as 10.20.1.11, without a prefix length\n"
	    "csv:3: usage \"contrl\" is unknown. Did you mean \"control\"?\n"
	    "csv:3: support_until \"2027-13-01\": no date. Write it as 2027-03-31 or 2027/3/31\n"
	    "csv:4: phase \"opperate\" is unknown. Did you mean \"operate\"?\n"
	    "csv:5: 8 cells under 6 columns. Put a cell that holds a comma into quotes\n"
	    "csv:4: mac 00:80:f4:10:01:11 is already in line 3. A device has one row: join them, or correct one\n");
}
END_TEST

static const char base[] = "id,name,mac,phase,notes\n"
			   "1,plc," PLC ",review.intro,first\n"
			   "2,hmi," HMI ",operate,\n";

START_TEST(dry_run_changes_nothing)
{
	static const char csv[] = "id,name,mac,phase,notes\n"
				  "1,plc 1," PLC ",config,first\n"
				  "3,nas,00:11:32:01:02:03,operate,\n";
	struct register_sheet_form form = {.encoding = TEXT_UTF8};
	struct register_result r;
	size_t len, after_len;

	imported(base);
	scene_host(&s, "00:11:32:01:02:03", "10.20.1.9", 101);
	scene_host(&s, "00:11:32:09:09:09", "10.20.1.8", 101);
	ck_assert_int_eq(ledger_write(s.ledger), 0);
	unsigned rows = trailed(NULL);
	char *before = exported(&form, &len);
	ck_assert_int_eq(import_as(csv, strlen(csv), NULL, true, &r), 0);
	ck_assert_str_eq(said, "changed plc 1 name \"plc\" \"plc 1\"\nchanged plc 1 phase \"review.intro\" \"config\"\n"
			       "added nas\nremoved hmi\n");
	ck_assert_uint_eq(r.unseen, 1);
	ck_assert_uint_eq(r.unregistered, 1);
	char *after = exported(&form, &after_len);
	ck_assert_str_eq(before, after);
	ck_assert_uint_eq(trailed(NULL), rows);
	free(before);
	free(after);
}
END_TEST

START_TEST(missing_columns_stay)
{
	struct register_sheet_form form = {.encoding = TEXT_UTF8};
	size_t len;

	imported(base);
	imported("mac,location\n" PLC ",盤1\n");
	char *text = exported(&form, &len);
	ck_assert_msg(strcmp(text, "mac,location,id,name,phase,notes\r\n" PLC ",盤1,1,plc,review.intro,first\r\n") == 0,
		      "%s", text);
	free(text);
}
END_TEST

/* ---- phases */

static const struct {
	const char *to, *reason;
	bool good;
	const char *says;
} moves[] = {
    {"config", "", true, NULL},
    {"operate", "", false, "phases move one step at a time. Move it to \"config\" first"},
    {"review.risk", "", false, "going back needs a reason"},
    {"review.risk", "the model was replaced", true, NULL},
    {"gone", "", false, "one step at a time"},
    {"unregistered", "", false, "going back needs a reason"},
};

START_TEST(import_moves_phases_by_the_rules)
{
	char csv[512];
	struct register_result r;

	imported(base);
	unsigned before = trailed("asset.phase");
	snprintf(csv, sizeof(csv), "id,name,mac,phase\n1,plc," PLC ",%s\n2,hmi," HMI ",operate\n", moves[_i].to);
	int err = import_as(csv, strlen(csv), moves[_i].reason, false, &r);
	ck_assert_msg((err == 0) == moves[_i].good, "%s", said);
	if (moves[_i].says)
		ck_assert_msg(strstr(said, moves[_i].says) != NULL, "%s", said);
	ck_assert_uint_eq(trailed("asset.phase") - before, moves[_i].good ? 1 : 0);
}
END_TEST

static int move(const char *target, const char *to, const char *reason, const char *sheet, struct register_edited *done)
{
	static struct complaint c;
	struct register_edit edit = {.target = target,
				     .person = {"田中", "tanaka", reason},
				     .sheet = sheet,
				     .verb = "asset.phase",
				     .n = 1,
				     .set = {{REG_PHASE, to}}};

	c.text[0] = said[0] = '\0';
	int err = register_edit(s.dir, &edit, done, &c);
	snprintf(said, sizeof(said), "%s", c.text);
	return err;
}

static int set(const char *target, enum reg_field f, const char *to)
{
	struct register_edited done;
	struct complaint c = {""};
	struct register_edit edit = {
	    .target = target, .person = {"田中", "tanaka", "x"}, .verb = "asset.set", .n = 1, .set = {{f, to}}};

	int err = register_edit(s.dir, &edit, &done, &c);
	snprintf(said, sizeof(said), "%s", c.text);
	return err;
}

static void collect(void *ctx, const char *json)
{
	(void)ctx;
	snprintf(said, sizeof(said), "%s", json);
}

START_TEST(command_moves_phases_by_the_rules)
{
	struct register_edited done;
	struct complaint c = {""};
	struct audit_filter f = {.verb = "asset.phase"};
	char sheet[128];

	imported(base);
	scene_host(&s, PLC, "10.20.1.11", 101);
	ck_assert_int_eq(ledger_write(s.ledger), 0);
	write_file("sheet.xlsx", "filled in", 9);
	snprintf(sheet, sizeof(sheet), "%s/sheet.xlsx", s.dir);
	ck_assert_int_eq(move("A000001", "operate", "r", NULL, &done), -EINVAL);
	ck_assert_int_eq(move("A000002", "config", "r", NULL, &done), -ENOENT);
	ck_assert_int_eq(move("A000001", "設定チェック", "設定を確認", sheet, &done), 0);
	ck_assert_str_eq(done.from_phase, "review.intro");
	ck_assert_str_eq(done.to_phase, "config");
	/* printf 'filled in' | sha256sum */
	ck_assert_int_eq(audit_each(s.dir, &f, collect, NULL, &c), 0);
	ck_assert_msg(
	    strstr(said, "\"who\":\"田中\",\"login\":\"tanaka\",\"verb\":\"asset.phase\",\"object\":\"asset:A000001\","
			 "\"reason\":\"設定を確認\",\"details\":{\"name\":\"plc\",\"row\":\"R000001\",\"phase\":{"
			 "\"from\":\"review.intro\",\"to\":\"config\"},\"sheet\":\"") != NULL,
	    "%s", said);
	ck_assert_msg(
	    strstr(said, "\"sheet_sha256\":\"e4de308be4132df35aa50478198ef61a137cf2e9bdd53481bee584559c1c5964\"") !=
		NULL,
	    "%s", said);
	ck_assert_int_eq(move("A000001", "config", "r", "/nonexistent/sheet", &done), -ENOENT);
	unlink(sheet);
}
END_TEST

START_TEST(gone_needs_the_verified_erasure)
{
	struct register_edited done;

	imported("name,mac,serial,phase,data_class\nplc," PLC ",S-1,dispose,high\nhmi," HMI ",S-2,dispose,low\n");
	ck_assert_int_eq(move("plc", "gone", "r", NULL, &done), -EINVAL);
	ck_assert_msg(strstr(said, "needs the verified erasure") != NULL, "%s", said);
	ck_assert_int_eq(set("plc", REG_ERASE_METHOD, "破壊"), 0);
	ck_assert_int_eq(set("plc", REG_VERIFY_RESULT, "ng"), 0);
	ck_assert_int_eq(set("plc", REG_VERIFY_BY, "鈴木"), 0);
	ck_assert_int_eq(set("plc", REG_VERIFY_ON, "2026-11-01"), 0);
	ck_assert_int_eq(move("plc", "gone", "r", NULL, &done), -EINVAL);
	ck_assert_int_eq(set("plc", REG_VERIFY_RESULT, "ok"), 0);
	ck_assert_msg(move("plc", "gone", "r", NULL, &done) == 0, "%s", said);
	ck_assert_uint_eq(done.buried, 2);
	ck_assert_int_eq(move("hmi", "gone", "r", NULL, &done), 0);
}
END_TEST

/* What is gone stays in the register, whatever files say, and its keys stay for ever. */
START_TEST(gone_is_kept_for_ever)
{
	struct register_sheet_form form = {.encoding = TEXT_UTF8};
	struct register_result r;
	struct register_edited done;
	size_t len;

	imported("name,mac,phase\nplc," PLC ",dispose\nhmi," HMI ",operate\n");
	ck_assert_int_eq(move("plc", "gone", "r", NULL, &done), 0);
	static const char csv[] = "name,mac,phase\nhmi," HMI ",operate\n";
	ck_assert_int_eq(import_as(csv, strlen(csv), NULL, false, &r), 0);
	ck_assert_uint_eq(r.kept, 1);
	ck_assert_uint_eq(r.removed, 0);
	char *text = exported(&form, &len);
	ck_assert_ptr_nonnull(strstr(text, PLC));
	free(text);
	sqlite3 *db;
	struct complaint c;
	ck_assert_int_eq(store_open(&db, s.dir, STORE_WRITE, &c), 0);
	ck_assert_int_ne(store_exec(db, "DELETE FROM tombstone"), SQLITE_OK);
	ck_assert_int_ne(store_exec(db, "UPDATE tombstone SET value = 'x'"), SQLITE_OK);
	sqlite3_close(db);
}
END_TEST

START_TEST(seen_devices_are_taken_up)
{
	struct register_sheet_form form = {.encoding = TEXT_UTF8};
	struct register_edited done;
	struct complaint c = {""};
	size_t len;

	scene_lease(&s, PLC, "10.20.1.11", "plc-host", 101);
	ck_assert_int_eq(ledger_write(s.ledger), 0);
	struct register_edit edit = {.target = "A000001",
				     .site = &s.site,
				     .person = {"田中", "tanaka", "定期点検"},
				     .verb = "register.approve",
				     .n = 2,
				     .set = {{REG_NAME, "PLC 1"}, {REG_ZONE, "加工セルA"}}};
	ck_assert_msg(register_approve(s.dir, &edit, &done, &c) == 0, "%s", c.text);
	ck_assert_uint_eq(trailed("register.approve"), 1);
	char *text = exported(&form, &len);
	ck_assert_ptr_nonnull(strstr(text, "PLC 1,," PLC ",10.20.1.11,"));
	ck_assert_ptr_nonnull(strstr(text, "cell-a") ? text : strstr(text, "加工セルA"));
	free(text);
	ck_assert_int_eq(ledger_reload_register(s.ledger, &c), 0);
	scene_assets(&s, NULL);
	json_t *row = scene_row(&s, 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "name")), "PLC 1");
	ck_assert_str_eq(json_string_value(json_object_get(row, "phase")), "operate");
	ck_assert(json_is_true(json_object_get(row, "registered")));
	json_decref(row);
	ck_assert_int_eq(register_approve(s.dir, &edit, &done, &c), -EINVAL); /* once */
	edit.target = "A000009";
	ck_assert_int_eq(register_approve(s.dir, &edit, &done, &c), -ENOENT);
}
END_TEST

/* The daemon reads its file at every start: what people did since stays. */
START_TEST(daemon_does_not_take_commands_back)
{
	struct register_edited done;
	struct complaint c = {""};
	char path[128];
	unsigned rows;

	snprintf(path, sizeof(path), "%s/register.csv", s.dir);
	write_file("register.csv", base, strlen(base));
	ck_assert_int_eq(register_import(s.dir, path, &s.site, &scene_person, &rows, &c), 0);
	ck_assert_int_eq(move("plc", "config", "r", NULL, &done), 0);
	ck_assert_int_eq(register_import(s.dir, path, &s.site, &scene_person, &rows, &c), 0);
	ck_assert_uint_eq(rows, 2);
	ck_assert_int_eq(move("plc", "operate", "r", NULL, &done), 0);
	ck_assert_str_eq(done.from_phase, "config");
	/* also where the file is another one */
	static const char other[] = "id,name,mac,phase\n1,plc one," PLC ",consult\n2,hmi," HMI ",operate\n";
	write_file("register.csv", other, strlen(other));
	ck_assert_msg(register_import(s.dir, path, &s.site, &scene_person, &rows, &c) == 0, "%s", c.text);
	ck_assert_int_eq(move("plc one", "dispose", "r", NULL, &done), 0);
	ck_assert_str_eq(done.from_phase, "operate");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("papers");
	TCase *t = tcase_create("papers");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, digests);
	tcase_add_loop_test(t, comes_back_byte_by_byte, 0, 3);
	tcase_add_test(t, header_in_either_language);
	tcase_add_test(t, guards_go_on_and_come_off);
	tcase_add_test(t, lost_in_cp932_is_told);
	tcase_add_loop_test(t, cells_are_understood, 0, sizeof(cells) / sizeof(cells[0]));
	tcase_add_test(t, every_column_has_its_own_names);
	tcase_add_test(t, widths_are_folded);
	tcase_add_test(t, all_errors_are_told);
	tcase_add_test(t, dry_run_changes_nothing);
	tcase_add_test(t, missing_columns_stay);
	tcase_add_loop_test(t, import_moves_phases_by_the_rules, 0, sizeof(moves) / sizeof(moves[0]));
	tcase_add_test(t, command_moves_phases_by_the_rules);
	tcase_add_test(t, gone_needs_the_verified_erasure);
	tcase_add_test(t, gone_is_kept_for_ever);
	tcase_add_test(t, seen_devices_are_taken_up);
	tcase_add_test(t, daemon_does_not_take_commands_back);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
