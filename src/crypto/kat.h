/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_KAT_H
#define CRYPTO_KAT_H

/*
 * The known answers, in a file chosen by the build.  Private to crypto/ and
 * to the tests, which link tests/kat_flipped.c before the room's library: it
 * gives the same answers but for one digit.
 *
 * Knows nothing.
 */

enum kat {
#define KAT(name, source, hex) KAT_##name,
#include "crypto/kat.def"
#undef KAT
	KAT_END
};

/* The expectation in hex; borrowed until the next call. */
const char *kat_expect(enum kat k);

#endif
