/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/trust.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

#define FILE_MAX 65536

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

static enum err
take_officers(const struct msg_trust *t, struct trust *out)
{
	struct cose_key key;

	if (!t->has_officers || !t->has_quorum)
		return ERR_OK;
	for (size_t i = 0; i < t->officers.count; i++) {
		TRY(cose_key_decode(WIRE_SPAN(t->officers.at[i]), &key));
		if (key.kind != COSE_ED25519)
			return ERR_MALFORMED;
		out->officers[out->nofficers++] = t->officers.at[i];
	}
	out->quorum = t->quorum;
	return t->quorum <= out->nofficers ? ERR_OK : ERR_MALFORMED;
}

static enum err
decode(struct span file, struct trust *out)
{
	struct msg m;
	struct span object;

	TRY(wire_decode_object(MSG_trust_file, file, &m));
	object = m.trust_file.object;
	TRY(wire_decode_object(MSG_trust, object, &m));
	TRY(cose_key_decode(WIRE_SPAN(m.trust.root_key), &out->root));
	if (out->root.kind == COSE_X25519)
		return ERR_MALFORMED;	/* it could sign nothing */
	out->issuer = m.trust.issuer;
	out->version = m.trust.version;
	return take_officers(&m.trust, out);
}

enum err
trust_read(const char *path, struct trust *out)
{
	uint8_t file[FILE_MAX + 1];
	int fd OWNED(fd_drop) = -1;
	struct trust t = { .version = 0 };
	size_t len = 0;
	ssize_t n;

	TRY(open_own(path, &fd));
	while ((n = read(fd, file + len, sizeof(file) - len)) > 0)
		len += (size_t)n;
	if (n == -1)
		return log_errno("%s", path);
	if (decode((struct span){ file, len }, &t) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: not a trust file", path);
	*out = t;
	return ERR_OK;
}
