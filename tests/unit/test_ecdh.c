/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/ecdh.h"

#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

/* RFC 7748, 5.2 and 6.1.  The second peer has its highest bit set, which is
 * ignored. */
static const struct x_row {
	const char	*name, *priv, *peer, *shared;
} x_rows[] = {
	{ "the first vector",
	    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
	    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
	    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
	},
	{ "the second vector",
	    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
	    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
	    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
	},
	{ "Alice and Bob",
	    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
	    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
	},
	{ "Bob and Alice",
	    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
	},
	/* RFC 7748, 6.1 asks for this check; the points of small order, in
	 * all their encodings below 2^255. */
	{ "0", NULL, ZERO, NULL },
	{ "1", NULL,
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    NULL },
	{ "order 8", NULL,
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    NULL },
	{ "order 8, the other", NULL,
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    NULL },
	{ "p - 1", NULL,
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    NULL },
	{ "p", NULL,
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    NULL },
	{ "p + 1", NULL,
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    NULL },
};

static void
test_x25519(void **state)
{
	const struct x_row *row = *state;
	uint8_t priv[32], peer[32], want[32], out[32];

	unhex(row->priv != NULL ? row->priv : x_rows[0].priv, priv, 32);
	unhex(row->peer, peer, 32);
	if (row->shared == NULL) {
		assert_err(x25519_shared(priv, peer, out), ERR_AUTH);
		return;
	}
	unhex(row->shared, want, 32);
	assert_err(x25519_shared(priv, peer, out), ERR_OK);
	assert_memory_equal(out, want, 32);
}

static void
test_x25519_public(void **state)
{
	uint8_t priv[32], want[32], out[32];

	(void)state;
	unhex(x_rows[3].priv, priv, 32);
	unhex(x_rows[2].peer, want, 32);
	assert_err(x25519_public(priv, out), ERR_OK);
	assert_memory_equal(out, want, 32);
}

/* CAVP, KAS ECC CDH primitive, P-256, count 0. */
#define CDH_PRIVATE \
    "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"
#define CDH_X "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
#define CDH_Y "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac"

/* Without the check wolfSSL computes with each of these. */
static const struct point_row {
	const char	*name, *x, *y;
	enum err	 want;
} point_rows[] = {
	{ "a point", CDH_X, CDH_Y, ERR_OK },
	{ "x = 0", ZERO,
	    "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4",
	    ERR_OK },
	{ "y = 5",
	    "d7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7",
	    "0000000000000000000000000000000000000000000000000000000000000005",
	    ERR_OK },
	{ "another curve", CDH_X,
	    "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ad",
	    ERR_AUTH },
	{ "x = p for 0",
	    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
	    "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4",
	    ERR_AUTH },
	{ "y = p + 5 for 5",
	    "d7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7",
	    "ffffffff00000001000000000000000000000001000000000000000000000004",
	    ERR_AUTH },
	{ "0, 0", ZERO, ZERO, ERR_AUTH },
};

static void
test_points(void **state)
{
	const struct point_row *row = *state;
	uint8_t priv[32], x[32], y[32], out[32];

	unhex(CDH_PRIVATE, priv, 32);
	unhex(row->x, x, 32);
	unhex(row->y, y, 32);
	assert_err(p256_on_curve(x, y), row->want);
	assert_err(p256_shared(priv, x, y, out), row->want);
}

static void
test_p256_published(void **state)
{
	uint8_t priv[32], x[32], y[32], want[64], out[64];

	(void)state;
	unhex(CDH_PRIVATE, priv, 32);
	unhex(CDH_X, x, 32);
	unhex(CDH_Y, y, 32);
	unhex("46fc62106420ff012e54a434fbdd2d25"
	    "ccc5852060561e68040dd7778997bd7b",
	    want, 32);
	assert_err(p256_shared(priv, x, y, out), ERR_OK);
	assert_memory_equal(out, want, 32);
	unhex("ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141",
	    want, 64);
	assert_err(p256_public(priv, out, out + 32), ERR_OK);
	assert_memory_equal(out, want, 64);
}

/* n - 1 gives the base point's x again; 0, n and more are no keys. */
static void
test_p256_private_keys_have_a_range(void **state)
{
	uint8_t one[32] = { [31] = 1 }, key[32], x[2][32], y[2][32];

	(void)state;
	unhex(ORDER, key, 32);
	assert_err(p256_public(key, x[0], y[0]), ERR_MALFORMED);
	key[31]++;
	assert_err(p256_public(key, x[0], y[0]), ERR_MALFORMED);
	key[31] = (uint8_t)(key[31] - 2);
	assert_err(p256_public(key, x[0], y[0]), ERR_OK);
	assert_err(p256_public(one, x[1], y[1]), ERR_OK);
	assert_memory_equal(x[0], x[1], 32);
	one[31] = 0;
	assert_err(p256_public(one, x[0], y[0]), ERR_MALFORMED);
	assert_err(p256_shared(one, x[1], y[1], x[0]), ERR_MALFORMED);
}

static void
test_both_sides_agree(void **state)
{
	struct drbg *d OWNED(drbg_drop) = NULL;
	uint8_t a[32], b[32], ax[32], ay[32], bx[32], by[32], s[2][32];

	(void)state;
	assert_err(drbg_from_system((struct span){ }, (struct span){ }, &d),
	    ERR_OK);
	for (int i = 0; i < 8; i++) {
		assert_err(p256_make(d, a), ERR_OK);
		assert_err(p256_make(d, b), ERR_OK);
		assert_err(p256_public(a, ax, ay), ERR_OK);
		assert_err(p256_public(b, bx, by), ERR_OK);
		assert_err(p256_on_curve(ax, ay), ERR_OK);
		assert_err(p256_shared(a, bx, by, s[0]), ERR_OK);
		assert_err(p256_shared(b, ax, ay, s[1]), ERR_OK);
		assert_memory_equal(s[0], s[1], 32);
	}
}

int
main(void)
{
	struct CMUnitTest tests[4 + ROWS(x_rows) + ROWS(point_rows)] = {
		cmocka_unit_test(test_x25519_public),
		cmocka_unit_test(test_p256_published),
		cmocka_unit_test(test_p256_private_keys_have_a_range),
		cmocka_unit_test(test_both_sides_agree),
	};
	size_t n = 4;

	for (size_t i = 0; i < ROWS(x_rows); i++)
		tests[n++] = ROW_TEST(x_rows[i].name, test_x25519,
		    &x_rows[i]);
	for (size_t i = 0; i < ROWS(point_rows); i++)
		tests[n++] = ROW_TEST(point_rows[i].name, test_points,
		    &point_rows[i]);
	return cmocka_run_group_tests_name("ecdh", tests, NULL, NULL);
}
