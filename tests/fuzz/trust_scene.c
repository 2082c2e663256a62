/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/trust_scene.h"

#include "base/secret.h"

enum err
trust_scene(struct trust_scene *s)
{
	static const char *const names[] = { "anna", "ben", "cleo" };
	struct msg_pinned *set = &s->pin.set;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < SCENE_PEOPLE; i++) {
		TRY(secret_new(32, &s->seeds[i]));
		memset(secret_expose(s->seeds[i]), (int)i + 1, 32);
		TRY(signer_ed25519(s->seeds[i], &s->people[i]));
	}
	TRY(WIRE_SET_TEXT(set->issuer, span_text("cryptod")));
	set->quorum = 2;
	set->officers.count = 3;
	for (size_t i = 0; i < 3; i++) {
		struct msg_officer_named *o = &set->officers.at[i];

		TRY(WIRE_SET_TEXT(o->officer_id, span_text(names[i])));
		TRY(cose_key_encode(&s->people[i].key, o->key.at,
		    &o->key.len));
	}
	return ERR_OK;
}

static enum err
put_reference(struct msg_trust *t, uint8_t room[static 1024])
{
	static const uint8_t values[64] = { 1, 2, 3 };
	struct msg m = { .type = MSG_reference };
	size_t len;

	TRY(WIRE_SET_TEXT(m.reference.vm_id, span_text("web")));
	m.reference.alg = 0x000b;
	m.reference.mask = 0x11;
	m.reference.has_sets = true;
	m.reference.sets.count = 1;
	m.reference.sets.at[0] = SPAN(values);
	m.reference.ak_name.len = sizeof(m.reference.ak_name.at);
	m.reference.ak_name.at[1] = 0x0b;
	TRY(wire_encode_object(&m, room, 1024, &len));
	t->has_references = true;
	t->references = (struct wire_long){ 1, { room, len } };
	return ERR_OK;
}

enum err
trust_scene_file(const struct trust_scene *s, uint64_t version,
    const char *issuer, const char *by, struct trust *out)
{
	struct msg m = { .type = MSG_trust };
	uint8_t object[4096], room[1024];
	struct span bytes = { object, 0 };

	m.trust.version = version;
	TRY(WIRE_SET_TEXT(m.trust.issuer, span_text(issuer)));
	m.trust.quorum = s->pin.set.quorum;
	m.trust.officers.count = s->pin.set.officers.count;
	memcpy(m.trust.officers.at, s->pin.set.officers.at,
	    sizeof(m.trust.officers.at));
	m.trust.root_key = m.trust.officers.at[0].key;
	TRY(put_reference(&m.trust, room));
	TRY(wire_encode_object(&m, object, sizeof(object), &bytes.len));
	m = (struct msg){ .type = MSG_trust_file };
	m.trust_file.object = bytes;
	for (; *by != '\0'; by++) {
		struct wire_sig *sig = &m.trust_file.signatures.at[
		    m.trust_file.signatures.count++];

		TRY(cose_sign_detached(&s->people[*by - '0'], TRUST_AAD,
		    bytes, sig->at, sizeof(sig->at), &sig->len));
	}
	memset(out, 0, sizeof(*out));
	return wire_encode_object(&m, out->bytes, TRUST_MAX, &out->len);
}
