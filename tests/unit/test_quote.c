/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "attest/quote.h"
#include "tests/quoter.h"

/* ---- TPMS_ATTEST ---- */

static void
other_magic(struct quoter *q)
{
	q->magic = 0xff544346;
}

/* What a restricted key never signs, with all the rest in place. */
static void
no_magic(struct quoter *q)
{
	q->magic = 0;
}

static void
certify(struct quoter *q)
{
	q->type = 0x8017;
}

static void
creation(struct quoter *q)
{
	q->type = 0x801a;
}

static void
safe_of_two(struct quoter *q)
{
	q->safe = 2;
}

static void
unsafe(struct quoter *q)
{
	q->safe = 0;
}

static void
no_bank(struct quoter *q)
{
	q->banks = 0;
}

static void
eight_banks(struct quoter *q)
{
	q->banks = QUOTE_BANKS;
}

static void
nine_banks(struct quoter *q)
{
	q->banks = QUOTE_BANKS + 1;
}

static void
long_digest(struct quoter *q)
{
	static const uint8_t long_one[65];

	q->digest = SPAN(long_one);
}

static void
long_extra(struct quoter *q)
{
	static const uint8_t long_one[67];

	q->extra = SPAN(long_one);
}

static void
longest_extra(struct quoter *q)
{
	static const uint8_t longest[66];

	q->extra = SPAN(longest);
}

static void
no_extra(struct quoter *q)
{
	q->extra = (struct span){ };
}

static const struct row {
	const char	*name;
	void		(*change)(struct quoter *q);
	enum err	 want;
} rows[] = {
	{ "no magic",			no_magic,	ERR_AUTH },
	{ "another magic",		other_magic,	ERR_AUTH },
	{ "a certification",		certify,	ERR_NOT_FOUND },
	{ "a creation",			creation,	ERR_NOT_FOUND },
	{ "a clock that is not sure",	unsafe,		ERR_OK },
	{ "safe that is no yes or no",	safe_of_two,	ERR_MALFORMED },
	{ "no bank",			no_bank,	ERR_OK },
	{ "eight banks",		eight_banks,	ERR_OK },
	{ "nine banks",			nine_banks,	ERR_MALFORMED },
	{ "a digest of 65 bytes",	long_digest,	ERR_MALFORMED },
	{ "no extraData",		no_extra,	ERR_OK },
	{ "extraData of 66 bytes",	longest_extra,	ERR_OK },
	{ "extraData of 67 bytes",	long_extra,	ERR_MALFORMED },
};

static void
test_row(void **state)
{
	static const struct quote none;
	const struct row *row = *state;
	struct quoter q;
	struct quote out;

	quoter_begin(&q);
	row->change(&q);
	memset(&out, 0xa5, sizeof(out));
	assert_err(quote_read(quoter_attest(&q), &out), row->want);
	if (row->want != ERR_OK)
		assert_memory_equal(&out, &none, sizeof(out));
}

static void
test_what_it_says(void **state)
{
	struct quoter q;
	struct quote out;

	(void)state;
	quoter_begin(&q);
	q.restart_count = 0xfffffffe;
	q.clock_ms = UINT64_C(0x0102030405060708);
	q.bank[1] = (struct quote_bank){ ATTEST_SHA1, 0x800001 };
	q.banks = 2;
	assert_err(quote_read(quoter_attest(&q), &out), ERR_OK);
	assert_true(span_equal(out.signer, span_text("a qualified signer")));
	assert_true(span_equal(out.extra, q.extra));
	assert_true(out.clock_ms == q.clock_ms);
	assert_int_equal(out.reset_count, 3);
	assert_int_equal(out.restart_count, 0xfffffffe);
	assert_true(out.safe);
	assert_true(out.firmware == 0x10002);
	assert_int_equal(out.banks, 2);
	assert_int_equal(out.bank[0].alg, ATTEST_SHA256);
	assert_int_equal(out.bank[0].mask, 1u << 0 | 1u << 7 | 1u << 15);
	assert_int_equal(out.bank[1].alg, ATTEST_SHA1);
	assert_int_equal(out.bank[1].mask, 1u << 0 | 1u << 23);
	assert_int_equal(out.digest.len, 32);
	q.safe = 0;
	assert_err(quote_read(quoter_attest(&q), &out), ERR_OK);
	assert_false(out.safe);
}

/* Each in bytes of its own: a sanitizer sees what is read behind a cut. */
static void
test_every_cut(void **state)
{
	struct quoter q;
	struct quote out;
	struct span whole;

	(void)state;
	quoter_begin(&q);
	whole = quoter_attest(&q);
	for (size_t n = 0; n < whole.len; n++) {
		uint8_t *cut = malloc(n + 1);

		assert_non_null(cut);
		memcpy(cut + 1, whole.at, n);
		assert_err(quote_read((struct span){ cut + 1, n }, &out),
		    ERR_MALFORMED);
		free(cut);
	}
	q.attest_at[whole.len] = 0;
	whole.len++;
	assert_err(quote_read(whole, &out), ERR_MALFORMED);
}

/* Behind the number of banks: alg, size, three bytes. */
static void
test_selections(void **state)
{
	static const struct {
		const char	*hex;
		enum err	 want;
		uint32_t	 mask;
	} selections[] = {
		{ "000b 03 010203",   ERR_OK,        0x030201 },
		{ "000b 01 80",       ERR_OK,        0x80 },
		{ "000b 04 01020300", ERR_OK,        0x030201 },
		{ "000b 04 00000001", ERR_MALFORMED, 0 },
		{ "000b 00",          ERR_MALFORMED, 0 },
		{ "000b 05 0102030000", ERR_MALFORMED, 0 },
	};
	uint8_t in[128] = { 0 };
	struct quote out;

	(void)state;
	for (size_t i = 0; i < ROWS(selections); i++) {
		size_t n = unhex("ff544347 8018 0000 0000 0000000000000001 "
		    "00000002 00000003 01 0000000000000004 00000001", in,
		    sizeof(in));

		n += unhex(selections[i].hex, in + n, sizeof(in) - n);
		in[n++] = 0;
		in[n++] = 0;
		assert_err(quote_read((struct span){ in, n }, &out),
		    selections[i].want);
		assert_int_equal(out.bank[0].mask, selections[i].mask);
	}
}

/* ---- TPMT_SIGNATURE ---- */

static void
as_it_is(struct quoter *q)
{
	(void)q;
}

static void
of_sha1(struct quoter *q)
{
	q->sig_hash = ATTEST_SHA1;
}

static void
key_and_signature_of_sha1(struct quoter *q)
{
	q->hash = q->sig_hash = ATTEST_SHA1;
}

static void
of_sha384(struct quoter *q)
{
	q->sig_hash = ATTEST_SHA384;
}

static void
key_of_sha384(struct quoter *q)
{
	q->hash = ATTEST_SHA384;
}

static void
key_of_rsa_scheme(struct quoter *q)
{
	q->scheme = ATTEST_RSASSA;
}

static void
key_of_any_scheme(struct quoter *q)
{
	q->scheme = ATTEST_NULL;
}

static void
any_scheme_sha384(struct quoter *q)
{
	q->scheme = ATTEST_NULL;
	q->sig_hash = ATTEST_SHA384;
}

static void
said_to_be_rsassa(struct quoter *q)
{
	q->sig_scheme = ATTEST_RSASSA;
}

static void
said_to_be_hmac(struct quoter *q)
{
	q->sig_scheme = 0x0005;
}

static const struct signed_row {
	const char	*name;
	void		(*change)(struct quoter *q);
	enum err	 want;
} signed_rows[] = {
	{ "signed",			as_it_is,		ERR_OK },
	{ "a key of any scheme",	key_of_any_scheme,	ERR_OK },
	{ "SHA-1 in the signature",	of_sha1,		ERR_DENIED },
	{ "SHA-1 in key and signature", key_and_signature_of_sha1,
	    ERR_DENIED },
	{ "SHA-384",			of_sha384,		ERR_LIMIT },
	{ "SHA-384, and a key of any scheme", any_scheme_sha384, ERR_LIMIT },
	{ "a key of another hash",	key_of_sha384,		ERR_LIMIT },
	{ "a key of another scheme",	key_of_rsa_scheme,	ERR_LIMIT },
	{ "two numbers where RSA has one", said_to_be_rsassa,
	    ERR_MALFORMED },
	{ "no scheme of a signature",	said_to_be_hmac,	ERR_LIMIT },
};

static void
test_signed_row(void **state)
{
	const struct signed_row *row = *state;
	struct attest_public ak;
	struct quoter q;
	struct span attest;

	quoter_begin(&q);
	row->change(&q);
	assert_err(attest_public_read(quoter_public(&q), &ak), ERR_OK);
	attest = quoter_attest(&q);
	assert_err(quote_signed(&ak, attest, quoter_sign(&q, attest)),
	    row->want);
}

static void
test_every_bit_is_signed(void **state)
{
	struct attest_public ak;
	struct quoter q;
	struct span attest, sig;

	(void)state;
	quoter_begin(&q);
	assert_err(attest_public_read(quoter_public(&q), &ak), ERR_OK);
	attest = quoter_attest(&q);
	sig = quoter_sign(&q, attest);
	for (size_t i = 0; i < attest.len; i += 9) {
		q.attest_at[i] ^= 1;
		assert_err(quote_signed(&ak, attest, sig), ERR_AUTH);
		q.attest_at[i] ^= 1;
	}
	for (size_t i = 6; i < sig.len; i += 5) {
		if (i == 38 || i == 39)	/* the size of s */
			continue;
		q.sig_at[i] ^= 1;
		assert_err(quote_signed(&ak, attest, sig), ERR_AUTH);
		q.sig_at[i] ^= 1;
	}
	assert_err(quote_signed(&ak, attest, sig), ERR_OK);
	for (size_t n = 0; n < sig.len; n++)
		assert_err(quote_signed(&ak, attest,
		    (struct span){ sig.at, n }), ERR_MALFORMED);
	q.sig_at[sig.len++] = 0;
	assert_err(quote_signed(&ak, attest, sig), ERR_MALFORMED);
}

static void
test_another_key(void **state)
{
	struct attest_public ak;
	struct quoter q;
	struct span attest, sig;

	(void)state;
	quoter_begin(&q);
	attest = quoter_attest(&q);
	sig = quoter_sign(&q, attest);
	q.key[0] = 1;
	assert_err(attest_public_read(quoter_public(&q), &ak), ERR_OK);
	assert_err(quote_signed(&ak, attest, sig), ERR_AUTH);
	ak.y[31] ^= 1;		/* off the curve */
	assert_err(quote_signed(&ak, attest, sig), ERR_AUTH);
	ak.type = ATTEST_RSA;
	ak.scheme = ATTEST_NULL;
	assert_err(quote_signed(&ak, attest, sig), ERR_LIMIT);
}

/* A TPM may leave out the zeros in front of r and s. */
static void
test_short_numbers(void **state)
{
	struct attest_public ak;
	struct quoter q;
	struct span attest, sig;

	(void)state;
	quoter_begin(&q);
	assert_err(attest_public_read(quoter_public(&q), &ak), ERR_OK);
	do {
		q.clock_ms++;
		attest = quoter_attest(&q);
		sig = quoter_sign(&q, attest);
	} while (sig.at[6] != 0);
	q.sig_at[5]--;
	sig.len--;
	/* memcheck takes a memmove() that gcc checks for a memcpy(). */
	for (size_t i = 6; i < sig.len; i++)
		q.sig_at[i] = q.sig_at[i + 1];
	assert_err(quote_signed(&ak, attest, sig), ERR_OK);
}

static void
test_the_parts_of_a_signature(void **state)
{
	static const struct {
		const char	*hex;
		enum err	 want;
		uint16_t	 scheme;
		size_t		 r, s;
	} sigs[] = {
		{ "0018 000b 0001 aa 0002 bbcc", ERR_OK, ATTEST_ECDSA, 1, 2 },
		{ "0014 000b 0002 aabb", ERR_OK, ATTEST_RSASSA, 2, 0 },
		{ "0016 0004 0000", ERR_OK, ATTEST_RSAPSS, 0, 0 },
		{ "0014 000b 0002 aa", ERR_MALFORMED, 0, 0, 0 },
		{ "0014 000b 0001 aabb", ERR_MALFORMED, 0, 0, 0 },
		{ "0014 000b 0201", ERR_MALFORMED, 0, 0, 0 },
		{ "0010", ERR_MALFORMED, 0, 0, 0 },
		{ "0010 0000", ERR_LIMIT, 0, 0, 0 },
	};
	uint8_t in[64] = { 0 };
	struct quote_signature s;

	(void)state;
	for (size_t i = 0; i < ROWS(sigs); i++) {
		const size_t n = unhex(sigs[i].hex, in, sizeof(in));

		assert_err(quote_signature_read((struct span){ in, n }, &s),
		    sigs[i].want);
		assert_int_equal(s.scheme, sigs[i].scheme);
		assert_int_equal(s.r.len, sigs[i].r);
		assert_int_equal(s.s.len, sigs[i].s);
	}
}

/* ---- the digest ---- */

static void
test_covers(void **state)
{
	struct quoter q;
	struct quote out;
	struct span v;

	(void)state;
	quoter_begin(&q);
	v = (struct span){ q.values, q.values_len };
	assert_err(quote_read(quoter_attest(&q), &out), ERR_OK);
	assert_err(quote_covers(&out, v), ERR_OK);
	for (size_t i = 0; i < v.len; i++) {
		q.values[i] ^= 1;
		assert_err(quote_covers(&out, v), ERR_AUTH);
		q.values[i] ^= 1;
	}
	/* The same bytes as those of another number of PCRs. */
	out.bank[0].mask |= 2;
	assert_err(quote_covers(&out, v), ERR_AUTH);
	out.bank[0].mask = 0;
	assert_err(quote_covers(&out, (struct span){ }), ERR_AUTH);
	/* Two banks, one after the other. */
	q.bank[1] = (struct quote_bank){ ATTEST_SHA1, 1 };
	q.banks = 2;
	q.values_len += 20;
	v.len += 20;
	assert_err(quote_read(quoter_attest(&q), &out), ERR_OK);
	assert_err(quote_covers(&out, v), ERR_OK);
	/* A shorter digest that begins alike. */
	out.digest.len = 20;
	assert_err(quote_covers(&out, v), ERR_AUTH);
}

/* No values, and the hash of nothing. */
static void
test_nothing_is_covered(void **state)
{
	struct quoter q;
	struct quote out;

	(void)state;
	quoter_begin(&q);
	quoter_select(&q, ATTEST_SHA256, 0, 0);
	assert_err(quote_read(quoter_attest(&q), &out), ERR_OK);
	assert_err(quote_covers(&out, (struct span){ }), ERR_AUTH);
}

int
main(void)
{
	const struct CMUnitTest whole[] = {
		cmocka_unit_test(test_what_it_says),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_selections),
		cmocka_unit_test(test_every_bit_is_signed),
		cmocka_unit_test(test_another_key),
		cmocka_unit_test(test_short_numbers),
		cmocka_unit_test(test_the_parts_of_a_signature),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_nothing_is_covered),
	};
	struct CMUnitTest tests[ROWS(whole) + ROWS(rows) + ROWS(signed_rows)];
	size_t n = ROWS(whole);

	memcpy(tests, whole, sizeof(whole));
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[n++] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(signed_rows); i++)
		tests[n++] = ROW_TEST(signed_rows[i].name, test_signed_row,
		    &signed_rows[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
