/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "wire/item.h"

/* One whole item, at most three containers deep, and nothing behind it. */
static const struct row {
	const char	*name;
	const char	*hex;
	enum err	 want;
} rows[] = {
	{ "zero",			"00",			ERR_OK },
	{ "the largest uint",		"1b ffffffffffffffff",	ERR_OK },
	{ "the smallest nint",		"3b ffffffffffffffff",	ERR_OK },
	{ "a uint of each length",	"84 17 1818 190100 1a00010000",
								ERR_OK },
	{ "true, false, null",		"83 f5 f4 f6",		ERR_OK },
	{ "empty strings",		"82 40 60",		ERR_OK },
	{ "empty containers",		"82 80 a0",		ERR_OK },
	{ "a tag",			"d818 41 00",		ERR_OK },
	{ "a tag that libcbor refuses",	"d2 00",		ERR_OK },
	{ "keys in order",		"a3 01 00 20 00 61 61 00", ERR_OK },
	{ "three deep",			"81 81 81 00",		ERR_OK },
	{ "nothing at all",		"",			ERR_MALFORMED },
	{ "a byte too many",		"00 00",		ERR_MALFORMED },
	{ "uint in two bytes for one",	"18 17",		ERR_MALFORMED },
	{ "uint in three for two",	"19 00ff",		ERR_MALFORMED },
	{ "uint in five for three",	"1a 0000ffff",		ERR_MALFORMED },
	{ "uint in nine for five",	"1b 00000000ffffffff",	ERR_MALFORMED },
	{ "nint in a long head",	"38 17",		ERR_MALFORMED },
	{ "bytes in a long head",	"58 01 61",		ERR_MALFORMED },
	{ "text in a long head",	"78 01 61",		ERR_MALFORMED },
	{ "array in a long head",	"98 01 00",		ERR_MALFORMED },
	{ "map in a long head",		"b8 01 00 00",		ERR_MALFORMED },
	{ "big number",			"c2 49 010000000000000000", ERR_MALFORMED },
	{ "big negative number",	"c3 49 010000000000000000", ERR_MALFORMED },
	{ "tag in a long head",		"d8 12 00",		ERR_MALFORMED },
	{ "half a float",		"f9 3c00",		ERR_MALFORMED },
	{ "float",			"fa 3f800000",		ERR_MALFORMED },
	{ "double",			"fb 3ff0000000000000",	ERR_MALFORMED },
	{ "undefined",			"f7",			ERR_MALFORMED },
	{ "simple value",		"e0",			ERR_MALFORMED },
	{ "simple value in two bytes",	"f8 20",		ERR_MALFORMED },
	{ "true in two bytes",		"f8 15",		ERR_MALFORMED },
	{ "break alone",		"ff",			ERR_MALFORMED },
	{ "indefinite bytes",		"5f 41 00 ff",		ERR_MALFORMED },
	{ "indefinite text",		"7f 61 61 ff",		ERR_MALFORMED },
	{ "indefinite array",		"9f 00 ff",		ERR_MALFORMED },
	{ "indefinite map",		"bf 00 00 ff",		ERR_MALFORMED },
	{ "reserved head",		"1c",			ERR_MALFORMED },
	{ "head cut short",		"19 01",		ERR_MALFORMED },
	{ "bytes cut short",		"42 00",		ERR_MALFORMED },
	{ "bytes beyond memory",	"5b ffffffffffffffff 00", ERR_MALFORMED },
	{ "text beyond memory",		"7b fffffffffffffff7 61", ERR_MALFORMED },
	{ "array cut short",		"82 00",		ERR_MALFORMED },
	{ "keys swapped",		"a2 02 00 01 00",	ERR_MALFORMED },
	{ "a key twice",		"a2 01 00 01 00",	ERR_MALFORMED },
	{ "long key before short",	"a2 626161 00 6162 00",	ERR_MALFORMED },
	{ "keys swapped in a map's key", "a1 a2 02 00 01 00 00", ERR_MALFORMED },
	{ "four deep",			"81 81 81 81 00",	ERR_MALFORMED },
	{ "four deep by a tag",		"81 81 81 c1 00",	ERR_MALFORMED },
	{ "NUL in text",		"61 00",		ERR_MALFORMED },
	{ "two, three, four bytes of UTF-8", "69 c2a9 e282ac f09f9880", ERR_OK },
	{ "last code point",		"64 f48fbfbf",		ERR_OK },
	{ "past the last code point",	"64 f4908080",		ERR_MALFORMED },
	{ "first byte f5",		"64 f5808080",		ERR_MALFORMED },
	{ "UTF-8 overlong in two",	"62 c1bf",		ERR_MALFORMED },
	{ "NUL overlong",		"62 c080",		ERR_MALFORMED },
	{ "UTF-8 overlong in three",	"63 e09fbf",		ERR_MALFORMED },
	{ "UTF-8 overlong in four",	"64 f08fbfbf",		ERR_MALFORMED },
	{ "surrogate",			"63 eda080",		ERR_MALFORMED },
	{ "UTF-8 cut short",		"62 e282",		ERR_MALFORMED },
	{ "UTF-8 cut short by another item", "82 62 e282 80",	ERR_MALFORMED },
	{ "UTF-8 ends in a first byte",	"63 e282c2",		ERR_MALFORMED },
	{ "UTF-8 ends in a letter",	"63 e28241",		ERR_MALFORMED },
	{ "continuation alone",		"61 80",		ERR_MALFORMED },
};

static enum err
read_one(const char *hex, uint8_t *in, size_t cap, struct span *whole)
{
	struct reader r = reader_of((struct span){ in, unhex(hex, in, cap) });

	TRY(item_skip(&r, 3, whole));
	return item_done(&r);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct span whole;
	uint8_t in[64];

	assert_err(read_one(row->hex, in, sizeof(in), &whole), row->want);
	if (row->want == ERR_OK)
		assert_ptr_equal(whole.at, in);
}

/* A count that the bytes left cannot hold is refused at the head. */
static const char *const hollow[] = {
	"82 00", "9b ffffffffffffffff 00", "a1 00", "a2 00 00 00",
	"bb 8000000000000000 00 00",
};

static void
test_hollow_counts_are_refused_at_the_head(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(hollow); i++) {
		uint8_t in[64];
		struct reader r = reader_of((struct span){ in,
		    unhex(hollow[i], in, sizeof(in)) });
		struct item item;

		assert_err(item_next(&r, &item), ERR_MALFORMED);
	}
}

/* Every head with every argument: what is read is written back the same. */
static void
test_heads_survive_the_trip(void **state)
{
	static const uint64_t values[] = { 0, 1, 23, 24, 255, 256, 65535,
	    65536, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX };
	uint8_t buf[16];

	(void)state;
	for (size_t i = 0; i < 2 * ROWS(values); i++) {
		int64_t n = (int64_t)values[i / 2], got;
		struct writer w = writer_of(buf, sizeof(buf));
		struct reader r;

		n = i % 2 == 0 ? n : -1 - n;
		assert_err(item_put_int(&w, n), ERR_OK);
		r = (struct reader){ buf, w.at };
		assert_err(item_int(&r, &got), ERR_OK);
		assert_true(got == n);
		assert_err(item_done(&r), ERR_OK);
	}
}

static void
test_integers_outside_int64_are_refused(void **state)
{
	static const uint8_t large[] = { 0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t small[] = { 0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0 };
	struct reader r = reader_of(SPAN(large));
	int64_t n;

	(void)state;
	assert_err(item_int(&r, &n), ERR_MALFORMED);
	r = reader_of(SPAN(small));
	assert_err(item_int(&r, &n), ERR_MALFORMED);
}

static enum err
put_everything(struct writer *w)
{
	TRY(item_put_tag(w, 24));
	TRY(item_put_array(w, 7));
	TRY(item_put_uint(w, 1000));
	TRY(item_put_int(w, -1000));
	TRY(item_put_bool(w, 1));
	TRY(item_put_null(w));
	TRY(item_put_bytes(w, span_text("bytes")));
	TRY(item_put_text(w, span_text("text")));
	TRY(item_put_map(w, 1));
	TRY(item_put_key(w, "key"));
	TRY(item_put_bytes_head(w, 3));
	return item_put_raw(w, span_text("raw"));
}

static enum err
get_everything(struct reader *r)
{
	struct span s;
	uint64_t u;
	int64_t n;
	size_t count;
	int yes;

	TRY(item_tag(r, 24));
	TRY(item_array(r, &count));
	assert_int_equal(count, 7);
	TRY(item_uint(r, &u));
	assert_int_equal(u, 1000);
	TRY(item_int(r, &n));
	assert_int_equal(n, -1000);
	TRY(item_bool(r, &yes));
	assert_int_equal(yes, 1);
	TRY(item_null(r));
	TRY(item_bytes(r, 5, 5, &s));
	assert_true(span_equal(s, span_text("bytes")));
	TRY(item_text(r, 4, 4, &s));
	assert_true(span_equal(s, span_text("text")));
	TRY(item_map(r, &count));
	assert_int_equal(count, 1);
	TRY(item_key(r, "key"));
	TRY(item_bytes(r, 0, 3, &s));
	assert_true(span_equal(s, span_text("raw")));
	return item_done(r);
}

static void
test_every_kind_survives_the_trip(void **state)
{
	uint8_t buf[64];
	struct writer w = writer_of(buf, sizeof(buf));
	struct reader r;
	size_t len;

	(void)state;
	assert_err(put_everything(&w), ERR_OK);
	r = (struct reader){ buf, w.at };
	assert_err(get_everything(&r), ERR_OK);

	len = (size_t)(w.at - buf);
	while (len-- > 0) {
		w = writer_of(buf, len);
		assert_err(put_everything(&w), ERR_LIMIT);
	}
}

static void
test_heads_need_room(void **state)
{
	uint8_t byte = 0xff;
	struct writer w = writer_of(&byte, 0);

	(void)state;
	assert_err(item_put_uint(&w, 0), ERR_LIMIT);
	assert_err(item_put_int(&w, -1), ERR_LIMIT);
	assert_err(item_put_bool(&w, 0), ERR_LIMIT);
	assert_err(item_put_null(&w), ERR_LIMIT);
	assert_err(item_put_bytes_head(&w, 0), ERR_LIMIT);
	assert_err(item_put_array(&w, 0), ERR_LIMIT);
	assert_err(item_put_map(&w, 0), ERR_LIMIT);
	assert_err(item_put_tag(&w, 0), ERR_LIMIT);
	assert_int_equal(byte, 0xff);
}

/* What is refused here is refused without moving the reader. */
static void
test_a_refused_item_is_still_there(void **state)
{
	static const uint8_t text[] = { 0x63, 'k', 'e', 'y' };
	struct reader r = reader_of(SPAN(text));
	struct item i;
	struct span s;
	uint64_t u;
	int64_t n;

	(void)state;
	assert_err(item_expect(&r, ITEM_BYTES, &i), ERR_MALFORMED);
	assert_err(item_uint(&r, &u), ERR_MALFORMED);
	assert_err(item_int(&r, &n), ERR_MALFORMED);
	assert_err(item_key(&r, "kez"), ERR_MALFORMED);
	assert_err(item_key(&r, "ke"), ERR_MALFORMED);
	assert_err(item_text(&r, 4, 9, &s), ERR_MALFORMED);
	assert_err(item_text(&r, 0, 2, &s), ERR_MALFORMED);
	assert_err(item_label(&r, 3), ERR_MALFORMED);
	assert_err(item_tag(&r, 3), ERR_MALFORMED);
	assert_err(item_done(&r), ERR_MALFORMED);
	assert_err(item_key(&r, "key"), ERR_OK);
	assert_err(item_done(&r), ERR_OK);
}

static void
test_labels_and_tags_are_compared(void **state)
{
	static const uint8_t in[] = { 0x26, 0xd2 };
	struct reader r = reader_of(SPAN(in));

	(void)state;
	assert_err(item_label(&r, 6), ERR_MALFORMED);
	assert_err(item_label(&r, -7), ERR_OK);
	assert_err(item_tag(&r, 17), ERR_MALFORMED);
	assert_err(item_tag(&r, 18), ERR_OK);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 7] = {
		cmocka_unit_test(test_hollow_counts_are_refused_at_the_head),
		cmocka_unit_test(test_heads_survive_the_trip),
		cmocka_unit_test(test_integers_outside_int64_are_refused),
		cmocka_unit_test(test_every_kind_survives_the_trip),
		cmocka_unit_test(test_heads_need_room),
		cmocka_unit_test(test_a_refused_item_is_still_there),
		cmocka_unit_test(test_labels_and_tags_are_compared),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[7 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("item", tests, NULL, NULL);
}
