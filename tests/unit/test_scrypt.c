/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/scrypt.h"

/* RFC 7914, 12. */
static const struct row {
	const char		*name, *passphrase, *salt;
	struct scrypt_price	 price;
	const char		*hex;
} rows[] = {
	{ "nothing", "", "", { 4, 1, 1 },
	    "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
	    "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
	},
	{ "sixteen lanes", "password", "NaCl", { 10, 8, 16 },
	    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
	    "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
	},
	{ "2^14", "pleaseletmein", "SodiumChloride", { 14, 8, 1 },
	    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
	    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
	},
	{ "no cost", "", "", { 0, 1, 1 }, NULL },
	{ "a cost that nobody can pay", "", "", { 21, 8, 1 }, NULL },
	{ "no block", "", "", { 4, 0, 1 }, NULL },
	{ "a large block", "", "", { 4, 9, 1 }, NULL },
	{ "no lane", "", "", { 4, 1, 0 }, NULL },
	{ "seventeen lanes", "", "", { 4, 1, 17 }, NULL },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t want[64], out[64];

	assert_err(scrypt(span_text(row->passphrase), span_text(row->salt),
	    &row->price, out, sizeof(out)),
	    row->hex != NULL ? ERR_OK : ERR_LIMIT);
	if (row->hex == NULL)
		return;
	assert_int_equal(unhex(row->hex, want, sizeof(want)), 64);
	assert_memory_equal(out, want, sizeof(out));
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("scrypt", tests, NULL, NULL);
}
