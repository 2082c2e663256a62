/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/field.h"

#include <string.h>

#define LIMB 51
#define MASK ((UINT64_C(1) << LIMB) - 1)

static uint64_t
load(const uint8_t *in)
{
	uint64_t n = 0;

	for (int i = 7; i >= 0; i--)
		n = n << 8 | in[i];
	return n;
}

void
fe_read(struct fe *out, const uint8_t in[static 32])
{
	out->v[0] = load(in) & MASK;
	out->v[1] = load(in + 6) >> 3 & MASK;
	out->v[2] = load(in + 12) >> 6 & MASK;
	out->v[3] = load(in + 19) >> 1 & MASK;
	out->v[4] = load(in + 24) >> 12 & MASK;
}

/* Every limb below 2^51, but for a few units of the second. */
static void
settle(struct fe *out, const uint64_t v[static 5])
{
	uint64_t carry = 0;

	for (int i = 0; i < 5; i++) {
		const uint64_t n = v[i] + carry;

		out->v[i] = n & MASK;
		carry = n >> LIMB;
	}
	out->v[0] += 19 * carry;
	out->v[1] += out->v[0] >> LIMB;
	out->v[0] &= MASK;
}

static void
settle_wide(struct fe *out, unsigned __int128 v[static 5])
{
	for (int i = 0; i < 4; i++) {
		v[i + 1] += v[i] >> LIMB;
		out->v[i] = (uint64_t)v[i] & MASK;
	}
	out->v[4] = (uint64_t)v[4] & MASK;
	v[0] = out->v[0] + 19 * (v[4] >> LIMB);
	out->v[0] = (uint64_t)v[0] & MASK;
	out->v[1] += (uint64_t)(v[0] >> LIMB);
}

void
fe_add(struct fe *out, const struct fe *a, const struct fe *b)
{
	uint64_t v[5];

	for (int i = 0; i < 5; i++)
		v[i] = a->v[i] + b->v[i];
	settle(out, v);
}

/* a + 4p - b, so that no limb is below zero. */
void
fe_sub(struct fe *out, const struct fe *a, const struct fe *b)
{
	uint64_t v[5];

	v[0] = a->v[0] + 4 * (MASK - 18) - b->v[0];
	for (int i = 1; i < 5; i++)
		v[i] = a->v[i] + 4 * MASK - b->v[i];
	settle(out, v);
}

#define TIMES(i, j) ((unsigned __int128)x[i] * y[j])

/* What is beyond 2^255 comes back 19 times. */
void
fe_mul(struct fe *out, const struct fe *a, const struct fe *b)
{
	const uint64_t *x = a->v;
	const uint64_t y[9] = {
		b->v[0], b->v[1], b->v[2], b->v[3], b->v[4],
		19 * b->v[1], 19 * b->v[2], 19 * b->v[3], 19 * b->v[4],
	};
	unsigned __int128 v[5] = {
		TIMES(0, 0) + TIMES(1, 8) + TIMES(2, 7) + TIMES(3, 6) +
		    TIMES(4, 5),
		TIMES(0, 1) + TIMES(1, 0) + TIMES(2, 8) + TIMES(3, 7) +
		    TIMES(4, 6),
		TIMES(0, 2) + TIMES(1, 1) + TIMES(2, 0) + TIMES(3, 8) +
		    TIMES(4, 7),
		TIMES(0, 3) + TIMES(1, 2) + TIMES(2, 1) + TIMES(3, 0) +
		    TIMES(4, 8),
		TIMES(0, 4) + TIMES(1, 3) + TIMES(2, 2) + TIMES(3, 1) +
		    TIMES(4, 0),
	};

	settle_wide(out, v);
}

/* Most of a square root is these. */
void
fe_square(struct fe *out, const struct fe *a, int n)
{
	*out = *a;
	for (; n > 0; n--) {
		const uint64_t *x = out->v;
		const uint64_t y[5] = {
			2 * x[0], 2 * x[1], 2 * x[2], 19 * x[3], 19 * x[4],
		};
		unsigned __int128 v[5] = {
			(unsigned __int128)x[0] * x[0] + TIMES(1, 4) * 2 +
			    TIMES(2, 3) * 2,
			TIMES(1, 0) + TIMES(2, 4) * 2 + TIMES(3, 3),
			TIMES(2, 0) + (unsigned __int128)x[1] * x[1] +
			    TIMES(3, 4) * 2,
			TIMES(3, 0) + TIMES(2, 1) + TIMES(4, 4),
			TIMES(4, 0) + TIMES(3, 1) +
			    (unsigned __int128)x[2] * x[2],
		};

		settle_wide(out, v);
	}
}

/* out = b * a^(2^n) */
static void
shift_on(struct fe *out, const struct fe *a, int n, const struct fe *b)
{
	struct fe t;

	fe_square(&t, a, n);
	fe_mul(out, &t, b);
}

/* ones_n stands for a^(2^n - 1). */
void
fe_root(struct fe *out, const struct fe *a)
{
	struct fe t, ones_5, ones_10, ones_50, ones_100;

	fe_square(&t, a, 1);			/* a^2 */
	shift_on(&ones_5, &t, 2, a);		/* a^9 */
	fe_mul(&t, &t, &ones_5);		/* a^11 */
	shift_on(&ones_5, &t, 1, &ones_5);
	shift_on(&ones_10, &ones_5, 5, &ones_5);
	shift_on(&t, &ones_10, 10, &ones_10);
	shift_on(&t, &t, 20, &t);
	shift_on(&ones_50, &t, 10, &ones_10);
	shift_on(&ones_100, &ones_50, 50, &ones_50);
	shift_on(&t, &ones_100, 100, &ones_100);
	shift_on(&t, &t, 50, &ones_50);		/* 250 ones */
	shift_on(out, &t, 2, a);
}

static void
store(uint8_t *out, uint64_t n)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(n >> 8 * i);
}

void
fe_write(const struct fe *a, uint8_t out[static 32])
{
	struct fe n;
	uint64_t over;

	settle(&n, a->v);
	settle(&n, n.v);
	/* Is it the modulus, or more?  Then 19 carry it over 2^255. */
	over = 19;
	for (int i = 0; i < 5; i++)
		over = (n.v[i] + over) >> LIMB;
	over *= 19;
	for (int i = 0; i < 5; i++) {
		n.v[i] += over;
		over = n.v[i] >> LIMB;
		n.v[i] &= MASK;
	}
	store(out, n.v[0] | n.v[1] << 51);
	store(out + 8, n.v[1] >> 13 | n.v[2] << 38);
	store(out + 16, n.v[2] >> 26 | n.v[3] << 25);
	store(out + 24, n.v[3] >> 39 | n.v[4] << 12);
}

bool
fe_equal(const struct fe *a, const struct fe *b)
{
	uint8_t x[32], y[32];

	fe_write(a, x);
	fe_write(b, y);
	return memcmp(x, y, sizeof(x)) == 0;
}
