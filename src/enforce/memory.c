/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

#define FILE_NAME "cryptod-seen"
#define DIGITS 20	/* of the largest; and a blank or the newline */

/* The line, in this order. */
enum { KEYS, TRUST, SEEN, CLOCK, RESETS, RESTARTS, UNSURE, NUMBERS };

#define LINE (NUMBERS * (DIGITS + 1))

static enum err
check_ours(int fd, const char *dir, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return log_errno("%s%s", dir, name);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return log_err(ERR_DENIED, "%s%s: it must belong to root or "
		    "to us, and nobody else may write it", dir, name);
	if (!S_ISDIR(st.st_mode) && (!S_ISREG(st.st_mode) ||
	    st.st_nlink != 1))
		return log_err(ERR_DENIED, "%s%s: not a file of one name",
		    dir, name);
	return ERR_OK;
}

/* The entry of a new file is made durable too, or the memory could go with
 * it; of one that was there, that costs nothing. */
enum err
memory_open(const char *dir, int *out)
{
	int at OWNED(fd_drop) = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd OWNED(fd_drop) = -1;

	if (at == -1)
		return log_errno("the state directory %s", dir);
	TRY(check_ours(at, dir, ""));
	fd = openat(at, FILE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd == -1)
		return log_errno("%s/" FILE_NAME, dir);
	TRY(check_ours(fd, dir, "/" FILE_NAME));
	if (fsync(at) == -1)
		return log_errno("sync %s", dir);
	*out = GIVE(fd, -1);
	return ERR_OK;
}

static void
put(const uint64_t n[static NUMBERS], char line[static LINE + 1])
{
	for (size_t i = 0; i < NUMBERS; i++)
		snprintf(line + i * (DIGITS + 1), DIGITS + 2, "%020" PRIu64
		    "%c", n[i], i + 1 < NUMBERS ? ' ' : '\n');
}

/* False unless it is exactly what put() makes. */
static bool
take(const char line[static LINE + 1], uint64_t n[static NUMBERS])
{
	char again[LINE + 1];

	for (size_t i = 0; i < NUMBERS; i++)
		n[i] = strtoull(line + i * (DIGITS + 1), NULL, 10);
	put(n, again);
	return memcmp(line, again, LINE) == 0 && n[SEEN] <= 1 &&
	    n[RESETS] <= UINT32_MAX && n[RESTARTS] <= UINT32_MAX;
}

enum err
memory_read(int fd, uint64_t trust, struct memory *out)
{
	char line[LINE + 2];
	uint64_t n[NUMBERS];
	const ssize_t len = pread(fd, line, LINE + 1, 0);

	*out = (struct memory){ .trust = trust };
	if (len == -1)
		return log_errno("read " FILE_NAME);
	if (len == 0)
		return ERR_OK;
	line[len] = '\0';
	if (len != LINE || !take(line, n))
		return log_err(ERR_MALFORMED, FILE_NAME " in the state "
		    "directory is damaged; an officer may remove it");
	if (n[TRUST] > trust)
		return log_err(ERR_DENIED, "the trust file has version %"
		    PRIu64 ", and " FILE_NAME " in the state directory was "
		    "written under version %" PRIu64 ": get the newest, or an "
		    "officer may remove that file", trust, n[TRUST]);
	out->version = n[KEYS];
	if (n[TRUST] < trust)
		return ERR_OK;
	out->tpm.tpm = (struct appraised){ .seen = n[SEEN] == 1,
		.clock_ms = n[CLOCK], .reset_count = (uint32_t)n[RESETS],
		.restart_count = (uint32_t)n[RESTARTS] };
	out->tpm.unsure_ms = n[UNSURE];
	return ERR_OK;
}

enum err
memory_write(int fd, const struct memory *m)
{
	const struct appraised *tpm = &m->tpm.tpm;
	const uint64_t n[NUMBERS] = { m->version, m->trust, tpm->seen,
		tpm->clock_ms, tpm->reset_count, tpm->restart_count,
		m->tpm.unsure_ms };
	char line[LINE + 1];

	put(n, line);
	if (pwrite(fd, line, LINE, 0) != LINE || fdatasync(fd) == -1)
		return log_errno("write " FILE_NAME);
	return ERR_OK;
}
