/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_SELFTEST_H
#define CRYPTO_SELFTEST_H

/*
 * The power-up test: every primitive of this room against a known answer.
 *
 * It runs once, when a daemon calls it or else before the first operation.
 * After a failure every operation of the room answers STATE until the process
 * ends.  What is expected stands in crypto/kat.def; tests link an object with
 * one expectation flipped in place of crypto/kat.c.
 *
 * Knows all of crypto.  Does not know what its caller does in the error state.
 */

#include <stdbool.h>

#include "base/err.h"

/* Run the test unless it has run; STATE once it has failed, and one line in
 * the log says at which answer. */
enum err crypto_selftest(void);

/* False from a failure on, for good. */
bool crypto_ok(void);

#endif
