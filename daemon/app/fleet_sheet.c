#include "app/fleet_show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/text.h"

enum { CELL_BYTES = 4096 };

int fleet_sheet_begin(struct fleet_sheet *sheet, const char *const *titles, size_t n)
{
	*sheet = (struct fleet_sheet){.at_start = true};
	sheet->out = open_memstream(&sheet->text, &sheet->len);
	if (!sheet->out)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		fleet_sheet_cell(sheet, titles[i]);
	fleet_sheet_line(sheet);
	return 0;
}

void fleet_sheet_cell(struct fleet_sheet *sheet, const char *text)
{
	char plain[CELL_BYTES];

	text_printable(span_str(text), plain, sizeof(plain), 0);
	csv_put_text(sheet->out, plain, sheet->at_start);
	sheet->at_start = false;
}

void fleet_sheet_line(struct fleet_sheet *sheet)
{
	fputs("\r\n", sheet->out);
	sheet->at_start = true;
}

int fleet_sheet_end(struct fleet_sheet *sheet, const char *encoding)
{
	bool good = !ferror(sheet->out);

	good &= fclose(sheet->out) == 0;
	if (good)
		command_csv_write(sheet->text, sheet->len, encoding);
	free(sheet->text);
	return good ? 0 : -ENOMEM;
}

void fleet_append(char *buf, size_t size, const char *separator, const char *text)
{
	size_t len = strlen(buf);
	size_t more = strlen(text) + (len ? strlen(separator) : 0);

	if (len + more < size)
		snprintf(buf + len, size - len, "%s%s", len ? separator : "", text);
}

void fleet_sheet_number(struct fleet_sheet *sheet, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	fleet_sheet_cell(sheet, text);
}

void fleet_table_number(struct text_table *t, bool known, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	text_table_cell(t, known ? text : "-");
}
