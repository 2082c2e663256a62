/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/quote.h"

#include <string.h>

#include "attest/bytes.h"
#include "crypto/ecdsa.h"
#include "crypto/rsa.h"

#define NAME_MAX_LEN (2 + 64)	/* TPMT_HA with the longest digest */
#define SELECT_MAX 4		/* bytes of TPMS_PCR_SELECTION */

/* TPMS_PCR_SELECTION: of each byte the lowest bit is the lowest PCR. */
static void
read_bank(struct bytes_in *b, struct quote_bank *out)
{
	struct span select;

	out->alg = take_u16(b);
	select = take_bytes(b, (size_t)take_number(b, 1));
	out->mask = 0;
	if (select.len == 0 || select.len > SELECT_MAX)
		b->spoilt = true;
	for (size_t i = 0; i < select.len && i < SELECT_MAX; i++)
		out->mask |= (uint32_t)select.at[i] << 8 * i;
	if (out->mask >> QUOTE_PCRS != 0)
		b->spoilt = true;
}

/* TPMS_QUOTE_INFO */
static void
read_info(struct bytes_in *b, struct quote *q)
{
	const uint32_t n = take_u32(b);

	if (n > QUOTE_BANKS)
		b->spoilt = true;
	for (q->banks = 0; !b->spoilt && q->banks < n; q->banks++)
		read_bank(b, &q->bank[q->banks]);
	q->digest = take_sized(b, 64);
}

/* TPMS_CLOCK_INFO */
static void
read_clock(struct bytes_in *b, struct quote *q)
{
	uint64_t safe;

	q->clock_ms = take_number(b, 8);
	q->reset_count = take_u32(b);
	q->restart_count = take_u32(b);
	safe = take_number(b, 1);
	q->safe = safe == 1;
	b->spoilt = b->spoilt || safe > 1;
}

enum err
quote_read(struct span attest, struct quote *out)
{
	struct bytes_in b = { .rest = attest };
	struct quote q = { };
	uint32_t magic;
	uint16_t type;

	*out = q;
	magic = take_u32(&b);
	if (!b.spoilt && magic != QUOTE_MAGIC)
		return ERR_AUTH;
	type = take_u16(&b);
	if (!b.spoilt && type != QUOTE_TYPE)
		return ERR_NOT_FOUND;
	q.signer = take_sized(&b, NAME_MAX_LEN);
	q.extra = take_sized(&b, NAME_MAX_LEN);
	read_clock(&b, &q);
	q.firmware = take_number(&b, 8);
	read_info(&b, &q);
	if (!took_all(&b))
		return ERR_MALFORMED;
	*out = q;
	return ERR_OK;
}

enum err
quote_signature_read(struct span sig, struct quote_signature *out)
{
	struct bytes_in b = { .rest = sig };
	struct quote_signature s = { .scheme = take_u16(&b) };

	*out = (struct quote_signature){ };
	s.hash = take_u16(&b);
	switch (s.scheme) {
	case ATTEST_RSASSA:
	case ATTEST_RSAPSS:
		s.r = take_sized(&b, RSA_LEN_MAX);
		break;
	case ATTEST_ECDSA:
		s.r = take_sized(&b, P256_LEN);
		s.s = take_sized(&b, P256_LEN);
		break;
	default:
		return b.spoilt ? ERR_MALFORMED : ERR_LIMIT;
	}
	if (!took_all(&b))
		return ERR_MALFORMED;
	*out = s;
	return ERR_OK;
}

/* A TPM may leave out zeros in front. */
static void
fill_up(struct span from, uint8_t out[static P256_LEN])
{
	memset(out, 0, P256_LEN);
	if (from.len > 0)
		memcpy(out + P256_LEN - from.len, from.at, from.len);
}

static enum err
verify(const struct attest_public *ak, const struct quote_signature *s,
    const uint8_t digest[static SHA256_LEN])
{
	const struct rsa_public rsa = { ak->modulus, ak->exponent };
	uint8_t raw[P256_SIG_LEN];

	switch (s->scheme) {
	case ATTEST_RSASSA:
		return rsa_v15_verify(&rsa, HASH_SHA256, digest, s->r);
	case ATTEST_RSAPSS:
		return rsa_pss_verify(&rsa, HASH_SHA256, digest,
		    RSA_SALT_ANY, s->r);
	default:
		fill_up(s->r, raw);
		fill_up(s->s, raw + P256_LEN);
		return p256_verify(ak->x, ak->y, digest, raw);
	}
}

/* What the key was made for, and nothing else that could be done with it. */
static bool
is_of(const struct quote_signature *s, const struct attest_public *ak)
{
	const bool ecc = s->scheme == ATTEST_ECDSA;

	return ak->type == (ecc ? ATTEST_ECC : ATTEST_RSA) &&
	    (ak->scheme == ATTEST_NULL ||
	    (ak->scheme == s->scheme && ak->hash == s->hash));
}

enum err
quote_signed(const struct attest_public *ak, struct span attest,
    struct span sig)
{
	uint8_t digest[SHA256_LEN];
	struct quote_signature s;

	TRY(quote_signature_read(sig, &s));
	if (s.hash == ATTEST_SHA1)
		return ERR_DENIED;
	if (s.hash != ATTEST_SHA256 || !is_of(&s, ak))
		return ERR_LIMIT;
	TRY(sha256(&attest, 1, digest));
	return verify(ak, &s, digest);
}

static size_t
values_len(const struct quote *q)
{
	size_t len = 0;

	for (size_t i = 0; i < q->banks; i++)
		len += attest_digest_len(q->bank[i].alg) *
		    (size_t)__builtin_popcount(q->bank[i].mask);
	return len;
}

enum err
quote_covers(const struct quote *q, struct span values)
{
	uint8_t digest[SHA256_LEN];

	if (values.len == 0 || values.len != values_len(q))
		return ERR_AUTH;
	TRY(sha256(&values, 1, digest));
	return span_equal(SPAN(digest), q->digest) ? ERR_OK : ERR_AUTH;
}
