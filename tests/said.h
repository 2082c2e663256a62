/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SAID_H
#define TESTS_SAID_H

/* What is written to stderr between said_begin and said_end, as text that is
 * cut to cap - 1 bytes.  One at a time. */

#include <stddef.h>

void said_begin(void);
void said_end(char *text, size_t cap);

#endif
