/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deprecated since OpenSSL 3, which goes on asking it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tests/dice.h"

#include <stdint.h>
#include <stdlib.h>

#include <openssl/rand.h>

static uint64_t state;

/* Knuth's MMIX generator; its high bits. */
static int
fall(unsigned char *at, int len)
{
	for (int i = 0; i < len; i++) {
		state = state * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		at[i] = (unsigned char)(state >> 56);
	}
	return 1;
}

static int
are_there(void)
{
	return 1;
}

void
dice_throw(void)
{
	static const RAND_METHOD loaded = {
		.bytes = fall, .pseudorand = fall, .status = are_there,
	};

	state = 1;
	if (RAND_get_rand_method() != &loaded &&
	    RAND_set_rand_method(&loaded) != 1)
		abort();
}
