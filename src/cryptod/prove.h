/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_PROVE_H
#define CRYPTOD_PROVE_H

/*
 * Evidence, asked for and given: the challenges of peers, and what cryptod
 * says of itself.
 *
 * A quote takes the TPM's time, so it is made beside the turns, one after
 * another in the order in which they were asked for, and only while nothing
 * else wants the TPM.  A peer has two at most that are wanted or made; the
 * request of each stays where it is until its quote is there, and a third is
 * told to come again.
 *
 * Knows cryptod.h, attest/.  Does not know who is believed.
 */

#include "cryptod/challenge.h"
#include "cryptod/settings.h"
#include "daemon/service.h"

struct cryptod;
struct trust;

#define PROOFS_OPEN 2		/* of a peer */
#define PROOF_MAX 3072		/* without an event log */

enum proof_state { PROOF_NONE, PROOF_WANTED, PROOF_MADE, PROOF_FAILED,
	PROOF_GIVEN };

struct proof {
	enum proof_state	state;
	uint64_t		turn;		/* the lower the sooner */
	struct wire_uuid	request_id;
	struct wire_nonce	nonce;
	size_t			len;
	uint8_t			at[PROOF_MAX];
};

struct prove {
	struct challenges	challenges;
	struct proof		of[CHANNELS_MAX][PROOFS_OPEN];
	struct proof		*now;		/* what the TPM is at */
	uint64_t		turn;
	bool			news;		/* one is made, or failed */
	struct trust		*trust;		/* NULL: none is configured */
	enum reason		distrust;	/* why it is not believed */
	const struct wire_long	*references;	/* of it; NULL: not believed */
};

/* For the loop. */
service_serve cryptod_challenge, cryptod_evidence;
bool prove_again(void *self);

/*
 * trusted.c: the trust file whose reference values peers are held against.
 * It is read before the sandbox, and believed once the state is open, which
 * knows the officers and the version that was believed before; its record
 * goes into the frame that is made.
 */
enum err trusted_read(struct cryptod *d);
enum err trusted_begin(struct cryptod *d);
void trusted_drop(struct cryptod *d);

/* For side.c: begin the next one, if the TPM is free; is there one? */
enum err prove_due(struct cryptod *d);
bool prove_waits(const struct cryptod *d);

#endif
