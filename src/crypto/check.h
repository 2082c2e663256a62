/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_CHECK_H
#define CRYPTO_CHECK_H

/*
 * What every file of this room begins and ends with.  Private to crypto/.
 *
 * Knows base.  Does not know any primitive.
 */

#include "base/err.h"

/* OK, or STATE once the self-test has failed; runs it the first time. */
enum err crypto_ready(void);

/* The one translator of wolfSSL's codes: AUTH for a tag or signature that
 * does not verify, else one line in the log and LIMIT or INTERNAL.  what is
 * the call's name. */
enum err crypto_check(int rc, const char *what);

/* Overwrite the stack below the caller, where wolfSSL leaves copies of keys
 * and half-done arithmetic. */
void crypto_scrub(void);
/* The same after a hash or an HMAC, which are many and go less deep. */
void crypto_scrub_hash(void);

/* Make wolfSSL wipe what it frees.  Before its first allocation. */
enum err crypto_heap(void);

#endif
