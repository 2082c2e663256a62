/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

static enum err
failed(const char *what)
{
	const int full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
	const enum err e = log_errno("%s", what);

	return full ? ERR_LIMIT : e;
}

static enum err
check_regular(int fd, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return failed(name);
	return S_ISREG(st.st_mode) ? ERR_OK :
	    log_err(ERR_HARDWARE, "%s: not a file", name);
}

static enum err
check_file(int fd, const char *name)
{
	struct stat st;

	TRY(check_regular(fd, name));
	if (fstat(fd, &st) == -1)
		return failed(name);
	if (st.st_uid != geteuid() ||
	    (st.st_mode & 022) != 0)
		return log_err(ERR_HARDWARE,
		    "%s: not a file of ours that nobody else can write", name);
	return ERR_OK;
}

/* O_NONBLOCK: a pipe in the file's place must not make us wait. */
static enum err
open_at(int dir, const char *name, int flags,
    enum err (*check)(int fd, const char *name), int *out)
{
	int fd OWNED(fd_drop) = openat(dir, name,
	    flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd == -1 && errno == ENOENT && (flags & O_CREAT) == 0)
		return ERR_NOT_FOUND;
	if (fd == -1 && errno == EEXIST)
		return ERR_STATE;
	if (fd == -1)
		return failed(name);
	TRY(check(fd, name));
	*out = GIVE(fd, -1);
	return ERR_OK;
}

enum err
file_open(int dir, const char *name, int flags, int *fd)
{
	return open_at(dir, name, O_RDWR | flags, check_file, fd);
}

enum err
file_look(int dir, const char *name, int *fd)
{
	return open_at(dir, name, O_RDONLY, check_file, fd);
}

enum err
file_view(int dir, const char *name, int *fd)
{
	return open_at(dir, name, O_RDONLY, check_regular, fd);
}

enum err
file_size(int fd, uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return failed("fstat");
	*size = (uint64_t)st.st_size;
	return ERR_OK;
}

enum err
file_read(int fd, uint64_t at, uint8_t *buf, size_t len)
{
	for (size_t done = 0; done < len;) {
		const ssize_t n = pread(fd, buf + done, len - done,
		    (off_t)(at + done));

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return failed("read");
		if (n == 0)
			return log_err(ERR_HARDWARE, "read: the file is "
			    "shorter than it was");
		done += (size_t)n;
	}
	return ERR_OK;
}

enum err
file_write(int fd, uint64_t at, struct span bytes)
{
	for (size_t done = 0; done < bytes.len;) {
		const ssize_t n = pwrite(fd, bytes.at + done, bytes.len - done,
		    (off_t)(at + done));

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return failed("write");
		if (n == 0)
			return log_err(ERR_HARDWARE, "write: nothing went");
		done += (size_t)n;
	}
	return ERR_OK;
}

enum err
file_cut(int fd, uint64_t size)
{
	return ftruncate(fd, (off_t)size) == -1 ? failed("ftruncate") : ERR_OK;
}

enum err
file_sync(int fd)
{
	return fdatasync(fd) == -1 ? failed("fdatasync") : ERR_OK;
}

enum err
file_sync_dir(int dir)
{
	return fsync(dir) == -1 ? failed("fsync") : ERR_OK;
}

enum err
file_rename(int dir, const char *from, const char *to)
{
	return renameat(dir, from, dir, to) == -1 ? failed(to) : ERR_OK;
}

enum err
file_remove(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		return failed(name);
	return ERR_OK;
}

enum err
file_anew(int dir, const char *name, int *fd)
{
	TRY(file_remove(dir, name));
	return file_open(dir, name, O_CREAT | O_EXCL, fd);
}

static enum err
replace(int dir, const char *part, const char *name,
    const struct span *parts, size_t n)
{
	int fd OWNED(fd_drop) = -1;
	uint64_t at = 0;

	TRY(file_anew(dir, part, &fd));
	for (size_t i = 0; i < n; at += parts[i++].len)
		TRY(file_write(fd, at, parts[i]));
	TRY(file_sync(fd));
	TRY(file_rename(dir, part, name));
	return file_sync_dir(dir);
}

enum err
file_replace(int dir, const char *name, const struct span *parts, size_t n)
{
	char part[NAME_MAX + 1];
	enum err e;

	if (snprintf(part, sizeof(part), "%s.new", name) >= (int)sizeof(part))
		return ERR_INTERNAL;
	e = replace(dir, part, name, parts, n);
	/* Half a file must not take the room of a whole one. */
	if (e != ERR_OK)
		(void)!file_remove(dir, part);
	return e;
}

enum err
file_lock(int dir, const char *name, int *out)
{
	int fd OWNED(fd_drop) = -1;

	TRY(file_open(dir, name, O_CREAT, &fd));
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK ? ERR_BUSY : failed(name);
	*out = GIVE(fd, -1);
	return ERR_OK;
}
