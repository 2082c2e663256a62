/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/verify.h"

#include "audit/checkpoint.h"
#include "audit/entry.h"
#include "audit/keys.h"
#include "audit/segment.h"
#include "crypto/hash.h"
#include "wire/map.h"

struct walk {
	const struct audit_claim	*claim;
	struct audit_verdict		*verdict;
	struct audit_keys		 keys;
	struct cose_key			 key;		/* of the next entry */
	bool				 has_key;
	bool				 has_checkpoint;
	struct msg_checkpoint		 checkpoint;
};

static enum err
flawed(struct walk *w, enum reason flaw)
{
	w->verdict->flaw = flaw;
	w->verdict->sequence = w->verdict->entries + 1;
	return ERR_AUTH;
}

/* What cannot be read or hashed is no flaw of the log. */
static enum err
judge(struct walk *w, enum err e, enum reason flaw)
{
	return e == ERR_HARDWARE || e == ERR_LIMIT || e == ERR_STATE ||
	    e == ERR_INTERNAL ? e : flawed(w, flaw);
}

/* The first entry is signed by a key that the root key vouches for, and all
 * others by the one that was handed over to. */
static enum err
check_key(struct walk *w, struct span kid)
{
	uint8_t name[COSE_KID_LEN];
	const struct cose_key *first;

	if (!w->has_key) {
		first = audit_keys_find(&w->keys, kid);
		if (first == NULL)
			return flawed(w, REASON_audit_key);
		w->key = *first;
		w->has_key = true;
	}
	TRY(cose_key_kid(&w->key, name));
	if (!span_equal(SPAN(name), kid))
		return flawed(w, REASON_audit_key);
	return ERR_OK;
}

static enum err
check_signature(struct walk *w, const struct msg *m)
{
	const struct span signature = WIRE_SPAN(m->audit_log.signature);
	uint8_t signed_part[AUDIT_BODY_MAX];
	struct sign1 s;
	size_t len;
	enum err e;

	if (cose_sign1_parse(signature, SIGN1_DETACHED, &s) != ERR_OK)
		return flawed(w, REASON_audit_signature);
	TRY(check_key(w, s.kid));
	TRY(wire_encode_body(m, "signature", signed_part, sizeof(signed_part),
	    &len));
	e = cose_check_detached(signature, &w->key, AUDIT_AAD,
	    (struct span){ signed_part, len });
	return e == ERR_OK ? ERR_OK : judge(w, e, REASON_audit_signature);
}

/* The next key, if this entry hands over to one. */
static enum err
follow_rotation(struct walk *w, const struct msg_audit_log *a)
{
	struct map_entry key, use;

	if (!span_equal(WIRE_SPAN(a->action), span_text(AUDIT_ROTATED)) ||
	    !a->has_metadata || map_find(a->metadata, "use", &use) != ERR_OK ||
	    use.value.kind != ITEM_TEXT ||
	    !span_equal((struct span){ use.value.data, use.value.n },
	    span_text("audit")))
		return ERR_OK;
	if (map_find(a->metadata, "key", &key) != ERR_OK ||
	    key.value.kind != ITEM_BYTES ||
	    cose_key_decode((struct span){ key.value.data, key.value.n },
	    &w->key) != ERR_OK)
		return flawed(w, REASON_audit_key);
	return ERR_OK;
}

static enum err
check_entry(struct walk *w, const struct msg *m, struct span body)
{
	const struct msg_audit_log *a = &m->audit_log;
	const uint64_t next = w->verdict->entries + 1;

	if (a->sequence != next)
		return flawed(w, a->sequence > next ? REASON_audit_missing :
		    REASON_audit_order);
	if (!span_equal(WIRE_SPAN(a->previous), SPAN(w->verdict->head)))
		return flawed(w, REASON_audit_chain);
	TRY(check_signature(w, m));
	TRY(follow_rotation(w, a));
	if (w->has_checkpoint && w->checkpoint.sequence == next) {
		uint8_t digest[SHA256_LEN];

		TRY(sha256(&body, 1, digest));
		if (!span_equal(SPAN(digest), WIRE_SPAN(w->checkpoint.head)))
			return flawed(w, REASON_audit_fork);
	}
	return ERR_OK;
}

static enum err
take_entry(struct walk *w, struct span body)
{
	struct msg m;

	if (wire_decode_object(MSG_audit_log, body, &m) != ERR_OK)
		return flawed(w, REASON_audit_shape);
	TRY(check_entry(w, &m, body));
	TRY(sha256(&body, 1, w->verdict->head));
	w->verdict->entries++;
	w->verdict->until = m.audit_log.timestamp;
	return w->claim->entry == NULL ? ERR_OK :
	    w->claim->entry(w->claim->self, &m, body);
}

static enum err
walk_segment(struct walk *w, uint64_t first)
{
	struct segment_reader r OWNED(segment_end) = { .fd = -1 };
	struct span body;
	enum err e;

	TRY(segment_begin(w->claim->dir, first, &r));
	while ((e = segment_read(&r, &body)) == ERR_OK)
		TRY(take_entry(w, body));
	if (e == ERR_MALFORMED)
		return flawed(w, REASON_audit_shape);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
walk_all(struct walk *w)
{
	uint64_t at = 1, first;
	enum err e;

	while ((e = segment_next(w->claim->dir, at, &first)) == ERR_OK) {
		TRY(walk_segment(w, first));
		at = first + 1;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
check_claim(struct walk *w)
{
	const struct audit_claim *c = w->claim;
	enum err e = c->keys.len > 0 ?
	    audit_keys_take(c->keys, c->root, c->issuer, &w->keys) :
	    audit_keys_load(c->dir, c->root, c->issuer, &w->keys);

	if (e != ERR_OK)
		return judge(w, e, REASON_audit_keys);
	w->has_checkpoint = c->checkpoint.len > 0;
	if (!w->has_checkpoint)
		return ERR_OK;
	e = checkpoint_read(c->checkpoint, c->root, c->issuer,
	    &w->checkpoint);
	return e == ERR_OK ? ERR_OK : judge(w, e, REASON_audit_checkpoint);
}

enum err
audit_verify(const struct audit_claim *claim, struct audit_verdict *verdict)
{
	struct walk w = { .claim = claim, .verdict = verdict };

	*verdict = (struct audit_verdict){ .flaw = REASON_none };
	TRY(check_claim(&w));
	TRY(walk_all(&w));
	if (w.has_checkpoint && verdict->entries < w.checkpoint.sequence)
		return flawed(&w, REASON_audit_cut);
	return ERR_OK;
}
