/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/cwt.h"

#define B32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define ED "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

/* The claims, each as it stands in the rows. */
#define ISS	"01 6763727970746f64 "			/* cryptod */
#define VM	"02 64766d3a61 "			/* vm:a */
#define OP	"02 646f703a61 "			/* op:a */
#define AUD	"03 6162 "				/* b */
#define AUDS	"03 8261626163 "			/* b, c */
#define EXP	"04 1864 "
#define NBF	"05 01 "
#define IAT	"06 0a "
#define JTI	"07 5000112233445546778899aabbccddeeff "
#define CNF	"08 a101a3 0101 2006 215820" ED " "
#define SCOPE	"09 63613a62 "				/* a:b */
#define NONCE	"0a 50000102030405060708090a0b0c0d0e0f "
#define ARG	"63617267 5820" B32 " "
#define ATT	"63617474 a3 62616b 5820" B32 " 626174 01 657265736574 02 "
#define POL	"63706f6c 07"
#define TIMES	EXP IAT
#define REST	NONCE POL
#define UPTO(sub, aud) ISS sub aud TIMES JTI

/* A vm's smallest claims with one scope claim, or one audience, in them. */
#define SCOPED(scope) "a9" UPTO(VM, AUD) scope REST
#define HEARD(aud, scope) "a9" UPTO(VM, aud) scope REST

static const struct row {
	const char	*name;
	const char	*hex;
	enum err	 want;		/* of the strict reader */
	enum err	 foreign;
} rows[] = {
	{ "the least", "a9" UPTO(VM, AUD) SCOPE REST, ERR_OK, ERR_OK },
	{ "all of them", "ad" ISS OP AUDS EXP NBF IAT JTI CNF SCOPE NONCE ARG ATT POL, ERR_OK, ERR_OK },
	{ "two audiences", HEARD(AUDS, SCOPE), ERR_OK, ERR_OK },

	{ "no iss", "a8" VM AUD TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "no sub", "a8" ISS AUD TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "no aud", "a8" ISS VM TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "no exp", "a8" ISS VM AUD IAT JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "no iat", "a8" ISS VM AUD EXP JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "no jti", "a8" ISS VM AUD TIMES SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "no scope", "a8" UPTO(VM, AUD) REST, ERR_MALFORMED, ERR_OK },
	{ "no nonce", "a8" UPTO(VM, AUD) SCOPE POL, ERR_MALFORMED, ERR_OK },
	{ "no pol", "a8" UPTO(VM, AUD) SCOPE NONCE, ERR_MALFORMED, ERR_OK },
	{ "op: without cnf", "a9" UPTO(OP, AUD) SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "op: with cnf", "aa" UPTO(OP, AUD) CNF SCOPE REST, ERR_OK, ERR_OK },

	{ "map says one more", "aa" UPTO(VM, AUD) SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "map says one less", "a8" UPTO(VM, AUD) SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "iat before exp", "a9" ISS VM AUD IAT EXP JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "iss twice", "aa" ISS ISS VM AUD TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "an unknown number", "aa" UPTO(VM, AUD) SCOPE NONCE "0b 00" POL, ERR_MALFORMED, ERR_OK },
	{ "an unknown name", "aa" UPTO(VM, AUD) SCOPE REST "63707070 820102", ERR_MALFORMED, ERR_OK },
	{ "one byte too many", "a9" UPTO(VM, AUD) SCOPE REST "00", ERR_MALFORMED, ERR_MALFORMED },
	{ "an array", "89" UPTO(VM, AUD) SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },

	{ "iss is empty", "a9 0160" VM AUD TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "iss is bytes", "a9 014161" VM AUD TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "exp is negative", "a9" ISS VM AUD "0420" IAT JTI SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "iat is a float", "a9" ISS VM AUD EXP "06f94900" JTI SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "nbf is text", "aa" ISS VM AUD EXP "056131" IAT JTI SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "jti of 15 bytes", "a9" ISS VM AUD TIMES "074f112233445546778899aabbccddeeff" SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "jti of version 1", "a9" ISS VM AUD TIMES "075000112233445516778899aabbccddeeff" SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "jti of another variant", "a9" ISS VM AUD TIMES "07500011223344554677c899aabbccddeeff" SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "nonce of 15 bytes", "a9" UPTO(VM, AUD) SCOPE "0a4f0102030405060708090a0b0c0d0e0f" POL, ERR_MALFORMED, ERR_OK },
	{ "nonce of 65 bytes", "a9" UPTO(VM, AUD) SCOPE "0a5841" B32 B32 "00" POL, ERR_MALFORMED, ERR_OK },
	{ "arg of 31 bytes", "aa" UPTO(VM, AUD) SCOPE NONCE "63617267 581f 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" POL, ERR_MALFORMED, ERR_OK },
	{ "cnf is empty", "aa" UPTO(VM, AUD) "08a0" SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "cnf is a kid", "aa" UPTO(VM, AUD) "08a1034161" SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "cnf cannot sign", "aa" UPTO(VM, AUD) "08 a101a3 0101 2004 215820" ED SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "cnf says two", "aa" UPTO(VM, AUD) "08 a201a3 0101 2006 215820" ED "0200" SCOPE REST, ERR_MALFORMED, ERR_MALFORMED },
	{ "att without reset", "aa" UPTO(VM, AUD) SCOPE NONCE "63617474 a2 62616b 5820" B32 " 626174 01" POL, ERR_MALFORMED, ERR_MALFORMED },
	{ "att says four", "aa" UPTO(VM, AUD) SCOPE NONCE "63617474 a4 62616b 5820" B32 " 626174 01 657265736574 02" POL, ERR_MALFORMED, ERR_MALFORMED },
	{ "att of a short ak", "aa" UPTO(VM, AUD) SCOPE NONCE "63617474 a3 62616b 4101 626174 01 657265736574 02" POL, ERR_MALFORMED, ERR_MALFORMED },

	{ "sub of no kind", "a9" ISS "02 64786d3a61" AUD TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "sub without a name", "a9" ISS "02 63766d3a" AUD TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "sub begins with a dot", "a9" ISS "02 65766d3a2e61" AUD TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "sub with a blank", "a9" ISS "02 66766d3a612061" AUD TIMES JTI SCOPE REST, ERR_MALFORMED, ERR_OK },
	{ "sub with a dot", "a9" ISS "02 66766d3a612e41" AUD TIMES JTI SCOPE REST, ERR_OK, ERR_OK },

	{ "array of one audience", HEARD("03 81 6162", SCOPE), ERR_MALFORMED, ERR_MALFORMED },
	{ "array of none", HEARD("03 80", SCOPE), ERR_MALFORMED, ERR_MALFORMED },
	{ "array of eight", HEARD("03 88 6161 6162 6163 6164 6165 6166 6167 6168", SCOPE), ERR_OK, ERR_OK },
	{ "array of nine", HEARD("03 89 6161 6162 6163 6164 6165 6166 6167 6168 6169", SCOPE), ERR_MALFORMED, ERR_MALFORMED },
	{ "audiences swapped", HEARD("03 82 6163 6162", SCOPE), ERR_MALFORMED, ERR_OK },
	{ "an audience twice", HEARD("03 82 6162 6162", SCOPE), ERR_MALFORMED, ERR_OK },
	{ "an empty audience", HEARD("03 60", SCOPE), ERR_MALFORMED, ERR_OK },
	{ "one begins another", HEARD("03 82 6162 626263", SCOPE), ERR_OK, ERR_OK },
	{ "two audiences for net:", HEARD(AUDS, "09 656e65743a62"), ERR_MALFORMED, ERR_OK },
	{ "two audiences for ivm:", HEARD(AUDS, "09 6569766d3a62"), ERR_MALFORMED, ERR_OK },
	{ "two audiences for luks:", HEARD(AUDS, "09 666c756b733a62"), ERR_MALFORMED, ERR_OK },
	{ "two audiences for admin:", "aa" UPTO(VM, AUDS) "09 6761646d696e3a62" NONCE ARG POL, ERR_MALFORMED, ERR_OK },
	{ "one audience for net:", HEARD(AUD, "09 656e65743a62"), ERR_OK, ERR_OK },
	{ "admin: with arg", "aa" UPTO(VM, AUD) "09 6761646d696e3a62" NONCE ARG POL, ERR_OK, ERR_OK },
	{ "admin: without arg", SCOPED("09 6761646d696e3a62"), ERR_MALFORMED, ERR_OK },

	{ "two scopes", SCOPED("09 67613a6220613a63"), ERR_OK, ERR_OK },
	{ "scopes swapped", SCOPED("09 67613a6320613a62"), ERR_MALFORMED, ERR_OK },
	{ "a scope twice", SCOPED("09 67613a6220613a62"), ERR_MALFORMED, ERR_OK },
	{ "two blanks", SCOPED("09 68613a622020613a63"), ERR_MALFORMED, ERR_OK },
	{ "a blank first", SCOPED("09 6420613a62"), ERR_MALFORMED, ERR_OK },
	{ "a blank last", SCOPED("09 64613a6220"), ERR_MALFORMED, ERR_OK },
	{ "a tab", SCOPED("09 67613a6209613a63"), ERR_MALFORMED, ERR_OK },
	{ "a capital", SCOPED("09 63613a42"), ERR_MALFORMED, ERR_OK },
	{ "a star", SCOPED("09 63613a2a"), ERR_MALFORMED, ERR_OK },
	{ "no colon", SCOPED("09 63616263"), ERR_MALFORMED, ERR_OK },
	{ "two colons", SCOPED("09 65613a623a63"), ERR_MALFORMED, ERR_OK },
	{ "nothing before the colon", SCOPED("09 633a6162"), ERR_MALFORMED, ERR_OK },
	{ "nothing after the colon", SCOPED("09 6361623a"), ERR_MALFORMED, ERR_OK },
	{ "eight scopes", SCOPED("09 781f 613a61 20 613a62 20 613a63 20 613a64 20 613a65 20 613a66 20 613a67 20 613a68"), ERR_OK, ERR_OK },
	{ "nine scopes", SCOPED("09 7823 613a61 20 613a62 20 613a63 20 613a64 20 613a65 20 613a66 20 613a67 20 613a68 20 613a69"), ERR_MALFORMED, ERR_OK },
	{ "a scope of 64", SCOPED("09 7840 613a" "6262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262"), ERR_OK, ERR_OK },
	{ "a scope of 65", SCOPED("09 7841 613a" "626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262626262"), ERR_MALFORMED, ERR_OK },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t in[1024], out[1024];
	struct span bytes = { in, unhex(row->hex, in, sizeof(in)) };
	struct cwt c;
	size_t n;

	assert_err(cwt_decode_foreign(bytes, &c), row->foreign);
	assert_err(cwt_decode(bytes, &c), row->want);
	if (row->want != ERR_OK)
		return;
	assert_err(cwt_encode(&c, out, sizeof(out), &n), ERR_OK);
	assert_int_equal(n, bytes.len);
	assert_memory_equal(out, in, n);
	for (size_t cut = 0; cut < n; cut++) {
		assert_err(cwt_decode((struct span){ in, cut }, &c),
		    ERR_MALFORMED);
		assert_err(cwt_decode_foreign((struct span){ in, cut }, &c),
		    ERR_MALFORMED);
	}
}

static struct cwt
claims(const char *hex, uint8_t *buf, size_t cap)
{
	struct cwt c;

	assert_err(cwt_decode((struct span){ buf, unhex(hex, buf, cap) }, &c),
	    ERR_OK);
	return c;
}

static void
test_the_writer_refuses_what_the_reader_would(void **state)
{
	uint8_t in[1024], out[1024], token[TOKEN_MAX];
	struct cwt c = claims(rows[0].hex, in, sizeof(in));
	size_t n;

	(void)state;
	assert_err(cwt_encode(&c, out, 16, &n), ERR_LIMIT);
	c.scope = span_text("b:a a:b");
	assert_err(cwt_encode(&c, out, sizeof(out), &n), ERR_INTERNAL);
	assert_err(token_sign(&(struct signer){ 0 }, &c, token, &n),
	    ERR_INTERNAL);
}

static void
test_every_flipped_bit_of_a_token_is_refused(void **state)
{
	struct secret *seed OWNED(secret_drop) = NULL;
	uint8_t in[1024], token[TOKEN_MAX];
	struct cwt c = claims(rows[1].hex, in, sizeof(in)), got;
	struct span whole = { token, 0 }, none = { NULL, 0 };
	struct signer signer;
	struct sign1 s;

	(void)state;
	assert_err(secret_new(32, &seed), ERR_OK);
	assert_err(signer_ed25519(seed, &signer), ERR_OK);
	assert_err(token_sign(&signer, &c, token, &whole.len), ERR_OK);
	assert_err(token_parse(whole, &s, &got), ERR_OK);
	assert_err(cose_sign1_verify(&s, &signer.key, none, none), ERR_OK);
	assert_int_equal(got.has, CWT_BIT(CWT_CLAIMS) - 1);
	assert_int_equal(got.auds, 2);
	assert_int_equal(got.exp, 100);
	assert_int_equal(got.nbf, 1);
	assert_int_equal(got.iat, 10);
	assert_int_equal(got.pol, 7);
	assert_int_equal(got.att.at, 1);
	assert_int_equal(got.att.reset, 2);
	assert_true(span_equal(got.sub, span_text("op:a")));

	for (size_t i = 0; i < whole.len * 8; i++) {
		enum err e;

		token[i / 8] ^= (uint8_t)(1 << i % 8);
		e = token_parse(whole, &s, &got);
		if (e == ERR_OK)
			e = cose_sign1_verify(&s, &signer.key, none, none);
		assert_true(e == ERR_MALFORMED || e == ERR_AUTH ||
		    e == ERR_NOT_FOUND);
		token[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	whole.len = TOKEN_MAX + 1;
	assert_err(token_parse(whole, &s, &got), ERR_LIMIT);
}

static const struct instant {
	const char	*name;
	uint64_t	 now, skew;
	uint64_t	 nbf, iat, exp;
	enum cwt_time	 want;
} instants[] = {
	{ "in the middle", 150, 0, 100, 100, 200, CWT_TIMELY },
	{ "at nbf", 100, 0, 100, 90, 200, CWT_TIMELY },
	{ "a second before nbf", 99, 0, 100, 90, 200, CWT_NOT_YET },
	{ "skew before nbf", 70, 30, 100, 90, 200, CWT_TIMELY },
	{ "more than skew before nbf", 69, 30, 100, 90, 200, CWT_NOT_YET },
	{ "at iat", 100, 0, 100, 100, 200, CWT_TIMELY },
	{ "a second before iat", 99, 0, 90, 100, 200, CWT_FROM_LATER },
	{ "skew before iat", 70, 30, 60, 100, 200, CWT_TIMELY },
	{ "more than skew before iat", 69, 30, 60, 100, 200, CWT_FROM_LATER },
	{ "a second before exp", 199, 0, 100, 100, 200, CWT_TIMELY },
	{ "at exp", 200, 0, 100, 100, 200, CWT_EXPIRED },
	{ "less than skew past exp", 229, 30, 100, 100, 200, CWT_TIMELY },
	{ "skew past exp", 230, 30, 100, 100, 200, CWT_EXPIRED },
	{ "the beginning of time", 0, 30, 0, 0, 1, CWT_TIMELY },
	{ "the end of time", UINT64_MAX, 30, 0, 0, UINT64_MAX, CWT_TIMELY },
	{ "never", 150, 30, UINT64_MAX, 0, 200, CWT_NOT_YET },
};

static void
test_instant(void **state)
{
	const struct instant *row = *state;
	struct cwt c = {
		.has = CWT_BIT(CWT_NBF) | CWT_BIT(CWT_IAT) | CWT_BIT(CWT_EXP),
		.nbf = row->nbf, .iat = row->iat, .exp = row->exp
	};

	assert_int_equal(cwt_time(&c, row->now, row->skew), row->want);
	c.has = 0;
	assert_int_equal(cwt_time(&c, row->now, row->skew), CWT_TIMELY);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + ROWS(instants) + 2] = {
		cmocka_unit_test(
		    test_the_writer_refuses_what_the_reader_would),
		cmocka_unit_test(
		    test_every_flipped_bit_of_a_token_is_refused),
	};
	size_t n = 2;

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[n++] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(instants); i++)
		tests[n++] = ROW_TEST(instants[i].name, test_instant,
		    &instants[i]);
	return cmocka_run_group_tests_name("cwt", tests, NULL, NULL);
}
