/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/state_scene.h"

#include "audit/entry.h"
#include "base/secret.h"
#include "crypto/hash.h"

static enum err
make_signer(uint8_t first, struct signer *out)
{
	const uint8_t bytes[32] = { first };
	struct secret *seed;		/* stays with the signer */

	TRY(secret_copy(SPAN(bytes), &seed));
	return signer_ed25519(seed, out);
}

enum err
scene_make(struct scene *s)
{
	TRY(make_signer(1, &s->root));
	TRY(make_signer(2, &s->audit));
	return make_signer(3, &s->other);
}

enum err
scene_signed(const struct scene *s, const char *aad, struct span payload,
    uint8_t *out, size_t cap, size_t *len)
{
	return cose_sign_embedded(&s->root, aad, payload, out, cap, len);
}

enum err
scene_keys(const struct scene *s, uint8_t *out, size_t cap, size_t *len)
{
	struct msg m = { .type = MSG_key_metadata };
	struct msg_listed_key *k = &m.key_metadata.keys.at[0];
	uint8_t key[COSE_KEY_MAX], body[1024];
	size_t n;

	TRY(WIRE_SET_TEXT(m.key_metadata.issuer, span_text(SCENE_ISSUER)));
	m.key_metadata.keys.count = 1;
	TRY(cose_key_encode(&s->audit.key, key, &n));
	TRY(WIRE_SET_BYTES(k->key, ((struct span){ key, n })));
	TRY(WIRE_SET_BYTES(k->kid, SPAN(s->audit.kid)));
	k->use = WIRE_use_audit;
	k->state = WIRE_phase_current;
	TRY(wire_encode_object(&m, body, sizeof(body), &n));
	return scene_signed(s, SCENE_KEYS_AAD, (struct span){ body, n }, out,
	    cap, len);
}

enum err
scene_entry(const struct signer *by, struct msg *m, uint8_t head[static 32],
    uint8_t *out, size_t cap, size_t *len)
{
	struct msg_audit_log *a = &m->audit_log;
	struct span body = { out, 0 };

	TRY(WIRE_SET_BYTES(a->previous, ((struct span){ head, 32 })));
	TRY(wire_encode_body(m, "signature", out, cap, &body.len));
	TRY(cose_sign_detached(by, AUDIT_AAD, body, a->signature.at,
	    sizeof(a->signature.at), &a->signature.len));
	TRY(wire_encode_object(m, out, cap, &body.len));
	*len = body.len;
	return sha256(&body, 1, head);
}
