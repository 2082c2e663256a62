/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COSE_KEY_H
#define COSE_KEY_H

/*
 * A public key as a COSE_Key (RFC 9052, 7) with its required members only,
 * in deterministic encoding: OKP for Ed25519 and X25519, EC2 for P-256 with
 * both coordinates.  Nothing else is accepted, so that one key has one
 * encoding and its thumbprint (RFC 9679) is the SHA-256 of the bytes.
 *
 * Knows wire/item.h and crypto.  Does not know what a key may be used for.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "wire/item.h"

#define COSE_KEY_MAX	128
#define COSE_KID_LEN	16

/* What signs; the numbers are IANA's. */
enum cose_alg { COSE_EDDSA = -8, COSE_ES256 = -7 };

enum cose_kind { COSE_ED25519, COSE_X25519, COSE_P256 };

struct cose_key {
	enum cose_kind	kind;
	uint8_t		x[32];
	uint8_t		y[32];		/* of P-256; else zeros */
};

enum err cose_key_encode(const struct cose_key *key,
    uint8_t out[static COSE_KEY_MAX], size_t *len);

/* AUTH for a point that is off its curve, in a second encoding, or of small
 * order (X25519's show when they are used). */
enum err cose_key_decode(struct span bytes, struct cose_key *key);

/* The same inside a larger item. */
enum err cose_key_put(struct writer *w, const struct cose_key *key);
enum err cose_key_get(struct reader *r, struct cose_key *key);

enum err cose_key_thumbprint(const struct cose_key *key,
    uint8_t out[static 32]);

/* The first bytes of the thumbprint. */
enum err cose_key_kid(const struct cose_key *key,
    uint8_t out[static COSE_KID_LEN]);

int cose_key_equal(const struct cose_key *a, const struct cose_key *b);

#endif
