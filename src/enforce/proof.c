/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/proof.h"

#include <string.h>

#include "crypto/hash.h"

/* Both of them hash to what it is bound to; *apart is true when it is bound
 * to metadata, and others came with it. */
static bool
is_bound(const struct evidence *e, const struct msg_evidence_resp *answer,
    bool *apart)
{
	static const uint8_t nothing[SHA256_LEN];	/* as in recovery */
	uint8_t said[SHA256_LEN], is[SHA256_LEN], head[SHA256_LEN];

	*apart = false;
	if (!answer->has_object ||
	    evidence_bound_keys(e->bound, said, head) != ERR_OK ||
	    sha256(&answer->object, 1, is) != ERR_OK)
		return false;
	if (memcmp(said, is, sizeof(is)) == 0)
		return true;
	*apart = memcmp(said, nothing, sizeof(said)) != 0;
	return false;
}

/* Whether a start that is accepted goes on, and until when. */
static void
remember(const struct proof_seen *seen, const struct quote *q,
    struct proof *out)
{
	const struct appraised *was = &seen->tpm;
	const bool same = was->seen && was->reset_count == q->reset_count &&
	    was->restart_count == q->restart_count;

	out->next.tpm = out->appraisal.next;
	if (!q->safe)
		out->next.unsure_ms = same ? seen->unsure_ms :
		    q->clock_ms + PROOF_UNSURE_MS;
}

enum reason
enforce_proof(const struct wire_long *references, struct span nonce,
    const struct msg_evidence_resp *answer, const struct proof_seen *seen,
    struct proof *out)
{
	struct appraised last = seen->tpm;
	struct reference reference;
	struct evidence e;
	struct appraise_case c = {
		.evidence = &e,
		.vm_id = span_text(EVIDENCE_CRYPTOD),
		.challenge = nonce,
		.last = &last,
		.unsure_ms = seen->unsure_ms,
	};

	*out = (struct proof){ .apart = false };
	last.unsafe = last.seen;	/* once is the first word of a reset */
	if (evidence_read(answer->evidence, &e) != ERR_OK)
		return REASON_evidence_shape;
	if (!is_bound(&e, answer, &out->apart))
		return REASON_quote_bound;
	c.bound = e.bound;
	if (references_find(references, c.vm_id, &reference) == ERR_OK)
		c.reference = &reference;
	appraise(&c, &out->appraisal);
	remember(seen, &out->appraisal.quote, out);
	return appraisal_reason(&out->appraisal);
}
