/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/checkpoint.h"

enum err
checkpoint_make(const struct state *s, uint64_t epoch, uint64_t now,
    const struct signer *root, uint8_t *out, size_t cap, size_t *len)
{
	struct msg m = { .type = MSG_checkpoint };
	struct msg_checkpoint *c = &m.checkpoint;
	uint8_t body[1024];
	size_t n;

	c->issuer = s->appliance.issuer;
	c->sequence = s->sequence;
	c->epoch = epoch;
	c->issued_at = now;
	TRY(WIRE_SET_BYTES(c->head, SPAN(s->head)));
	TRY(wire_encode_object(&m, body, sizeof(body), &n));
	return cose_sign_embedded(root, CHECKPOINT_AAD,
	    (struct span){ body, n }, out, cap, len);
}

enum err
checkpoint_read(struct span bytes, const struct cose_key *root,
    struct span issuer, struct msg_checkpoint *out)
{
	struct span payload;
	struct msg m;

	TRY(cose_check_embedded(bytes, root, CHECKPOINT_AAD, &payload));
	TRY(wire_decode_object(MSG_checkpoint, payload, &m));
	if (!span_equal(WIRE_SPAN(m.checkpoint.issuer), issuer))
		return ERR_DENIED;
	*out = m.checkpoint;
	return ERR_OK;
}
