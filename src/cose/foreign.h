/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COSE_FOREIGN_H
#define COSE_FOREIGN_H

/*
 * COSE_Mac0, COSE_Mac, COSE_Encrypt0, COSE_Encrypt and COSE_Sign1 as others
 * make them (RFC 9052, 4 to 6; RFC 9053), to be opened and verified: headers
 * in any order, values that only both sides know, any of the usual
 * algorithms.
 *
 * For the conformance vectors, whose keys are published.  It lies in
 * libforeign.a, which no program that is installed is linked with; what we
 * make and take ourselves is in cose/encrypt.h and cose/mac0.h.
 *
 * Knows crypto, and crypto/foreign.h.  Does not know tokens.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "cose/key.h"

#define FOREIGN_RECIPIENTS	4
#define FOREIGN_WHY		64

/* By their tags. */
enum foreign_kind {
	FOREIGN_ENCRYPT0 = 16, FOREIGN_MAC0 = 17, FOREIGN_SIGN1 = 18,
	FOREIGN_ENCRYPT = 96, FOREIGN_MAC = 97,
};

/* PartyInfo: identity, nonce, other; at is NULL for what is not told. */
enum { PARTY_U, PARTY_V, PARTIES };
struct foreign_party {
	struct span	told[3];
};

/* Both buckets of one layer. */
struct foreign_header {
	struct span		protected;	/* as it is authenticated */
	int64_t			alg;		/* 0: none */
	struct span		iv, partial_iv, salt;
	struct foreign_party	parties[PARTIES];
	bool			has_sender;
	struct cose_key		sender;		/* ephemeral or static */
	unsigned		seen;		/* which labels were there */
};

struct foreign_recipient {
	struct foreign_header	header;
	struct span		key;		/* wrapped, or empty */
};

/* Spans point into what was parsed. */
struct foreign_object {
	enum foreign_kind		kind;
	struct foreign_header		header;
	bool				detached;
	struct span			content;	/* or ciphertext */
	struct span			tag;		/* or signature */
	size_t				recipients;
	struct foreign_recipient	to[FOREIGN_RECIPIENTS];
	/* What is not spoken here, once NOT_FOUND was returned. */
	char				why[FOREIGN_WHY];
};

/* What the receiver has, beside the object; all may be empty. */
struct foreign_keys {
	struct span		 shared;	/* a symmetric key */
	const uint8_t		*private;	/* 32 bytes, for agreement */
	enum cose_kind		 kind;		/* of private */
	const struct cose_key	*sender;	/* where it is not sent */
	struct span		 aad;
	struct span		 content;	/* of a detached one */
	struct span		 iv;		/* where a part is sent */
	struct span		 salt;
	struct foreign_party	 parties[PARTIES];
	struct span		 public_other, private_other;
};

/* What was made on the way. */
struct foreign_trace {
	uint8_t	secret[32], context[1024], kek[32], cek[64], structure[16384];
	size_t	secret_len, context_len, kek_len, cek_len, structure_len;
};

/* Take one of this kind apart; its tag may be left out, and may stand in a
 * tag 61.  MALFORMED, or NOT_FOUND for what is well-formed and not spoken. */
enum err foreign_parse(struct span bytes, enum foreign_kind kind,
    struct foreign_object *o);

/* Verify, and decrypt into out, of o->content.len bytes: AUTH if no recipient
 * is ours or it is not authentic, NOT_FOUND as above. */
enum err foreign_open(struct foreign_object *o, const struct foreign_keys *k,
    struct foreign_trace *trace, uint8_t *out, size_t *len);

/* A public key: a point with coordinates of its curve's length, or RSA. */
struct foreign_public {
	bool		is_rsa;
	struct span	x, y;
	struct span	n, e;
};

/* AUTH unless key signed it; payload is what a detached one is about. */
enum err foreign_verify(struct foreign_object *o,
    const struct foreign_public *key, struct span aad, struct span payload,
    struct foreign_trace *trace);

/* IANA's name of an algorithm, or its number; borrowed until the next. */
const char *foreign_alg_name(int64_t alg);

#endif
