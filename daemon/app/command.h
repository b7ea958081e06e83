/*
 * What the commands of `sekisho` share. Each command is a function in a cmd_*.c of its own.
 */
#ifndef SEKISHO_APP_COMMAND_H
#define SEKISHO_APP_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "app/config.h"
#include "app/words.h"
#include "base/log.h"

struct capture;
struct option;

/** Exit statuses: a contract (architecture, section 5). */
enum exit_status { EXIT_DONE = 0, EXIT_INPUT = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3 };

int cmd_decode(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_assets(int argc, char **argv);
int cmd_alerts(int argc, char **argv);
int cmd_links(int argc, char **argv);
int cmd_tail(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_register(int argc, char **argv);
int cmd_health(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_asset(int argc, char **argv);
int cmd_impact(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_setup(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_db(int argc, char **argv);
int cmd_alert(int argc, char **argv);
int cmd_incidents(int argc, char **argv);
int cmd_work(int argc, char **argv);
int cmd_drill(int argc, char **argv);
int cmd_outbox(int argc, char **argv);
int cmd_fleet(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_support(int argc, char **argv);
int cmd_report(int argc, char **argv);

/** Says something to a person: like fprintf(), but whatever names, arguments and files hold, nothing steers the
 * terminal or turns the writing: controls but for ends of lines and tabs become '?'. */
void command_tell(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The command that runs, for what command_option() and command_no_words() say. Borrowed. */
void command_is(const char *name);

/** getopt_long(), saying in the chosen language what is wrong with an option, and where to look. @return '?' then. */
int command_option(int argc, char **argv, const char *letters, const struct option *options, int *at);

/** Says that @value is none for @option and what may stand there ("no, only"). @return EXIT_USAGE. */
int command_bad_value(const char *value, const char *option, const char *allowed);

/** Says that a word is left over at argv[optind], where one is. @return EXIT_USAGE, else EXIT_DONE. */
int command_no_words(int argc, char **argv);

/** What may stand for options that several commands have. */
#define COMMAND_LEVELS    "info, low, medium, high, critical"
#define COMMAND_SINCE     "7d, 8h, 2026-04-01, 2026-04-01T09:00"
#define COMMAND_UNTIL     "2026-04-01, 2026-04-01T09:00"
#define COMMAND_ENCODINGS "utf-8-bom, utf-8, cp932"

/** Says on standard error why a capture ended early and what of it was passed over, where anything was. */
void command_tell_trouble(const struct capture *cap);

/** Prints the complaint; @return the exit status that fits @err. */
int command_failed(int err, const struct complaint *c);

/** The state directory: @state, else the one of @config_file, else the daemon's own. Allocated; NULL with @c filled and
 * *err set. */
char *command_state(const char *state, const char *config_file, struct complaint *c, int *err);

/** Who gives this command, for the audit trail: the account, where sudo was used the one that used it. Borrowed, ""
 * never NULL. The person is what --by says, else this. */
const char *command_login(void);

/* ---- tables on the terminal */

enum { TABLE_COLUMNS_MAX = 10 };

/** Rows are collected, so that columns fit what stands in them; East Asian width counts. */
struct text_table {
	unsigned n_columns;
	unsigned width[TABLE_COLUMNS_MAX], most[TABLE_COLUMNS_MAX];
	char *text;        /* of all cells */
	uint16_t *columns; /* on the terminal, of each cell */
	uint16_t *bytes;   /* of each cell */
	size_t n_cells, room, bytes_room, text_len, text_room;
};

/** @most: widest a column may get, 0: any. */
void text_table_column(struct text_table *t, const char *title, unsigned most);
/** The next cell; what cannot be printed becomes '?'. NULL: empty. */
void text_table_cell(struct text_table *t, const char *text);
void text_table_number(struct text_table *t, uint64_t n);
void text_table_print(const struct text_table *t, FILE *out, const char *indent);
void text_table_free(struct text_table *t);

/* ---- CSV for spreadsheets */

/** "utf-8", "utf-8-bom" or "cp932". */
bool command_csv_knows(const char *encoding);
/** Writes a whole sheet. @encoding NULL: UTF-8 with a BOM, as spreadsheets want it. */
void command_csv_put(FILE *out, const char *text, size_t len, const char *encoding);
/** Writes a whole sheet to standard output. @encoding NULL: UTF-8 with a BOM, as spreadsheets want it. */
void command_csv_write(const char *text, size_t len, const char *encoding);

/* ---- JSON objects read back */

/** For who is called with each object: prints it as a line. */
void command_print_line(void *unused, const char *json);

/** The text at a path such as "sekisho.src.zone", or "" where there is none. Borrowed. */
const char *json_at(const json_t *object, const char *path);
json_t *json_node(const json_t *object, const char *path);

/** EVE's timestamp as this machine's local time, "2026-11-22 09:14:00", for people; as it stands, made fit for
 * a terminal, where it is none. @return @buf. */
const char *local_time(const char *timestamp, char *buf, size_t size);

/** The items of a list of texts joined by @separator. @return @buf. */
const char *json_join(const json_t *list, const char *separator, char *buf, size_t size);

#endif
