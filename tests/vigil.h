/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VIGIL_H
#define TESTS_VIGIL_H

/*
 * A verifier that keeps its eye on cryptod, and all that it hears: proofs of a
 * TPM that signs what it is told, metadata of a root key, the time.
 */

#include "enforce/standing.h"
#include "tests/quoter.h"

#define VIGIL_WALL UINT64_C(1700000000)

struct vigil {
	struct standing		s;
	struct trust		trust;
	struct quoter		q;
	struct moment		now;
	struct msg		request;	/* the last */
	struct memory		kept;
	unsigned		keeps;
	bool			disk_is_full;
	uint64_t		fresh_s;	/* of metadata */
	bool			other_root, apart;
	uint8_t			set[96], items[1024];
	uint8_t			payload[2048], object[2048], other[2048];
	uint8_t			evidence[2048], bound[EVIDENCE_BOUND_MAX];
	uint8_t			extra[32];
};

extern struct vigil vigil;
extern struct drbg *vigil_drbg;

/* The keys, once; for a group of tests. */
int vigil_start(void **state);
int vigil_stop(void **state);

/* All in order, nothing asked yet. */
void vigil_begin(bool appraise);

/* Key metadata of that version, in room. */
struct span vigil_metadata(uint64_t version, uint8_t room[static 2048]);

/* Bring the answer to what was asked last, once. */
void vigil_tell(struct msg *m);

/* A quote that answers it, with metadata of that version. */
void vigil_quote(uint64_t version);

#endif
