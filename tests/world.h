/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

/*
 * An appliance without a TPM whose keys come and go (cryptod/rotate.h), and
 * those who go by its keys.  Every hour a key is made, that signs for two.
 */

#include "cose/cwt.h"
#include "cryptod/rotate.h"
#include "enforce/keys.h"
#include "tests/ledger.h"

/* Seconds; LIFE is a token's. */
enum { HOUR = 3600, LIFE = 300 };

#define WORLD_T0 UINT64_C(1800000000)
#define WORLD_GUARDS 4
#define WORLD_TOKENS 16

/* Who goes by its keys. */
struct guard {
	struct keyset	keys;
	uint64_t	polled;
	int		ahead;		/* its clock, seconds */
};

struct token {
	uint8_t		at[TOKEN_MAX];
	size_t		len;
	uint64_t	exp;
	uint8_t		kid[COSE_KID_LEN];
};

struct world {
	struct ledger	*l;
	struct rotate	 r;
	struct root	 root;
	struct published published;
	bool		 deaf;		/* the TPM */
	struct guard	 guards[WORLD_GUARDS];
	struct token	 tokens[WORLD_TOKENS];
	size_t		 ntokens, most;		/* keys at a time */
	unsigned	 refetched, refused, signed_, checked;
};

/* For cmocka. */
int world_begin(void **state);
int world_end(void **state);

/* A start: what is due comes first, then it publishes. */
void world_start(struct world *w);

/* Some seconds of its life; a tick and a quarter of the fetches fall due. */
void world_live(struct world *w, unsigned seconds);
void world_live_for(struct world *w, unsigned seconds);

void world_commit(struct world *w);
void world_publish(struct world *w);
void world_fetch(struct world *w, struct guard *v);

/* What signs now; NULL where cryptod would say that its keys are not signed
 * yet. */
const struct key *world_signer(const struct world *w);

/* A token by that key, kept, to be shown; or refused. */
void world_issue(struct world *w);

/* A token by any key, and what a guard says of one. */
void world_sign(const struct signer *by, uint64_t iat, struct token *t);
enum reason world_show(const struct world *w, const struct guard *v,
    const struct token *t);

/* How many keys are in this phase. */
unsigned world_count(const struct world *w, enum wire_phase phase);

/* All of its log is verified. */
void world_assert_sound(struct world *w);

#endif
