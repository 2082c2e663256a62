/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/proof.h"

#include <string.h>

#include "crypto/hash.h"

/* The hash that it is bound to is that of the metadata that came with it. */
static bool
is_bound(const struct evidence *e, const struct msg_evidence_resp *answer)
{
	uint8_t said[SHA256_LEN], is[SHA256_LEN], head[SHA256_LEN];

	return answer->has_object &&
	    evidence_bound_keys(e->bound, said, head) == ERR_OK &&
	    sha256(&answer->object, 1, is) == ERR_OK &&
	    memcmp(said, is, sizeof(is)) == 0;
}

enum reason
enforce_proof(const struct wire_long *references, struct span nonce,
    const struct msg_evidence_resp *answer, const struct appraised *last,
    struct appraisal *a)
{
	struct reference reference;
	struct evidence e;
	struct appraise_case c = {
		.evidence = &e,
		.vm_id = span_text(EVIDENCE_CRYPTOD),
		.challenge = nonce,
		.last = last,
	};

	*a = (struct appraisal){ .why = REASON_none };
	if (evidence_read(answer->evidence, &e) != ERR_OK)
		return REASON_evidence_shape;
	if (!is_bound(&e, answer))
		return REASON_quote_bound;
	c.bound = e.bound;
	if (references_find(references, c.vm_id, &reference) == ERR_OK)
		c.reference = &reference;
	appraise(&c, a);
	return appraisal_reason(a);
}
