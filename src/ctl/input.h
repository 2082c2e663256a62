/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_INPUT_H
#define CTL_INPUT_H

/*
 * A whole file, or standard input, of a bounded size, in memory until it is
 * dropped; then it is wiped, for it may hold a code.
 *
 * Knows files.  Does not know what the bytes mean.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define INPUT_MAX (16 * 1024 * 1024)

struct input {
	const char	*name;		/* to be shown */
	uint8_t		*at;
	size_t		 len, cap;
};

/* path is a file, or "-" or NULL for standard input; with hex its content is
 * digits and blanks.  Each fault is one line: HARDWARE if it cannot be read,
 * LIMIT if it is longer than max or there is no memory for it, MALFORMED if
 * it is not hexadecimal, or empty. */
enum err input_read(const char *path, size_t max, bool hex,
    struct input *out);

/* Made for OWNED; accepts a zeroed one. */
void input_drop(struct input *i);

struct span input_span(const struct input *i);

/* Does it look like hexadecimal digits that were not announced? */
bool input_looks_hex(const struct input *i);

#endif
