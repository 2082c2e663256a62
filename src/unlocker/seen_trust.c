/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "unlocker/unlock.h"

#define FILE_NAME "trust-seen"

/* *len is 0 where nothing was remembered yet. */
static enum err
read_seen(int dir, uint8_t buf[static TRUST_SEEN_MAX], size_t *len)
{
	int fd OWNED(fd_drop) = openat(dir, FILE_NAME,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;

	*len = 0;
	if (fd == -1 && errno == ENOENT)
		return ERR_OK;
	if (fd == -1 || (n = read(fd, buf, TRUST_SEEN_MAX)) == -1)
		return log_errno(FILE_NAME);
	if (n == 0)
		return log_err(ERR_MALFORMED, FILE_NAME " in the state "
		    "directory is empty; an officer may remove it");
	*len = (size_t)n;
	return ERR_OK;
}

/* Whole or not at all. */
static enum err
write_seen(int dir, struct span bytes)
{
	int fd OWNED(fd_drop) = openat(dir, FILE_NAME ".new", O_WRONLY |
	    O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1 ||
	    write(fd, bytes.at, bytes.len) != (ssize_t)bytes.len ||
	    fsync(fd) == -1 ||
	    renameat(dir, FILE_NAME ".new", dir, FILE_NAME) == -1 ||
	    fsync(dir) == -1)
		return log_errno("write " FILE_NAME);
	return ERR_OK;
}

static enum ends
distrust(const struct unlock *u, enum reason why)
{
	log_line("%s: %s: %s %s", u->settings.trust, reason_code(why),
	    reason_text(why), reason_help(why));
	return why == REASON_trust_shape || why == REASON_trust_seen ?
	    ENDS_usage : ENDS_server;
}

enum ends
seen_trust(struct unlock *u)
{
	const struct settings *s = &u->settings;
	int dir OWNED(fd_drop) = open(s->state,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint8_t was[TRUST_SEEN_MAX], is[TRUST_SEEN_MAX];
	size_t had = 0, has = 0;
	enum reason why;
	struct pin pin;

	if (dir == -1) {
		(void)!log_errno("the unlocker's state directory %s",
		    s->state);
		return ENDS_usage;
	}
	if (pin_read(s->officers, &pin) != ERR_OK ||
	    trust_load(s->trust, &u->trust) != ERR_OK ||
	    read_seen(dir, was, &had) != ERR_OK)
		return ENDS_usage;
	why = trust_follow(&u->trust, &pin, (struct span){ was, had });
	if (why != REASON_none)
		return distrust(u, why);
	if (trust_remember(&u->trust, &pin, is, &has) != ERR_OK)
		return ENDS_machine;
	if (span_equal((struct span){ was, had }, (struct span){ is, has }))
		return ENDS_ok;
	return write_seen(dir, (struct span){ is, has }) == ERR_OK ?
	    ENDS_ok : ENDS_machine;
}
