/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_SIDE_H
#define CRYPTOD_SIDE_H

/*
 * What cryptod has the TPM do beside its turns, one job after another: open
 * what is sealed, sign what is published, look whether the TPM is still the
 * one that it was at the start, and quote.  Requests for evidence wait for it,
 * and no others.
 *
 *	stopped, late, erring	it goes on with the keys that it has, says so
 *				in status, and asks again
 *	reset, or gone		it writes down why and ends with EXIT_CELL:
 *				TPM and cryptod are started anew together
 *
 * Knows cryptod.h and tpm/aside.h.  Does not know the turns.
 */

#include "cryptod/health.h"
#include "cryptod/times.h"
#include "tpm/aside.h"
#include "tpm/life.h"
#include "wire/reasons.h"

struct cryptod;

/* What is done on the stack of its own, and what follows from it. */
struct side_job {
	enum err	(*work)(struct cryptod *d);
	enum err	(*after)(struct cryptod *d);
	bool		 asked;	/* by a peer: it does not count */
};

struct side {
	const struct side_job	*job;	/* begun and not settled */
	enum err		 e;	/* how it ended */
	bool			 due;	/* it is to be published, */
	uint64_t		 due_ms;	/* from then on; since boot */
	uint64_t		 now;	/* that what is signed will say */
	bool			 looked, late;	/* the look is due */
	struct tpm_life		 first, seen;	/* at the start; now */
	uint64_t		 seen_at;	/* ms since boot */
	struct health		 health;
	unsigned		 missed;	/* looks that found nobody */
	enum reason		 trouble;	/* with the TPM, now */
	struct secret		*store_key;	/* just unsealed */
	struct secret		*kept, *keep;	/* from and for a keeper */
	struct secret		*attended;	/* what a person gave */
	enum reason		 cap;		/* why it was not, or useless */
	uint64_t		 retry_at, retry_ms;
};

/* For the loop's watch. */
bool side_waits(void *self, int *fd, int *left_ms);
enum err side_go_on(void *self);

/* Unseal the store key, waiting for it: why that was not possible. */
enum reason side_open(struct cryptod *d);

/* A tick.  Look at the TPM, or ask again what it refused at the start. */
enum err side_look(void *self);

/* Begin a job, unless there is one; and work that is a part of jobs: whether
 * it is still the TPM that it was comes before all else. */
enum err side_begin(struct cryptod *d, const struct side_job *job);
enum err side_same(struct cryptod *d);

/* Write down why, and end with EXIT_CELL. */
enum err side_leave(struct cryptod *d, enum reason why);

/* Wait for what was begun; leave it, and sign a last checkpoint if the TPM
 * does that. */
enum err side_finish(struct cryptod *d);
void side_stop(struct cryptod *d);

/* Put into a mark what the TPM's Clock was at the last look, unless that is
 * long ago or the TPM is another since; and what a start is judged by. */
void side_mark(const struct cryptod *d, struct moment now,
    struct msg_mark *out);
struct times side_times(const struct cryptod *d, struct moment now);

/* What was asked of the TPM between two jobs ended so: give e back, and know
 * what it says of the TPM.  STATE too when cryptod has to end. */
enum err side_did(struct cryptod *d, enum err e);

/* "ok", "busy", "unused" or what is wrong with the TPM. */
const char *side_state(const struct cryptod *d);

/*
 * publish.c: what the root key signs, key metadata and checkpoint, each time
 * at a higher version.  The tick has it signed anew; after a change there is a
 * quarter of a second in which others join it.
 */
enum err cryptod_publish(void *self);
void publish_soon(struct cryptod *d);

/* True when what there is to show is stale, or lacks the key that signs, and
 * will be replaced soon; why there is nothing. */
bool publish_is_pending(const struct cryptod *d);
enum reason publish_reason(const struct cryptod *d);

/* Begin what is due, unless there is a job; how long until it is.  The work
 * of signing a checkpoint. */
enum err publish_due(struct cryptod *d);
bool publish_waits(const struct cryptod *d, int *left_ms);
enum err publish_log(struct cryptod *d);

#endif
