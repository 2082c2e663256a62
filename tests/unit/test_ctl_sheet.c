/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "ctl/sheet.h"

/* A sheet, and what is put on it. */
struct row {
	const char	*name;
	void		(*put)(struct sheet *s);
	enum sheet_kind	 root;
	const char	*text;
	const char	*json;
};

static void
put_values(struct sheet *s)
{
	sheet_text(s, "a|long name", span_text("x"));
	sheet_uint(s, "n", 7);
	sheet_bool(s, "yes", true);
	sheet_bool(s, "no", false);
	sheet_bytes(s, "b", (struct span){ (const uint8_t *)"\x00\xff", 2 });
	sheet_hidden(s, "h", 6);
	sheet_say(s, "w", "%s %d", "word", 1);
	sheet_tell(s, "t", "for people");
}

static void
put_hostile(struct sheet *s)
{
	sheet_text(s, "t", span_text("a\x1b[2J\n\t\"\\\x7f\xc3\xa9"));
	sheet_text(s, "e", span_text(""));
	sheet_text(s, "bad", span_text("\xff"));
}

static void
put_numbers(struct sheet *s)
{
	sheet_uint(s, "a", INT64_MAX);
	sheet_uint(s, "b", (uint64_t)INT64_MAX + 1);
	sheet_uint(s, "c", UINT64_MAX);
}

static void
put_times(struct sheet *s)
{
	sheet_time(s, "a", 0);
	sheet_set_now(s, 86400);
	sheet_time(s, "b", 86400 + 119);
	sheet_time(s, "c", 86400 - 7199);
	sheet_time(s, "d", 86400 + 7200);
	sheet_time(s, "e", 86400 + 172800);
	sheet_time(s, "f", UINT64_MAX);
}

static void
put_nested(struct sheet *s)
{
	sheet_open(s, "list", SHEET_LIST);
	sheet_text(s, NULL, span_text("x"));
	sheet_text(s, NULL, span_text("y"));
	sheet_close(s);
	sheet_open(s, "none", SHEET_LIST);
	sheet_close(s);
	sheet_open(s, "maps", SHEET_LIST);
	for (unsigned i = 1; i <= 2; i++) {
		sheet_open(s, NULL, SHEET_MAP);
		sheet_uint(s, "i", i);
		sheet_open(s, "in", SHEET_MAP);
		sheet_uint(s, "j", i);
		sheet_close(s);
		sheet_close(s);
	}
	sheet_close(s);
	sheet_open(s, "empty", SHEET_MAP);
	sheet_close(s);
	sheet_uint(s, "n", 1);
	sheet_open_within(s, "n:more");
	sheet_uint(s, "k", 2);
	sheet_close(s);
}

static void
put_first_deep(struct sheet *s)
{
	sheet_open(s, "a", SHEET_LIST);
	sheet_open(s, NULL, SHEET_MAP);
	sheet_open(s, "b", SHEET_MAP);
	sheet_open(s, "c", SHEET_LIST);
	sheet_uint(s, NULL, 1);
	sheet_close(s);
	sheet_close(s);
	sheet_close(s);
	sheet_close(s);
}

static void
put_items(struct sheet *s)
{
	for (unsigned i = 1; i <= 2; i++) {
		sheet_open(s, NULL, SHEET_MAP);
		sheet_uint(s, "i", i);
		sheet_close(s);
	}
}

static void
put_nothing(struct sheet *s)
{
	(void)s;
}

static void
put_long_name(struct sheet *s)
{
	sheet_uint(s, "a_name_that_is_longer_than_the_column", 1);
}

static const struct row rows[] = {
	{ "values", put_values, SHEET_MAP,
	    "long name               x\n"
	    "n                       7\n"
	    "yes                     yes\n"
	    "no                      no\n"
	    "b                       00ff\n"
	    "h                       (6 bytes, hidden)\n"
	    "w                       word 1\n"
	    "t                       for people\n",
	    "{ \"a\": \"x\", \"n\": 7, \"yes\": true, \"no\": false,"
	    " \"b\": \"00ff\", \"h\": { \"hidden\": true, \"bytes\": 6 },"
	    " \"w\": \"word 1\" }" },
	{ "what a stranger wrote", put_hostile, SHEET_MAP,
	    "t                       a\\x1b[2J\\x0a\\x09\"\\x5c\\x7f\\xc3\\xa9\n"
	    "e                       \"\"\n"
	    "bad                     \\xff\n",
	    "{ \"t\": \"a\\u001B[2J\\n\\t\\\"\\\\\\u007f\\u00E9\","
	    " \"e\": \"\", \"bad\": \"ff\" }" },
	{ "large numbers", put_numbers, SHEET_MAP,
	    "a                       9223372036854775807\n"
	    "b                       9223372036854775808\n"
	    "c                       18446744073709551615\n",
	    "{ \"a\": 9223372036854775807, \"b\": \"9223372036854775808\","
	    " \"c\": \"18446744073709551615\" }" },
	{ "times", put_times, SHEET_MAP,
	    "a                       1970-01-01T00:00:00Z\n"
	    "b                       1970-01-02T00:01:59Z (in 119 s)\n"
	    "c                       1970-01-01T22:00:01Z (119 min ago)\n"
	    "d                       1970-01-02T02:00:00Z (in 2 h)\n"
	    "e                       1970-01-04T00:00:00Z (in 2 days)\n"
	    "f                       after 9999-12-31T23:59:59Z"
	    " (in 213503982334600 days)\n",
	    "{ \"a\": { \"seconds\": 0, \"text\": \"1970-01-01T00:00:00Z\" },"
	    " \"b\": { \"seconds\": 86519, \"text\":"
	    " \"1970-01-02T00:01:59Z\" },"
	    " \"c\": { \"seconds\": 79201, \"text\":"
	    " \"1970-01-01T22:00:01Z\" },"
	    " \"d\": { \"seconds\": 93600, \"text\":"
	    " \"1970-01-02T02:00:00Z\" },"
	    " \"e\": { \"seconds\": 259200, \"text\":"
	    " \"1970-01-04T00:00:00Z\" },"
	    " \"f\": { \"seconds\": \"18446744073709551615\", \"text\":"
	    " \"9999-12-31T23:59:59Z\" } }" },
	{ "lists and maps", put_nested, SHEET_MAP,
	    "list                    x\n"
	    "                        y\n"
	    "none                    (none)\n"
	    "maps\n"
	    "  - i                   1\n"
	    "    in\n"
	    "      j                 1\n"
	    "  - i                   2\n"
	    "    in\n"
	    "      j                 2\n"
	    "empty                   (none)\n"
	    "n                       1\n"
	    "  k                     2\n",
	    "{ \"list\": [ \"x\", \"y\" ], \"none\": [], \"maps\": ["
	    " { \"i\": 1, \"in\": { \"j\": 1 } },"
	    " { \"i\": 2, \"in\": { \"j\": 2 } } ],"
	    " \"empty\": {}, \"n\": 1, \"n:more\": { \"k\": 2 } }" },
	{ "names wait for what they name", put_first_deep, SHEET_MAP,
	    "a\n"
	    "  - b\n"
	    "      c                 1\n",
	    "{ \"a\": [ { \"b\": { \"c\": [ 1 ] } } ] }" },
	{ "a list of maps", put_items, SHEET_LIST,
	    "i                       1\n\ni                       2\n",
	    "[ { \"i\": 1 }, { \"i\": 2 } ]" },
	{ "nothing", put_nothing, SHEET_MAP, "", "{}" },
	{ "a long name", put_long_name, SHEET_MAP,
	    "a_name_that_is_longer_than_the_column 1\n",
	    "{ \"a_name_that_is_longer_than_the_column\": 1 }" },
};

static void
expect(const struct row *row, bool json, const char *want)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_err(sheet_new(json, row->root, &s), ERR_OK);
	row->put(s);
	assert_err(sheet_print(s, f), ERR_OK);
	assert_int_equal(fclose(f), 0);
	if (json) {
		/* Blanks between tokens are not what is tested here. */
		size_t n = 0;

		for (size_t i = 0; i < size; i++)
			if (text[i] != '\n' && (text[i] != ' ' || n == 0 ||
			    text[n - 1] != ' '))
				text[n++] = text[i];
			else if (text[i] == '\n' && i + 1 < size && n > 0 &&
			    text[n - 1] != ' ')
				text[n++] = ' ';
		text[n] = '\0';
	}
	assert_string_equal(text, want);
	free(text);
}

static void
test_row(void **state)
{
	const struct row *row = *state;

	expect(row, false, row->text);
	expect(row, true, row->json);
}

static void
test_what_is_too_deep_is_an_error_and_no_overrun(void **state)
{
	(void)state;
	for (int json = 0; json < 2; json++) {
		struct sheet *s OWNED(sheet_drop) = NULL;

		assert_err(sheet_new(json, SHEET_MAP, &s), ERR_OK);
		for (int i = 0; i < SHEET_DEPTH + 5; i++)
			sheet_open(s, "a", SHEET_MAP);
		assert_true(sheet_depth(s) > SHEET_DEPTH);
		sheet_uint(s, "n", 1);
		for (int i = 0; i < SHEET_DEPTH + 5; i++)
			sheet_close(s);
		assert_int_equal(sheet_depth(s), 1);
		assert_err(sheet_print(s, stderr), ERR_LIMIT);
	}
}

static void
test_output_that_fails_is_an_error(void **state)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	assert_err(sheet_new(false, SHEET_MAP, &s), ERR_OK);
	sheet_uint(s, "n", 1);
	assert_err(sheet_print(s, full), ERR_HARDWARE);
	fclose(full);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 2] = {
		cmocka_unit_test(
		    test_what_is_too_deep_is_an_error_and_no_overrun),
		cmocka_unit_test(test_output_that_fails_is_an_error),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[2 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("ctl_sheet", tests, NULL, NULL);
}
