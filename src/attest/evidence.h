/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_EVIDENCE_H
#define ATTEST_EVIDENCE_H

/*
 * The object `evidence`: a quote, the PCR values that it is over, and what it
 * is bound to.
 *
 * `bound` is {"audit_head", "key_metadata"} for cryptod and {"cnf", "request"}
 * for a client, and qualifyingData is made of it:
 * SHA-256("anchorhold/1 evidence " || vm_id || 00 || SHA-256(challenge) ||
 * SHA-256(bound)).
 *
 * Knows the messages.  Does not know whom to believe.
 */

#include "attest/quote.h"
#include "wire/wire.h"

#define EVIDENCE_QUALIFYING_LEN 32
#define EVIDENCE_CRYPTOD "cryptod"	/* its vm_id */
#define EVIDENCE_BOUND_MAX 256

struct evidence {
	struct wire_id	vm_id;
	struct span	ak;		/* TPM2B_PUBLIC */
	struct span	attest;		/* TPMS_ATTEST */
	struct span	signature;	/* TPMT_SIGNATURE */
	uint16_t	alg;		/* TPM_ALG_ID of the bank */
	uint32_t	mask;		/* bit n is PCR n */
	size_t		values_len;	/* the PCRs' values, ascending */
	uint8_t		values[QUOTE_VALUES_MAX];
	struct span	bound;		/* the whole map */
	struct span	event_log;	/* empty: there is none */
};

/* MALFORMED unless in is the only encoding of one evidence, its PCRs strictly
 * ascending and each as long as its bank's digests.  What is in the TPM's
 * structures is not looked at.  Spans of out point into in. */
enum err evidence_read(struct span in, struct evidence *out);

/* INTERNAL for what evidence_read() would not take; LIMIT if buf is short. */
enum err evidence_encode(const struct evidence *e, uint8_t *buf, size_t cap,
    size_t *len);

enum err evidence_qualifying(struct span vm_id, struct span challenge,
    struct span bound, uint8_t out[static EVIDENCE_QUALIFYING_LEN]);

/* The map `bound`, in buf: cryptod's, and a client's, whose cnf is a whole
 * thumbprint or nothing. */
enum err evidence_bind_keys(const uint8_t key_metadata[static 32],
    const uint8_t audit_head[static 32],
    uint8_t buf[static EVIDENCE_BOUND_MAX], struct span *bound);
enum err evidence_bind_request(struct span cnf, const char *request_id,
    uint8_t buf[static EVIDENCE_BOUND_MAX], struct span *bound);

/* What cryptod's says; MALFORMED unless it is exactly that map. */
enum err evidence_bound_keys(struct span bound,
    uint8_t key_metadata[static 32], uint8_t audit_head[static 32]);

#endif
