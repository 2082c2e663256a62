/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/checkpoint.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/own.h"
#include "store/file.h"

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
	/* One that is too long is none either. */
	if (wire_decode_object(MSG_checkpoint, payload, &m) != ERR_OK)
		return ERR_MALFORMED;
	if (!span_equal(WIRE_SPAN(m.checkpoint.issuer), issuer))
		return ERR_DENIED;
	*out = m.checkpoint;
	return ERR_OK;
}

static enum err
load(int dir, const struct cose_key *root, struct span issuer,
    struct msg_checkpoint *out)
{
	int fd OWNED(fd_drop) = -1;
	uint8_t buf[CHECKPOINT_MAX];
	uint64_t len;

	TRY(file_view(dir, CHECKPOINT_NAME, &fd));
	TRY(file_size(fd, &len));
	if (len > sizeof(buf))
		return ERR_MALFORMED;
	TRY(file_read(fd, 0, buf, len));
	return checkpoint_read((struct span){ buf, len }, root, issuer, out);
}

enum err
checkpoint_hold(int dir, const struct cose_key *root, const struct state *s)
{
	struct msg_checkpoint c;
	const enum err e = load(dir, root, WIRE_SPAN(s->appliance.issuer),
	    &c);

	if (e != ERR_OK) {
		if (e != ERR_NOT_FOUND)
			log_line("audit: %s says nothing: %s",
			    CHECKPOINT_NAME, err_text(e));
		return ERR_OK;
	}
	if (c.sequence < s->sequence || (c.sequence == s->sequence &&
	    span_equal(WIRE_SPAN(c.head), SPAN(s->head))))
		return ERR_OK;
	return log_err(ERR_STATE, "audit: the checkpoint has entry %" PRIu64
	    ", the journal ends with another, %" PRIu64 ": it has lost what "
	    "was answered", c.sequence, s->sequence);
}
