/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/attested.h"

#include "cose/sign1.h"

#define BODY_MAX 8192

static enum err
read_one(struct span in, struct msg *m)
{
	if (wire_decode_object(MSG_attestation, in, m) == ERR_OK)
		return ERR_OK;
	TRY(wire_decode(in, m));
	return m->type == MSG_attestation ? ERR_OK : ERR_MALFORMED;
}

static bool
is_signed(const struct msg *m, const struct sign1 *s,
    const struct known_key *k)
{
	static const char aad[] = "anchorhold/1 attestation";
	uint8_t body[BODY_MAX];
	size_t len = 0;

	return wire_encode_body(m, "signature", body, sizeof(body), &len) ==
	    ERR_OK && cose_sign1_verify(s, &k->key, span_text(aad),
	    (struct span){ body, len }) == ERR_OK;
}

static enum reason
check_signer(const struct keyset *set, const struct msg *m, uint64_t now)
{
	const struct msg_attestation *a = &m->attestation;
	const struct known_key *k;
	struct sign1 s;

	if (!enforce_keys_fresh(set, now))
		return REASON_keys_stale;
	if (cose_sign1_parse(WIRE_SPAN(a->signature), SIGN1_DETACHED, &s) !=
	    ERR_OK)
		return REASON_attest_signature;
	k = enforce_keys_find(set, s.kid);
	if (k == NULL || k->use != WIRE_use_token ||
	    k->phase == WIRE_phase_revoked || !is_signed(m, &s, k))
		return REASON_attest_signature;
	return a->issued_at < k->not_before ||
	    a->issued_at >= k->sign_until || a->expires_at > k->not_after ?
	    REASON_attest_window : REASON_none;
}

/* Times of an attestation are years that a text can name: no sum is too
 * large. */
static enum reason
check_time(const struct msg_attestation *a, uint64_t now)
{
	if (now + ENFORCE_SKEW < a->issued_at)
		return REASON_attest_future;
	return now >= a->expires_at + ENFORCE_SKEW ? REASON_attest_expired :
	    REASON_none;
}

static bool
is_about(struct span asked, struct span said)
{
	return asked.len == 0 || span_equal(asked, said);
}

static enum reason
check_subject(const struct msg_attestation *a, const struct attested *about)
{
	return is_about(about->vm_id, WIRE_SPAN(a->subject_vm)) &&
	    is_about(about->action, WIRE_SPAN(a->action)) &&
	    is_about(about->nonce, WIRE_SPAN(a->nonce)) ? REASON_none :
	    REASON_attest_subject;
}

enum reason
enforce_attestation(const struct keyset *set, struct span in,
    const struct attested *about, uint64_t now, struct msg *out)
{
	struct msg m;
	enum reason why;

	if (read_one(in, &m) != ERR_OK)
		return REASON_attest_shape;
	*out = m;
	why = check_signer(set, &m, now);
	if (why == REASON_none)
		why = check_time(&m.attestation, now);
	return why == REASON_none ? check_subject(&m.attestation, about) :
	    why;
}
