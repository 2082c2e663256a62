/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_SHEET_H
#define CTL_SHEET_H

/*
 * What a command has to say, filled in once and printed for people, as
 * aligned lines, or for programs, as one JSON document.
 *
 * A name "exp|expires" is exp to a program and expires to people; NULL is the
 * name of what stands in a list.  To people every byte of text that is not
 * printable ASCII is shown as \xNN, so that nothing said by a stranger acts
 * on the terminal.  In JSON bytes are hexadecimal, a time is {"seconds": n,
 * "text": "..."}, what is hidden is {"hidden": true, "bytes": n}, and a
 * number over 2^63 - 1 is text.
 *
 * Failures are kept and returned by sheet_print().
 *
 * Knows jansson.  Does not know what is said.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/span.h"

#define SHEET_DEPTH 24

enum sheet_kind { SHEET_MAP, SHEET_LIST };

struct sheet;

/* A sheet whose whole is a map or a list.  A list is printed to people with
 * empty lines between its maps. */
enum err sheet_new(bool json, enum sheet_kind root, struct sheet **out);

/* Made for OWNED; *s may be NULL. */
void sheet_drop(struct sheet **s);

/* From here on times are shown to people as seen from now, too. */
void sheet_set_now(struct sheet *s, uint64_t now);

/* Open and close come in pairs.  What is opened within is, to people, an
 * indented part of what was said last and has no name. */
void sheet_open(struct sheet *s, const char *name, enum sheet_kind kind);
void sheet_open_within(struct sheet *s, const char *name);
void sheet_close(struct sheet *s);

/* How deep one is; SHEET_DEPTH is too deep. */
size_t sheet_depth(const struct sheet *s);

void sheet_text(struct sheet *s, const char *name, struct span text);
void sheet_uint(struct sheet *s, const char *name, uint64_t n);
void sheet_bool(struct sheet *s, const char *name, bool yes);
void sheet_bytes(struct sheet *s, const char *name, struct span bytes);
void sheet_time(struct sheet *s, const char *name, uint64_t seconds);
void sheet_hidden(struct sheet *s, const char *name, size_t len);

/* Words of our own; not from outside. */
void sheet_say(struct sheet *s, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, for people only. */
void sheet_tell(struct sheet *s, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Text as people see it, and blanks up to the width and two more; 0 is no
 * width. */
void sheet_put_text(FILE *out, struct span text, size_t width);

/* All of it; LIMIT if there was no memory, or it was too deep, HARDWARE if
 * out does not take it. */
enum err sheet_print(struct sheet *s, FILE *out);

/* The same; JSON as one line, for what says one thing after another. */
enum err sheet_print_line(struct sheet *s, FILE *out);

#endif
