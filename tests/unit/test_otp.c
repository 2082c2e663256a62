/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/otp.h"

#define DIGITS10 "1234567890"
#define KEY20 DIGITS10 DIGITS10
#define KEY32 KEY20 DIGITS10 "12"
#define KEY64 KEY20 KEY20 KEY20 "1234"

static const struct row {
	const char	*name;
	enum hash_alg	 alg;
	const char	*key;
	uint64_t	 counter;
	unsigned	 digits;
	const char	*code;
} rows[] = {
	{ "RFC 4226, D: 0", HASH_SHA1, KEY20, 0, 6, "755224" },
	{ "RFC 4226, D: 1", HASH_SHA1, KEY20, 1, 6, "287082" },
	{ "RFC 4226, D: 2", HASH_SHA1, KEY20, 2, 6, "359152" },
	{ "RFC 4226, D: 3", HASH_SHA1, KEY20, 3, 6, "969429" },
	{ "RFC 4226, D: 4", HASH_SHA1, KEY20, 4, 6, "338314" },
	{ "RFC 4226, D: 5", HASH_SHA1, KEY20, 5, 6, "254676" },
	{ "RFC 4226, D: 6", HASH_SHA1, KEY20, 6, 6, "287922" },
	{ "RFC 4226, D: 7", HASH_SHA1, KEY20, 7, 6, "162583" },
	{ "RFC 4226, D: 8", HASH_SHA1, KEY20, 8, 6, "399871" },
	{ "RFC 4226, D: 9", HASH_SHA1, KEY20, 9, 6, "520489" },
	/* RFC 6238, B: the time over 30, with the keys of its errata. */
	{ "RFC 6238, B: SHA1, 59", HASH_SHA1, KEY20, 0x1, 8, "94287082" },
	{ "RFC 6238, B: SHA256, 59", HASH_SHA256, KEY32, 0x1, 8, "46119246" },
	{ "RFC 6238, B: SHA512, 59", HASH_SHA512, KEY64, 0x1, 8, "90693936" },
	{ "RFC 6238, B: SHA1, in 2005", HASH_SHA1, KEY20, 0x23523ec, 8,
	    "07081804" },
	{ "RFC 6238, B: SHA256, in 2005", HASH_SHA256, KEY32, 0x23523ec, 8,
	    "68084774" },
	{ "RFC 6238, B: SHA512, in 2005", HASH_SHA512, KEY64, 0x23523ec, 8,
	    "25091201" },
	{ "RFC 6238, B: SHA1, past 32 bits", HASH_SHA1, KEY20, 0x27bc86aa, 8,
	    "65353130" },
	{ "RFC 6238, B: SHA256, past 32 bits", HASH_SHA256, KEY32, 0x27bc86aa,
	    8, "77737706" },
	{ "RFC 6238, B: SHA512, past 32 bits", HASH_SHA512, KEY64, 0x27bc86aa,
	    8, "47863826" },
	{ "all 64 bits of the counter", HASH_SHA1, KEY20, 1ULL << 63, 6,
	    "959616" },
	{ "seven digits", HASH_SHA1, KEY20, 0, 7, "4755224" },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	char code[OTP_TEXT];

	assert_err(hotp(row->alg, span_text(row->key), row->counter,
	    row->digits, code), ERR_OK);
	assert_string_equal(code, row->code);
}

static void
test_digits_are_bounded(void **state)
{
	char code[OTP_TEXT];

	(void)state;
	assert_err(hotp(HASH_SHA1, span_text(KEY20), 0, 5, code), ERR_LIMIT);
	assert_err(hotp(HASH_SHA1, span_text(KEY20), 0, 9, code), ERR_LIMIT);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 1] = {
		cmocka_unit_test(test_digits_are_bounded),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[1 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("otp", tests, NULL, NULL);
}
