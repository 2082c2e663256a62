/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_QUOTES_H
#define TESTS_VECTORS_QUOTES_H

/*
 * What the formats of quotes share: an attestation key as it was told, and
 * what it signed.
 *
 * Knows vectors.h and attest.
 */

#include "attest/appraise.h"
#include "tests/vectors/vectors.h"

/* A TPM2B_PUBLIC of what was told. */
struct told_key {
	size_t	len;
	uint8_t	at[1024];
};

/* Of a TPMT_PUBLIC; of a SubjectPublicKeyInfo, as if it were restricted and of
 * this scheme. */
bool	key_of_area(struct span area, struct told_key *out);
bool	key_of_info(struct span info, struct told_key *out);

static inline struct span
key_span(const struct told_key *k)
{
	return (struct span){ k->at, k->len };
}

/* The formats besides the lists of quotes. */
bool	fits_creations(const json_t *doc);
void	run_creations(struct tally *t, const json_t *doc);
bool	fits_machine(const json_t *doc);
void	run_machine(struct tally *t, const json_t *doc);

#endif
