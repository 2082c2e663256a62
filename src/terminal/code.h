/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TERMINAL_CODE_H
#define TERMINAL_CODE_H

/* A line that should be a code or a passphrase; private to src/terminal. */

#include "base/secret.h"

/* Longer lines are no codes, or no passphrases; their rest is read and thrown
 * away. */
#define CODE_LINE_MAX 64
#define PASSPHRASE_LINE_MAX 513

struct code_line {
	struct secret	*text;
	size_t		 len;
	int		 too_long;
	int		 whole;		/* its newline was read */
};

enum err code_line_new(struct code_line *l, size_t max);
void code_line_drop(struct code_line *l);

/* Read what there is of one line: BUSY when nothing is there, NOT_FOUND at
 * the end of input. */
enum err code_line_read(struct code_line *l, int fd);

/* The 6 or 8 digits of the line, as a secret of that length; MALFORMED when
 * it has others or other than that. */
enum err code_line_digits(const struct code_line *l, struct secret **code);

/* All of the line, moved out of it; MALFORMED when it is empty or too long. */
enum err code_line_text(struct code_line *l, struct secret **text);

#endif
