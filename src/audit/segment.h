/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AUDIT_SEGMENT_H
#define AUDIT_SEGMENT_H

/*
 * The audit log as files that can be read and shipped: CBOR sequences of
 * audit_log bodies, each file named by the sequence of its first entry, as
 * 00000000000000000001.seg.
 *
 * They are written behind the journal: each entry is appended once it is
 * durable there, and what a crash took from them is put back from there at
 * the next start.  So nothing here is synced until segments_sync(), which
 * comes before a snapshot; and what they have more than the journal it has
 * lost after it was answered.
 *
 * What is no entry, or not the next, is written over; an entry that is not
 * the journal's is left as it is, for it is the proof of something.
 *
 * Knows base, wire, crypto, files and the store.  Does not know signatures.
 */

#include "store/store.h"

#define SEGMENT_MAX (UINT64_C(4) << 20)

struct segments;

/* Find the last segment in dir, which is borrowed, and the last whole entry
 * in it; what is behind that is cut off with the next append. */
enum err segments_open(int dir, struct segments **out);

/* Close; *g may be NULL. */
void segments_drop(struct segments **g);

/* Bring them up to the state, out of the journal.  AUTH if one of them is not
 * the state's, STATE if they are, and go on where the journal ends. */
enum err segments_follow(struct segments *g, struct store *store,
    const struct state *state);

/* For store_on_entry(): append the entry.  When that fails it is logged, and
 * segments_follow() makes up for it. */
void segments_take(void *segments, uint64_t sequence, struct span body);

/* Make durable what was appended; *synced is then the last sequence. */
enum err segments_sync(struct segments *g, uint64_t *synced);

uint64_t segments_last(const struct segments *g);

/* The least sequence, from this one on, by which a segment is named;
 * NOT_FOUND if there is none. */
enum err segment_next(int dir, uint64_t from, uint64_t *first);

/* Reading one segment from front to back, a few entries at a time. */
struct segment_reader {
	int		fd;
	uint64_t	at;		/* of the next entry */
	uint64_t	size;
	size_t		have;
	size_t		used;
	uint8_t		buf[32768];
};

enum err segment_begin(int dir, uint64_t first, struct segment_reader *r);
void segment_end(struct segment_reader *r);

/* The next body, borrowed until the next call; NOT_FOUND at the end,
 * MALFORMED when what comes is no CBOR item of an entry's size. */
enum err segment_read(struct segment_reader *r, struct span *body);

#endif
