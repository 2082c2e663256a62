/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COSE_SIGN1_H
#define COSE_SIGN1_H

/*
 * COSE_Sign1 (RFC 9052, 4.2): who signed which bytes.
 *
 * What we make and take is one shape, told apart by its profile: tag 18,
 * protected header exactly {1: alg, 4: kid} (a token: and 16: 61, under the
 * tag 61), nothing unprotected, a payload that is embedded or nil, 64 bytes
 * of signature.  SIGN1_FOREIGN reads what others make, for inspection and for
 * the conformance vectors; nothing decides on it.
 *
 * Knows crypto.  Does not know whose key a kid is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"
#include "cose/key.h"

#define COSE_SIGNATURE_LEN	64
#define COSE_DETACHED_MAX	256	/* bytes of a detached one, at most */

/* The source documents' SIGNER: a key, wherever its private half lives. */
struct signer {
	enum cose_alg	 alg;
	uint8_t		 kid[COSE_KID_LEN];
	struct cose_key	 key;
	enum err	(*sign)(const struct signer *s, struct span tbs,
			    uint8_t sig[static COSE_SIGNATURE_LEN]);
	void		*self;
};

/* A signer over an Ed25519 seed of 32 bytes, which it borrows. */
enum err signer_ed25519(struct secret *seed, struct signer *out);

/* alg and kid from key, for signers that are made elsewhere. */
enum err signer_name(struct signer *s, const struct cose_key *key);

enum sign1_profile {
	SIGN1_DETACHED, SIGN1_EMBEDDED, SIGN1_TOKEN, SIGN1_FOREIGN
};

struct sign1 {
	enum cose_alg	alg;
	bool		detached;
	struct span	kid;
	struct span	protected;	/* as it is signed */
	struct span	payload;	/* empty when detached */
	struct span	signature;
};

/* Sign payload with the external_aad aad ("anchorhold/1 audit_log"; "" is
 * the empty one).  LIMIT when cap is short. */
enum err cose_sign(const struct signer *s, enum sign1_profile profile,
    const char *aad, struct span payload, uint8_t *out, size_t cap,
    size_t *len);
enum err cose_sign_detached(const struct signer *s, const char *aad,
    struct span payload, uint8_t *out, size_t cap, size_t *len);
enum err cose_sign_embedded(const struct signer *s, const char *aad,
    struct span payload, uint8_t *out, size_t cap, size_t *len);

/* Take one apart; the spans point into bytes.  NOT_FOUND for an algorithm or
 * a critical header that is none of ours. */
enum err cose_sign1_parse(struct span bytes, enum sign1_profile profile,
    struct sign1 *out);

/* AUTH unless key signed it; payload is what a detached one is about. */
enum err cose_sign1_verify(const struct sign1 *s, const struct cose_key *key,
    struct span aad, struct span payload);

/* Parse, compare alg and kid with key, verify: AUTH or MALFORMED if not. */
enum err cose_check_detached(struct span bytes, const struct cose_key *key,
    const char *aad, struct span payload);
enum err cose_check_embedded(struct span bytes, const struct cose_key *key,
    const char *aad, struct span *payload);

#endif
