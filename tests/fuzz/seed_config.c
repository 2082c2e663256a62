/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files for fuzz_config; the first letter says whose (see there).  Those of
 * cryptod are made of its tables, every row at its least and at its most. */

#include <inttypes.h>
#include <stdio.h>

#include "cryptod/settings.h"
#include "tests/fuzz/seed.h"

static const char *const typed[] = {
	"o[main]\ntext = a\n",
	"o# all\n[main]\nnumber = 300\nwait = 250ms\nquick = yes\n"
	    "word = required\ntext = swtpm:path=/a\nid = A-1._b\n",
	"o[main]\ntext = a\n\n[peer a]\nsocket = /run/a\nuid = 1\n"
	    "[peer b]\nsocket = /b\n; c\n[peer c]\nsocket = /c\n",
	"o[main]\ntext = a ; b\nword: off\n tcti = c\n",
	"c[cryptod]\ntcti = a\n[peer a]\nsocket = /a\nuid = 1\n"
	    "[peer b]\nvchan = data/b\nvchans = 2\n",
	"u[unlocker]\nserver_uid = 1\noperator = a\ndevice = b\n"
	    "socket = /s\ntimeout = 1m\n[volume r]\ndevice = /dev/a\n"
	    "name = r\nrelease = luks:r\n"
	    "uuid = 11111111-2222-4333-8444-555555555555\n"
	    "cipher = aes-xts-plain64\nkey_size = 64\ndigest = "
	    "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef\n",
};

static void
put_value(FILE *f, const struct config_row *row, bool most)
{
	switch (row->kind) {
	case CONFIG_UINT:
		fprintf(f, "%" PRIu64, most ? row->max : row->min);
		break;
	case CONFIG_DURATION:
		fprintf(f, "%" PRIu64 "ms", most ? row->max : row->min);
		break;
	case CONFIG_BOOL:
		fputs(most ? "yes" : "no", f);
		break;
	case CONFIG_ENUM:
		fprintf(f, "%.*s", (int)strcspn(row->words, " "), row->words);
		break;
	case CONFIG_PATH:
		fputs(most ? "/var/lib/anchorhold/a" : "/a", f);
		break;
	case CONFIG_TEXT:
	case CONFIG_ID:
		fputs(most ? "A-long.one" : "a", f);
		break;
	}
}

static void
put_sections(FILE *f, bool most)
{
	for (size_t i = 0; i < settings_ntables; i++) {
		const struct config_section *s = &settings_tables[i];

		fprintf(f, s->max > 0 ? "[%s one]\n" : "[%s]\n", s->name);
		for (size_t r = 0; r < s->nrows; r++) {
			fprintf(f, "%s = ", s->rows[r].name);
			put_value(f, &s->rows[r], most);
			fputc('\n', f);
		}
	}
}

static enum err
put_cryptod(const char *dir, bool most)
{
	char text[4096] = "c";
	FILE *f = fmemopen(text + 1, sizeof(text) - 1, "w");

	if (f == NULL)
		return ERR_INTERNAL;
	put_sections(f, most);
	return fclose(f) == 0 ? seed_write(dir, "cryptod",
	    most ? "most" : "least", &(struct span){ (const uint8_t *)text,
	    strlen(text) }, 1) : ERR_INTERNAL;
}

enum err
seed_all(const char *dir)
{
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		struct span text = span_text(typed[i]);

		TRY(seed_write(dir, "typed", (const char[]){
		    (char)('0' + i), '\0' }, &text, 1));
	}
	TRY(put_cryptod(dir, false));
	return put_cryptod(dir, true);
}
