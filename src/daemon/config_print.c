/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/config.h"

#include <string.h>

#include "daemon/config_int.h"

#define WIDTH 76

/* Words in lines that begin with "# ". */
static void
print_text(const char *text, FILE *to)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column == 0 || column + 1 + n > WIDTH) {
			fputs(column == 0 ? "#" : "\n#", to);
			column = 1;
		}
		fprintf(to, " %.*s", (int)n, text);
		column += 1 + n;
		text += n + (text[n] == ' ');
	}
	if (column > 0)
		fputc('\n', to);
}

/* A row without a preset is left to be filled in: the file is refused until
 * it is. */
static void
print_row(const struct config_row *row, FILE *to)
{
	char bounds[CONFIG_WHY], line[2 * CONFIG_WHY];
	bool listed = row->kind == CONFIG_ENUM || row->kind == CONFIG_BOOL;

	config_bounds(row, bounds, sizeof(bounds));
	snprintf(line, sizeof(line), "%s: %s.", listed ? "One of" :
	    row->kind == CONFIG_UINT || row->kind == CONFIG_DURATION ?
	    "From" : "Characters", bounds);
	fputc('\n', to);
	print_text(row->doc, to);
	print_text(line, to);
	fprintf(to, "%s = %s\n", row->name,
	    row->preset != NULL ? row->preset : "");
}

void
config_print(const struct config_section *sections, size_t nsections,
    FILE *to)
{
	for (size_t i = 0; i < nsections; i++) {
		const struct config_section *s = &sections[i];

		if (i > 0)
			fputc('\n', to);
		print_text(s->doc, to);
		fprintf(to, "[%s%s]\n", s->name, s->max > 0 ? " NAME" : "");
		for (size_t j = 0; j < s->nrows; j++)
			print_row(&s->rows[j], to);
	}
}
