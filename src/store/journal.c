/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/journal.h"

#include <stdlib.h>

#include "base/log.h"
#include "store/file.h"
#include "store/journal_int.h"

const uint8_t journal_magic[FILE_MAGIC_LEN] = {
	'a', 'n', 'c', 'h', 'o', 'r', 'h', 'o', 'l', 'd', ' ', 'j', 'r', 'n',
	'l', SEAL_FORMAT,
};

void
journal_drop(struct journal **j)
{
	if (*j == NULL)
		return;
	secret_drop(&(*j)->keys);
	secret_drop(&(*j)->page);
	free((*j)->frame);
	fd_drop(&(*j)->pen.fd);
	fd_drop(&(*j)->next.fd);
	/* The lock goes last. */
	fd_drop(&(*j)->lock);
	free(*j);
	*j = NULL;
}

static enum err
journal_new(const struct journal_setup *setup, struct journal **out)
{
	struct journal *j OWNED(journal_drop) = calloc(1, sizeof(*j));

	if (j == NULL)
		return ERR_LIMIT;
	j->lock = j->pen.fd = j->next.fd = -1;
	j->dir = setup->dir;
	j->drbg = setup->drbg;
	j->epoch = setup->epoch;
	if (setup->appliance.len != JOURNAL_APPLIANCE_LEN)
		return ERR_INTERNAL;
	memcpy(j->appliance, setup->appliance.at, JOURNAL_APPLIANCE_LEN);
	TRY(seal_keys(setup->key, &j->keys));
	TRY(secret_new(SEAL_PLAIN_MAX, &j->page));
	if ((j->frame = malloc(FRAME_MAX)) == NULL)
		return ERR_LIMIT;
	TRY(file_lock(j->dir, JOURNAL_LOCK, &j->lock));
	*out = GIVE(j, NULL);
	return ERR_OK;
}

static enum err
open_journal(const struct journal_setup *setup,
    const struct journal_sink *sink, struct journal **out,
    struct journal_report *report)
{
	struct journal *j OWNED(journal_drop) = NULL;

	TRY(journal_new(setup, &j));
	TRY(file_open(j->dir, JOURNAL_NAME, 0, &j->pen.fd));
	TRY(journal_scan(j, sink, report));
	/* Of a snapshot that was interrupted. */
	TRY(file_remove(j->dir, JOURNAL_NEW));
	*out = GIVE(j, NULL);
	return ERR_OK;
}

enum err
journal_open(const struct journal_setup *setup,
    const struct journal_sink *sink, struct journal **out,
    struct journal_report *report)
{
	enum err e;

	*report = (struct journal_report){ .fate = JOURNAL_UNREAD };
	e = open_journal(setup, sink, out, report);
	if (report->fate != JOURNAL_UNREAD)
		return e;
	if (e == ERR_BUSY)
		report->fate = JOURNAL_LOCKED;
	if (e == ERR_NOT_FOUND)
		report->fate = JOURNAL_ABSENT;
	return e;
}

enum err
journal_create(const struct journal_setup *setup,
    const struct journal_source *source, struct journal **out)
{
	struct journal *j OWNED(journal_drop) = NULL;
	int fd OWNED(fd_drop) = -1;
	enum err e;

	TRY(journal_new(setup, &j));
	e = file_look(j->dir, JOURNAL_NAME, &fd);
	if (e == ERR_OK)
		return log_err(ERR_STATE, "journal: there is one already");
	if (e != ERR_NOT_FOUND)
		return e;
	TRY(journal_rewrite(j, source));
	*out = GIVE(j, NULL);
	return ERR_OK;
}

uint8_t *
journal_page(struct journal *j)
{
	return secret_expose(j->page) + JOURNAL_PLAIN_HEAD;
}

enum err
journal_seal(struct journal *j, const struct pen *p, enum frame_kind kind,
    uint64_t epoch, size_t len, struct span *frame)
{
	uint8_t *plain = secret_expose(j->page);
	const size_t n = JOURNAL_PLAIN_HEAD + len;

	if (len > JOURNAL_PAYLOAD_MAX || p->at + FRAME_MAX > JOURNAL_FILE_MAX)
		return ERR_LIMIT;
	for (int i = 0; i < 8; i++)
		plain[i] = (uint8_t)(epoch >> (56 - 8 * i));
	plain[8] = (uint8_t)kind;
	TRY(seal_frame(j->keys, &p->chain, j->drbg,
	    (struct span){ plain, n }, j->frame));
	*frame = (struct span){ j->frame, n + SEAL_OVER };
	return ERR_OK;
}

enum err
pen_write(struct pen *p, struct span frame)
{
	TRY(file_write(p->fd, p->at, frame));
	p->at += frame.len;
	seal_advance(&p->chain, frame);
	return ERR_OK;
}

static enum err
die(struct journal *j, const char *why)
{
	j->dead = true;
	return log_err(ERR_INTERNAL, "journal: %s; what the disk holds is "
	    "not known, so this process must end", why);
}

/*
 * The cut is durable before anything is written in its place: else a power
 * cut could leave a part of the new frame before the end of the old one, and
 * no frame that is torn has more behind it.
 */
static enum err
cut_back(const struct journal *j)
{
	TRY(file_cut(j->pen.fd, j->pen.at));
	return file_sync(j->pen.fd);
}

/* The file is as it was, or the journal is dead. */
static enum err
write_frame(struct journal *j, struct span frame)
{
	struct pen p = j->pen;
	const enum err e = pen_write(&p, frame);

	if (e != ERR_OK && cut_back(j) != ERR_OK)
		return die(j, "a failed write could not be taken back");
	TRY(e);
	if (file_sync(j->pen.fd) != ERR_OK)
		return die(j, "a write could not be synced");
	j->pen = p;
	return ERR_OK;
}

static enum err
append(struct journal *j, enum frame_kind kind, uint64_t epoch, size_t len)
{
	struct span frame;

	if (j->dead)
		return ERR_INTERNAL;
	TRY(journal_seal(j, &j->pen, kind, epoch, len, &frame));
	if (j->torn && cut_back(j) != ERR_OK)
		return die(j, "a torn frame could not be cut off");
	j->torn = false;
	TRY(write_frame(j, frame));
	j->epoch = epoch;
	return ERR_OK;
}

enum err
journal_append(struct journal *j, uint64_t epoch, size_t len)
{
	if (epoch < j->epoch || epoch - j->epoch > 1)
		return ERR_INTERNAL;
	return append(j, FRAME_COMMIT, epoch, len);
}

enum err
journal_accept(struct journal *j, uint64_t epoch, size_t len)
{
	return append(j, FRAME_ACCEPT, epoch, len);
}

enum err
journal_replay(struct journal *j, const struct journal_sink *sink)
{
	const uint64_t at = j->pen.at;
	const bool torn = j->torn;
	struct journal_report report;

	if (j->dead)
		return ERR_INTERNAL;
	TRY(journal_scan(j, sink, &report));
	if (j->torn != torn || j->pen.at != at)
		return die(j, "the file is no longer what was written");
	return ERR_OK;
}

uint64_t
journal_epoch(const struct journal *j)
{
	return j->epoch;
}

int
journal_is_dead(const struct journal *j)
{
	return j->dead;
}

void
journal_sizes(const struct journal *j, uint64_t *commits, uint64_t *snapshot)
{
	*commits = j->pen.at - j->commits_at;
	*snapshot = j->commits_at;
}
