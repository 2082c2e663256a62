/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal/code.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "terminal/terminal.h"

enum err
code_line_new(struct code_line *l, size_t max)
{
	*l = (struct code_line){ .text = NULL };
	return secret_new(max, &l->text);
}

void
code_line_drop(struct code_line *l)
{
	secret_drop(&l->text);
}

/* A byte at a time: what follows the line belongs to somebody else. */
enum err
code_line_read(struct code_line *l, int fd)
{
	uint8_t *text = secret_expose(l->text);
	uint8_t spare = 0;

	while (!l->whole) {
		uint8_t *at = l->too_long ? &spare : text + l->len;
		ssize_t n = read(fd, at, 1);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return ERR_BUSY;
		if (n <= 0)
			return ERR_NOT_FOUND;
		if (*at == '\n')
			l->whole = 1;
		else if (!l->too_long && ++l->len == secret_len(l->text))
			l->too_long = 1;
	}
	explicit_bzero(&spare, sizeof(spare));
	return ERR_OK;
}

enum err
code_line_digits(const struct code_line *l, struct secret **code)
{
	struct secret *digits OWNED(secret_drop) = NULL;
	const uint8_t *text = secret_span(l->text).at;
	size_t n = 0;

	if (l->too_long)
		return ERR_MALFORMED;
	TRY(secret_new(8, &digits));
	for (size_t i = 0; i < l->len; i++) {
		if (text[i] == ' ' || text[i] == '\r')
			continue;
		if (text[i] < '0' || text[i] > '9' || n == 8)
			return ERR_MALFORMED;
		secret_expose(digits)[n++] = text[i];
	}
	if (n != 6 && n != 8)
		return ERR_MALFORMED;
	TRY(secret_shorten(&digits, n));
	*code = GIVE(digits, NULL);
	return ERR_OK;
}

enum err
code_line_text(struct code_line *l, struct secret **text)
{
	if (l->too_long || l->len == 0)
		return ERR_MALFORMED;
	TRY(secret_shorten(&l->text, l->len));
	*text = GIVE(l->text, NULL);
	return ERR_OK;
}

/* What there is, with its newline or without. */
static enum err
read_from(int fd, size_t max, struct code_line *line)
{
	enum err e;

	TRY(code_line_new(line, max));
	e = code_line_read(line, fd);
	return e == ERR_NOT_FOUND && line->len > 0 ? ERR_OK : e;
}

enum err
terminal_code_from(int fd, struct secret **code)
{
	struct code_line line OWNED(code_line_drop) = { .text = NULL };

	TRY(read_from(fd, CODE_LINE_MAX, &line));
	return code_line_digits(&line, code);
}

enum err
terminal_passphrase_from(int fd, struct secret **passphrase)
{
	struct code_line line OWNED(code_line_drop) = { .text = NULL };

	TRY(read_from(fd, PASSPHRASE_LINE_MAX, &line));
	return code_line_text(&line, passphrase);
}
