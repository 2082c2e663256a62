/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_MAKECRED_H
#define TESTS_VECTORS_MAKECRED_H

/*
 * What the formats of TPM credentials share: the pieces of a TPM's
 * structures, read with far less care than the appliance takes.
 *
 * Knows vectors.h.
 */

#include "crypto/hash.h"
#include "tests/vectors/vectors.h"

/* A TPM_ALG_ID; false if it is none of ours. */
bool	hash_of_tpm(int64_t id, enum hash_alg *alg);

/* A list whose first case has these two members. */
bool	is_list_with(const json_t *doc, const char *first,
	    const char *second);
void	run_each(struct tally *t, const json_t *list,
	    void (*run)(struct tally *t, const json_t *json));

/* A TPMT_PUBLIC of any of the algorithms that the vectors have. */
struct area {
	struct span	rest;
	bool		short_;		/* it ended early */
	uint16_t	type, name_alg, curve;
	uint16_t	scheme_hash;	/* 0 without a scheme */
	uint32_t	exponent;
	struct span	x, y, modulus;
};

/* A number of so many bytes; a TPM2B, without its size. */
uint32_t take_number(struct area *a, size_t len);
struct span take_bytes(struct area *a);
bool	read_area(struct span in, struct area *a);

bool	fits_labeled(const json_t *doc);
void	run_labeled(struct tally *t, const json_t *doc);

#endif
