/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

/*
 * A verifier, a token that it accepts, and how either may be spoiled before
 * the token is shown.
 */

#include "enforce/verify.h"

#define TRIAL_NOW	UINT64_C(1700000060)
#define TRIAL_ISSUED	UINT64_C(1700000000)
#define TRIAL_ENDS	UINT64_C(1700000120)

struct trial {
	struct keyset		keys;
	struct revocations	revocations;
	struct verifier		v;
	struct cwt		c;
	struct showing		s;
	enum reason		found;		/* what the list says */
	enum err		spent;		/* what spending says */
	unsigned		spendings;
	uint64_t		until;
	uint64_t		counts[REASONS];
	int			no_proof, other_proof, flip, tail;
	uint8_t			token[TOKEN_MAX + 1];
	uint8_t			proof[COSE_DETACHED_MAX];
};

extern struct signer trial_issuer, trial_holder;

/* For cmocka: of a group. */
int trial_begin(void **state);
int trial_end(void **state);

/* As it is accepted. */
void trial_set(struct trial *x);

/* Sign what it says and show it. */
enum reason trial_play(struct trial *x, struct cwt *out);

#endif
