/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_KEYS_H
#define CRYPTOD_KEYS_H

/*
 * The keys that cryptod signs with: which, since when, and for how long.
 *
 * It is the state that says which key is current, whatever was put, committed
 * or undone; here its seed is kept ready.
 *
 * Knows rotate.h and cryptod.h.  Does not know what is signed.
 */

#include "base/secret.h"
#include "cryptod/rotate.h"
#include "wire/reasons.h"

struct cryptod;

/* It must stay where it is: its signer points to it. */
struct held {
	struct secret		*seed;
	struct signer		 signer;
	struct cryptod		*cryptod;	/* of one in the TPM */
	struct token_key	 key;
};

/* The key of that use, borrowed until the next call.  NOT_FOUND: none. */
enum err cryptod_signer(struct cryptod *d, enum wire_use use,
    const struct signer **out);

/* Was the token key published?  REASON_none if both may sign now. */
bool cryptod_is_shown(const struct cryptod *d);
enum reason cryptod_may_sign(const struct cryptod *d, uint64_t now);

/* Whether the token key signs in the TPM, and an answer takes until it has. */
bool cryptod_waits_for_tpm(const struct cryptod *d);

/* Rotation, with what is put going into the present turn: publish_soon() has
 * to follow. */
struct rotate cryptod_rotation(struct cryptod *d, uint64_t now);

/* The steps that are due, and what was just published, each in a frame of its
 * own.  INTERNAL alone is an error. */
enum err cryptod_rotate(struct cryptod *d);
enum err cryptod_announced(struct cryptod *d);

#endif
