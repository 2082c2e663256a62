/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "unlocker/unlock.h"

#define FILE_NAME "key-version"
#define DIGITS 20	/* of the largest; and a newline */

/* A file that was just made says version 0. */
enum err
seen_open(const char *dir, int *fd)
{
	int at OWNED(fd_drop) = open(dir, O_DIRECTORY | O_PATH | O_CLOEXEC);

	if (at == -1)
		return log_errno("the unlocker's state directory %s", dir);
	*fd = openat(at, FILE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (*fd == -1)
		return log_errno("%s/" FILE_NAME, dir);
	return ERR_OK;
}

enum err
seen_read(int fd, uint64_t *version)
{
	char text[DIGITS + 2];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	*version = 0;
	if (n == -1)
		return log_errno("read " FILE_NAME);
	if (n == 0)
		return ERR_OK;
	if (n != DIGITS + 1 || text[DIGITS] != '\n' ||
	    strspn(text, "0123456789") != DIGITS)
		return log_err(ERR_MALFORMED, FILE_NAME " in the state "
		    "directory is damaged; an officer may remove it");
	*version = strtoull(text, NULL, 10);
	return ERR_OK;
}

/* It lies in one sector, and always has the same length. */
enum err
seen_write(int fd, uint64_t version)
{
	char text[DIGITS + 2];

	snprintf(text, sizeof(text), "%020" PRIu64 "\n", version);
	if (pwrite(fd, text, DIGITS + 1, 0) != DIGITS + 1 ||
	    fdatasync(fd) == -1)
		return log_errno("write " FILE_NAME);
	return ERR_OK;
}
