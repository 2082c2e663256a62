/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/log.h"
#include "provisioning/mint.h"
#include "store/file.h"

#define TRUST_MAX 4096

static void
put_officers(const struct state *s, struct msg_trust *t)
{
	t->has_officers = t->has_quorum = s->has_acts;
	t->quorum = s->acts.quorum;
	t->officers.count = s->nofficers;
	for (size_t i = 0; i < s->nofficers; i++)
		t->officers.at[i] = s->officers[i].key;
}

static enum err
encode(const struct msg_anchor *anchor, const struct state *s, uint8_t *buf,
    size_t *len)
{
	struct msg t = { .type = MSG_trust };
	uint8_t object[TRUST_MAX];
	size_t n;

	t.trust.issuer = anchor->issuer;
	t.trust.root_key = anchor->root_key;
	t.trust.version = 1;
	put_officers(s, &t.trust);
	TRY(wire_encode_object(&t, object, sizeof(object), &n));
	t = (struct msg){ .type = MSG_trust_file };
	t.trust_file.object = (struct span){ object, n };
	return wire_encode_object(&t, buf, TRUST_MAX, len);
}

/* NOT_FOUND if there is no such file. */
static enum err
read_file(const char *path, uint8_t buf[static TRUST_MAX + 1], size_t *len)
{
	int fd OWNED(fd_drop) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd == -1)
		return errno == ENOENT ? ERR_NOT_FOUND :
		    log_errno("%s", path);
	n = read(fd, buf, TRUST_MAX + 1);
	if (n == -1)
		return log_errno("%s", path);
	*len = (size_t)n;
	return ERR_OK;
}

bool
trust_is_of(const char *path, const struct msg_anchor *anchor)
{
	uint8_t buf[TRUST_MAX + 1];
	struct msg file = { 0 }, t = { 0 };
	size_t len = 0;

	return read_file(path, buf, &len) == ERR_OK &&
	    wire_decode_object(MSG_trust_file, (struct span){ buf, len },
	    &file) == ERR_OK &&
	    wire_decode_object(MSG_trust, file.trust_file.object, &t) ==
	    ERR_OK &&
	    span_equal(WIRE_SPAN(t.trust.issuer),
	    WIRE_SPAN(anchor->issuer)) &&
	    span_equal(WIRE_SPAN(t.trust.root_key),
	    WIRE_SPAN(anchor->root_key));
}

/* OK if it holds just these bytes. */
static enum err
compare(const char *path, struct span want)
{
	uint8_t buf[TRUST_MAX + 1];
	size_t n = 0;

	TRY(read_file(path, buf, &n));
	return span_equal((struct span){ buf, n }, want) ? ERR_OK :
	    log_err(ERR_STATE, "%s: it is the trust file of another "
	    "appliance; it was not touched", path);
}

/* The name that it has until it is whole. */
static enum err
write_new(int dir, struct span bytes)
{
	int fd OWNED(fd_drop) = -1;

	TRY(file_remove(dir, "trust.new"));
	TRY(file_open(dir, "trust.new", O_CREAT | O_EXCL, &fd));
	TRY(file_write(fd, 0, bytes));
	if (fchmod(fd, 0644) == -1)
		return log_errno("trust.new");
	return file_sync(fd);
}

enum err
trust_write(const char *path, const struct msg_anchor *anchor,
    const struct state *s)
{
	char parent[MINT_PATH];
	const char *slash = strrchr(path, '/');
	uint8_t buf[TRUST_MAX];
	int dir OWNED(fd_drop) = -1;
	size_t len = 0;
	enum err e;

	TRY(encode(anchor, s, buf, &len));
	e = compare(path, (struct span){ buf, len });
	if (e != ERR_NOT_FOUND)
		return e;
	TRY(mint_parent(path, parent));
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return log_errno("%s", parent);
	TRY(write_new(dir, (struct span){ buf, len }));
	if (renameat2(dir, "trust.new", dir, slash == NULL ? path : slash + 1,
	    RENAME_NOREPLACE) == -1)
		return log_errno("%s", path);
	return file_sync_dir(dir);
}
