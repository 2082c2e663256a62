/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "link/frame.h"

static const struct row {
	const char	*name;
	const char	*hex;
	size_t		 max;
	enum err	 want;
	size_t		 whole;
} rows[] = {
	{ "nothing yet", "", 100, ERR_BUSY, 7 },
	{ "a part of the head", "d8 18 5a 00", 100, ERR_BUSY, 7 },
	{ "a part of the envelope", "d8185a 00000003 a1a2", 100, ERR_BUSY,
	    10 },
	{ "a frame", "d8185a 00000003 a1a2a3", 100, ERR_OK, 10 },
	{ "a frame and more", "d8185a 00000001 a1 d8", 100, ERR_OK, 8 },
	{ "no envelope at all", "d8185a 00000000", 100, ERR_OK, 7 },
	{ "as long as allowed", "d8185a 00000002 a1a2", 2, ERR_OK, 9 },
	{ "one byte too long", "d8185a 00000003", 2, ERR_LIMIT, 0 },
	{ "over every bound", "d8185a 00040001", SIZE_MAX, ERR_LIMIT, 0 },
	{ "the longest begins", "d8185a 00040000", SIZE_MAX, ERR_BUSY,
	    262151 },
	{ "all ones", "d8185a ffffffff", SIZE_MAX, ERR_LIMIT, 0 },
	{ "another first byte", "d9", 100, ERR_MALFORMED, 0 },
	{ "another tag", "d819", 100, ERR_MALFORMED, 0 },
	{ "a two-byte length", "d81859", 100, ERR_MALFORMED, 0 },
	{ "an eight-byte length", "d8185b", 100, ERR_MALFORMED, 0 },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t in[32];
	struct span envelope = { 0 };
	size_t n = unhex(row->hex, in, sizeof(in)), whole = 0;
	enum err e;

	e = frame_parse((struct span){ in, n }, row->max, &envelope, &whole);
	assert_err(e, row->want);
	if (e == ERR_OK) {
		assert_ptr_equal(envelope.at, in + FRAME_HEAD);
		assert_int_equal(envelope.len, row->whole - FRAME_HEAD);
	}
	if (e == ERR_OK || e == ERR_BUSY)
		assert_int_equal(whole, row->whole);
}

static void
test_a_head_is_read_back(void **state)
{
	static const size_t lengths[] = { 0, 1, 255, 256, 65536, FRAME_MAX };
	uint8_t head[FRAME_HEAD];
	struct span envelope;
	size_t whole;

	(void)state;
	for (size_t i = 0; i < ROWS(lengths); i++) {
		frame_head(lengths[i], head);
		(void)!frame_parse(SPAN(head), FRAME_MAX, &envelope, &whole);
		assert_int_equal(whole, FRAME_HEAD + lengths[i]);
	}
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 1] = {
		cmocka_unit_test(test_a_head_is_read_back),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[1 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
