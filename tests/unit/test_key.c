/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/key.h"

/* Public points of RFC 8032 7.1, RFC 7748 6.1 and SP 800-186 3.2.1.3 (G). */
#define ED "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define XA "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
#define GX "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GY "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define FFFF "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static const struct row {
	const char	*name;
	const char	*hex;
	enum err	 want;
} rows[] = {
	{ "Ed25519",		"a3 0101 2006 215820" ED, ERR_OK },
	{ "X25519",		"a3 0101 2004 215820" XA, ERR_OK },
	{ "P-256",		"a4 0102 2001 215820" GX "225820" GY, ERR_OK },
	{ "P-256 off curve",	"a4 0102 2001 215820" GX "225820" GX,
	    ERR_AUTH },
	{ "P-256 zeros",	"a4 0102 2001 215820" ZERO "225820" ZERO,
	    ERR_AUTH },
	{ "P-256 above p",	"a4 0102 2001 215820" FFFF "225820" GY,
	    ERR_AUTH },
	{ "Ed25519 small order", "a3 0101 2006 215820" ZERO, ERR_AUTH },
	{ "X25519 with its highest bit", "a3 0101 2004 215820"
	    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4eea",
	    ERR_AUTH },
	{ "X25519 below p",	"a3 0101 2004 215820"
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    ERR_OK },
	{ "X25519 with high ends", "a3 0101 2004 215820"
	    "ff0000000000000000000000000000000000000000000000000000000000007f",
	    ERR_OK },
	{ "X25519 is p",	"a3 0101 2004 215820"
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    ERR_AUTH },
	{ "map says four",	"a4 0101 2006 215820" ED, ERR_MALFORMED },
	{ "P-256 map says three", "a3 0102 2001 215820" GX "225820" GY,
	    ERR_MALFORMED },
	{ "Ed25519 with a y",	"a4 0101 2006 215820" ED "225820" GY,
	    ERR_MALFORMED },
	{ "P-256 without y",	"a3 0102 2001 215820" GX, ERR_MALFORMED },
	{ "y is a bool",	"a4 0102 2001 215820" GX "22f5",
	    ERR_MALFORMED },
	{ "a kid too",		"a4 0101 024101 2006 215820" ED,
	    ERR_MALFORMED },
	{ "a private half too",	"a4 0101 2006 215820" ED "235820" ED,
	    ERR_MALFORMED },
	{ "members swapped",	"a3 2006 0101 215820" ED, ERR_MALFORMED },
	{ "key type of EC2",	"a3 0102 2006 215820" ED, ERR_MALFORMED },
	{ "Ed448",		"a3 0101 2007 215820" ED, ERR_MALFORMED },
	{ "P-384",		"a4 0102 2002 215820" GX "225820" GY,
	    ERR_MALFORMED },
	{ "curve by name",	"a3 0101 206645643235353139 215820" ED,
	    ERR_MALFORMED },
	{ "31 bytes",		"a3 0101 2006 21581f"
	    "5a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	    ERR_MALFORMED },
	{ "33 bytes",		"a3 0101 2006 215821 00" ED, ERR_MALFORMED },
	{ "x in a long head",	"a3 0101 2006 21590020" ED, ERR_MALFORMED },
	{ "x is text",		"a3 0101 2006 217820" ZERO, ERR_MALFORMED },
	{ "one byte too many",	"a3 0101 2006 215820" ED "00", ERR_MALFORMED },
	{ "tagged",		"c1 a3 0101 2006 215820" ED, ERR_MALFORMED },
	{ "an array",		"86 0101 2006 215820" ED, ERR_MALFORMED },
	{ "nothing",		"", ERR_MALFORMED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t in[256], out[COSE_KEY_MAX];
	size_t len = unhex(row->hex, in, sizeof(in)), n;
	struct cose_key key;

	assert_err(cose_key_decode((struct span){ in, len }, &key), row->want);
	if (row->want != ERR_OK)
		return;
	assert_err(cose_key_encode(&key, out, &n), ERR_OK);
	assert_int_equal(n, len);
	assert_memory_equal(out, in, len);
	for (size_t cut = 0; cut < len; cut++)
		assert_err(cose_key_decode((struct span){ in, cut }, &key),
		    ERR_MALFORMED);
}

/* RFC 9679, 6: the example and its thumbprint. */
static void
test_the_thumbprint_is_that_of_rfc_9679(void **state)
{
	struct cose_key key = { .kind = COSE_P256 };
	uint8_t want[32], print[32], kid[COSE_KID_LEN];

	(void)state;
	unhex(
	    "65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d",
	    key.x, 32);
	unhex(
	    "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c",
	    key.y, 32);
	unhex(
	    "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec",
	    want, 32);
	assert_err(cose_key_thumbprint(&key, print), ERR_OK);
	assert_memory_equal(print, want, 32);
	assert_err(cose_key_kid(&key, kid), ERR_OK);
	assert_memory_equal(kid, want, COSE_KID_LEN);
}

static void
test_keys_differ_by_kind_and_by_each_coordinate(void **state)
{
	const struct cose_key a = { .kind = COSE_P256 };
	struct cose_key b = a;

	(void)state;
	assert_true(cose_key_equal(&a, &b));
	b.kind = COSE_X25519;
	assert_false(cose_key_equal(&a, &b));
	b = a;
	b.x[31] = 1;
	assert_false(cose_key_equal(&a, &b));
	b = a;
	b.y[0] = 1;
	assert_false(cose_key_equal(&a, &b));
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 2] = {
		cmocka_unit_test(test_the_thumbprint_is_that_of_rfc_9679),
		cmocka_unit_test(
		    test_keys_differ_by_kind_and_by_each_coordinate),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[2 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
