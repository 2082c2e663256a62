/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/root_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define ANCHOR_MAX 8192

/* Read the whole of a small file; LIMIT if it is longer than cap. */
static enum err
read_at(int dir, const char *name, uint8_t *buf, size_t cap, size_t *len)
{
	int fd OWNED(fd_drop) = openat(dir, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n;

	if (fd == -1 && errno == ENOENT)
		return ERR_NOT_FOUND;
	if (fd == -1 || fstat(fd, &st) == -1)
		return log_errno("open %s", name);
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)cap)
		return log_err(ERR_LIMIT, "%s: not a file of at most %zu "
		    "bytes", name, cap);
	n = read(fd, buf, cap);
	if (n != st.st_size)
		return log_errno("read %s", name);
	*len = (size_t)n;
	return ERR_OK;
}

enum err
anchor_read(int dir, struct msg *out)
{
	uint8_t buf[ANCHOR_MAX];
	size_t len = 0;

	TRY(read_at(dir, "anchor", buf, sizeof(buf), &len));
	if (wire_decode_object(MSG_anchor, (struct span){ buf, len }, out) !=
	    ERR_OK)
		return log_err(ERR_MALFORMED, "anchor: it is damaged; restore "
		    "the state directory or hold a new ceremony");
	return ERR_OK;
}

enum err
anchor_replace(int dir, const char *name, struct span bytes)
{
	char part[64];
	int fd OWNED(fd_drop) = -1;

	snprintf(part, sizeof(part), "%s.new", name);
	fd = openat(dir, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd == -1)
		return log_errno("create %s", part);
	if (write(fd, bytes.at, bytes.len) != (ssize_t)bytes.len ||
	    fsync(fd) == -1)
		return log_errno("write %s", part);
	if (renameat(dir, part, dir, name) == -1 || fsync(dir) == -1)
		return log_errno("rename %s to %s", part, name);
	return ERR_OK;
}

enum err
anchor_write(int dir, const struct msg *anchor)
{
	uint8_t buf[ANCHOR_MAX];
	size_t len = 0;

	TRY(wire_encode_object(anchor, buf, sizeof(buf), &len));
	return anchor_replace(dir, "anchor", (struct span){ buf, len });
}
