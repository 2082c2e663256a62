/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/entry.h"

#include "crypto/uuid.h"
#include "wire/map.h"

static enum err
put_text(struct wire_text *to, bool *has, struct span from)
{
	*has = from.len > 0;
	return WIRE_SET_TEXT(*to, from);
}

static enum err
fill(struct msg_audit_log *a, const struct state *s,
    const struct audit_event *event, struct drbg *drbg)
{
	char id[UUID_TEXT];
	bool always;

	TRY(uuid_make(drbg, id));
	TRY(WIRE_SET_TEXT(a->entry_id, span_text(id)));
	TRY(WIRE_SET_BYTES(a->previous, SPAN(s->head)));
	a->sequence = s->sequence + 1;
	a->timestamp = event->now;
	TRY(put_text(&a->actor, &always, event->actor));
	TRY(put_text(&a->action, &always, event->action));
	TRY(put_text(&a->result, &always, event->result));
	TRY(put_text(&a->target, &a->has_target, event->target));
	a->has_request_id = event->request_id.len > 0;
	TRY(WIRE_SET_TEXT(a->request_id, event->request_id));
	a->has_metadata = event->metadata.len > 0;
	a->metadata = event->metadata;
	return ERR_OK;
}

enum err
audit_entry(const struct state *s, const struct audit_event *event,
    const struct signer *signer, struct drbg *drbg, uint8_t *body,
    struct msg *record)
{
	struct msg m = { .type = MSG_audit_log };
	struct msg_audit_log *a = &m.audit_log;
	size_t len;

	TRY(fill(a, s, event, drbg));
	TRY(wire_encode_body(&m, "signature", body, AUDIT_BODY_MAX, &len));
	TRY(cose_sign_detached(signer, AUDIT_AAD, (struct span){ body, len },
	    a->signature.at, sizeof(a->signature.at), &a->signature.len));
	TRY(wire_encode_object(&m, body, AUDIT_BODY_MAX, &len));
	*record = (struct msg){ .type = MSG_entry };
	record->entry.body = (struct span){ body, len };
	return ERR_OK;
}

enum err
audit_rotation(const struct cose_key *key, struct span use, uint8_t *buf,
    size_t cap, struct span *map)
{
	struct map_maker m;
	uint8_t bytes[COSE_KEY_MAX];
	size_t len;

	TRY(cose_key_encode(key, bytes, &len));
	map_begin(&m);
	map_put_bytes(&m, "key", (struct span){ bytes, len });
	map_put_text(&m, "use", use);
	return map_end(&m, buf, cap, map);
}
