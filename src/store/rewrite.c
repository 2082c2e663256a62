/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "store/file.h"
#include "store/journal_int.h"

static enum err
put_frame(struct journal *j, enum frame_kind kind, size_t len)
{
	struct span frame;

	TRY(journal_seal(j, &j->next, kind, j->epoch, len, &frame));
	return pen_write(&j->next, frame);
}

enum err
journal_put(struct journal *j, size_t len)
{
	return j->next.fd < 0 ? ERR_INTERNAL :
	    put_frame(j, FRAME_SNAPSHOT, len);
}

static enum err
begin(struct journal *j)
{
	TRY(file_anew(j->dir, JOURNAL_NEW, &j->next.fd));
	TRY(seal_begin(j->drbg, &j->next.chain));
	TRY(file_write(j->next.fd, 0, SPAN(journal_magic)));
	TRY(file_write(j->next.fd, FILE_MAGIC_LEN, SPAN(j->next.chain.id)));
	j->next.at = FILE_HEAD_LEN;
	memcpy(journal_page(j), j->appliance, JOURNAL_APPLIANCE_LEN);
	return put_frame(j, FRAME_ABOUT, JOURNAL_APPLIANCE_LEN);
}

static enum err
write_new(struct journal *j, const struct journal_source *source)
{
	TRY(begin(j));
	TRY(source->give(source->self, j));
	TRY(put_frame(j, FRAME_END, 0));
	TRY(file_sync(j->next.fd));
	return file_rename(j->dir, JOURNAL_NEW, JOURNAL_NAME);
}

/* The new name may or may not survive a power cut until the directory is
 * synced: nothing may be appended to either file before. */
static enum err
switch_over(struct journal *j)
{
	if (file_sync_dir(j->dir) != ERR_OK) {
		j->dead = true;
		return log_err(ERR_INTERNAL, "journal: the directory could "
		    "not be synced, so this process must end");
	}
	fd_drop(&j->pen.fd);
	j->pen = j->next;
	j->next = (struct pen){ .fd = -1 };
	j->commits_at = j->pen.at;
	j->torn = false;
	return ERR_OK;
}

enum err
journal_rewrite(struct journal *j, const struct journal_source *source)
{
	enum err e;

	if (j->dead)
		return ERR_INTERNAL;
	e = write_new(j, source);
	explicit_bzero(journal_page(j), JOURNAL_PAYLOAD_MAX);
	if (e == ERR_OK)
		return switch_over(j);
	fd_drop(&j->next.fd);
	/* A leftover goes with the next open or the next attempt. */
	(void)!file_remove(j->dir, JOURNAL_NEW);
	return e;
}

/* Once the new name may be on the disk there is no way back to the old key. */
enum err
journal_rekey(struct journal *j, struct span key,
    const struct journal_source *source)
{
	struct secret *other OWNED(secret_drop) = NULL;
	struct secret *before;
	enum err e;

	TRY(seal_keys(key, &other));
	before = j->keys;
	j->keys = other;
	other = before;
	e = journal_rewrite(j, source);
	if (e != ERR_OK && !j->dead) {
		before = j->keys;
		j->keys = other;
		other = before;
	}
	return e;
}
