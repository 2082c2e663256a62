/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/show.h"

#include "cose/encrypt.h"
#include "crypto/uuid.h"
#include "ctl/quoted.h"
#include "wire/visit.h"

/* Room for what a decoded message and its keys may open. */
#define DEEPEST (SHEET_DEPTH - 6)

/* Objects, and what segments consist of: no bytes are two of these. */
static const enum msg_type known[] = {
	MSG_key_metadata, MSG_revocation_list, MSG_revocation_page,
	MSG_checkpoint, MSG_trust, MSG_trust_file, MSG_act, MSG_evidence,
	MSG_audit_log, MSG_attestation, MSG_event_rules, MSG_pinned,
	MSG_trust_seen, MSG_vm_request, MSG_vm_challenge, MSG_vm_proof,
};

static const char *
kind_name(enum cose_kind kind)
{
	return kind == COSE_ED25519 ? "Ed25519" :
	    kind == COSE_X25519 ? "X25519" : "P-256";
}

const char *
show_alg(enum cose_alg alg)
{
	return alg == COSE_ES256 ? "ES256" : "EdDSA";
}

void
show_key(struct sheet *s, const struct cose_key *key)
{
	uint8_t thumbprint[32];

	sheet_say(s, "kind", "%s", kind_name(key->kind));
	if (cose_key_thumbprint(key, thumbprint) != ERR_OK)
		return;
	sheet_bytes(s, "kid", (struct span){ thumbprint, COSE_KID_LEN });
	sheet_bytes(s, "thumbprint", SPAN(thumbprint));
}

void
show_uuid(struct sheet *s, const char *name, struct span bytes)
{
	char text[UUID_TEXT];

	if (bytes.len == UUID_LEN &&
	    uuid_from_bytes(bytes.at, text) == ERR_OK)
		sheet_text(s, name, span_text(text));
	else
		sheet_bytes(s, name, bytes);
}

void
show_signer(struct sheet *s, const struct sign1 *by)
{
	sheet_say(s, "alg|algorithm", "%s", show_alg(by->alg));
	sheet_bytes(s, "kid|key", by->kid);
}

static void
show_audience(struct sheet *s, const struct cwt *c)
{
	sheet_open(s, "aud|audience", SHEET_LIST);
	for (size_t i = 0; i < c->auds; i++)
		sheet_text(s, NULL, c->aud[i]);
	sheet_close(s);
}

static void
show_scopes(struct sheet *s, struct span rest)
{
	struct span scope;

	sheet_open(s, "scope|scopes", SHEET_LIST);
	while (scope_next(&rest, &scope))
		sheet_text(s, NULL, scope);
	sheet_close(s);
}

static void
show_attested(struct sheet *s, const struct cwt *c)
{
	sheet_open(s, "att|attested", SHEET_MAP);
	sheet_bytes(s, "ak|attestation key", c->att.ak);
	sheet_time(s, "at|when", c->att.at);
	sheet_uint(s, "reset|TPM resets", c->att.reset);
	sheet_close(s);
}

static void
show_claim(struct sheet *s, const struct cwt *c, enum cwt_claim claim)
{
	switch (claim) {
	case CWT_ISS:
		sheet_text(s, "iss|issuer", c->iss);
		break;
	case CWT_SUB:
		sheet_text(s, "sub|subject", c->sub);
		break;
	case CWT_AUD:
		show_audience(s, c);
		break;
	case CWT_EXP:
		sheet_time(s, "exp|expires", c->exp);
		break;
	case CWT_NBF:
		sheet_time(s, "nbf|not before", c->nbf);
		break;
	case CWT_IAT:
		sheet_time(s, "iat|issued", c->iat);
		break;
	case CWT_JTI:
		show_uuid(s, "jti|id", c->jti);
		break;
	case CWT_CNF:
		sheet_open(s, "cnf|bearer's key", SHEET_MAP);
		show_key(s, &c->cnf);
		sheet_close(s);
		break;
	case CWT_SCOPE:
		show_scopes(s, c->scope);
		break;
	case CWT_NONCE:
		sheet_bytes(s, "nonce|request's nonce", c->nonce);
		break;
	case CWT_ARG:
		sheet_bytes(s, "arg|arguments' hash", c->arg);
		break;
	case CWT_ATT:
		show_attested(s, c);
		break;
	case CWT_POL:
		sheet_uint(s, "pol|policy version", c->pol);
		break;
	case CWT_CLAIMS:
		break;
	}
}

void
show_claims(struct sheet *s, const struct cwt *c)
{
	for (unsigned i = 0; i < CWT_CLAIMS; i++)
		if (cwt_has(c, (enum cwt_claim)i))
			show_claim(s, c, (enum cwt_claim)i);
}

static enum err
show_token(struct sheet *s, struct span item)
{
	struct sign1 by;
	struct cwt c;

	TRY(token_parse(item, &by, &c));
	sheet_say(s, "what", "token");
	show_signer(s, &by);
	sheet_open_within(s, "claims");
	show_claims(s, &c);
	sheet_close(s);
	return ERR_OK;
}

/* What a TPM says in it, in words. */
static void
show_words(struct sheet *s, const struct msg *m, struct span item)
{
	struct quoted q = { .raw = false };

	if (m->type == MSG_evidence && evidence_read(item, &q.e) == ERR_OK) {
		quoted_look(&q);
		sheet_open_within(s, "words|in words");
		quoted_show(s, &q);
		sheet_close(s);
	} else if (m->type == MSG_vm_request) {
		sheet_open_within(s, "words|in words");
		quoted_show_key(s, "ek|endorsement key", m->vm_request.ek);
		quoted_show_key(s, "ak|attestation key", m->vm_request.ak);
		sheet_close(s);
	}
}

/* A bare map of this type. */
static enum err
show_map(struct sheet *s, struct span item, enum msg_type type)
{
	struct msg m;

	TRY(wire_decode_object(type, item, &m));
	sheet_say(s, "what", "map");
	sheet_say(s, "type", "%s", wire_name(type));
	sheet_open_within(s, "body");
	show_message(s, &m);
	sheet_close(s);
	show_words(s, &m, item);
	wire_wipe(&m);
	return ERR_OK;
}

static enum msg_type
identify(struct span item)
{
	struct msg m;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (wire_decode_object(known[i], item, &m) == ERR_OK)
			return known[i];
	return MSG_NONE;
}

static enum err
show_known(struct sheet *s, struct span item)
{
	const enum msg_type type = identify(item);

	return type == MSG_NONE ? ERR_NOT_FOUND : show_map(s, item, type);
}

static enum err
show_sign1(struct sheet *s, struct span item, enum msg_type type)
{
	struct sign1 by;
	enum err e;

	if (cose_sign1_parse(item, SIGN1_DETACHED, &by) != ERR_OK)
		TRY(cose_sign1_parse(item, SIGN1_EMBEDDED, &by));
	sheet_say(s, "what", "COSE_Sign1");
	show_signer(s, &by);
	sheet_bool(s, "detached", by.detached);
	if (by.detached)
		return ERR_OK;
	sheet_bytes(s, "payload", by.payload);
	if (type == MSG_NONE)
		type = identify(by.payload);
	if (type == MSG_NONE)
		return ERR_OK;
	sheet_open_within(s, "payload:decoded");
	e = show_map(s, by.payload, type);
	sheet_close(s);
	return e;
}

static enum err
show_public(struct sheet *s, struct span item)
{
	struct cose_key key;

	TRY(cose_key_decode(item, &key));
	sheet_say(s, "what", "COSE_Key");
	show_key(s, &key);
	return ERR_OK;
}

static enum err
show_envelope(struct sheet *s, struct span item)
{
	struct msg m;

	TRY(wire_decode(item, &m));
	sheet_say(s, "what", "envelope");
	sheet_say(s, "type", "%s", wire_name(m.type));
	sheet_open_within(s, "body");
	show_message(s, &m);
	sheet_close(s);
	wire_wipe(&m);
	return ERR_OK;
}

static bool
begins(struct span item, const char *with, size_t len)
{
	return item.len >= len && memcmp(item.at, with, len) == 0;
}

/* A secret on its way: only its receiver can look into it. */
static enum err
show_wrapped(struct sheet *s, struct span item)
{
	if (item.len > COSE_WRAP_MAX)
		return ERR_LIMIT;
	sheet_say(s, "what", "COSE_Encrypt");
	sheet_hidden(s, "secret|wrapped secret", item.len);
	return ERR_OK;
}

/* By its first bytes: the tags of COSE, an envelope's first key, a
 * COSE_Key's. */
static enum err
show_sure(struct sheet *s, struct span item, enum msg_type type)
{
	if (begins(item, "\xd8\x3d", 2))
		return show_token(s, item);
	if (begins(item, "\xd2", 1))
		return show_sign1(s, item, type);
	if (begins(item, "\xd8\x60", 2))
		return show_wrapped(s, item);
	if (begins(item, "\xa2\x64" "body", 6))
		return show_envelope(s, item);
	if (begins(item, "\xa3\x01", 2) || begins(item, "\xa4\x01", 2))
		return show_public(s, item);
	return ERR_NOT_FOUND;
}

enum err
show_item(struct sheet *s, struct span item, enum msg_type type)
{
	const enum err e = show_sure(s, item, type);

	if (e != ERR_NOT_FOUND || begins(item, "\xa2\x64" "body", 6))
		return e;
	return type != MSG_NONE ? show_map(s, item, type) :
	    show_known(s, item);
}

/* The name of a field, with more behind it. */
struct name {
	char	at[80];
};

static struct name
name_of(struct span name, const char *more)
{
	struct name n;

	snprintf(n.at, sizeof(n.at), "%.*s%s", (int)name.len,
	    (const char *)name.at, more);
	return n;
}

/* Do these bytes carry something that we know? */
static bool
carries(struct span bytes)
{
	struct sign1 by;
	struct cose_key key;
	struct cwt c;

	return token_parse(bytes, &by, &c) == ERR_OK ||
	    cose_sign1_parse(bytes, SIGN1_DETACHED, &by) == ERR_OK ||
	    cose_sign1_parse(bytes, SIGN1_EMBEDDED, &by) == ERR_OK ||
	    cose_key_decode(bytes, &key) == ERR_OK ||
	    identify(bytes) != MSG_NONE;
}

static void
show_inside(struct sheet *s, struct span name, struct span bytes)
{
	const struct name n = name_of(name, ":decoded");

	if (name.len == 0 || sheet_depth(s) > DEEPEST || !carries(bytes))
		return;
	sheet_open_within(s, n.at);
	(void)!show_item(s, bytes, MSG_NONE);	/* it was just looked at */
	sheet_close(s);
}

static void
show_value(void *self, struct span name, const struct wire_value *v)
{
	const struct name n = name_of(name, "");
	struct sheet *s = self;

	if (v->hidden) {
		sheet_hidden(s, n.at, v->bytes.len);
	} else if (v->time) {
		sheet_time(s, n.at, v->n);
	} else if (v->kind == ITEM_TEXT) {
		sheet_text(s, n.at, v->bytes);
	} else if (v->kind == ITEM_BYTES) {
		sheet_bytes(s, n.at, v->bytes);
		show_inside(s, name, v->bytes);
	} else if (v->kind == ITEM_BOOL) {
		sheet_bool(s, n.at, v->n != 0);
	} else {
		sheet_uint(s, n.at, v->n);
	}
}

static void
show_open(void *self, struct span name, enum item_kind kind)
{
	const struct name n = name_of(name, "");

	sheet_open(self, n.at, kind == ITEM_MAP ? SHEET_MAP : SHEET_LIST);
}

static void
show_close(void *self, enum item_kind kind)
{
	(void)kind;
	sheet_close(self);
}

void
show_message(struct sheet *s, const struct msg *m)
{
	wire_visit(m, &(struct visitor){ show_open, show_value, show_close,
	    s });
}
