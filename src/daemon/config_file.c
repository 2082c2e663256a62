/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "daemon/config_int.h"

#define FILE_MAX 65536
#define STRING_OF(x) #x
#define STRING(x) STRING_OF(x)
#define LONG_LINE "more than " STRING(CONFIG_LINE_MAX) " characters"

/*
 * libinih splits lines into names and values.  It is also lenient: it cuts
 * long lines, joins indented ones, takes ':' for '=' and drops what follows a
 * section's bracket or a blank and ';'.  So each line passes through here
 * first, and none of these reaches it.
 */
struct reading {
	FILE			*f;
	struct config		*c;
	struct config_place	 at;
	bool			 in_section;
	unsigned		 line;
	bool			 failed;
	char			 why[CONFIG_WHY];
};

static void
file_drop(FILE **f)
{
	if (*f != NULL)
		fclose(*f);
	*f = NULL;
}

static enum err
refuse(struct reading *r, const char *why)
{
	snprintf(r->why, sizeof(r->why), "%s", why);
	return ERR_MALFORMED;
}

/* NOT_FOUND at the end of the file; the newline is not kept. */
static enum err
take_line(struct reading *r, char line[static CONFIG_LINE_MAX + 1])
{
	size_t n = 0;
	int c;

	r->line++;
	while ((c = getc_unlocked(r->f)) != EOF && c != '\n') {
		if ((c < 0x20 && c != '\t') || c >= 0x7f)
			return refuse(r, "a byte that is not printable ASCII");
		if (n == CONFIG_LINE_MAX)
			return refuse(r, LONG_LINE);
		line[n++] = (char)c;
	}
	line[n] = '\0';
	return c == EOF && n == 0 ? ERR_NOT_FOUND : ERR_OK;
}

static enum err
take_section(struct reading *r, char *line)
{
	char *end = strchr(line, ']');

	if (end == NULL || end[1] != '\0')
		return refuse(r, "a section is a name in brackets, alone");
	*end = '\0';
	TRY(config_enter(r->c, line + 1, &r->at, r->why));
	*end = ']';
	r->in_section = true;
	return ERR_OK;
}

static enum err
take_assignment(struct reading *r, const char *line)
{
	if (!r->in_section)
		return refuse(r, "before the first [section]");
	if (line[strcspn(line, "=:")] != '=')
		return refuse(r, "not name = value");
	if (strstr(line, " ;") != NULL || strstr(line, "\t;") != NULL ||
	    strstr(line, " #") != NULL || strstr(line, "\t#") != NULL)
		return refuse(r, "a comment has a line of its own");
	return ERR_OK;
}

static enum err
check_line(struct reading *r, char *line)
{
	switch (line[0]) {
	case '\0':
		return ERR_OK;
	case '#':
	case ';':
		line[0] = '\0';
		return ERR_OK;
	case ' ':
	case '\t':
		return refuse(r, "the line begins with a blank");
	case '[':
		return take_section(r, line);
	default:
		return take_assignment(r, line);
	}
}

/* libinih's way to ask for a line: NULL is the end. */
static char *
next_line(char *out, int cap, void *self)
{
	struct reading *r = self;
	char line[CONFIG_LINE_MAX + 1];
	enum err e;

	if (r->failed)
		return NULL;
	e = take_line(r, line);
	if (e == ERR_NOT_FOUND)
		return NULL;
	if (e == ERR_OK && strlen(line) >= (size_t)cap)
		e = refuse(r, "the line is too long");
	if (e == ERR_OK)
		e = check_line(r, line);
	if (e != ERR_OK) {
		r->failed = true;
		return NULL;
	}
	memcpy(out, line, strlen(line) + 1);
	return out;
}

/* libinih's way to hand over a row: 0 is a failure. */
static int
take_row(void *self, const char *section, const char *name, const char *value)
{
	struct reading *r = self;

	(void)section;		/* cut to 49 characters; we have our own */
	if (!r->failed && config_assign(r->c, r->at, name, value, false,
	    r->why) != ERR_OK)
		r->failed = true;
	return !r->failed;
}

/* Whoever may write the configuration says who is trusted. */
static enum err
open_file(const char *path, FILE **out)
{
	int fd OWNED(fd_drop) = open(path,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		return log_errno("%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return log_err(ERR_MALFORMED, "%s: not a file of at most %d "
		    "bytes", path, FILE_MAX);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return log_err(ERR_DENIED, "%s: belongs to uid %u, neither "
		    "root nor this program's", path, (unsigned)st.st_uid);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return log_err(ERR_DENIED, "%s: mode %03o: others may write "
		    "it", path, (unsigned)st.st_mode & 0777);
	*out = fdopen(fd, "r");
	if (*out == NULL)
		return log_errno("%s", path);
	fd = -1;
	return ERR_OK;
}

enum err
config_read(struct config *c, const char *path)
{
	FILE *f OWNED(file_drop) = NULL;
	struct reading r = { .c = c };

	TRY(open_file(path, &f));
	r.f = f;
	if (ini_parse_stream(next_line, &r, take_row, &r) != 0 && !r.failed) {
		r.failed = true;
		(void)!refuse(&r, "not name = value");
	}
	if (ferror(f))
		return log_errno("read %s", path);
	return r.failed ? log_err(ERR_MALFORMED, "%s:%u: %s", path, r.line,
	    r.why) : ERR_OK;
}
