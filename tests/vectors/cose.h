/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_COSE_H
#define TESTS_VECTORS_COSE_H

/* What the COSE and CWT vectors share: keys, and a signature made anew. */

#include "cose/key.h"
#include "cose/sign1.h"
#include "tests/vectors/vectors.h"

/* The public half of a JWK, of ours or cose-wg's kind (x or x_hex); false if
 * it is no kind of key that we use. */
bool	jwk_key(const json_t *jwk, struct cose_key *key);

/* The same for keys that agree. */
bool	jwk_agreement(const json_t *jwk, struct cose_key *key);

/* A number of 32 bytes: name in base64, or name_hex. */
bool	jwk_number(const json_t *jwk, const char *name,
	    uint8_t out[static 32]);

/* What a cose-wg object holds: text, or plaintext_hex. */
struct bytes plaintext_of(const json_t *doc);

/* The bytes that a signature of s is over (RFC 9052, 4.4). */
struct bytes to_be_signed(const struct sign1 *s, struct span external,
    struct span payload);

/* cose-wg's Sign1 documents, which the CWT topic has too. */
bool	fits_wg(const json_t *doc);
void	run_wg(struct tally *t, const json_t *doc);

/* Its MACed and encrypted ones, likewise. */
bool	fits_foreign(const json_t *doc);
void	run_foreign(struct tally *t, const json_t *doc);

#endif
