/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cryptod/code.h"

/* RFC 6238, Appendix B: the SHA1 rows' secret, step 30 s. */
static const uint8_t secret[] = "12345678901234567890";
static const struct code_key key8 = { HASH_SHA1, 8, { secret, 20 } };
static const struct code_key key6 = { HASH_SHA1, 6, { secret, 20 } };

#define NOW UINT64_C(37037036)		/* step of T = 1111111109 */

static const struct row {
	const char	*name;
	const char	*code;
	const struct code_key *key;
	uint64_t	 center;
	unsigned	 width;
	bool		 found;
	uint64_t	 step;
} rows[] = {
	{ "the present step",	 "07081804", &key8, NOW, 1, true, NOW },
	{ "six digits",		 "081804",   &key6, NOW, 1, true, NOW },
	{ "the step before",	 "07081804", &key8, NOW + 1, 1, true, NOW },
	{ "the step after",	 "07081804", &key8, NOW - 1, 1, true, NOW },
	{ "two steps before",	 "07081804", &key8, NOW + 2, 1, false, 0 },
	{ "two steps after",	 "07081804", &key8, NOW - 2, 1, false, 0 },
	{ "no window at all",	 "07081804", &key8, NOW + 1, 0, false, 0 },
	{ "one digit off",	 "07081805", &key8, NOW, 1, false, 0 },
	{ "first digit off",	 "17081804", &key8, NOW, 1, false, 0 },
	{ "six of eight digits", "081804",   &key8, NOW, 1, false, 0 },
	{ "eight for six",	 "07081804", &key6, NOW, 1, false, 0 },
	{ "a good beginning",	 "08180455", &key6, NOW, 1, false, 0 },
	{ "nothing",		 "",	     &key8, NOW, 1, false, 0 },
	{ "at the epoch",	 "94287082", &key8, 0, 1, true, 1 },
	{ "past 2^32 seconds",	 "65353130", &key8, UINT64_C(666666666), 1,
	  true, UINT64_C(666666666) },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct code_found found;

	assert_err(code_find(row->key, code_window(row->center, row->width),
	    span_text(row->code), &found), ERR_OK);
	assert_int_equal(found.found, row->found);
	if (row->found)
		assert_int_equal(found.step, row->step);
}

static void
codes_at(uint64_t step, char a[static OTP_TEXT], char b[static OTP_TEXT])
{
	assert_err(hotp(HASH_SHA1, key8.secret, step, 8, a), ERR_OK);
	assert_err(hotp(HASH_SHA1, key8.secret, step + 1, 8, b), ERR_OK);
}

static void
test_a_pair_is_found_by_its_second_code(void **state)
{
	const struct code_window in = code_window(NOW, RESYNC_STEPS);
	char a[OTP_TEXT], b[OTP_TEXT];
	struct code_found found;

	(void)state;
	for (uint64_t s = NOW - 14; s <= NOW + 14; s++) {
		codes_at(s - 1, a, b);
		assert_err(code_find_pair(&key8, in, span_text(a),
		    span_text(b), &found), ERR_OK);
		assert_int_equal(found.found,
		    s >= NOW - RESYNC_STEPS && s <= NOW + RESYNC_STEPS);
		if (found.found)
			assert_int_equal(found.step, s);
	}
}

static void
test_a_pair_must_be_consecutive_and_in_order(void **state)
{
	const struct code_window in = code_window(NOW, RESYNC_STEPS);
	char a[OTP_TEXT], b[OTP_TEXT], c[OTP_TEXT], d[OTP_TEXT];
	struct code_found found;

	(void)state;
	codes_at(NOW, a, b);
	codes_at(NOW + 2, c, d);
	assert_err(code_find_pair(&key8, in, span_text(b), span_text(a),
	    &found), ERR_OK);
	assert_false(found.found);
	assert_err(code_find_pair(&key8, in, span_text(a), span_text(c),
	    &found), ERR_OK);
	assert_false(found.found);
	assert_err(code_find_pair(&key8, in, span_text(a), span_text(a),
	    &found), ERR_OK);
	assert_false(found.found);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 2] = {
		cmocka_unit_test(test_a_pair_is_found_by_its_second_code),
		cmocka_unit_test(test_a_pair_must_be_consecutive_and_in_order),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[2 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
