/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/base32.h"

static const struct row {
	const char	*name;
	const char	*text;
	const char	*bytes;
	enum err	 want;
} rows[] = {
	/* RFC 4648, 10. */
	{ "nothing",            "",                 "",       ERR_OK },
	{ "one byte",           "MY",               "f",      ERR_OK },
	{ "two bytes",          "MZXQ",             "fo",     ERR_OK },
	{ "three bytes",        "MZXW6",            "foo",    ERR_OK },
	{ "four bytes",         "MZXW6YQ",          "foob",   ERR_OK },
	{ "five bytes",         "MZXW6YTB",         "fooba",  ERR_OK },
	{ "six bytes",          "MZXW6YTBOI",       "foobar", ERR_OK },
	{ "lower case",         "mzxw6ytboi",       "foobar", ERR_OK },
	{ "six signs of padding",  "MZXW6YTBOI======", "foobar", ERR_OK },
	{ "four signs of padding", "MZXQ====",      "fo",     ERR_OK },
	{ "three signs of padding", "MZXW6===",     "foo",    ERR_OK },
	{ "one sign of padding",   "MZXW6YQ=",      "foob",   ERR_OK },
	{ "padding that is short", "MZXQ===",       NULL, ERR_MALFORMED },
	{ "padding on nothing", "========",         NULL, ERR_MALFORMED },
	{ "padding by another eight", "MZXW6YTB========", NULL,
	    ERR_MALFORMED },
	{ "padding inside",     "MY======MY======", NULL, ERR_MALFORMED },
	{ "a digit that is none", "MZXW6YT1",       NULL, ERR_MALFORMED },
	{ "the other such digit", "MZXW6YT8",       NULL, ERR_MALFORMED },
	{ "before A",           "MZXW6YT@",         NULL, ERR_MALFORMED },
	{ "after z",            "MZXW6YT{",         NULL, ERR_MALFORMED },
	{ "a blank",            "MZXW 6YT",         NULL, ERR_MALFORMED },
	{ "not ASCII",          "MZXW6Y\xc3\x89",   NULL, ERR_MALFORMED },
	{ "one character left", "MZXW6YTBA",        NULL, ERR_MALFORMED },
	{ "three characters left", "MYA",           NULL, ERR_MALFORMED },
	{ "six characters left", "MZXW6A",          NULL, ERR_MALFORMED },
	{ "bits left over",     "MZ",               NULL, ERR_MALFORMED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t out[16];
	size_t len = 0;

	assert_err(base32_decode(span_text(row->text), out, sizeof(out),
	    &len), row->want);
	if (row->want != ERR_OK)
		return;
	assert_int_equal(len, strlen(row->bytes));
	assert_memory_equal(out, row->bytes, len);
}

static void
test_every_byte_comes_back(void **state)
{
	uint8_t in[256], out[256];
	char text[BASE32_TEXT(sizeof(in))];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof(in); n++) {
		assert_err(base32_encode((struct span){ in, n }, text,
		    BASE32_TEXT(n)), ERR_OK);
		assert_int_equal(strlen(text), BASE32_TEXT(n) - 1);
		assert_err(base32_decode(span_text(text), out, n, &len),
		    ERR_OK);
		assert_int_equal(len, n);
		assert_memory_equal(out, in, n);
	}
}

static void
test_the_key_of_rfc_4226(void **state)
{
	char text[BASE32_TEXT(20)];

	(void)state;
	assert_err(base32_encode(span_text("12345678901234567890"), text,
	    sizeof(text)), ERR_OK);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void
test_room_is_counted(void **state)
{
	uint8_t out[2];
	char text[3];
	size_t len;

	(void)state;
	assert_err(base32_encode(span_text("f"), text, 2), ERR_LIMIT);
	assert_err(base32_encode(span_text("f"), text, 3), ERR_OK);
	assert_err(base32_decode(span_text("MZXW6"), out, 2, &len),
	    ERR_LIMIT);
	assert_err(base32_decode(span_text("MZXQ"), out, 2, &len), ERR_OK);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 3] = {
		cmocka_unit_test(test_every_byte_comes_back),
		cmocka_unit_test(test_the_key_of_rfc_4226),
		cmocka_unit_test(test_room_is_counted),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[3 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("base32", tests, NULL, NULL);
}
