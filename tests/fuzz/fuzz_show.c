/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "ctl/show.h"
#include "tests/fuzz/fuzz.h"
#include "wire/table.h"

enum { TYPES = 128 };

/* By type, what was shown; [0] is what is no message of the table. */
static struct reach shown[TYPES] = { { "other", 0 } };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	must(wire_nspecs <= TYPES, "too many types");
	for (unsigned i = 1; i < wire_nspecs; i++)
		shown[i].name = wire_spec((enum msg_type)i)->name;
	reach("shown", shown, TYPES);
	return 0;
}

/* What is shown is whole, and nothing that acts on a terminal. */
static void
show(struct span in, enum msg_type type, bool json)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	must(sheet_new(json, SHEET_MAP, &s) == ERR_OK, "a sheet");
	if (show_item(s, in, type) != ERR_OK)
		return;
	must(sheet_depth(s) == 1, "left open");
	f = open_memstream(&text, &size);
	must(f != NULL, "memory");
	must(sheet_print(s, f) == ERR_OK, "print");
	fclose(f);
	for (size_t i = 0; i < size; i++)
		must(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'),
		    "not for a terminal");
	free(text);
	if (type < wire_nspecs)
		shown[type].times++;
}

/* The seeds are those of fuzz_wire: an envelope, or a map behind its type. */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	for (int json = 0; json < 2; json++) {
		show((struct span){ in, len }, MSG_NONE, json);
		if (len == 0)
			continue;
		show((struct span){ in + 1, len - 1 }, MSG_NONE, json);
		show((struct span){ in + 1, len - 1 }, (enum msg_type)in[0],
		    json);
	}
	return 0;
}
