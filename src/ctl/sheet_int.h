/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_SHEET_INT_H
#define CTL_SHEET_INT_H

/* For sheet.c and lines.c only: the lines that people read. */

#include "ctl/sheet.h"

#define NAME_MAX_LEN 80

struct line_level {
	enum sheet_kind	 kind;
	bool		 root;
	bool		 pending;	/* its name was not printed yet */
	bool		 dash;		/* an item; nothing of it printed yet */
	unsigned	 indent;
	size_t		 n;		/* what stands in it */
	char		 name[NAME_MAX_LEN];
};

struct lines {
	FILE			*out;
	size_t			 depth;	/* of the innermost, from 1 */
	struct line_level	 at[SHEET_DEPTH];
};

void lines_begin(struct lines *l, FILE *out, enum sheet_kind root);
void lines_open(struct lines *l, const char *label, enum sheet_kind kind);
void lines_open_within(struct lines *l);
void lines_close(struct lines *l);

/* The value is printed as it is, and must be printable. */
void lines_value(struct lines *l, const char *label, const char *value);

/* The parts of a value that came from outside. */
void lines_text(struct lines *l, const char *label, struct span text);
void lines_bytes(struct lines *l, const char *label, struct span bytes);

#endif
