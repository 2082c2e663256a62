/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_CREDENTIAL_H
#define ATTEST_CREDENTIAL_H

/*
 * TPM2_MakeCredential without a TPM (TPM 2.0 Library, Part 1, 24): a secret
 * that TPM2_ActivateCredential gives out only in the TPM that holds both the
 * endorsement key and the object of that Name.
 *
 * For endorsement keys of ECC P-256 and of RSA 2048 to 4096 with SHA-256 and
 * AES-128-CFB, which is what the low-range templates of the TCG's EK
 * Credential Profile (2.1, B.3.3 and B.3.4) ask for.
 *
 * Knows base, crypto and objects.  Does not know whom it enrols.
 */

#include <stddef.h>
#include <stdint.h>

#include "attest/object.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/drbg.h"

#define CREDENTIAL_SECRET_MAX 32
#define CREDENTIAL_ID_MAX (2 + 2 + 32 + 2 + CREDENTIAL_SECRET_MAX)
#define CREDENTIAL_SEED_MAX (2 + 512)

struct credential {
	uint8_t	id_object[CREDENTIAL_ID_MAX];	/* TPM2B_ID_OBJECT */
	size_t	id_len;
	uint8_t	seed[CREDENTIAL_SEED_MAX];	/* TPM2B_ENCRYPTED_SECRET */
	size_t	seed_len;
};

/* What has to be random, drawn for one credential and wiped by its owner. */
struct credential_random {
	uint8_t	key[32];	/* ECC: the one-time key; RSA: the seed */
	uint8_t	salt[32];	/* RSA: that of OAEP */
};

/* A key that can be an EK: it decrypts and only that, it was made in its TPM
 * and never leaves it, and it is of the kind above.  Else DENIED. */
enum err credential_ek(const struct attest_public *ek);

enum err credential_draw(struct drbg *d, struct credential_random *out);

/* DENIED as above; LIMIT for a secret of none or more than
 * CREDENTIAL_SECRET_MAX bytes and for a modulus that is none, AUTH for a
 * point that is not on the curve, MALFORMED for a one-time key that is none. */
enum err credential_make(const struct attest_public *ek,
    const uint8_t name[static ATTEST_NAME_LEN], struct span secret,
    const struct credential_random *random, struct credential *out);

#endif
