/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/foreign.h"

/* Signatures of "correct horse" that were made outside this tree: by the
 * number 7 on each curve, and by an RSA key. */
static const struct row {
	const char	*name;
	const char	*x, *y;		/* or n and e */
	bool		 is_rsa;
	const char	*hex;
} rows[] = {
	{ "P-384 ES384",
	    "283c1d7365ce4788f29f8ebf234edffead6fe997fbea5ffa2d58cc9dfa7b1c50"
	    "8b05526f55b9ebb2040f05b48fb6d0e1",
	    "9475c99061e41b88ba52efdb8c1690471a61d867ed799729d9c92cd01dbd2256"
	    "30d84ede32a78f9e64664cdac512ef8c",
	    false,
	    "d28444a1013822a04d636f727265637420686f7273655860649f8b84c9b0cfe3"
	    "04961fe4f18b886035e1df91be5c1b64714115bd20f8c25d8f1cbedda265add1"
	    "e7a83367844775389b55045df3226f829758d9924c923736e5b09634bb528c15"
	    "dc9b1895868f3ec782c16a543dc125e09d76f73303330a45" },
	{ "P-521 ES512",
	    "0056d5d1d99d5b7f6346eeb65fda0b073a0c5f22e0e8f5483228f018d2c2f711"
	    "4c5d8c308d0abfc698d8c9a6df30dce3bbc46f953f50fdc2619a01cead882816"
	    "ecd4",
	    "003d2d1b7d9baaa2a110d1d8317a39d68478b5c582d02824f0dd71dbd98a26cb"
	    "de556bd0f293cdec9e2b9523a34591ce1a5f9e76712a5ddefc7b5c6b8bc90525"
	    "251b",
	    false,
	    "d28444a1013823a04d636f727265637420686f727365588400fbf3f0efd78506"
	    "64b5e09a3ffd74ebdedab10c4005d61d7bf60254c45fc24d446323cbd5787324"
	    "1650fa3ebbbb70ccb7a3e32d4b73615cad69ecb5f148a3f146b900441ef66479"
	    "aeddc8fe9f5811014bc8fb522174366788097032227a72fde8c54605e8cddba7"
	    "3556d1ef1b57915a6e3f4fcff38ff4fc3caf24038255d941cdc9bffc" },
	{ "P-256 ES512",
	    "8e533b6fa0bf7b4625bb30667c01fb607ef9f8b8a80fef5b300628703187b2a3",
	    "73eb1dbde03318366d069f83a6f5900053c73633cb041b21c55e1a86c1f400b4",
	    false,
	    "d28444a1013823a04d636f727265637420686f7273655840f90290906db0a80b"
	    "4a619cf73a2bdafbbb601b51334e1a1b7dbf07e9edcb8b17a96b7b29e6733f50"
	    "824bd119943e4ffab143133a7a4dd2b4c84e7eb832a2bbb0" },
	{ "RSA PS256",
	    "f77961eebf148809bc829762127559070f91005d564f74978636a44c982ad3d1"
	    "ca5b4979e6bdef0db358bd45bbfeccc6cc5b519de22f732c9f4c371713b0435f"
	    "5e3889c7a03014bb3e9b98e47b2bf9663ac32736c26a8e6fd6df0a3e5ddd2b03"
	    "9168c47d3ce5abbd569207f4d32dfc8e144703e723d3c34821dc7b7799936f27"
	    "57c17d5858931526aa00bb7e285a71cfe80bae5e51f543ab32cd079fc9007a2c"
	    "55150cdf3216137b18a74daa2c6fa3887f9093d8c1a60623e3112c22e898dea4"
	    "ef021b7e347e18289f67d2fc093ed382c243b0f3dba3ac81f289acf372d34ee1"
	    "8caa7fe66c42d8ea01a34a6a3baf6970f733b9867aa5f5d490689a963358e2f1",
	    "010001", true,
	    "d28444a1013824a04d636f727265637420686f72736559010027f9a9de13dbac"
	    "0d539efbc13be4847649b43437f10035299eb360eb99b212890be806361fdd30"
	    "60ad4141139aad854d711cf7bf7f6d009b66fa92338c18f09b7257d13ccf51c0"
	    "915a63c24c8c4110067d3c1d502dd1cab9f62cea70774e0cad952df4ae22bc75"
	    "e6fd078035a387900cb5f450f42584bef9617c639d8841c84c9cbbfc3f172a32"
	    "2237ace8c0b3ecb6d2fc6477c2bec6e40a9dbe79d984c47908464f4536a54e8e"
	    "6908542d6bb5f299fdda11084055d52ad485c63f64d73e83e48fc42984a4322b"
	    "8124a56fd7e05d619bdf44012a8e70ccf9a4db4b23ccaf192df17d06b81a7a15"
	    "d77f717465cf320954a59af90d307c65cb8cf8d3837e25c96a" },
};

/* A row as bytes. */
struct made {
	uint8_t			x[300], y[66], in[400];
	size_t			len;
	struct foreign_public	key;
};

static void
make(const struct row *row, struct made *m)
{
	struct span x = { m->x, unhex(row->x, m->x, sizeof(m->x)) };
	struct span y = { m->y, unhex(row->y, m->y, sizeof(m->y)) };

	m->len = unhex(row->hex, m->in, sizeof(m->in));
	m->key = row->is_rsa ?
	    (struct foreign_public){ .is_rsa = true, .n = x, .e = y } :
	    (struct foreign_public){ .x = x, .y = y };
}

static enum err
verify(const struct made *m, const char *aad)
{
	static struct foreign_object o;
	static struct foreign_trace t;
	const struct span none = { NULL, 0 };

	TRY(foreign_parse((struct span){ m->in, m->len }, FOREIGN_SIGN1, &o));
	return foreign_verify(&o, &m->key, span_text(aad), none, &t);
}

/* What is signed, and by whom, and every bit of the signature's ends. */
static void
test_row(void **state)
{
	static const size_t words = 9;		/* where they begin */
	static struct made m;
	size_t first;

	make(*state, &m);
	first = m.len - (m.key.is_rsa ? m.key.n.len : 2 * m.key.x.len);
	assert_err(verify(&m, ""), ERR_OK);
	assert_err(verify(&m, "a"), ERR_AUTH);
	m.in[words] ^= 1;
	assert_err(verify(&m, ""), ERR_AUTH);
	m.in[words] ^= 1;
	m.in[m.len - 1] ^= 1;
	assert_err(verify(&m, ""), ERR_AUTH);
	m.in[m.len - 1] ^= 1;
	m.in[first] ^= 1;
	assert_err(verify(&m, ""), ERR_AUTH);
	m.in[first] ^= 1;
	m.x[5] ^= 1;
	assert_err(verify(&m, ""), ERR_AUTH);
	m.x[5] ^= 1;
	assert_err(verify(&m, ""), ERR_OK);
}

static void
test_keys_fit_their_algorithm(void **state)
{
	static struct made ec, rsa;

	(void)state;
	make(&rows[2], &ec);
	make(&rows[3], &rsa);
	ec.key.is_rsa = true;
	rsa.key.is_rsa = false;
	assert_err(verify(&ec, ""), ERR_AUTH);
	assert_err(verify(&rsa, ""), ERR_AUTH);
	rsa.key.is_rsa = true;
	rsa.key.n.len = 128;
	assert_err(verify(&rsa, ""), ERR_LIMIT);
}

static void
test_lengths_are_the_curve_s(void **state)
{
	static struct made m;

	(void)state;
	make(&rows[2], &m);
	m.in[m.len - 65] = 0x41;	/* one byte more of a signature */
	m.in[m.len++] = 0;
	assert_err(verify(&m, ""), ERR_AUTH);
	m.key.x.len = m.key.y.len = 31;
	assert_err(verify(&m, ""), ERR_LIMIT);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 2] = {
		cmocka_unit_test(test_keys_fit_their_algorithm),
		cmocka_unit_test(test_lengths_are_the_curve_s),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[2 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("foreign_sign", tests, NULL, NULL);
}
