/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <string.h>

#include "base/own.h"
#include "crypto/check.h"
#include "crypto/ecdh.h"
#include "crypto/ecdsa.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

static_assert(ECDH_LEN == P256_LEN, "one length for a number of P-256");

/* FIPS 186-4, D.1.2.3: the field, the order, a = p - 3, b, the base point. */
static const uint8_t field[P256_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

static const uint8_t order[P256_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

static const uint8_t curve_a[P256_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc,
};

static const uint8_t curve_b[P256_LEN] = {
	0x5a, 0xc6, 0x35, 0xd8, 0xaa, 0x3a, 0x93, 0xe7,
	0xb3, 0xeb, 0xbd, 0x55, 0x76, 0x98, 0x86, 0xbc,
	0x65, 0x1d, 0x06, 0xb0, 0xcc, 0x53, 0xb0, 0xf6,
	0x3b, 0xce, 0x3c, 0x3e, 0x27, 0xd2, 0x60, 0x4b,
};

static const uint8_t base_x[P256_LEN] = {
	0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
	0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
	0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
	0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
};

static const uint8_t base_y[P256_LEN] = {
	0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b,
	0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
	0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
	0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};

/* out = a - b, and 1 if that borrows: a < b.  The time tells nothing. */
static unsigned
subtract(const uint8_t *a, const uint8_t *b, uint8_t *out)
{
	unsigned borrow = 0;

	for (size_t i = P256_LEN; i-- > 0;) {
		const unsigned d = (unsigned)a[i] - b[i] - borrow;

		out[i] = (uint8_t)d;
		borrow = d >> 8 & 1;
	}
	return borrow;
}

static int
below(const uint8_t *a, const uint8_t *b)
{
	uint8_t out[P256_LEN];
	const unsigned borrow = subtract(a, b, out);

	explicit_bzero(out, sizeof(out));
	return borrow == 1;
}

/* 1 <= a < n. */
static int
is_scalar(const uint8_t *a)
{
	uint8_t any = 0;

	for (size_t i = 0; i < P256_LEN; i++)
		any = (uint8_t)(any | a[i]);
	return any != 0 && below(a, order);
}

static enum err
number(mp_int *m, const uint8_t *from)
{
	TRY(crypto_check(mp_init(m), "mp_init"));
	return crypto_check(mp_read_unsigned_bin(m, from, P256_LEN),
	    "mp_read_unsigned_bin");
}

struct equation {
	mp_int	x, y, p, a, b, right;
};

static enum err
load_equation(struct equation *e, const uint8_t *x, const uint8_t *y)
{
	TRY(number(&e->x, x));
	TRY(number(&e->y, y));
	TRY(number(&e->p, field));
	TRY(number(&e->a, curve_a));
	TRY(number(&e->b, curve_b));
	return number(&e->right, x);
}

/* y^2 = (x^2 + a) x + b. */
static enum err
solve(struct equation *e)
{
	mp_int *r = &e->right;

	TRY(crypto_check(mp_sqrmod(&e->y, &e->p, &e->y), "mp_sqrmod"));
	TRY(crypto_check(mp_sqrmod(r, &e->p, r), "mp_sqrmod"));
	TRY(crypto_check(mp_addmod(r, &e->a, &e->p, r), "mp_addmod"));
	TRY(crypto_check(mp_mulmod(r, &e->x, &e->p, r), "mp_mulmod"));
	TRY(crypto_check(mp_addmod(r, &e->b, &e->p, r), "mp_addmod"));
	return mp_cmp(&e->y, r) == MP_EQ ? ERR_OK : ERR_AUTH;
}

/* wolfSSL does not look: with a point of another curve it would compute, and
 * the result would tell of the private key. */
enum err
p256_on_curve(const uint8_t x[static ECDH_LEN],
    const uint8_t y[static ECDH_LEN])
{
	struct equation e;

	TRY(crypto_ready());
	if (!below(x, field) || !below(y, field))
		return ERR_AUTH;
	TRY(load_equation(&e, x, y));
	return solve(&e);
}

struct product {
	ecc_point	*in, *out;
	mp_int		 k, a, p;
};

/* wolfSSL would keep tables of the points that it has met twice, 800 KiB for
 * each, and multiply secrets by looking into them: it is made to forget. */
static void
drop_product(struct product *m)
{
	wc_ecc_del_point(m->in);
	if (m->out != NULL)
		wc_ecc_forcezero_point(m->out);
	wc_ecc_del_point(m->out);
	wc_ecc_fp_free();
	explicit_bzero(m, sizeof(*m));
	crypto_scrub();
}

static enum err
load_product(struct product *m, const uint8_t *k, const uint8_t *x,
    const uint8_t *y)
{
	m->in = wc_ecc_new_point();
	m->out = wc_ecc_new_point();
	if (m->in == NULL || m->out == NULL)
		return crypto_check(MEMORY_E, "wc_ecc_new_point");
	TRY(number(m->in->x, x));
	TRY(number(m->in->y, y));
	TRY(crypto_check(mp_set(m->in->z, 1), "mp_set"));
	TRY(number(&m->k, k));
	TRY(number(&m->a, curve_a));
	return number(&m->p, field);
}

static enum err
put_number(const mp_int *m, uint8_t *out)
{
	return crypto_check(mp_to_unsigned_bin_len(m, out, P256_LEN),
	    "mp_to_unsigned_bin_len");
}

/*
 * k times the point x, y; out_y may be NULL.
 *
 * Not by wc_ecc_shared_secret(): that wants a random generator, and wolfSSL's
 * opens /dev/urandom.
 */
static enum err
multiply(const uint8_t *k, const uint8_t *x, const uint8_t *y,
    uint8_t *out_x, uint8_t *out_y)
{
	struct product m OWNED(drop_product) = { };

	TRY(crypto_ready());
	if (!is_scalar(k))
		return ERR_MALFORMED;
	TRY(load_product(&m, k, x, y));
	TRY(crypto_check(wc_ecc_mulmod(&m.k, m.in, m.out, &m.a, &m.p, 1),
	    "wc_ecc_mulmod"));
	TRY(put_number(m.out->x, out_x));
	return out_y == NULL ? ERR_OK : put_number(m.out->y, out_y);
}

enum err
p256_public(const uint8_t priv[static ECDH_LEN], uint8_t x[static ECDH_LEN],
    uint8_t y[static ECDH_LEN])
{
	return multiply(priv, base_x, base_y, x, y);
}

enum err
p256_shared(const uint8_t priv[static ECDH_LEN],
    const uint8_t x[static ECDH_LEN], const uint8_t y[static ECDH_LEN],
    uint8_t out[static ECDH_LEN])
{
	TRY(p256_on_curve(x, y));
	return multiply(priv, x, y, out, NULL);
}

/* One draw in 2^32 is refused, SP 800-56A Rev. 3, 5.6.1.2.2. */
enum err
p256_make(struct drbg *d, uint8_t priv[static ECDH_LEN])
{
	do {
		TRY(drbg_generate(d, (struct span){ }, priv, ECDH_LEN));
	} while (!is_scalar(priv));
	return ERR_OK;
}

struct verification {
	ecc_key	 key;
	mp_int	 r, s;
};

static void
drop_verification(struct verification *v)
{
	wc_ecc_free(&v->key);
	wc_ecc_fp_free();
}

static enum err
load_verification(struct verification *v, const uint8_t *x, const uint8_t *y,
    const uint8_t *sig)
{
	TRY(crypto_check(wc_ecc_init(&v->key), "wc_ecc_init"));
	TRY(crypto_check(wc_ecc_import_unsigned(&v->key, x, y, NULL,
	    ECC_SECP256R1), "wc_ecc_import_unsigned"));
	TRY(number(&v->r, sig));
	return number(&v->s, sig + P256_LEN);
}

enum err
p256_verify(const uint8_t x[static P256_LEN], const uint8_t y[static P256_LEN],
    const uint8_t digest[static P256_LEN],
    const uint8_t sig[static P256_SIG_LEN])
{
	struct verification v OWNED(drop_verification) = { };
	uint8_t hash[P256_LEN];
	int good = 0;

	TRY(p256_on_curve(x, y));
	if (!is_scalar(sig) || !is_scalar(sig + P256_LEN))
		return ERR_AUTH;
	TRY(load_verification(&v, x, y, sig));
	memcpy(hash, digest, sizeof(hash));
	TRY(crypto_check(wc_ecc_verify_hash_ex(&v.r, &v.s, hash,
	    sizeof(hash), &good, &v.key), "wc_ecc_verify_hash_ex"));
	return good == 1 ? ERR_OK : ERR_AUTH;
}

enum err
p256_low_s(uint8_t sig[static P256_SIG_LEN])
{
	uint8_t *s = sig + P256_LEN;
	uint8_t other[P256_LEN];

	TRY(crypto_ready());
	if (!is_scalar(s))
		return ERR_MALFORMED;
	subtract(order, s, other);
	if (below(other, s))
		memcpy(s, other, sizeof(other));
	return ERR_OK;
}
