/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

/*
 * The sealed journal: what a state directory remembers.
 *
 * The file `journal` is 16 bytes that name its format and version, the
 * journal id, and sealed frames (store/seal.h): one that binds the appliance,
 * the frames of a snapshot, one that ends it, and then one for each commit.
 * The plaintext of a frame begins with the epoch (u64, big-endian), which no
 * commit but an acceptance moves by more than one, and its kind.  A new
 * snapshot is a new file under a new id, `journal.new`, written, synced and
 * renamed over the old one: there is the old state or the new one.
 *
 * A commit that returns OK is durable.  One that returns LIMIT or HARDWARE
 * left the file as it was.  After INTERNAL nobody knows what the disk holds:
 * journal_is_dead(), and the process must end.
 *
 * Opened within a sandbox it needs pread64, pwrite64, ftruncate, fdatasync,
 * fsync, fstat, openat, renameat, unlinkat, close, flock at the open, and what
 * struct secret needs; all names lie under one directory.  Ignore SIGXFSZ.
 * Knows base, crypto and seal.  Does not know what a payload means.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "crypto/drbg.h"
#include "store/seal.h"

#define JOURNAL_APPLIANCE_LEN 32
#define JOURNAL_PLAIN_HEAD 9		/* epoch and kind */
#define JOURNAL_PAYLOAD_MAX (SEAL_PLAIN_MAX - JOURNAL_PLAIN_HEAD)
#define JOURNAL_FILE_MAX (UINT64_C(64) << 20)

struct journal;

/* What was found, whatever the error. */
enum journal_fate {
	JOURNAL_CLEAN,		/* every frame was whole */
	JOURNAL_CUT,		/* all but the last; it was left out */
	JOURNAL_ABSENT,		/* NOT_FOUND: there is none */
	JOURNAL_LOCKED,		/* BUSY: another process has it */
	JOURNAL_UNREAD,		/* HARDWARE, LIMIT: it could not be read */
	JOURNAL_FORMAT,		/* MALFORMED: not a format of ours */
	JOURNAL_DAMAGED,	/* AUTH: altered, or under another key */
	JOURNAL_FOREIGN,	/* DENIED: of another appliance */
	JOURNAL_REFUSED		/* a payload was refused; its error */
};

struct journal_report {
	enum journal_fate	fate;
	uint64_t		frames;	/* that opened */
	uint64_t		cut;	/* bytes left out at the end */
};

/* All borrowed: dir and drbg for as long as the journal, the rest until the
 * call returns. */
struct journal_setup {
	int		 dir;
	struct span	 key;
	struct span	 appliance;	/* JOURNAL_APPLIANCE_LEN bytes */
	struct drbg	*drbg;
	uint64_t	 epoch;		/* of a first journal */
};

/* Takes payloads, oldest first; they are wiped when it returns. */
struct journal_sink {
	enum err	(*take)(void *self, struct span payload);
	void		*self;
};

/* Gives a snapshot: fills journal_page() and calls journal_put() for each. */
struct journal_source {
	enum err	(*give)(void *self, struct journal *j);
	void		*self;
};

/* Lock the directory, read the journal front to back into sink, and be ready
 * to append.  The file is not touched: what is cut leaves with the next
 * append.  report is filled in any case. */
enum err journal_open(const struct journal_setup *setup,
    const struct journal_sink *sink, struct journal **out,
    struct journal_report *report);

/* Lock the directory and write its first journal.  STATE if there is one. */
enum err journal_create(const struct journal_setup *setup,
    const struct journal_source *source, struct journal **out);

/* Wipe, close and unlock; *j may be NULL. */
void journal_drop(struct journal **j);
/* JOURNAL_PAYLOAD_MAX bytes of locked memory in which payloads are made. */
uint8_t *journal_page(struct journal *j);

/* Commit the first len bytes of the page, durably, at this epoch: the last
 * one or the next; an acceptance at any. */
enum err journal_append(struct journal *j, uint64_t epoch, size_t len);
enum err journal_accept(struct journal *j, uint64_t epoch, size_t len);

/* Write a new snapshot and go on from there; uses the page. */
enum err journal_rewrite(struct journal *j,
    const struct journal_source *source);
/* The same under another store key from here on; not after an error that left
 * it alive. */
enum err journal_rekey(struct journal *j, struct span key,
    const struct journal_source *source);
/* Put the first len bytes of the page into the snapshot that is written. */
enum err journal_put(struct journal *j, size_t len);
/* Read everything committed once more; the page stays as it is. */
enum err journal_replay(struct journal *j, const struct journal_sink *sink);
uint64_t journal_epoch(const struct journal *j);
int journal_is_dead(const struct journal *j);
/* Bytes of commits, and of the snapshot before them. */
void journal_sizes(const struct journal *j, uint64_t *commits,
    uint64_t *snapshot);

#endif
