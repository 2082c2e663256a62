/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_CODE_H
#define CRYPTOD_CODE_H

/*
 * Which time step a TOTP code belongs to (RFC 6238).
 *
 * Every step of the window is computed and compared, whatever the earlier
 * ones gave: the time depends on the window and on the code's length only.
 *
 * Knows crypto/otp.  Does not know operators, clocks or state.
 */

#include <stdbool.h>

#include "crypto/hash.h"
#include "crypto/otp.h"

/* RESYNC_STEPS either side of now; TIME STEPS are counted from 1970. */
#define RESYNC_STEPS 10

struct code_key {
	enum hash_alg	alg;
	unsigned	digits;		/* 6 or 8 */
	struct span	secret;
};

struct code_window {
	uint64_t	first;
	unsigned	count;
};

struct code_found {
	bool		found;
	uint64_t	step;		/* of the code, or of the second one */
};

/* The window of width steps either side of center; it begins at 0 at the
 * earliest and keeps its size. */
struct code_window code_window(uint64_t center, unsigned width);

/*
 * Look for the code in the window.  Where it is the code of several steps the
 * last one counts, so that the same digits are never good twice.
 */
enum err code_find(const struct code_key *key, struct code_window in,
    struct span code, struct code_found *out);

/* Look for two consecutive codes; the second one's step is in the window. */
enum err code_find_pair(const struct code_key *key, struct code_window in,
    struct span code, struct span next, struct code_found *out);

#endif
