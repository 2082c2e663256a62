/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <stdio.h>

#include "anchor/quote.h"
#include "attest/evidence.h"
#include "attest/quote.h"
#include "base/log.h"
#include "provisioning/reference.h"
#include "provisioning/trust.h"

/* What a bus may have changed on its way is not what officers shall sign. */
static enum err
check_quote(const struct msg_anchor *anchor, const struct tpm_quote *q,
    struct span nonce, struct quote *out)
{
	const struct span attest = { q->attest, q->attest_len };
	struct attest_public ak;

	TRY(attest_public_read(WIRE_SPAN(anchor->ak_pub), &ak));
	TRY(quote_signed(&ak, attest, (struct span){ q->sig, q->sig_len }));
	TRY(quote_read(attest, out));
	return span_equal(out->extra, nonce) ? ERR_OK : ERR_AUTH;
}

/* The PCRs that were quoted, but for the cap: it is as it will be. */
static enum err
put_values(const struct mint_options *o, const struct msg_anchor *anchor,
    const struct tpm_pcrs *p, uint8_t *room, struct span *set)
{
	uint8_t cap[32] = { 0 };

	*set = (struct span){ room, 0 };
	if (o->cap != 0)
		TRY(capped_value(cap));
	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if ((p->select.mask >> i & 1) == 0)
			continue;
		memcpy(room + set->len, anchor->cap != 0 && i == anchor->cap ?
		    cap : p->value[i], sizeof(cap));
		set->len += sizeof(cap);
	}
	return ERR_OK;
}

/* The present values are approved ones: the state would not have opened. */
static enum err
refer(struct mint *m, const struct msg_anchor *anchor, uint8_t *room,
    struct msg_reference *out)
{
	uint8_t nonce[32];
	struct tpm_quote q;
	struct quote said;

	*m->options->blame = MINT_TPM;
	TRY(drbg_draw(m->drbg, nonce, sizeof(nonce)));
	TRY(root_quote(&m->root, anchor, nonce, &q));
	if (check_quote(anchor, &q, SPAN(nonce), &said) != ERR_OK)
		return log_err(ERR_AUTH, "the TPM's quote is not what its "
		    "attestation key says");
	*m->options->blame = MINT_SYSTEM;
	*out = (struct msg_reference){
		.alg = q.pcrs.select.bank, .mask = q.pcrs.select.mask,
		.firmware_floor = said.firmware, .ak_name.len = 34,
		.has_sets = true, .sets.count = 1,
	};
	TRY(WIRE_SET_TEXT(out->vm_id, span_text(EVIDENCE_CRYPTOD)));
	TRY(attest_name(WIRE_SPAN(anchor->ak_pub), out->ak_name.at));
	return put_values(m->options, anchor, &q.pcrs, room, &out->sets.at[0]);
}

enum err
step_trust(const struct mint_options *o)
{
	struct mint m OWNED(mint_drop) = mint_none;
	uint8_t room[TPM_PCRS * 32];
	struct msg_reference cryptod;
	struct msg anchor;
	enum err e;

	TRY(mint_open(&m, o));
	TRY(anchor_read(m.dir, &anchor));
	TRY(refer(&m, &anchor.anchor, room, &cryptod));
	if ((e = trust_draft(o->trust, &anchor.anchor, m.state, &cryptod)) ==
	    ERR_STATE)
		*o->blame = MINT_STATE;
	TRY(e);
	printf("trust: %s is for the officers to sign; it says what cryptod "
	    "has to prove\n", o->trust);
	return ERR_OK;
}
