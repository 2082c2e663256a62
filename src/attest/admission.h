/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_ADMISSION_H
#define ATTEST_ADMISSION_H

/*
 * What whoever enrols a domain's TPM keeps between the challenge and the
 * proof (attest/enrol.h): of which domain and keys it was, and the hash of
 * the proof that is awaited.  Nothing of it is secret; who could alter it
 * could have another TPM taken for the one that was looked at.
 *
 * Knows attest/enrol.h and maps.  Does not know where it is kept.
 */

#include "attest/enrol.h"

#define ADMISSION_MAX 512

struct admission {
	struct wire_id	vm;		/* empty in what was kept before */
	uint8_t		ak_name[ATTEST_NAME_LEN];
	uint8_t		ek[32];		/* SHA-256 of its TPM2B_PUBLIC */
	uint8_t		want[32];	/* of the proof */
	uint64_t	until;		/* epoch seconds */
	bool		any_time;	/* of the certificate */
};

/* Draw a challenge to who asks, and what is then awaited, for a day from
 * now; any_time is left to the caller. */
enum err admission_draw(const struct enrol_request *r, uint64_t now,
    struct enrol_challenge *c, struct admission *out);

/* As a map, and out of one: MALFORMED. */
enum err admission_write(const struct admission *a,
    uint8_t room[static ADMISSION_MAX], struct span *out);
enum err admission_read(struct span map, struct admission *out);

#endif
