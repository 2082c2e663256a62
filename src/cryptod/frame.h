/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_FRAME_H
#define CRYPTOD_FRAME_H

/*
 * What cryptod itself puts into a frame of the journal, beside what its
 * decisions put there, and when frames are written.
 *
 * Knows audit and reasons.  Does not know requests.
 */

#include "audit/entry.h"
#include "daemon/config.h"
#include "wire/reasons.h"
#include "wire/wire.h"

struct cryptod;

/* Refusals of one kind that were not written one by one. */
struct suppressed {
	char		vm_id[CONFIG_LABEL_MAX + 1];
	enum reason	reason;
	uint64_t	count;
};

#define SUPPRESSED_MAX 256

/* Put the time into the turn, before what happened then: by it what has been
 * seen is forgotten, and a start judges the clock. */
enum err cryptod_mark(struct cryptod *d, enum wire_mark kind);

/* Put an entry into the turn; of cryptod's own: "state.start". */
enum err cryptod_put_event(struct cryptod *d, const struct audit_event *event);
enum err cryptod_note(struct cryptod *d, const char *action,
    const char *result, struct span metadata);

/* Commit what was put; status shows when that does not work. */
enum err cryptod_write(struct cryptod *d);

/* The last frame of a run, with an entry that says why. */
enum err cryptod_end(struct cryptod *d, const char *action,
    const char *result);

/* Take a snapshot if it is time for one; only if the journal cannot wait for
 * the next tick.  INTERNAL alone is an error. */
enum err cryptod_snapshot(struct cryptod *d);
enum err cryptod_make_room(struct cryptod *d);

#endif
