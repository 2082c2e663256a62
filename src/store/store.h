/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_STORE_H
#define STORE_STORE_H

/*
 * The state and its journal as one: what is put into the state is durable
 * with the next commit, or it is gone from both.
 *
 * A turn of the loop puts the records of its decisions one after another,
 * each taking effect at once, and commits them as one frame.  A commit that
 * fails, or an undo, makes the state anew from the journal: the object stays
 * the same, rows and pointers into it do not.
 *
 * Knows base, crypto, wire and the rest of store/.  Does not know requests.
 */

#include "store/journal.h"
#include "store/state.h"

struct store;

/* Read the journal into an empty state, which is borrowed for as long as the
 * store.  report says what was found, whatever the error (journal.h). */
enum err store_open(const struct journal_setup *setup, struct state *state,
    struct store **out, struct journal_report *report);

/* Write the first journal, out of a state: for the ceremony alone.  STATE if
 * there is one already. */
enum err store_create(const struct journal_setup *setup, struct state *state,
    struct store **out);

/* Wipe, close and unlock; what was not committed is lost. */
void store_drop(struct store **s);

/* Let the record have its effect, and add it to the frame of this turn.
 * What state_apply() refuses, and LIMIT when the frame is full, leaves state
 * and frame as they were. */
enum err store_put(struct store *s, const struct msg *record);

/* Where the frame of this turn is, and how much room is left in it. */
size_t store_mark(const struct store *s);
size_t store_room(const struct store *s);

/* Take back what was put after that mark. */
enum err store_undo(struct store *s, size_t mark);

/* Make what was put durable.  On LIMIT and HARDWARE it was taken back; after
 * INTERNAL the process must end. */
enum err store_commit(struct store *s);

/* Of the last commit. */
uint64_t store_epoch(const struct store *s);

/* The next commit is the first of the next epoch, or one by which officers
 * accept this state behind the TPM's counter; unless it is taken back. */
void store_step(struct store *s);
void store_accept(struct store *s, uint64_t counter);

/* True after an error from which only a new start recovers. */
bool store_is_dead(const struct store *s);

/* Be told of each audit entry once it is durable. */
void store_on_entry(struct store *s, void (*entry)(void *self,
    uint64_t sequence, struct span body), void *self);

/* Give the entries from this sequence on, out of the journal.  NOT_FOUND if
 * a snapshot has dropped it already. */
enum err store_entries(struct store *s, uint64_t from,
    enum err (*entry)(void *self, uint64_t sequence, struct span body),
    void *self);

/* Begin a new journal with a snapshot.  STATE unless the frame of this turn
 * is empty and the audit log's own files are synced up to its last entry:
 * the journal holds no more of them after it. */
enum err store_snapshot(struct store *s, uint64_t synced);

/* The same under another store key; the old one opens nothing of it. */
enum err store_rekey(struct store *s, struct span key, uint64_t synced);

/* True when the commits outweigh the state: a snapshot at leisure. */
bool store_wants_snapshot(const struct store *s);

/* True when so much was committed that it cannot wait for leisure, or the
 * journal would be full; after a failed one, not before there is more. */
bool store_needs_snapshot(const struct store *s);

#endif
