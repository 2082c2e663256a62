/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/uuid.h"

static const struct row {
	const char	*name;
	const char	*text;
	enum err	 want;
} rows[] = {
	{ "version 4", "109156be-c4fb-41ea-b1b4-efe1671c5836", ERR_OK },
	{ "smallest", "00000000-0000-4000-8000-000000000000", ERR_OK },
	{ "largest", "ffffffff-ffff-4fff-bfff-ffffffffffff", ERR_OK },
	{ "version 1", "109156be-c4fb-11ea-b1b4-efe1671c5836",
	    ERR_MALFORMED },
	{ "another variant", "109156be-c4fb-41ea-c1b4-efe1671c5836",
	    ERR_MALFORMED },
	{ "upper case", "109156BE-c4fb-41ea-b1b4-efe1671c5836",
	    ERR_MALFORMED },
	{ "no dash where one belongs", "109156be0c4fb-41ea-b1b4-efe1671c5836",
	    ERR_MALFORMED },
	{ "a dash elsewhere", "109156b--c4fb-41ea-b1b4-efe1671c5836",
	    ERR_MALFORMED },
	{ "too short", "109156be-c4fb-41ea-b1b4-efe1671c583", ERR_MALFORMED },
	{ "too long", "109156be-c4fb-41ea-b1b4-efe1671c58366",
	    ERR_MALFORMED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t bytes[UUID_LEN];
	char text[UUID_TEXT];

	assert_err(uuid_to_bytes(span_text(row->text), bytes), row->want);
	if (row->want != ERR_OK)
		return;
	assert_err(uuid_from_bytes(bytes, text), ERR_OK);
	assert_string_equal(text, row->text);
}

static void
test_bytes_must_be_of_version_4(void **state)
{
	uint8_t bytes[UUID_LEN] = { [6] = 0x40, [8] = 0x80 };
	char text[UUID_TEXT];

	(void)state;
	assert_err(uuid_from_bytes(bytes, text), ERR_OK);
	bytes[6] = 0x50;
	assert_err(uuid_from_bytes(bytes, text), ERR_MALFORMED);
	bytes[6] = 0x40;
	bytes[8] = 0xc0;
	assert_err(uuid_from_bytes(bytes, text), ERR_MALFORMED);
}

static void
test_one_that_is_drawn_is_a_uuid(void **state)
{
	struct drbg *d OWNED(drbg_drop) = NULL;
	char one[UUID_TEXT], other[UUID_TEXT];
	uint8_t bytes[UUID_LEN];

	(void)state;
	assert_err(drbg_from_system((struct span){ }, (struct span){ }, &d),
	    ERR_OK);
	assert_err(uuid_make(d, one), ERR_OK);
	assert_err(uuid_make(d, other), ERR_OK);
	assert_err(uuid_to_bytes(span_text(one), bytes), ERR_OK);
	assert_string_not_equal(one, other);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 2] = {
		cmocka_unit_test(test_bytes_must_be_of_version_4),
		cmocka_unit_test(test_one_that_is_drawn_is_a_uuid),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[2 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
