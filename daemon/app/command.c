#include "app/command.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

int command_failed(int err, const struct complaint *c)
{
	fprintf(stderr, "%s\n", c->text);
	return err == -EINVAL || err == -ENOENT || err == -EILSEQ ? EXIT_INPUT : EXIT_ENVIRONMENT;
}

char *command_state(const char *state, const char *config_file, struct complaint *c, int *err)
{
	struct config cfg;
	char *dir;

	*err = 0;
	if (state)
		return strdup(state);
	if (!config_file)
		config_default(&cfg);
	else if ((*err = config_load(&cfg, config_file, c)) != 0)
		return NULL;
	dir = strdup(cfg.state);
	config_free(&cfg);
	return dir;
}

const char *command_login(void)
{
	static char login[64];
	const char *sudo = getenv("SUDO_USER");
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

void text_table_cell(struct text_table *t, const char *text)
{
	char cell[512];
	unsigned column = (unsigned)(t->n_cells % t->n_columns);

	if (t->n_cells < t->n_columns) /* still the titles */
		column = (unsigned)t->n_cells;
	unsigned w = text_printable(span_str(text ? text : ""), cell, sizeof(cell), t->most[column]);
	if (w > t->width[column])
		t->width[column] = w;
	if (t->n_cells == t->room) {
		size_t room = t->room ? t->room * 2 : 256;
		char **cells = realloc(t->cells, room * sizeof(*cells));
		if (!cells)
			return;
		t->cells = cells;
		t->room = room;
	}
	t->cells[t->n_cells++] = strdup(cell);
}

static unsigned columns_of(const char *text)
{
	char copy[512];

	return text_printable(span_str(text), copy, sizeof(copy), 0);
}

void text_table_print(const struct text_table *t, FILE *out, const char *indent)
{
	for (size_t i = 0; i < t->n_cells; i++) {
		unsigned column = (unsigned)(i % t->n_columns);
		const char *cell = t->cells[i] ? t->cells[i] : "";
		if (column == 0)
			fputs(indent, out);
		fputs(cell, out);
		if (column + 1 == t->n_columns)
			fputc('\n', out);
		else
			fprintf(out, "%*s", (int)(t->width[column] - columns_of(cell) + 2), "");
	}
}

void text_table_free(struct text_table *t)
{
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct text_table){0};
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
		snprintf(buf, size, "%s", timestamp);
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
