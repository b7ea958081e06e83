#include "app/command.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/zone_word.h"
#include "base/text.h"
#include "net/capture.h"

static void put_plain(FILE *out, struct span s)
{
	while (s.len > 0) {
		uint32_t code = 0;
		size_t n = text_utf8(s, &code);
		if (n > 0 && (code == '\n' || code == '\t' || !text_is_control(code)))
			fwrite(s.ptr, 1, n, out);
		else
			fputc('?', out);
		s = span_skip(s, n ? n : 1);
	}
}

void command_tell(FILE *out, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return;
	put_plain(out, span_of(text, (size_t)n));
	free(text);
}

static const char *running = "";

void command_is(const char *name)
{
	running = name;
}

/* How many options begin as the one in @text does. */
static unsigned options_like(const char *text, const struct option *options)
{
	size_t len = strcspn(text, "=");
	unsigned n = 0;

	for (; options->name; options++)
		n += strncmp(options->name, text, len) == 0;
	return n;
}

int command_option(int argc, char **argv, const char *letters, const struct option *options, int *at)
{
	char letter[3] = "-";

	opterr = 0;
	int c = getopt_long(argc, argv, letters, options, at);
	if (c != '?')
		return c;
	const char *name = optind > 0 && optind <= argc ? argv[optind - 1] : "";
	const struct option *o = options;
	while (o->name && o->val != optopt)
		o++;
	if (optopt && (strncmp(name, "--", 2) != 0 || !o->name)) { /* of one letter */
		letter[1] = (char)optopt;
		name = letter;
	}
	enum word why = !optopt ? (options_like(name + strspn(name, "-"), options) > 1 ? W_TWO_OPTIONS : W_NO_OPTION)
			: !o->name || (name == letter && !strchr(letters, optopt)) ? W_NO_OPTION
			: o->has_arg == required_argument                          ? W_NEEDS_VALUE
										   : W_TAKES_NO_VALUE;
	command_tell(stderr, say(why), name, running);
	return c;
}

int command_bad_value(const char *value, const char *option, const char *allowed)
{
	command_tell(stderr, say(W_BAD_VALUE), value, option, allowed);
	return EXIT_USAGE;
}

int command_no_words(int argc, char **argv)
{
	if (optind >= argc)
		return EXIT_DONE;
	command_tell(stderr, say(W_TOO_MANY_WORDS), argv[optind], running);
	return EXIT_USAGE;
}

void command_tell_trouble(const struct capture *cap)
{
	const char *trouble = capture_trouble(cap);

	if (trouble)
		command_tell(stderr, "%s\n", trouble);
}

int command_failed(int err, const struct complaint *c)
{
	command_tell(stderr, "%s\n", c->text);
	return err == -EINVAL || err == -ENOENT || err == -EILSEQ ? EXIT_INPUT : EXIT_ENVIRONMENT;
}

char *command_state(const char *state, const char *config_file, struct complaint *c, int *err)
{
	struct config cfg;
	char *dir;

	*err = 0;
	if (state) {
		dir = strdup(state);
	} else {
		if (!config_file)
			config_default(&cfg);
		else if ((*err = config_load(&cfg, config_file, c)) != 0)
			return NULL;
		dir = strdup(cfg.state);
		config_free(&cfg);
	}
	if (dir)
		zone_words_of_state(dir);
	return dir;
}

const char *command_login(void)
{
	static char login[64]; /* asked once: a daemon without its capabilities may not be able to later */
	const char *sudo = getenv("SUDO_USER");

	if (login[0])
		return login;
	const struct passwd *p = getuid() == 0 && sudo && sudo[0] ? getpwnam(sudo) : getpwuid(getuid());
	if (p)
		snprintf(login, sizeof(login), "%s", p->pw_name);
	else
		snprintf(login, sizeof(login), "uid %u", (unsigned)getuid());
	return login;
}

void text_table_column(struct text_table *t, const char *title, unsigned most)
{
	if (t->n_columns == TABLE_COLUMNS_MAX)
		return;
	t->most[t->n_columns++] = most;
	text_table_cell(t, title);
}

enum { CELL_BYTES_MAX = 512 };

/* Doubles what is too small. */
static bool grow(void **at, size_t *room, size_t need, size_t each, size_t first)
{
	size_t n = *room ? *room : first;

	while (n < need)
		n *= 2;
	if (n == *room)
		return true;
	void *bigger = realloc(*at, n * each);
	if (!bigger)
		return false;
	*at = bigger;
	*room = n;
	return true;
}

/* How long @text is where it is printable ASCII and no longer than @most; else more than that. */
static size_t plain_len(const char *text, size_t most)
{
	size_t len = 0;

	for (; text[len] && len <= most; len++) {
		if (text[len] < 0x20 || text[len] > 0x7e)
			return most + 1;
	}
	return len;
}

void text_table_cell(struct text_table *t, const char *text)
{
	static const char cut[] = "..";
	const unsigned cut_columns = sizeof(cut) - 1;
	char cell[CELL_BYTES_MAX];
	unsigned column = (unsigned)(t->n_cells % t->n_columns);

	if (t->n_cells < t->n_columns) /* still the titles */
		column = (unsigned)t->n_cells;
	size_t most = t->most[column] ? t->most[column] : sizeof(cell) - 1, len = text ? plain_len(text, most) : 0;
	unsigned w = (unsigned)len;
	if (len > most) {
		w = text_printable(span_str(text), cell, sizeof(cell) - sizeof(cut), 0);
		if (t->most[column] && w > t->most[column]) { /* cut, and seen to be */
			w = text_printable(span_str(text), cell, sizeof(cell), t->most[column] - cut_columns);
			strcat(cell, cut);
			w += cut_columns;
		}
		text = cell;
		len = strlen(cell);
	}
	if (!grow((void **)&t->text, &t->text_room, t->text_len + len, 1, 4096) ||
	    !grow((void **)&t->columns, &t->room, t->n_cells + 1, sizeof(*t->columns), 256) ||
	    !grow((void **)&t->bytes, &t->bytes_room, t->n_cells + 1, sizeof(*t->bytes), 256))
		return;
	if (len > 0)
		memcpy(t->text + t->text_len, text, len);
	t->text_len += len;
	t->bytes[t->n_cells] = (uint16_t)len;
	t->columns[t->n_cells++] = (uint16_t)w;
	if (w > t->width[column])
		t->width[column] = w;
}

void text_table_number(struct text_table *t, uint64_t n)
{
	char text[24], *at = text + sizeof(text);

	*--at = '\0';
	do {
		*--at = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	text_table_cell(t, at);
}

void text_table_print(const struct text_table *t, FILE *out, const char *indent)
{
	size_t most = strlen(indent) + 1;
	const char *cell = t->text;

	/* a character is at least a byte: what is wider than its bytes fits too */
	for (unsigned i = 0; i < t->n_columns; i++)
		most += t->width[i] + CELL_BYTES_MAX;
	char *line = malloc(most), *at = line;
	for (size_t i = 0; line && i < t->n_cells; i++) {
		unsigned column = (unsigned)(i % t->n_columns);
		if (column == 0)
			at = stpcpy(line, indent);
		memcpy(at, cell, t->bytes[i]);
		at += t->bytes[i];
		cell += t->bytes[i];
		if (column + 1 == t->n_columns) {
			*at++ = '\n';
			fwrite(line, 1, (size_t)(at - line), out);
		} else {
			size_t blanks = t->width[column] - t->columns[i] + 2;
			memset(at, ' ', blanks);
			at += blanks;
		}
	}
	free(line);
}

void text_table_free(struct text_table *t)
{
	free(t->text);
	free(t->columns);
	free(t->bytes);
	*t = (struct text_table){0};
}

bool command_csv_knows(const char *encoding)
{
	return strcmp(encoding, "utf-8") == 0 || strcmp(encoding, "utf-8-bom") == 0 || strcmp(encoding, "cp932") == 0;
}

void command_csv_put(FILE *out, const char *text, size_t len, const char *encoding)
{
	char *bytes = NULL;
	size_t n = 0, bad = 0;

	if (encoding && strcmp(encoding, "cp932") == 0 && text_to_cp932(span_of(text, len), &bytes, &n, &bad) == 0) {
		fwrite(bytes, 1, n, out);
		if (bad > 0)
			command_tell(stderr, say(W_CSV_LOST), bad);
	} else {
		if (!encoding || strcmp(encoding, "utf-8-bom") == 0)
			fputs("\xef\xbb\xbf", out);
		fwrite(text, 1, len, out);
	}
	free(bytes);
}

void command_csv_write(const char *text, size_t len, const char *encoding)
{
	command_csv_put(stdout, text, len, encoding);
}

json_t *json_node(const json_t *object, const char *path)
{
	json_t *at = (json_t *)(uintptr_t)object;
	char step[64];

	while (at && *path) {
		size_t n = strcspn(path, ".");
		if (n >= sizeof(step))
			return NULL;
		memcpy(step, path, n);
		step[n] = '\0';
		at = json_object_get(at, step);
		path += n + (path[n] == '.');
	}
	return at;
}

void command_print_line(void *unused, const char *json)
{
	(void)unused;
	puts(json);
}

const char *json_at(const json_t *object, const char *path)
{
	const char *text = json_string_value(json_node(object, path));

	return text ? text : "";
}

const char *local_time(const char *timestamp, char *buf, size_t size)
{
	struct tm utc = {0}, local;
	const char *rest = strptime(timestamp, "%Y-%m-%dT%H:%M:%S", &utc);
	time_t t = rest ? timegm(&utc) : 0;

	if (!rest || !localtime_r(&t, &local) || strftime(buf, size, "%Y-%m-%d %H:%M:%S", &local) == 0)
		text_printable(span_str(timestamp), buf, size, 0);
	return buf;
}

const char *json_join(const json_t *list, const char *separator, char *buf, size_t size)
{
	size_t len = 0, i;
	json_t *item;

	buf[0] = '\0';
	json_array_foreach((json_t *)(uintptr_t)list, i, item)
	{
		const char *text = json_string_value(item);
		char number[32];
		if (json_is_integer(item)) {
			snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(item));
			text = number;
		}
		int n = snprintf(buf + len, size - len, "%s%s", len ? separator : "", text ? text : "");
		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
	return buf;
}
