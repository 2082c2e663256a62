/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/trust.h"

#include "attest/reference.h"
#include "cose/sign1.h"
#include "crypto/hash.h"

bool
officers_are_sound(const struct msg_pinned *set)
{
	struct cose_key key;

	for (size_t i = 0; i < set->officers.count; i++) {
		const struct msg_officer_named *o = &set->officers.at[i];

		if (cose_key_decode(WIRE_SPAN(o->key), &key) != ERR_OK ||
		    key.kind != COSE_ED25519)
			return false;
		for (size_t k = 0; k < i; k++)
			if (span_equal(WIRE_SPAN(o->key),
			    WIRE_SPAN(set->officers.at[k].key)) ||
			    span_equal(WIRE_SPAN(o->officer_id),
			    WIRE_SPAN(set->officers.at[k].officer_id)))
				return false;
	}
	return set->quorum >= 1 && set->quorum <= set->officers.count;
}

static bool
take_keys(const struct msg_trust *m, struct trust *t)
{
	struct cose_key entropy;

	if (cose_key_decode(WIRE_SPAN(m->root_key), &t->root) != ERR_OK ||
	    t->root.kind == COSE_X25519)
		return false;	/* it could sign nothing */
	if (m->has_entropy_key && (cose_key_decode(WIRE_SPAN(m->entropy_key),
	    &entropy) != ERR_OK || entropy.kind == COSE_X25519))
		return false;
	t->set.issuer = m->issuer;
	t->set.quorum = m->quorum;
	t->set.officers.count = m->officers.count;
	memcpy(t->set.officers.at, m->officers.at, sizeof(m->officers.at));
	return officers_are_sound(&t->set);
}

static bool
take_rest(const struct msg_trust *m, struct trust *t)
{
	if (m->has_acl_digest != m->has_acl_version)
		return false;
	t->has_acl = m->has_acl_digest;
	t->acl_version = m->acl_version;
	memcpy(t->acl_digest, m->acl_digest.at, sizeof(t->acl_digest));
	t->version = m->version;
	if (m->has_references)
		t->references = m->references;
	return references_check(&t->references) == ERR_OK;
}

/* file and object, which are large, one after the other. */
static enum reason
parse(struct trust *t, struct msg *file)
{
	struct msg m;

	if (wire_decode_object(MSG_trust_file, (struct span){ t->bytes,
	    t->len }, file) != ERR_OK)
		return REASON_trust_shape;
	t->object = file->trust_file.object;
	if (wire_decode_object(MSG_trust, t->object, &m) != ERR_OK ||
	    !take_keys(&m.trust, t) || !take_rest(&m.trust, t) ||
	    sha256(&t->object, 1, t->digest) != ERR_OK)
		return REASON_trust_shape;
	return REASON_none;
}

enum reason
trust_parse(struct trust *t)
{
	struct msg file;

	return parse(t, &file);
}

bool
officers_are_same(const struct msg_pinned *a, const struct msg_pinned *b)
{
	if (a->quorum != b->quorum || a->officers.count != b->officers.count ||
	    !span_equal(WIRE_SPAN(a->issuer), WIRE_SPAN(b->issuer)))
		return false;
	for (size_t i = 0; i < a->officers.count; i++)
		if (!span_equal(WIRE_SPAN(a->officers.at[i].key),
		    WIRE_SPAN(b->officers.at[i].key)) ||
		    !span_equal(WIRE_SPAN(a->officers.at[i].officer_id),
		    WIRE_SPAN(b->officers.at[i].officer_id)))
			return false;
	return true;
}

/* Whose signature it is; TRUST_OFFICERS if it is none of theirs. */
static size_t
signer_of(struct span signature, struct span object,
    const struct msg_pinned *by)
{
	struct cose_key key;
	size_t i;

	for (i = 0; i < by->officers.count; i++)
		if (cose_key_decode(WIRE_SPAN(by->officers.at[i].key),
		    &key) == ERR_OK && cose_check_detached(signature, &key,
		    TRUST_AAD, object) == ERR_OK)
			return i;
	return TRUST_OFFICERS;
}

static enum reason
count_signers(const struct msg_trust_file *f, const struct msg_pinned *by,
    size_t *n)
{
	bool has_signed[TRUST_OFFICERS + 1] = { false };

	*n = 0;
	for (size_t i = 0; i < f->signatures.count; i++) {
		const size_t who = signer_of(WIRE_SPAN(f->signatures.at[i]),
		    f->object, by);

		if (who == TRUST_OFFICERS)
			return REASON_trust_officer;
		if (has_signed[who])
			return REASON_trust_twice;
		has_signed[who] = true;
		++*n;
	}
	return *n >= by->quorum ? REASON_none : REASON_trust_quorum;
}

enum reason
trust_check(struct trust *t, const struct msg_pinned *by)
{
	enum reason why;
	struct msg file;

	if ((why = parse(t, &file)) != REASON_none)
		return why;
	if (!span_equal(WIRE_SPAN(t->set.issuer), WIRE_SPAN(by->issuer)))
		return REASON_trust_issuer;
	return count_signers(&file.trust_file, by, &t->nsigners);
}

static enum reason
follow(struct trust *t, const struct pin *pin, const struct msg_trust_seen *s)
{
	const bool same_pin = span_equal(WIRE_SPAN(s->pin),
	    SPAN(pin->digest));
	struct msg_pinned by = { .issuer = s->issuer, .quorum = s->quorum };
	enum reason why = trust_parse(t);

	if (why != REASON_none)
		return why;
	if (t->version < s->version)
		return REASON_trust_old;
	if (t->version == s->version) {
		if (!span_equal(WIRE_SPAN(s->digest), SPAN(t->digest)))
			return REASON_trust_old;
		if (same_pin)
			return REASON_none;	/* this very one was good */
	}
	by.officers.count = s->officers.count;
	memcpy(by.officers.at, s->officers.at, sizeof(s->officers.at));
	return trust_check(t, same_pin ? &by : &pin->set);
}

enum reason
trust_follow(struct trust *t, const struct pin *pin, struct span seen)
{
	struct msg m;

	if (seen.len == 0)
		return trust_check(t, &pin->set);
	if (wire_decode_object(MSG_trust_seen, seen, &m) != ERR_OK)
		return REASON_trust_seen;
	if (!span_equal(WIRE_SPAN(m.trust_seen.issuer),
	    WIRE_SPAN(pin->set.issuer)))
		return trust_check(t, &pin->set);
	return follow(t, pin, &m.trust_seen);
}

enum err
trust_remember(const struct trust *t, const struct pin *pin,
    uint8_t out[static TRUST_SEEN_MAX], size_t *len)
{
	struct msg m = { .type = MSG_trust_seen };
	struct msg_trust_seen *s = &m.trust_seen;

	TRY(WIRE_SET_BYTES(s->pin, SPAN(pin->digest)));
	TRY(WIRE_SET_BYTES(s->digest, SPAN(t->digest)));
	s->issuer = t->set.issuer;
	s->quorum = t->set.quorum;
	s->version = t->version;
	s->officers.count = t->set.officers.count;
	memcpy(s->officers.at, t->set.officers.at, sizeof(s->officers.at));
	return wire_encode_object(&m, out, TRUST_SEEN_MAX, len);
}

void
trust_keys(const struct trust *t, struct wire_key out[static TRUST_OFFICERS])
{
	for (size_t i = 0; i < t->set.officers.count; i++)
		out[i] = t->set.officers.at[i].key;
}
