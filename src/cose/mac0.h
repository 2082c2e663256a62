/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COSE_MAC0_H
#define COSE_MAC0_H

/*
 * COSE_Mac0 (RFC 9052, 6.2): whoever shares a key made these bytes.
 *
 *	17([<<{1: alg}>>, {}, payload or nil, tag])
 *
 * It is for interoperation and for vectors.  No token is made so: what a
 * verifier could check it could forge.  That cannot be configured either: a
 * struct signer holds a key pair and one of two signature algorithms, and the
 * readers of tokens and signatures take no tag but 18.
 *
 * Knows crypto.  Does not know who shares the key.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"

/* HMAC with SHA-2; the numbers are IANA's. */
enum mac_alg {
	MAC_HS256_64 = 4,	/* SHA-256, cut to 8 bytes */
	MAC_HS256 = 5,
	MAC_HS384 = 6,
	MAC_HS512 = 7,
};

#define MAC_LEN_MAX 64

/* The length of a tag; 0 for what is none of these. */
size_t mac_len(int64_t alg);

/* What a MAC is made of (MAC_structure, RFC 9052, 6.3). */
struct mac_input {
	const char	*what;		/* "MAC0", or "MAC" */
	struct span	 protected, aad, payload;
};

/* AUTH unless this is the tag; NOT_FOUND for an algorithm of another kind,
 * MALFORMED for a header or aad over 2,048 bytes.  The time tells nothing of
 * the right tag. */
enum err mac_check(int64_t alg, struct span key, const struct mac_input *in,
    struct span tag);

/* Make one under a key of any length; LIMIT when cap is short. */
enum err cose_mac0(enum mac_alg alg, const struct secret *key,
    const char *aad, struct span payload, bool detached, uint8_t *out,
    size_t cap, size_t *len);

/* Take what cose_mac0() makes, and nothing else: MALFORMED, or NOT_FOUND for
 * an algorithm that is not alg, or AUTH.  *payload is what a detached one is
 * about, and becomes what an embedded one holds, borrowed from bytes. */
enum err cose_mac0_check(struct span bytes, enum mac_alg alg,
    const struct secret *key, const char *aad, bool detached,
    struct span *payload);

#endif
