/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "wire/map.h"

static uint8_t buf[MAP_BYTES + 64];
static struct map_maker maker;

static void
test_keys_come_out_in_order(void **state)
{
	static const char *const order[] = { "b", "z", "aa", "ab", "long" };
	const struct span texts[] = { span_text("one"), span_text("two") };
	struct map_reader m;
	struct map_entry e;
	struct span map, text;

	(void)state;
	map_begin(&maker);
	map_put_text(&maker, "long", span_text("text"));
	map_put_uint(&maker, "z", 1000);
	map_put_bytes(&maker, "ab", span_text("bytes"));
	map_put_texts(&maker, "aa", texts, 2);
	map_put_bool(&maker, "b", 1);
	assert_err(map_end(&maker, buf, sizeof(buf), &map), ERR_OK);

	assert_err(map_open(map, &m), ERR_OK);
	for (size_t i = 0; i < ROWS(order); i++) {
		assert_err(map_next(&m, &e), ERR_OK);
		assert_true(span_equal(e.key, span_text(order[i])));
	}
	assert_err(map_next(&m, &e), ERR_NOT_FOUND);

	assert_err(map_find(map, "aa", &e), ERR_OK);
	assert_int_equal(e.value.kind, ITEM_ARRAY);
	assert_int_equal(e.value.n, 2);
	assert_err(item_text(&e.items, 0, 9, &text), ERR_OK);
	assert_true(span_equal(text, texts[0]));
	assert_err(item_text(&e.items, 0, 9, &text), ERR_OK);
	assert_true(span_equal(text, texts[1]));
	assert_err(item_done(&e.items), ERR_OK);

	assert_err(map_find(map, "z", &e), ERR_OK);
	assert_int_equal(e.value.n, 1000);
	assert_err(map_find(map, "zz", &e), ERR_NOT_FOUND);
}

static void
test_an_empty_map_is_one_byte(void **state)
{
	struct span map;
	struct map_entry e;

	(void)state;
	map_begin(&maker);
	assert_err(map_end(&maker, buf, sizeof(buf), &map), ERR_OK);
	assert_int_equal(map.len, 1);
	assert_int_equal(buf[0], 0xa0);
	assert_err(map_find(map, "a", &e), ERR_NOT_FOUND);
}

static const struct fault {
	const char	*name;
	const char	*first, *second;
	size_t		 n;		/* bytes in the second */
	enum err	 want;
} faults[] = {
	{ "two keys",			"a", "b", 1,		ERR_OK },
	{ "all bytes there are",	"a", "b", 4096 - 9,	ERR_OK },
	{ "a byte too many",		"a", "b", 4096 - 8,	ERR_LIMIT },
	{ "more than can be held",	"a", "b", 5000,		ERR_LIMIT },
	{ "a key twice",		"a", "a", 1,		ERR_INTERNAL },
	{ "a key with a capital",	"a", "B", 1,		ERR_INTERNAL },
	{ "an empty key",		"",  "b", 1,		ERR_INTERNAL },
};

static void
test_fault(void **state)
{
	static const uint8_t zeros[5000];
	const struct fault *f = *state;
	struct span map;

	map_begin(&maker);
	map_put_uint(&maker, f->first, 1);
	map_put_bytes(&maker, f->second, (struct span){ zeros, f->n });
	assert_err(map_end(&maker, buf, sizeof(buf), &map), f->want);
}

static void
test_a_33rd_entry_is_one_too_many(void **state)
{
	static char keys[33][3];
	struct span map;

	(void)state;
	for (size_t n = 32; n <= 33; n++) {
		map_begin(&maker);
		for (size_t i = 0; i < n; i++) {
			keys[i][0] = (char)('a' + i / 10);
			keys[i][1] = (char)('0' + i % 10);
			map_put_uint(&maker, keys[i], i);
		}
		assert_err(map_end(&maker, buf, sizeof(buf), &map),
		    n == 32 ? ERR_OK : ERR_LIMIT);
	}
}

static void
test_a_short_buffer_is_a_limit(void **state)
{
	struct span map;

	(void)state;
	for (size_t cap = 0; cap < 4; cap++) {
		map_begin(&maker);
		map_put_uint(&maker, "a", 1);
		assert_err(map_end(&maker, buf, cap, &map), ERR_LIMIT);
	}
	map_begin(&maker);
	map_put_uint(&maker, "a", 1);
	assert_err(map_end(&maker, buf, 4, &map), ERR_OK);
}

/* A map may come from a caller that did not look at it. */
static void
test_what_is_no_map_is_refused(void **state)
{
	static const uint8_t longer[] = { 0xa0, 0x00 };
	struct map_reader m;
	struct map_entry e;

	(void)state;
	assert_err(map_find((struct span){ NULL, 0 }, "a", &e),
	    ERR_MALFORMED);
	assert_err(map_find(span_text("a"), "a", &e), ERR_MALFORMED);
	assert_err(map_find(SPAN(longer), "a", &e), ERR_MALFORMED);
	assert_err(map_open((struct span){ buf, MAP_BYTES + 1 }, &m),
	    ERR_MALFORMED);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(faults) + 5] = {
		cmocka_unit_test(test_keys_come_out_in_order),
		cmocka_unit_test(test_an_empty_map_is_one_byte),
		cmocka_unit_test(test_a_33rd_entry_is_one_too_many),
		cmocka_unit_test(test_a_short_buffer_is_a_limit),
		cmocka_unit_test(test_what_is_no_map_is_refused),
	};

	for (size_t i = 0; i < ROWS(faults); i++)
		tests[5 + i] = ROW_TEST(faults[i].name, test_fault,
		    &faults[i]);
	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
