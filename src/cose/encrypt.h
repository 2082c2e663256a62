/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COSE_ENCRYPT_H
#define COSE_ENCRYPT_H

/*
 * A secret wrapped to a key that its receiver made for this one request: the
 * protocol's ephemeral_key, a COSE_Encrypt (RFC 9052, 5.1) with ECDH-ES and
 * HKDF-256 for one recipient and A256GCM within.  The request's hash is in
 * the key derivation and its id in the associated data, so that it opens as
 * the answer to that request only.
 *
 * Knows crypto.  Does not know which secret it carries.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"
#include "cose/key.h"

#define COSE_WRAP_MAX		1024
#define COSE_WRAP_SECRET_MAX	512
#define COSE_REQUEST_ID_LEN	36

struct drbg;

/* A one-time key; whoever uses it drops it after. */
struct cose_pair {
	struct cose_key	key;
	struct secret	*priv;		/* 32 bytes */
};

/* Make a COSE_X25519 or COSE_P256 pair. */
enum err cose_pair_make(enum cose_kind kind, struct drbg *drbg,
    struct cose_pair *out);

/* The pair of a private key that exists, which it takes from *priv. */
enum err cose_pair_of(enum cose_kind kind, struct secret **priv,
    struct cose_pair *out);

/* Wipe; made for OWNED, an empty one is { .priv = NULL }. */
void cose_pair_drop(struct cose_pair *p);

/* Wrap 1 to COSE_WRAP_SECRET_MAX bytes to the key to: AUTH for a point that
 * is no key, LIMIT when cap is short. */
enum err cose_wrap(const struct cose_key *to, struct span secret,
    const uint8_t request[static 32],
    const char request_id[static COSE_REQUEST_ID_LEN], struct drbg *drbg,
    uint8_t *out, size_t cap, size_t *len);

/* AUTH unless it was wrapped to this key for this request. */
enum err cose_unwrap(const struct cose_pair *to, struct span wrapped,
    const uint8_t request[static 32],
    const char request_id[static COSE_REQUEST_ID_LEN], struct secret **out);

#endif
