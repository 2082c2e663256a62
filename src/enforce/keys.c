/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/keys.h"

#include "cose/sign1.h"

/* No sum overflows, whatever the times say. */
static uint64_t
later(uint64_t t, uint64_t by)
{
	return t > UINT64_MAX - by ? UINT64_MAX : t + by;
}

/* A key whose kid is its own, that can sign, whose times are in order. */
static bool
take_key(const struct msg_listed_key *from, struct known_key *out)
{
	struct known_key k = {
		.use = from->use, .phase = from->state,
		.not_before = from->not_before,
		.sign_until = from->sign_until,
		.not_after = from->not_after,
	};

	if (cose_key_decode(WIRE_SPAN(from->key), &k.key) != ERR_OK ||
	    k.key.kind == COSE_X25519 ||
	    cose_key_kid(&k.key, k.kid) != ERR_OK ||
	    !span_equal(SPAN(k.kid), WIRE_SPAN(from->kid)))
		return false;
	if (k.not_before > k.sign_until || k.sign_until > k.not_after)
		return false;
	*out = k;
	return true;
}

static bool
take_keys(const struct msg_key_metadata *m, struct keyset *set)
{
	for (size_t i = 0; i < m->keys.count; i++) {
		struct known_key k;

		if (!take_key(&m->keys.at[i], &k) ||
		    enforce_keys_find(set, SPAN(k.kid)) != NULL)
			return false;
		set->keys[set->count++] = k;
	}
	return true;
}

enum reason
enforce_keys_load(struct span object, const struct cose_key *root,
    struct span issuer, uint64_t floor, uint64_t now, struct keyset *out)
{
	struct keyset set = { .count = 0 };
	struct span payload;
	struct msg m;

	if (cose_check_embedded(object, root, "anchorhold/1 key_metadata",
	    &payload) != ERR_OK)
		return REASON_keys_signature;
	if (wire_decode_object(MSG_key_metadata, payload, &m) != ERR_OK ||
	    !take_keys(&m.key_metadata, &set))
		return REASON_keys_shape;
	if (!span_equal(WIRE_SPAN(m.key_metadata.issuer), issuer))
		return REASON_keys_issuer;
	if (m.key_metadata.version < floor)
		return REASON_keys_old;
	set.issuer = m.key_metadata.issuer;
	set.version = m.key_metadata.version;
	set.next_update = m.key_metadata.next_update;
	set.policy_floor = m.key_metadata.policy_floor;
	set.revocation_version = m.key_metadata.revocation_version;
	if (!enforce_keys_fresh(&set, now))
		return REASON_keys_stale;
	*out = set;
	return REASON_none;
}

bool
enforce_keys_fresh(const struct keyset *set, uint64_t now)
{
	return now < later(set->next_update, ENFORCE_SKEW);
}

const struct known_key *
enforce_keys_find(const struct keyset *set, struct span kid)
{
	for (size_t i = 0; i < set->count; i++)
		if (span_equal(SPAN(set->keys[i].kid), kid))
			return &set->keys[i];
	return NULL;
}

bool
enforce_keys_know(const struct keyset *set, struct span signature,
    uint64_t now)
{
	struct sign1 s;

	/* What is no signature will not become one. */
	return cose_sign1_parse(signature, SIGN1_DETACHED, &s) != ERR_OK ||
	    (enforce_keys_fresh(set, now) &&
	    enforce_keys_find(set, s.kid) != NULL);
}

enum reason
enforce_answer(const struct keyset *set, enum wire_use use, const char *aad,
    struct span payload, struct span signature, uint64_t now)
{
	const struct known_key *k;
	struct sign1 s;

	if (!enforce_keys_fresh(set, now))
		return REASON_keys_stale;
	if (cose_sign1_parse(signature, SIGN1_DETACHED, &s) != ERR_OK)
		return REASON_answer_signature;
	k = enforce_keys_find(set, s.kid);
	if (k == NULL || k->use != use || k->phase == WIRE_phase_revoked)
		return REASON_answer_signature;
	if (later(now, ENFORCE_SKEW) < k->not_before ||
	    now >= later(k->sign_until, ENFORCE_SKEW))
		return REASON_answer_signature;
	if (cose_sign1_verify(&s, &k->key, span_text(aad), payload) != ERR_OK)
		return REASON_answer_signature;
	return REASON_none;
}
