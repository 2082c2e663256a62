/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_WYCHEPROOF_H
#define TESTS_VECTORS_WYCHEPROOF_H

/*
 * One test of Wycheproof, for the files that run the kinds of them.
 *
 * Knows vectors.h.
 */

#include "crypto/hash.h"
#include "tests/vectors/vectors.h"

enum result { VALID, INVALID, ACCEPTABLE };

/* A group, and the test of it that is being run. */
struct test {
	const char	*algorithm;	/* of the whole file */
	const json_t	*group;
	const json_t	*json;
	enum result	 result;
};

/* The one of ours that an algorithm's name ends with; false if none. */
bool	hash_of(const char *name, enum hash_alg *alg);

void	conclude(struct tally *t, const struct test *test, bool accepted);

void	run_oaep(struct tally *t, const struct test *test);
void	run_pss(struct tally *t, const struct test *test);

#endif
