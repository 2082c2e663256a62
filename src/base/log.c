/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *name = "anchorhold";

struct line {
	char	 at[LOG_MAX];
	size_t	 len;
};

void
log_name(const char *program)
{
	name = program;
}

/* Room is kept for one escape and the newline. */
static void
put(struct line *l, const char *text)
{
	static const char hex[] = "0123456789abcdef";

	for (; *text != '\0' && l->len + 5 < LOG_MAX; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f) {
			l->at[l->len++] = (char)c;
			continue;
		}
		l->at[l->len++] = '\\';
		l->at[l->len++] = 'x';
		l->at[l->len++] = hex[c >> 4];
		l->at[l->len++] = hex[c & 15];
	}
}

static void __attribute__((format(printf, 1, 0)))
say(const char *format, va_list args, const char *why)
{
	struct line l = { .len = 0 };
	char text[LOG_MAX];

	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	put(&l, name);
	put(&l, ": ");
	put(&l, text);
	if (why != NULL) {
		put(&l, ": ");
		put(&l, why);
	}
	l.at[l.len++] = '\n';
	/* There is nowhere to report a log that cannot be written. */
	(void)!write(STDERR_FILENO, l.at, l.len);
}

void
log_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args, NULL);
	va_end(args);
}

enum err
log_errno(const char *format, ...)
{
	const char *why = strerrordesc_np(errno);
	va_list args;

	va_start(args, format);
	say(format, args, why != NULL ? why : "unknown error");
	va_end(args);
	return ERR_HARDWARE;
}

enum err
log_err(enum err e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args, NULL);
	va_end(args);
	return e;
}
