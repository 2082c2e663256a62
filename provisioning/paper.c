/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/paper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "provisioning/mint_file.h"
#include "store/file.h"

/* The name that it has until it is whole, in the file's own directory. */
static enum err
write_new(int dir, const char *name, struct span bytes)
{
	int fd OWNED(fd_drop) = -1;

	TRY(file_remove(dir, name));
	TRY(file_open(dir, name, O_CREAT | O_EXCL, &fd));
	TRY(file_write(fd, 0, bytes));
	if (fchmod(fd, 0644) == -1)
		return log_errno("%s", name);
	return file_sync(fd);
}

static enum err
write_paper(const char *path, struct span bytes, unsigned flags)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	char parent[MINT_PATH], new[256];
	int dir OWNED(fd_drop) = -1;

	if (snprintf(new, sizeof(new), "%s.new", name) >= (int)sizeof(new))
		return log_err(ERR_LIMIT, "%s: its name is too long", path);
	TRY(mint_parent(path, parent));
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return log_errno("%s", parent);
	TRY(write_new(dir, new, bytes));
	if (renameat2(dir, new, dir, name, flags) == -1) {
		const enum err e = errno == EEXIST ?
		    log_err(ERR_STATE, "%s: there is a file of that name; it "
		    "was not touched", path) : log_errno("%s", path);

		unlinkat(dir, new, 0);
		return e;
	}
	return file_sync_dir(dir);
}

enum err
paper_make(const char *path, struct span bytes)
{
	return write_paper(path, bytes, RENAME_NOREPLACE);
}

enum err
paper_replace(const char *path, struct span bytes)
{
	return write_paper(path, bytes, 0);
}
