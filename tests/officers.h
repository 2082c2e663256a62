/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_OFFICERS_H
#define TESTS_OFFICERS_H

/*
 * The officers of one test: their key, and what they approve.  Policies are
 * computed here once more, from TPM 2.0, part 3, and not with tpm/.
 */

#include "tpm/nv.h"

struct officers {
	struct tpm_point	k;
	uint8_t			d[32];
};

enum err officers_new(struct officers *out);

/* Approve what is asked for in *a (policy, pcrs, cap, version): the present
 * values of these PCRs, and the cap PCR at zero. */
enum err officers_approve(const struct officers *o, struct tpm *t,
    struct tpm_approval *a);

/* Sign what is in a->digest, whatever that is. */
enum err officers_sign(const struct officers *o, struct tpm_approval *a);

/* r || s over any digest, as whoever has that key in software. */
bool officers_ecdsa(const struct officers *o, const uint8_t digest[32],
    uint8_t sig[64]);

/* A TPM as the ceremony leaves it: an SRK, both counters made and written
 * once, a store object, a key, and the approvals for that; boot is PCR 0 to 7
 * and the cap is 15.  One auth is good for the key and the epoch. */
#define CUSTODY_PLAIN "3fKq store 8Zt0 seed"	/* like no other text */
#define CUSTODY_AUTH "7Wx1 auth 5Lp9 auth"

struct custody {
	struct officers		officers;
	const struct tpm_point	*k;
	struct tpm_name		srk;
	struct tpm_approval	unseal, use;
	uint64_t		version, epoch;
	struct secret		*plain, *auth;
	struct tpm_blob		store, key;
	struct tpm_creation	store_made, key_made;
	uint8_t			x[32], y[32];
};

enum err custody_make(struct tpm *t, struct custody *out);
void custody_drop(struct custody *c);

/* Raise the version, and approve anew. */
enum err custody_raise(struct tpm *t, struct custody *c);

/* The use of each, of what it brings too. */
enum err custody_unseal(struct tpm *t, const struct custody *c,
    const struct tpm_approval *a);
enum err custody_sign(struct tpm *t, const struct custody *c,
    const struct tpm_approval *a, const struct secret *auth);
enum err custody_step(struct tpm *t, struct custody *c,
    const struct tpm_approval *a, const struct secret *auth);

#endif
