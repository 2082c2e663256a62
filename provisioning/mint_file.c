/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint_file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

enum err
mint_parent(const char *path, char out[static MINT_PATH])
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : slash == path ? 1 :
	    (size_t)(slash - path);

	if (len >= MINT_PATH)
		return log_err(ERR_LIMIT, "%s: the name is too long", path);
	memcpy(out, len == 0 ? "." : path, len == 0 ? 1 : len);
	out[len == 0 ? 1 : len] = '\0';
	return ERR_OK;
}

enum err
mint_file_read(const struct mint_options *o, const char *path, uint8_t *buf,
    size_t cap, struct span *out)
{
	int fd OWNED(fd_drop) = open(path, O_RDONLY | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd == -1 ? -1 : read(fd, buf, cap);

	*o->blame = MINT_USAGE;
	if (n == -1)
		return log_errno("%s", path);
	*out = (struct span){ buf, (size_t)n };
	return ERR_OK;
}

enum err
mint_approvals(const struct mint_options *o, struct approvals *out)
{
	uint8_t buf[APPROVALS_BYTES];
	struct span bytes = { };

	TRY(mint_file_read(o, o->approvals, buf, sizeof(buf), &bytes));
	return approvals_decode(bytes, out);
}
