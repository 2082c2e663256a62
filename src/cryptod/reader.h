/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_READER_H
#define CRYPTOD_READER_H

/*
 * A job and what is found in it, as they pass between cryptod and a child of
 * its zygote (cryptod/appraiser.h).  Both are of one size and of one build;
 * a job is written by cryptod alone, and of what was found nothing is
 * believed before found_check() has looked at it.
 *
 * Knows attest/.  Does not know processes.
 */

#include "cryptod/appraiser.h"

#define JOB_SIZE 262144		/* whole pages, so that one can be unmapped */
#define JOB_BYTES (JOB_SIZE - 20)

enum job_part { PART_LOG, PART_RULES, PART_VALUES, JOB_PARTS };

struct job {
	uint32_t	alg, mask;	/* of the goal */
	uint32_t	len[JOB_PARTS];	/* of what is in bytes, in order */
	uint8_t		bytes[JOB_BYTES];
};

struct found {
	uint32_t	replay, rules;	/* enum appraise_mark */
	uint32_t	about, pcr, event, rule, at;	/* event_finding */
	uint32_t	alg, len, extended;	/* struct eventlog_pcrs */
	char		why[APPRAISER_WHY];
	uint8_t		value[BANK_PCRS][HASH_LEN_MAX];
};

/* Make a job, with nothing left of the one before; LIMIT if there is no room
 * for so much. */
enum err job_put(struct job *j, const struct span parts[static JOB_PARTS]);
struct span job_part(const struct job *j, enum job_part part);

/* The child's work. */
void reader_read(const struct job *j, struct found *out);

/* Is this what may be found in that job?  MALFORMED; *out is then as it
 * was. */
enum err found_check(const struct found *f, const struct job *j,
    struct appraiser_answer *out);

#endif
