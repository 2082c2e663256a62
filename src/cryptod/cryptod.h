/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_CRYPTOD_H
#define CRYPTOD_CRYPTOD_H

/*
 * cryptod while it runs: what it holds, and what it does with a request, in
 * a turn and between turns.
 *
 * Knows everything below it.  Nothing below knows it.
 */

#include "anchor/publish.h"
#include "anchor/root.h"
#include "audit/entry.h"
#include "audit/segment.h"
#include "base/clock.h"
#include "cryptod/answer.h"
#include "cryptod/appraiser.h"
#include "cryptod/doors.h"
#include "cryptod/frame.h"
#include "cryptod/keys.h"
#include "cryptod/prove.h"
#include "cryptod/reading.h"
#include "cryptod/side.h"
#include "cryptod/step.h"
#include "store/store.h"
#include "wire/map.h"

/* The states that handlers name. */
enum cryptod_state {
	SERVING	 = 1 << 0,
	RECOVERY = 1 << 1,	/* the state opens: the clock, the disk? */
	FAILED	 = 1 << 2,	/* a known answer came out wrong */
	ALWAYS	 = SERVING | RECOVERY | FAILED,
};

/* What a turn still owes one of its answers, by its request's body. */
struct debt {
	const uint8_t	*body;
	struct owed	 owed;
	bool		 steps;		/* it waits for the TPM's counter */
	uint8_t		 token[TOKEN_MAX];
	uint8_t		 detail[256];	/* of an admin_resp */
};

struct cryptod {
	struct settings		 settings;
	struct policy		 policy;
	unsigned		 state;		/* enum cryptod_state */
	enum reason		 why;		/* it is not SERVING */
	int			 stage;		/* exit status if it ends now */
	bool			 sandboxed;	/* Landlock included */
	uint64_t		 mended;	/* the log, from this on */
	bool			 cut, unpublished, unwritten;

	struct doors		 doors;
	int			 dir, audit_dir, keeper, attend; /* or -1 */
	struct msg		 anchor;
	struct approvals	 approvals;
	struct root		 root;
	struct appraiser	*appraiser;	/* forked before the rest */
	struct readings		 readings;	/* what it is asked */
	struct side		 side;		/* what the TPM does */
	struct step		 step;		/* of its counter */
	struct prove		 prove;		/* and what it quotes */
	struct drbg		*drbg;
	struct store		*store;
	struct state		*tables;	/* the store's */
	struct segments		*segments;
	struct published	 keys;
	struct held		 token, audit;	/* keys.c */

	struct moment		 started;	/* how the clocks began */
	bool			 settled;	/* the debts are of the past */
	bool			 resynced;	/* a device, in this turn */
	unsigned		 deeds;		/* in it: 1 << enum deed_kind */
	size_t			 ndebts;
	struct debt		 debts[SERVICE_TURN];
	size_t			 nsuppressed;
	struct suppressed	 suppressed[SUPPRESSED_MAX];
	uint64_t		 granted, refused, commits; /* since start */
	uint8_t			 status[MAP_BYTES];
	struct span		 told;	/* in there: this turn's detail */
};

enum err cryptod_new(struct cryptod **out);
/* Open all that needs a name; the caller drops *d whatever comes back. */
enum err cryptod_open(struct cryptod *d);
void cryptod_drop(struct cryptod **d);

/* What the TPM refused at the start was asked again. */
enum err cryptod_reopened(struct cryptod *d, enum reason why);
/* The first frame of a run, what is put into it when a code may have been
 * taken that the state does not know of, and a failure, and the last frame. */
enum err cryptod_begin(struct cryptod *d);
enum err cryptod_raise_floors(struct cryptod *d);
enum err cryptod_count_start(struct cryptod *d);
enum err cryptod_stop(struct cryptod *d);

/* What the service loop wants; self is the struct cryptod. */
service_serve cryptod_totp, cryptod_token, cryptod_attest, cryptod_keys;
service_serve cryptod_status;
enum err cryptod_commit(void *self);
enum err cryptod_finish(void *self, const struct peer *peer, struct span body,
    struct msg *out);
void cryptod_refused(void *self, const struct peer *peer, enum reason why);

/* Ticks: leave RECOVERY; write down what was suppressed. */
enum err cryptod_recover(void *self);
enum err cryptod_flush(void *self);
/* REASON_none, or why no decision is taken now. */
enum reason cryptod_clock(const struct cryptod *d, struct moment now);
/* What was in the way is so no more: go on as a start would. */
enum err cryptod_resume(struct cryptod *d);

#endif
