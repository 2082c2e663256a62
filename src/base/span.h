/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

/* Bytes that belong to someone else.  Whoever hands out a span says until
 * when it may be looked at; {NULL, 0} is the empty one. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t	*at;
	size_t		 len;
};

#define SPAN(array) ((struct span){ (array), sizeof(array) })

static inline struct span
span_text(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

/* Not for secrets: the time depends on the bytes. */
static inline int
span_equal(struct span a, struct span b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

#endif
