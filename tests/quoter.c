/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/quoter.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/ecdh.h"
#include "crypto/hash.h"

struct pen {
	uint8_t	*at;
	size_t	 len;
};

static void
need(enum err e)
{
	if (e != ERR_OK)
		abort();
}

static void
put(struct pen *p, uint64_t n, size_t bytes)
{
	while (bytes-- > 0)
		p->at[p->len++] = (uint8_t)(n >> 8 * bytes);
}

static void
put_span(struct pen *p, struct span s)
{
	if (s.len > 0)
		memcpy(p->at + p->len, s.at, s.len);
	p->len += s.len;
}

static void
put_sized(struct pen *p, struct span s)
{
	put(p, s.len, 2);
	put_span(p, s);
}

static struct span
written(const struct pen *p)
{
	return (struct span){ p->at, p->len };
}

void
quoter_select(struct quoter *q, uint16_t alg, uint32_t mask, uint8_t value)
{
	q->banks = 1;
	q->bank[0] = (struct quote_bank){ alg, mask };
	q->values_len = attest_digest_len(alg) *
	    (size_t)__builtin_popcount(mask);
	memset(q->values, value, sizeof(q->values));
}

void
quoter_begin(struct quoter *q)
{
	static const uint8_t bound[] = { 0xa1, 0x61, 'x', 0x01 };
	static const uint8_t extra[32] = { 1, 2, 3 };

	*q = (struct quoter){
		.key = { [31] = 5 },
		.attributes = ATTEST_FIXED_TPM | ATTEST_FIXED_PARENT |
		    ATTEST_ORIGIN | ATTEST_USER_AUTH | ATTEST_NO_DA |
		    ATTEST_RESTRICTED | ATTEST_SIGN,
		.scheme = ATTEST_ECDSA, .hash = ATTEST_SHA256,
		.symmetric = ATTEST_NULL,
		.magic = QUOTE_MAGIC, .type = QUOTE_TYPE,
		.extra = SPAN(extra), .clock_ms = 5000, .firmware = 0x10002,
		.reset_count = 3, .restart_count = 1, .safe = 1,
		.sig_scheme = ATTEST_ECDSA, .sig_hash = ATTEST_SHA256,
		.vm_id = "guest", .bound = SPAN(bound),
	};
	quoter_select(q, ATTEST_SHA256, 1u << 0 | 1u << 7 | 1u << 15, 0x5a);
}

struct span
quoter_public(struct quoter *q)
{
	struct pen p = { q->public_at + 2, 0 };
	uint8_t x[P256_LEN], y[P256_LEN];

	need(p256_public(q->key, x, y));
	put(&p, ATTEST_ECC, 2);
	put(&p, ATTEST_SHA256, 2);
	put(&p, q->attributes, 4);
	put(&p, 0, 2);
	put(&p, q->symmetric, 2);
	if (q->symmetric == ATTEST_AES)
		put(&p, 0x00800043, 4);
	put(&p, q->scheme, 2);
	if (q->scheme != ATTEST_NULL)
		put(&p, q->hash, 2);
	put(&p, 0x00030010, 4);
	put_sized(&p, SPAN(x));
	put_sized(&p, SPAN(y));
	put(&(struct pen){ q->public_at, 0 }, p.len, 2);
	return (struct span){ q->public_at, p.len + 2 };
}

struct span
quoter_attest(struct quoter *q)
{
	const struct span values = { q->values, q->values_len };
	struct pen p = { q->attest_at, 0 };

	put(&p, q->magic, 4);
	put(&p, q->type, 2);
	put_sized(&p, span_text("a qualified signer"));
	put_sized(&p, q->extra);
	put(&p, q->clock_ms, 8);
	put(&p, q->reset_count, 4);
	put(&p, q->restart_count, 4);
	put(&p, q->safe, 1);
	put(&p, q->firmware, 8);
	put(&p, q->banks, 4);
	for (size_t i = 0; i < q->banks; i++) {
		put(&p, q->bank[i].alg, 2);
		put(&p, 3, 1);
		for (int b = 0; b < 3; b++)
			put(&p, q->bank[i].mask >> 8 * b & 0xff, 1);
	}
	need(sha256(&values, 1, q->digest_at));
	put_sized(&p, q->digest.len > 0 ? q->digest : SPAN(q->digest_at));
	return written(&p);
}

struct span
quoter_sign(struct quoter *q, struct span attest)
{
	struct pen p = { q->sig_at, 0 };
	uint8_t digest[32], sig[P256_SIG_LEN];

	need(sha256(&attest, 1, digest));
	need(p256_sign(q->key, digest, sig));
	put(&p, q->sig_scheme, 2);
	put(&p, q->sig_hash, 2);
	put_sized(&p, (struct span){ sig, 32 });
	put_sized(&p, (struct span){ sig + 32, 32 });
	return written(&p);
}

void
quoter_evidence(struct quoter *q, struct evidence *out)
{
	*out = (struct evidence){ };
	need(WIRE_SET_TEXT(out->vm_id, span_text(q->vm_id)));
	out->ak = quoter_public(q);
	out->attest = quoter_attest(q);
	out->signature = quoter_sign(q, out->attest);
	out->alg = q->bank[0].alg;
	out->mask = q->bank[0].mask;
	memcpy(out->values, q->values, q->values_len);
	out->values_len = q->values_len;
	out->bound = q->bound;
	out->event_log = q->event_log;
}
