/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_EXPLAIN_H
#define ENFORCE_EXPLAIN_H

/*
 * The checks of a token one after another, for a person who wants to see
 * them.  What only the verifier in its place knows (what was revoked and
 * spent, who shows the token) is left out, so nothing may run on the word of
 * this: see enforce/verify.h for that.
 *
 * Knows the key set.  Does not know channels or storage.
 */

#include "enforce/verify.h"

enum explained { CHECK_PASSED, CHECK_FAILED, CHECK_LEFT_OUT };

/* Hears of each check in its order, the last one being the first that failed;
 * why is its reason. */
typedef void explain_listener(void *self, const char *check,
    enum explained how, enum reason why);

/* What s lacks is left out as well: operation, and arguments, whose at is
 * then NULL.  Returns the first failure's reason. */
enum reason enforce_explain(const struct keyset *keys, struct span me,
    const struct showing *s, uint64_t now, explain_listener *tell,
    void *self);

#endif
