/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

/*
 * A daemon's configuration: an INI file, read once, strictly, by tables.
 *
 * A section is a table of rows, and each row says where in the daemon's
 * struct its value goes.  A section with max over 0 is repeated: every
 * [peer NAME] is one more element of an array.  Whatever a table does not
 * name, or its row does not allow, is refused with "file:line: reason".
 *
 * Knows libinih.  Does not know what a value is for.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

#define CONFIG_LINE_MAX 198	/* characters of a line */
#define CONFIG_LABEL_MAX 64

enum config_kind {
	CONFIG_UINT,		/* uint64_t; min and max bound it */
	CONFIG_DURATION,	/* uint64_t of milliseconds: 250ms 30s 5m 1h */
	CONFIG_BOOL,		/* bool: yes or no */
	CONFIG_ENUM,		/* unsigned: which of words, "off required" */
	CONFIG_TEXT,		/* char[]: printable; min to max characters */
	CONFIG_PATH,		/* char[]: absolute, or empty if min is 0 */
	CONFIG_ID,		/* char[]: an identifier of protocol.md */
};

struct config_row {
	const char		*name;
	enum config_kind	 kind;
	uint64_t		 min, max;
	const char		*preset;	/* NULL: must be given */
	const char		*words;
	size_t			 at, size;	/* in the section's struct */
	const char		*doc;
};

struct config_section {
	const char		*name;
	const struct config_row	*rows;
	size_t			 nrows;
	size_t			 at;	/* of its struct, or its array */
	size_t			 size;	/* of an element of the array */
	size_t			 max;	/* elements; 0: no array */
	size_t			 count;	/* at: a size_t, how many */
	size_t			 label;	/* in an element: char[65] */
	const char		*doc;
};

#define CONFIG_AT(type, field) \
	.at = offsetof(type, field), .size = sizeof(((type *)0)->field)

#define CONFIG_NUMBER(type, field, of_kind, low, high, default_, text) \
	{ .name = #field, .kind = (of_kind), .min = (low), .max = (high), \
	.preset = (default_), CONFIG_AT(type, field), .doc = (text) }
#define CONFIG_STRING(type, field, of_kind, default_, text) \
	{ .name = #field, .kind = (of_kind), .min = 1, \
	.max = sizeof(((type *)0)->field) - 1, .preset = (default_), \
	CONFIG_AT(type, field), .doc = (text) }
#define CONFIG_CHOICE(type, field, of_words, default_, text) \
	{ .name = #field, .kind = CONFIG_ENUM, .words = (of_words), \
	.preset = (default_), CONFIG_AT(type, field), .doc = (text) }
#define CONFIG_SWITCH(type, field, default_, text) \
	{ .name = #field, .kind = CONFIG_BOOL, .preset = (default_), \
	CONFIG_AT(type, field), .doc = (text) }

#define CONFIG_SECTIONS 8
#define CONFIG_ROWS 64
#define CONFIG_ELEMENTS 32

struct config {
	const struct config_section	*sections;
	size_t				 nsections;
	void				*into;
	/* Which rows were given, by section and element. */
	uint64_t	given[CONFIG_SECTIONS][CONFIG_ELEMENTS];
	bool		open[CONFIG_SECTIONS];
};

/* Put the presets of the sections that are not repeated into *into. */
enum err config_start(struct config *c, const struct config_section *sections,
    size_t nsections, void *into);

/* Read a file that belongs to root or to us and that nobody else may write.
 * MALFORMED, with its line, for whatever the tables do not allow. */
enum err config_read(struct config *c, const char *path);

/* One "section.name=value" from elsewhere (from says where), over what the
 * file said; for the kernel's command line of a Xen guest. */
enum err config_set(struct config *c, const char *from, const char *text);

/* The same of "word=value", if it is one of the words of a kernel's command
 * line; the last such word counts. */
enum err config_word(struct config *c, const char *line, const char *word,
    const char *section_name);

/* MALFORMED if something that must be given was not; then all is set. */
enum err config_check(const struct config *c, const char *path);

/* A file with every row at its preset, explained. */
void config_print(const struct config_section *sections, size_t nsections,
    FILE *to);

#endif
