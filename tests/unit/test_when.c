/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "base/when.h"

static const struct row {
	const char	*text;
	uint64_t	 seconds;
	enum err	 want;
} rows[] = {
	{ "1970-01-01T00:00:00Z", 0,			ERR_OK },
	{ "2000-02-29T23:59:59Z", 951868799,		ERR_OK },
	{ "2026-01-31T12:00:00Z", 1769860800,		ERR_OK },
	{ "2038-01-19T03:14:08Z", UINT64_C(2147483648),	ERR_OK },
	{ "2100-02-28T00:00:00Z", UINT64_C(4107456000),	ERR_OK },
	{ "9999-12-31T23:59:59Z", WHEN_MAX,		ERR_OK },
	{ "1969-12-31T23:59:59Z", 0,			ERR_MALFORMED },
	{ "2100-02-29T00:00:00Z", 0,			ERR_MALFORMED },
	{ "2026-00-01T00:00:00Z", 0,			ERR_MALFORMED },
	{ "2026-13-01T00:00:00Z", 0,			ERR_MALFORMED },
	{ "2026-04-31T00:00:00Z", 0,			ERR_MALFORMED },
	{ "2026-04-00T00:00:00Z", 0,			ERR_MALFORMED },
	{ "2026-04-01T24:00:00Z", 0,			ERR_MALFORMED },
	{ "2026-04-01T00:60:00Z", 0,			ERR_MALFORMED },
	{ "2026-06-30T23:59:60Z", 0,			ERR_MALFORMED },
	{ "2026-04-01t00:00:00Z", 0,			ERR_MALFORMED },
	{ "2026-04-01T00:00:00z", 0,			ERR_MALFORMED },
	{ "2026-04-01T00:00:0:Z", 0,			ERR_MALFORMED },
	{ "2026-04-01T00:00:00",  0,			ERR_MALFORMED },
	{ "2026-04-01T00:00:00Z ", 0,			ERR_MALFORMED },
	{ "",			  0,			ERR_MALFORMED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	char text[WHEN_LEN + 1];
	uint64_t seconds = 0;

	assert_err(when_parse(row->text, strlen(row->text), &seconds),
	    row->want);
	if (row->want != ERR_OK)
		return;
	assert_int_equal(seconds, row->seconds);
	when_format(seconds, text);
	assert_string_equal(text, row->text);
}

/* Every day of 400 years, there and back. */
static void
test_every_day_survives_the_trip(void **state)
{
	char text[WHEN_LEN + 1];
	uint64_t back;

	(void)state;
	for (uint64_t t = 0; t < UINT64_C(146097) * 86400; t += 86399) {
		when_format(t, text);
		assert_err(when_parse(text, WHEN_LEN, &back), ERR_OK);
		assert_int_equal(back, t);
	}
}

static void
test_the_end_of_time_is_a_wall(void **state)
{
	char text[WHEN_LEN + 1];

	(void)state;
	when_format(UINT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 2] = {
		cmocka_unit_test(test_every_day_survives_the_trip),
		cmocka_unit_test(test_the_end_of_time_is_a_wall),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[2 + i] = ROW_TEST(rows[i].text, test_row, &rows[i]);
	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
