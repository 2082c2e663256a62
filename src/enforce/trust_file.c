/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "crypto/hash.h"
#include "enforce/trust.h"

static enum err
open_own(const char *path, int *out)
{
	int fd OWNED(fd_drop) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		return log_errno("%s", path);
	if (!S_ISREG(st.st_mode))
		return log_err(ERR_DENIED, "%s: not a file", path);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return log_err(ERR_DENIED, "%s: it must belong to root or to "
		    "us, and nobody else may write it", path);
	*out = GIVE(fd, -1);
	return ERR_OK;
}

/* As much as there is room for: what is longer is not what it should be. */
static enum err
read_own(const char *path, uint8_t *buf, size_t cap, size_t *len)
{
	int fd OWNED(fd_drop) = -1;
	ssize_t n;

	*len = 0;
	TRY(open_own(path, &fd));
	while ((n = read(fd, buf + *len, cap - *len)) > 0)
		*len += (size_t)n;
	return n == -1 ? log_errno("%s", path) : ERR_OK;
}

enum err
trust_load(const char *path, struct trust *out)
{
	memset(out, 0, sizeof(*out));
	return read_own(path, out->bytes, sizeof(out->bytes), &out->len);
}

enum err
pin_read(const char *path, struct pin *out)
{
	uint8_t file[TRUST_PIN_MAX + 1];
	struct span bytes = { file, 0 };
	struct msg m;

	TRY(read_own(path, file, sizeof(file), &bytes.len));
	if (wire_decode_object(MSG_pinned, bytes, &m) != ERR_OK ||
	    !officers_are_sound(&m.pinned))
		return log_err(ERR_MALFORMED, "%s: does not say who the "
		    "officers are", path);
	out->set = m.pinned;
	return sha256(&bytes, 1, out->digest);
}

enum err
trust_read(const char *path, const char *pin, struct trust *out)
{
	enum reason why;
	struct pin p;

	TRY(pin_read(pin, &p));
	TRY(trust_load(path, out));
	if ((why = trust_check(out, &p.set)) == REASON_none)
		return ERR_OK;
	return log_err(why == REASON_trust_shape ? ERR_MALFORMED : ERR_AUTH,
	    "%s: %s: %s %s", path, reason_code(why), reason_text(why),
	    reason_help(why));
}
