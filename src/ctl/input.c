/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/input.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

#define FIRST 65536

void
input_drop(struct input *i)
{
	if (i->at != NULL)
		explicit_bzero(i->at, i->cap);
	free(i->at);
	*i = (struct input){ 0 };
}

struct span
input_span(const struct input *i)
{
	return (struct span){ i->at, i->len };
}

/* Twice the room; what it held before is wiped. */
static enum err
grow(struct input *i)
{
	struct input more = { .name = i->name, .len = i->len,
	    .cap = i->cap == 0 ? FIRST : 2 * i->cap };

	more.at = malloc(more.cap);
	if (more.at == NULL)
		return log_err(ERR_LIMIT, "%s: no memory for it", i->name);
	if (i->len > 0)
		memcpy(more.at, i->at, i->len);
	input_drop(i);
	*i = more;
	return ERR_OK;
}

static enum err
read_all(int fd, size_t max, struct input *i)
{
	ssize_t n;

	do {
		if (i->len == i->cap)
			TRY(grow(i));
		n = read(fd, i->at + i->len, i->cap - i->len);
		if (n > 0)
			i->len += (size_t)n;
		if (i->len > max)
			return log_err(ERR_LIMIT, "%s: longer than %zu bytes",
			    i->name, max);
	} while (n > 0 || (n == -1 && errno == EINTR));
	if (n == -1)
		return log_errno("%s", i->name);
	return i->len > 0 ? ERR_OK :
	    log_err(ERR_MALFORMED, "%s: it is empty", i->name);
}

static int
nibble(int c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 :
	    -1;
}

/* In place: there are fewer bytes than digits. */
static enum err
unhex(struct input *i)
{
	size_t digits = 0;

	for (size_t at = 0; at < i->len; at++) {
		const int n = nibble(i->at[at]);

		if (isspace(i->at[at]))
			continue;
		if (n < 0)
			return log_err(ERR_MALFORMED, "%s: byte %zu is no "
			    "hexadecimal digit", i->name, at);
		i->at[digits / 2] = (uint8_t)(digits % 2 == 0 ? n << 4 :
		    i->at[digits / 2] | n);
		digits++;
	}
	if (digits == 0 || digits % 2 != 0)
		return log_err(ERR_MALFORMED, "%s: %zu hexadecimal digits: "
		    "two make a byte", i->name, digits);
	i->len = digits / 2;
	return ERR_OK;
}

bool
input_looks_hex(const struct input *i)
{
	for (size_t at = 0; at < i->len; at++)
		if (nibble(i->at[at]) < 0 && !isspace(i->at[at]))
			return false;
	return i->len > 0;
}

enum err
input_read(const char *path, size_t max, bool hex, struct input *out)
{
	struct input i OWNED(input_drop) = { .name = path };
	int file OWNED(fd_drop) = -1;

	if (path == NULL || strcmp(path, "-") == 0) {
		i.name = "standard input";
	} else {
		file = open(path, O_RDONLY | O_CLOEXEC);
		if (file == -1)
			return log_errno("%s", path);
	}
	/* Digits and line ends need more than twice the room. */
	TRY(read_all(file == -1 ? STDIN_FILENO : file,
	    hex ? 3 * max : max, &i));
	if (hex)
		TRY(unhex(&i));
	*out = GIVE(i, (struct input){ 0 });
	return ERR_OK;
}
