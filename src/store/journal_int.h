/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_JOURNAL_INT_H
#define STORE_JOURNAL_INT_H

/* What journal.c, scan.c and rewrite.c share; theirs alone. */

#include <stdbool.h>

#include "base/secret.h"
#include "store/journal.h"

#define JOURNAL_NAME "journal"
#define JOURNAL_NEW "journal.new"
#define JOURNAL_LOCK "lock"

#define FILE_MAGIC_LEN 16
#define FILE_HEAD_LEN (FILE_MAGIC_LEN + SEAL_ID_LEN)
#define FRAME_MAX (SEAL_PLAIN_MAX + SEAL_OVER)

/* The last byte is the version, SEAL_FORMAT. */
extern const uint8_t journal_magic[FILE_MAGIC_LEN];

enum frame_kind {
	FRAME_ABOUT = 1,	/* the appliance, once, first */
	FRAME_SNAPSHOT,
	FRAME_END,		/* of the snapshot, once */
	FRAME_COMMIT,
	FRAME_ACCEPT		/* a commit at whatever epoch */
};

/* A file that grows by frames. */
struct pen {
	int		fd;
	uint64_t	at;
	struct chain	chain;
};

struct journal {
	int		 dir;
	int		 lock;
	struct secret	*keys;
	struct secret	*page;		/* a plaintext, its head first */
	uint8_t		*frame;		/* FRAME_MAX bytes, sealed */
	struct drbg	*drbg;
	uint8_t		 appliance[JOURNAL_APPLIANCE_LEN];
	struct pen	 pen;		/* the journal */
	struct pen	 next;		/* journal.new while it is written */
	uint64_t	 epoch;
	uint64_t	 commits_at;
	bool		 torn;		/* bytes after pen.at are to be cut */
	bool		 dead;
};

/* Read the file from its head on.  Sets pen, epoch, commits_at and torn. */
enum err journal_scan(struct journal *j, const struct journal_sink *sink,
    struct journal_report *report);

/* Seal len payload bytes of the page as a frame of this kind into j->frame,
 * as what comes next in p. */
enum err journal_seal(struct journal *j, const struct pen *p,
    enum frame_kind kind, uint64_t epoch, size_t len, struct span *frame);

/* Write that frame at the end of p, which moves when all of it went. */
enum err pen_write(struct pen *p, struct span frame);

#endif
