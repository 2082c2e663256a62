/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_READER_H
#define CRYPTOD_READER_H

/*
 * A job and what is found in it, as they pass between cryptod and a child of
 * its zygote (cryptod/appraiser.h).  Both are of one size and of one build;
 * a job is written by cryptod alone, and of what was found nothing is
 * believed before found_check() has looked at it.
 *
 * Knows attest/ and crypto/x509.h.  Does not know processes.
 */

#include "cryptod/appraiser.h"

#define JOB_PARTS 5
#define JOB_SIZE 262144		/* whole pages, so that one can be unmapped */
#define JOB_BYTES (JOB_SIZE - 48)

enum job_kind { JOB_LOG = 1, JOB_CHAIN };

struct job {
	uint32_t	kind;
	uint32_t	alg, mask;	/* of a log's goal */
	uint32_t	exponent;	/* of a chain's key */
	int64_t		when;
	uint32_t	len[JOB_PARTS];	/* of what is in bytes, in order */
	uint8_t		pad[4];
	uint8_t		bytes[JOB_BYTES];
};

enum job_part {
	PART_LOG = 0, PART_RULES, PART_VALUES,
	PART_CERTIFICATE = 0, PART_OTHERS, PART_X, PART_Y, PART_MODULUS
};

struct found {
	uint32_t	kind;
	uint32_t	replay, rules;	/* enum appraise_mark */
	uint32_t	pcr, event, rule, at;
	uint32_t	alg, len, extended;	/* struct eventlog_pcrs */
	uint32_t	chain, ek;	/* enum x509_verdict */
	char		why[APPRAISER_WHY];
	uint8_t		value[BANK_PCRS][HASH_LEN_MAX];
};

/* Make a job, with nothing left of the one before; LIMIT if there is no room
 * for so much. */
enum err job_put(struct job *j, const struct span *parts, size_t n);
struct span job_part(const struct job *j, enum job_part part);

/* The child's work; roots may be NULL. */
void reader_read(const struct job *j, const struct x509_anchors *roots,
    struct found *out);

/* Is this what may be found in that job?  MALFORMED; *out is then as it
 * was. */
enum err found_check(const struct found *f, const struct job *j,
    struct appraiser_answer *out);

#endif
