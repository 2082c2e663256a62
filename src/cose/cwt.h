/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COSE_CWT_H
#define COSE_CWT_H

/*
 * The claims of a capability token (RFC 8392), and the token itself:
 * 61(18([...])), signed with an empty external_aad.
 *
 * The strict reader takes exactly what the writer makes: our claims in
 * deterministic order, each within its bounds, and the rules between them
 * (an op: subject has cnf, an admin: scope has arg, a scope that acts on one
 * place has one audience).  The foreign one is for inspection and vectors:
 * any claim may be missing, unknown ones are passed over.
 *
 * Knows wire/item.h and Sign1.  Does not know whether a token is good for
 * anything: enforce/ does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "cose/key.h"
#include "cose/sign1.h"

#define CWT_AUD_MAX	8
#define CWT_SCOPE_MAX	520
#define TOKEN_MAX	2048

enum cwt_claim {
	CWT_ISS, CWT_SUB, CWT_AUD, CWT_EXP, CWT_NBF, CWT_IAT, CWT_JTI,
	CWT_CNF, CWT_SCOPE, CWT_NONCE, CWT_ARG, CWT_ATT, CWT_POL, CWT_CLAIMS
};

#define CWT_BIT(claim) (1u << (claim))

/* Spans point into what was decoded, or to what shall be encoded.  has says
 * which claims are there; the writer looks at it for nbf, cnf, arg and att
 * only, since the others always are. */
struct cwt {
	unsigned	has;
	struct span	iss, sub, jti, scope, nonce, arg;
	size_t		auds;
	struct span	aud[CWT_AUD_MAX];
	uint64_t	exp, nbf, iat, pol;
	struct cose_key	cnf;
	struct {
		struct span	ak;
		uint64_t	at, reset;
	} att;
};

static inline bool
cwt_has(const struct cwt *c, enum cwt_claim claim)
{
	return (c->has & CWT_BIT(claim)) != 0;
}

/* INTERNAL for claims that cwt_decode would not take. */
enum err cwt_encode(const struct cwt *c, uint8_t *out, size_t cap,
    size_t *len);
enum err cwt_decode(struct span bytes, struct cwt *out);
enum err cwt_decode_foreign(struct span bytes, struct cwt *out);

/* Sign claims into a token of at most TOKEN_MAX bytes. */
enum err token_sign(const struct signer *s, const struct cwt *c,
    uint8_t out[static TOKEN_MAX], size_t *len);

/* Take one apart without any check of who signed it. */
enum err token_parse(struct span bytes, struct sign1 *s, struct cwt *c);

/* Take the next scope off *rest; false at the end. */
bool scope_next(struct span *rest, struct span *scope);

/* True for "name:what" of 3 to 64 characters of [a-z0-9_-]. */
bool scope_valid(struct span scope);

/* When a token may be used, clocks being up to skew seconds apart. */
enum cwt_time { CWT_TIMELY, CWT_NOT_YET, CWT_FROM_LATER, CWT_EXPIRED };
enum cwt_time cwt_time(const struct cwt *c, uint64_t now, uint64_t skew);

#endif
