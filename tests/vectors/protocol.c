/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/protocol.h"

#include <stdio.h>
#include <string.h>

#include "attest/evidence.h"
#include "base/secret.h"
#include "cose/encrypt_int.h"
#include "crypto/hash.h"
#include "wire/map.h"
#include "wire/wire.h"

/*
 * Known answers for our own protocol: each is made anew from its inputs and
 * compared; an ES256 signature is verified.  Which answer a case holds is
 * told by its members, and the keys that it needs by their kid.
 */

static bool
has_frame(const json_t *c)
{
	return has(c, "frame");
}

/* Every "x_private" with its "x_cose_key" and "x_kid". */
static bool
pair_as_told(struct tally *t, const json_t *c, const char *name)
{
	char key_name[64], kid_name[64];
	int prefix = (int)(strlen(name) - strlen("private"));
	struct bytes private OWNED(bytes_drop) = hex_of(c, name);
	struct bytes want OWNED(bytes_drop) = { 0 };
	struct bytes want_kid OWNED(bytes_drop) = { 0 };
	struct pair p = { .has_private = true };
	struct cose_key key;
	uint8_t out[COSE_KEY_MAX], kid[COSE_KID_LEN];
	size_t len = 0;

	(void)!snprintf(key_name, sizeof(key_name), "%.*scose_key", prefix,
	    name);
	(void)!snprintf(kid_name, sizeof(kid_name), "%.*skid", prefix, name);
	want = hex_of(c, key_name);
	want_kid = hex_of(c, kid_name);
	if (want.len == 0 || private.len != sizeof(p.private))
		return true;
	memcpy(p.private, private.at, sizeof(p.private));
	return worked(t, key_name, cose_key_decode(span_of(want), &p.key)) &&
	    worked(t, name, pair_public(&p, &key)) &&
	    worked(t, name, cose_key_encode(&key, out, &len)) &&
	    same(t, key_name, (struct span){ out, len }, span_of(want)) &&
	    worked(t, name, cose_key_kid(&key, kid)) &&
	    (want_kid.len == 0 || same(t, kid_name, SPAN(kid),
	    span_of(want_kid)));
}

static bool
has_keys(const json_t *c)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)c, name, value)
		if (strstr(name, "_cose_key") != NULL)
			return true;
	return false;
}

static void
run_keys(struct tally *t, const json_t *c)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)c, name, value) {
		size_t len = strlen(name);

		if (len > 8 && strcmp(name + len - 8, "_private") == 0 &&
		    !pair_as_told(t, c, name))
			return;
	}
	passed(t);
}

static bool
has_token(const json_t *c)
{
	return has(c, "claims") && has(c, "token");
}

static void
run_token(struct tally *t, const json_t *c)
{
	struct bytes claims OWNED(bytes_drop) = hex_of(c, "claims");
	struct bytes token OWNED(bytes_drop) = hex_of(c, "token");
	uint8_t out[TOKEN_MAX];
	size_t len = 0;
	struct sign1 s;
	struct cwt cwt;

	if (worked(t, "claims", cwt_decode(span_of(claims), &cwt)) &&
	    worked(t, "claims", cwt_encode(&cwt, out, sizeof(out), &len)) &&
	    same(t, "the claims", (struct span){ out, len },
	    span_of(claims)) && token_as_told(t, span_of(token), &cwt) &&
	    worked(t, "token", token_parse(span_of(token), &s, &cwt)) &&
	    same(t, "the token's claims", s.payload, span_of(claims)))
		passed(t);
}

static bool
has_wrapped(const json_t *c)
{
	return has(c, "ephemeral_key") && has(c, "plaintext") && has(c, "iv");
}

/* True when this sender and this recipient make exactly these bytes. */
static bool
wraps_to(const json_t *c, const struct pair *from, const struct pair *to,
    struct span want)
{
	struct bytes iv OWNED(bytes_drop) = hex_of(c, "iv");
	struct bytes hash OWNED(bytes_drop) = hex_of(c, "request");
	struct bytes plain OWNED(bytes_drop) = hex_of(c, "plaintext");
	struct bytes out OWNED(bytes_drop) = bytes_new(want.len);
	struct cose_pair sender OWNED(cose_pair_drop) = { .priv = NULL };
	struct secret *private OWNED(secret_drop) = NULL;
	struct writer w = writer_of(out.at, out.len);
	const struct wrap_request request = {
		hash.at, text_of(c, "request_id")
	};

	return to->has_key && to->key.kind != COSE_ED25519 &&
	    iv.len == 12 && hash.len == 32 &&
	    strlen(request.id) == COSE_REQUEST_ID_LEN &&
	    secret_copy(SPAN(from->private), &private) == ERR_OK &&
	    cose_pair_of(to->key.kind, &private, &sender) == ERR_OK &&
	    wrap_with(&sender, iv.at, &to->key, request, span_of(plain),
	    &w) == ERR_OK &&
	    span_equal((struct span){ out.at, (size_t)(w.at - out.at) },
	    want);
}

static void
run_wrapped(struct tally *t, const json_t *c)
{
	struct bytes want OWNED(bytes_drop) = hex_of(c, "ephemeral_key");
	struct bytes hash OWNED(bytes_drop) = hex_of(c, "request");
	struct bytes plain OWNED(bytes_drop) = hex_of(c, "plaintext");
	struct span id = span_text(text_of(c, "request_id"));
	const struct pair *from, *to;

	if (hash.len != 32) {
		unknown(t, "a request that is no hash");
		return;
	}
	for (size_t i = 0; (from = learnt_pair_at(i)) != NULL; i++)
		for (size_t k = 0; (to = learnt_pair_at(k)) != NULL; k++) {
			if (!wraps_to(c, from, to, span_of(want)))
				continue;
			if (wrapped_as_told(t, span_of(want), id, hash.at,
			    span_of(plain)))
				passed(t);
			return;
		}
	failed(t, "no sender's key makes these bytes");
}

static bool
has_object(const json_t *c)
{
	return has(c, "payload") && has(c, "object");
}

/* The object whose rows take the payload and give it back. */
static enum msg_type
object_type(struct span payload)
{
	static const enum msg_type objects[] = {
		MSG_key_metadata, MSG_revocation_list, MSG_checkpoint
	};
	struct bytes out OWNED(bytes_drop) = bytes_new(payload.len);
	struct msg m;
	size_t len = 0;

	for (size_t i = 0; i < 3; i++)
		if (wire_decode_object(objects[i], payload, &m) == ERR_OK &&
		    wire_encode_object(&m, out.at, out.len, &len) == ERR_OK &&
		    span_equal((struct span){ out.at, len }, payload))
			return objects[i];
	return MSG_NONE;
}

static void
run_object(struct tally *t, const json_t *c)
{
	struct bytes payload OWNED(bytes_drop) = hex_of(c, "payload");
	struct bytes object OWNED(bytes_drop) = hex_of(c, "object");
	enum msg_type type = object_type(span_of(payload));
	struct aad aad = aad_of(wire_name(type));
	const struct pair *p;
	struct span inside = { 0 };
	struct sign1 s;

	if (type == MSG_NONE) {
		failed(t, "the payload is no object of ours");
		return;
	}
	if (!worked(t, "parse", cose_sign1_parse(span_of(object),
	    SIGN1_EMBEDDED, &s)))
		return;
	p = learnt_pair(s.kid);
	if (p == NULL)
		failed(t, "signed by a key that no case has");
	else if (worked(t, "verify", cose_check_embedded(span_of(object),
	    &p->key, aad.at, &inside)) &&
	    same(t, "the payload", inside, span_of(payload)) &&
	    same_signature(t, p, SIGN1_EMBEDDED, aad.at, inside,
	    span_of(object)))
		passed(t);
}

static bool
has_arguments(const json_t *c)
{
	return has(c, "arguments") && has(c, "arg");
}

static void
run_arguments(struct tally *t, const json_t *c)
{
	struct bytes map OWNED(bytes_drop) = hex_of(c, "arguments");
	struct bytes want OWNED(bytes_drop) = hex_of(c, "arg");
	struct span part = span_of(map);
	uint8_t hash[32];

	if (worked(t, "hash", sha256(&part, 1, hash)) &&
	    same(t, "arg", SPAN(hash), span_of(want)))
		passed(t);
}

static bool
has_qualifying(const json_t *c)
{
	return has(c, "qualifying_data") && has(c, "bound");
}

/* The map made anew from what it says: cryptod's, or else a client's. */
static enum err
bind_anew(struct span from, uint8_t buf[static EVIDENCE_BOUND_MAX],
    struct span *bound)
{
	uint8_t metadata[32], head[32];
	struct map_entry cnf, request;
	char id[64] = "";

	if (evidence_bound_keys(from, metadata, head) == ERR_OK)
		return evidence_bind_keys(metadata, head, buf, bound);
	TRY(map_find(from, "cnf", &cnf));
	TRY(map_find(from, "request", &request));
	if (request.value.n >= sizeof(id))
		return ERR_LIMIT;
	memcpy(id, request.value.data, request.value.n);
	return evidence_bind_request((struct span){ cnf.value.data,
	    cnf.value.n }, id, buf, bound);
}

static void
run_qualifying(struct tally *t, const json_t *c)
{
	struct bytes challenge OWNED(bytes_drop) = hex_of(c, "challenge");
	struct bytes bound OWNED(bytes_drop) = hex_of(c, "bound");
	struct bytes want OWNED(bytes_drop) = hex_of(c, "qualifying_data");
	uint8_t buf[EVIDENCE_BOUND_MAX], out[EVIDENCE_QUALIFYING_LEN];
	struct span anew;

	if (worked(t, "bound", bind_anew(span_of(bound), buf, &anew)) &&
	    same(t, "bound", anew, span_of(bound)) &&
	    worked(t, "hash", evidence_qualifying(span_text(text_of(c,
	    "vm_id")), span_of(challenge), anew, out)) &&
	    same(t, "qualifyingData", SPAN(out), span_of(want)))
		passed(t);
}

static const struct answer {
	bool	(*fits)(const json_t *c);
	void	(*run)(struct tally *t, const json_t *c);
} answers[] = {
	{ has_frame,		run_frame },
	{ has_keys,		run_keys },
	{ has_token,		run_token },
	{ has_wrapped,		run_wrapped },
	{ has_object,		run_object },
	{ has_arguments,	run_arguments },
	{ has_qualifying,	run_qualifying },
	{ 0 }
};

static bool
fits(const json_t *doc)
{
	return json_is_array(member(doc, "cases"));
}

static void
run(struct tally *t, const json_t *doc)
{
	const struct answer *a;
	json_t *c;
	size_t i;

	json_array_foreach(member(doc, "cases"), i, c) {
		at_case(t, "%s", text_of(c, "name"));
		for (a = answers; a->fits != NULL && !a->fits(c); a++)
			;
		if (a->fits != NULL)
			a->run(t, c);
		else
			unknown(t, "a case with no known members");
	}
}

const struct format protocol_formats[] = {
	{ fits, run },
	{ 0 }
};
