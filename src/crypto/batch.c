/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/batch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "crypto/check.h"
#include "crypto/field.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/sha512.h>

#define WINDOWS 4		/* of four bits, in a z */
#define DIGITS 15		/* but zero */
#define WORDS 9			/* a hash times a z, and 2^48 of these */

/* Extended coordinates (RFC 8032, 5.1.4): x = X/Z, y = Y/Z, xy = T/Z. */
struct point {
	struct fe	x, y, z, t;
};

/* A sum of products, the lowest word first. */
struct sum {
	uint64_t	w[WORDS];
};

struct batch {
	uint8_t		pub[ED25519_LEN];
	struct point	minus_key, both;	/* -A and B - A */
	size_t		n;			/* those verified alone too */
	struct sum	s, h;			/* of all z S and z h */
	struct point	digits[WINDOWS][DIGITS];	/* of all z R */
};

/* d of the curve, twice that, and a square root of -1. */
static const struct fe curve_d = { {
	0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029,
	0x739c663a03cbb, 0x52036cee2b6ff,
} };
static const struct fe curve_2d = { {
	0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052,
	0x6738cc7407977, 0x2406d9dc56dff,
} };
static const struct fe root_of_minus_1 = { {
	0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60,
	0x78595a6804c9e, 0x2b8324804fc1d,
} };

static const struct fe one = { { 1 } };
static const struct point identity = { .y = { { 1 } }, .z = { { 1 } } };
static const struct point base = {
	.x = { {
		0x62d608f25d51a, 0x412a4b4f6592a, 0x75b7171a4b31d,
		0x1ff60527118fe, 0x216936d3cd6e5,
	} },
	.y = { {
		0x6666666666658, 0x4cccccccccccc, 0x1999999999999,
		0x3333333333333, 0x6666666666666,
	} },
	.z = { { 1 } },
	.t = { {
		0x68ab3a5b7dda3, 0x00eea2a5eadbb, 0x2af8df483c27e,
		0x332b375274732, 0x67875f0fd78b7,
	} },
};

/* The group's order, the lowest word first. */
static const uint64_t order[WORDS] = {
	0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000,
};

/* Any two points, the same twice as well (RFC 8032, 5.1.4). */
static void
add(struct point *out, const struct point *p, const struct point *q)
{
	struct fe a, b, c, e, f, g, h;

	fe_sub(&a, &p->y, &p->x);
	fe_sub(&e, &q->y, &q->x);
	fe_mul(&a, &a, &e);
	fe_add(&b, &p->y, &p->x);
	fe_add(&e, &q->y, &q->x);
	fe_mul(&b, &b, &e);
	fe_mul(&c, &p->t, &q->t);
	fe_mul(&c, &c, &curve_2d);
	fe_mul(&g, &p->z, &q->z);
	fe_add(&g, &g, &g);
	fe_sub(&e, &b, &a);
	fe_sub(&f, &g, &c);
	fe_add(&g, &g, &c);
	fe_add(&h, &b, &a);
	fe_mul(&out->x, &e, &f);
	fe_mul(&out->y, &g, &h);
	fe_mul(&out->z, &f, &g);
	fe_mul(&out->t, &e, &h);
}

/* The same point twice, for which less is to be done. */
static void
add_itself(struct point *p)
{
	struct fe a, b, e, f, g, h;

	fe_square(&a, &p->x, 1);
	fe_square(&b, &p->y, 1);
	fe_add(&h, &a, &b);
	fe_add(&e, &p->x, &p->y);
	fe_square(&e, &e, 1);
	fe_sub(&e, &h, &e);
	fe_sub(&g, &a, &b);
	fe_square(&f, &p->z, 1);
	fe_add(&f, &f, &f);
	fe_add(&f, &f, &g);
	fe_mul(&p->x, &e, &f);
	fe_mul(&p->y, &g, &h);
	fe_mul(&p->z, &f, &g);
	fe_mul(&p->t, &e, &h);
}

static void
negate(struct point *p)
{
	const struct fe zero = { 0 };

	fe_sub(&p->x, &zero, &p->x);
	fe_sub(&p->t, &zero, &p->t);
}

/* x of y, or its negative: a root of u / v (RFC 8032, 5.1.3). */
static enum err
find_x(struct fe *x, const struct fe *y)
{
	struct fe u, v, v3, t;

	fe_mul(&u, y, y);
	fe_mul(&v, &u, &curve_d);
	fe_sub(&u, &u, &one);
	fe_add(&v, &v, &one);
	fe_mul(&v3, &v, &v);
	fe_mul(&v3, &v3, &v);
	fe_mul(&t, &v3, &v3);
	fe_mul(&t, &t, &v);
	fe_mul(&t, &t, &u);		/* u v^7 */
	fe_root(&t, &t);
	fe_mul(&t, &t, &v3);
	fe_mul(x, &t, &u);
	fe_mul(&t, x, x);
	fe_mul(&t, &t, &v);
	if (fe_equal(&t, &u))
		return ERR_OK;
	fe_add(&t, &t, &u);
	fe_mul(x, x, &root_of_minus_1);
	return fe_equal(&t, &(struct fe){ 0 }) ? ERR_OK : ERR_AUTH;
}

/* AUTH for what is no point, or not as it is written. */
static enum err
read_point(struct point *p, const uint8_t in[static 32])
{
	uint8_t again[32];

	fe_read(&p->y, in);
	TRY(find_x(&p->x, &p->y));
	fe_write(&p->x, again);
	if ((again[0] & 1) != in[31] >> 7)
		fe_sub(&p->x, &(struct fe){ 0 }, &p->x);
	fe_mul(&p->t, &p->x, &p->y);
	p->z = one;
	fe_write(&p->y, again);
	return memcmp(again, in, 31) == 0 && again[31] == (in[31] & 0x7f) ?
	    ERR_OK : ERR_AUTH;
}

static void
clear(struct batch *b)
{
	b->n = 0;
	b->s = b->h = (struct sum){ 0 };
	for (size_t i = 0; i < WINDOWS; i++)
		for (size_t j = 0; j < DIGITS; j++)
			b->digits[i][j] = identity;
}

enum err
batch_new(const uint8_t pub[static ED25519_LEN], struct batch **out)
{
	struct batch *b OWNED(batch_drop) = calloc(1, sizeof(*b));

	if (b == NULL)
		return ERR_LIMIT;
	TRY(ed25519_check(pub));
	memcpy(b->pub, pub, sizeof(b->pub));
	TRY(read_point(&b->minus_key, pub));
	negate(&b->minus_key);
	add(&b->both, &base, &b->minus_key);
	clear(b);
	*out = GIVE(b, NULL);
	return ERR_OK;
}

void
batch_drop(struct batch **b)
{
	free(*b);
	*b = NULL;
}

const uint8_t *
batch_key(const struct batch *b)
{
	return b->pub;
}

/* sum += z times the len bytes at n, the lowest first. */
static void
add_product(struct sum *sum, uint64_t z, const uint8_t *n, size_t len)
{
	unsigned __int128 carry = 0;

	for (size_t i = 0; i < WORDS; i++) {
		uint64_t word = 0;

		for (size_t j = 8; j > 0 && 8 * i < len; j--)
			word = word << 8 | n[8 * i + j - 1];
		carry += (unsigned __int128)z * word + sum->w[i];
		sum->w[i] = (uint64_t)carry;
		carry >>= 64;
	}
}

static bool
bit_of(const struct sum *n, unsigned i)
{
	return (n->w[i / 64] >> i % 64 & 1) != 0;
}

/* *n = 2 *n + bit, less the order if it is not below it. */
static void
step(struct sum *n, bool bit)
{
	struct sum less;
	uint64_t carry = bit, borrow = 0;

	for (size_t i = 0; i < WORDS; i++) {
		const uint64_t top = n->w[i] >> 63;

		n->w[i] = n->w[i] << 1 | carry;
		carry = top;
	}
	for (size_t i = 0; i < WORDS; i++) {
		const unsigned __int128 left = (unsigned __int128)n->w[i] -
		    order[i] - borrow;

		less.w[i] = (uint64_t)left;
		borrow = (uint64_t)(left >> 64) & 1;
	}
	if (borrow == 0)
		*n = less;
}

/* Once for many signatures, so that it may be slow. */
static void
reduce(struct sum *n)
{
	struct sum rest = { 0 };

	for (unsigned i = 64 * WORDS; i-- > 0;)
		step(&rest, bit_of(n, i));
	*n = rest;
}

/* S has one encoding. */
static bool
is_reduced(const uint8_t s[static 32])
{
	struct sum n = { 0 };

	add_product(&n, 1, s, 32);
	for (size_t i = 4; i-- > 0;)
		if (n.w[i] != order[i])
			return n.w[i] < order[i];
	return false;
}

static enum err
hash(const struct batch *b, struct span msg, const uint8_t *r,
    uint8_t digest[static 64])
{
	wc_Sha512 ctx;
	int rc = wc_InitSha512(&ctx);

	if (rc == 0)
		rc = wc_Sha512Update(&ctx, r, 32);
	if (rc == 0)
		rc = wc_Sha512Update(&ctx, b->pub, sizeof(b->pub));
	if (rc == 0 && msg.len > 0)
		rc = wc_Sha512Update(&ctx, msg.at, (word32)msg.len);
	if (rc == 0)
		rc = wc_Sha512Final(&ctx, digest);
	wc_Sha512Free(&ctx);
	return crypto_check(rc, "wc_Sha512");
}

enum err
batch_add(struct batch *b, struct span msg,
    const uint8_t sig[static ED25519_SIG_LEN])
{
	struct point r;
	uint8_t digest[64];
	unsigned z;

	TRY(crypto_ready());
	if (msg.len > UINT32_MAX)
		return ERR_LIMIT;
	if (b->n++ < BATCH_ALONE)
		return ed25519_verify(b->pub, msg, sig);
	if (!is_reduced(sig + 32))
		return ERR_AUTH;
	TRY(read_point(&r, sig));
	TRY(hash(b, msg, sig, digest));
	z = (unsigned)digest[0] << 8 | digest[1] | 1;
	add_product(&b->h, z, digest, sizeof(digest));
	add_product(&b->s, z, sig + 32, 32);
	for (size_t i = 0; i < WINDOWS; i++, z >>= 4)
		if ((z & 15) != 0)
			add(&b->digits[i][(z & 15) - 1],
			    &b->digits[i][(z & 15) - 1], &r);
	return ERR_OK;
}

/* The sum of all z R: each digit as often as it says, sixteen times what
 * the window above has. */
static void
sum_points(const struct batch *b, struct point *out)
{
	*out = identity;
	for (size_t i = WINDOWS; i-- > 0;) {
		struct point run = identity;

		for (int j = 0; j < 4; j++)
			add_itself(out);
		for (size_t j = DIGITS; j-- > 0;) {
			add(&run, &run, &b->digits[i][j]);
			add(out, out, &run);
		}
	}
}

/* s B - h A, both at once. */
static void
sum_scalars(const struct batch *b, struct point *out)
{
	*out = identity;
	for (unsigned i = 256; i-- > 0;) {
		const bool s = bit_of(&b->s, i), h = bit_of(&b->h, i);

		add_itself(out);
		if (s || h)
			add(out, out, s && h ? &b->both : s ? &base :
			    &b->minus_key);
	}
}

enum err
batch_check(struct batch *b)
{
	struct point left, right;
	size_t n;

	TRY(crypto_ready());
	n = GIVE(b->n, 0);
	if (n <= BATCH_ALONE)
		return ERR_OK;
	reduce(&b->s);
	reduce(&b->h);
	sum_scalars(b, &left);
	sum_points(b, &right);
	clear(b);
	/* left - right has to be the identity, the only point whose y is 1. */
	negate(&right);
	add(&left, &left, &right);
	return fe_equal(&left.y, &left.z) ? ERR_OK : ERR_AUTH;
}
