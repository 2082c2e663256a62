/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/evidence.h"

#include "crypto/hash.h"
#include "wire/map.h"

#include <string.h>

static const char prefix[] = "anchorhold/1 evidence ";

static size_t
count(uint32_t mask)
{
	return (size_t)__builtin_popcount(mask);
}

/* The next PCR's value, behind those that are lower. */
static enum err
take_pcr(struct evidence *e, const struct msg_pcr *p)
{
	const size_t len = attest_digest_len(e->alg);

	if (p->value.len != len || e->mask >> p->index != 0)
		return ERR_MALFORMED;
	e->mask |= 1u << p->index;
	memcpy(e->values + e->values_len, p->value.at, len);
	e->values_len += len;
	return ERR_OK;
}

enum err
evidence_read(struct span in, struct evidence *out)
{
	struct evidence e = { };
	struct msg m;

	*out = e;
	if (wire_decode_object(MSG_evidence, in, &m) != ERR_OK)
		return ERR_MALFORMED;
	e.vm_id = m.evidence.vm_id;
	e.ak = m.evidence.ak;
	e.attest = m.evidence.attest;
	e.signature = m.evidence.signature;
	e.alg = (uint16_t)m.evidence.alg;
	e.bound = m.evidence.bound;
	if (m.evidence.has_event_log)
		e.event_log = m.evidence.event_log;
	for (size_t i = 0; i < m.evidence.pcrs.count; i++)
		TRY(take_pcr(&e, &m.evidence.pcrs.at[i]));
	*out = e;
	return ERR_OK;
}

static enum err
put_pcrs(const struct evidence *e, struct msg_evidence *m)
{
	const size_t len = attest_digest_len(e->alg);
	struct span value = { e->values, len };

	for (unsigned i = 0; i < QUOTE_PCRS; i++) {
		struct msg_pcr *p = &m->pcrs.at[m->pcrs.count];

		if ((e->mask >> i & 1) == 0)
			continue;
		p->index = i;
		TRY(WIRE_SET_BYTES(p->value, value));
		m->pcrs.count++;
		value.at += len;
	}
	return ERR_OK;
}

enum err
evidence_encode(const struct evidence *e, uint8_t *buf, size_t cap,
    size_t *len)
{
	struct msg m = { .type = MSG_evidence };

	if (e->mask >> QUOTE_PCRS != 0 || e->values_len !=
	    count(e->mask) * attest_digest_len(e->alg))
		return ERR_INTERNAL;
	m.evidence.vm_id = e->vm_id;
	m.evidence.ak = e->ak;
	m.evidence.attest = e->attest;
	m.evidence.signature = e->signature;
	m.evidence.alg = e->alg;
	m.evidence.bound = e->bound;
	m.evidence.version = 1;
	m.evidence.has_event_log = e->event_log.len > 0;
	m.evidence.event_log = e->event_log;
	TRY(put_pcrs(e, &m.evidence));
	return wire_encode_object(&m, buf, cap, len);
}

enum err
evidence_qualifying(struct span vm_id, struct span challenge,
    struct span bound, uint8_t out[static EVIDENCE_QUALIFYING_LEN])
{
	static const uint8_t zero[1];
	uint8_t asked[SHA256_LEN], to[SHA256_LEN];
	const struct span parts[] = { span_text(prefix), vm_id, SPAN(zero),
		SPAN(asked), SPAN(to) };

	TRY(sha256(&challenge, 1, asked));
	TRY(sha256(&bound, 1, to));
	return sha256(parts, sizeof(parts) / sizeof(parts[0]), out);
}

static enum err
bind(const char *const keys[static 2], struct span first, struct span second,
    bool second_is_text, uint8_t *buf, struct span *bound)
{
	struct map_maker m;

	map_begin(&m);
	map_put_bytes(&m, keys[0], first);
	if (second_is_text)
		map_put_text(&m, keys[1], second);
	else
		map_put_bytes(&m, keys[1], second);
	return map_end(&m, buf, EVIDENCE_BOUND_MAX, bound);
}

enum err
evidence_bind_keys(const uint8_t key_metadata[static 32],
    const uint8_t audit_head[static 32],
    uint8_t buf[static EVIDENCE_BOUND_MAX], struct span *bound)
{
	static const char *const keys[] = { "audit_head", "key_metadata" };

	return bind(keys, (struct span){ audit_head, 32 },
	    (struct span){ key_metadata, 32 }, false, buf, bound);
}

enum err
evidence_bind_request(struct span cnf, const char *request_id,
    uint8_t buf[static EVIDENCE_BOUND_MAX], struct span *bound)
{
	static const char *const keys[] = { "cnf", "request" };

	if (cnf.len != 0 && cnf.len != SHA256_LEN)
		return ERR_INTERNAL;
	return bind(keys, cnf, span_text(request_id), true, buf, bound);
}

static enum err
find_digest(struct span bound, const char *key, uint8_t out[static 32])
{
	struct map_entry e;

	if (map_find(bound, key, &e) != ERR_OK ||
	    e.value.kind != ITEM_BYTES || e.value.n != 32)
		return ERR_MALFORMED;
	memcpy(out, e.value.data, 32);
	return ERR_OK;
}

/* With both in it, it is this map or it has others besides. */
enum err
evidence_bound_keys(struct span bound, uint8_t key_metadata[static 32],
    uint8_t audit_head[static 32])
{
	uint8_t buf[EVIDENCE_BOUND_MAX];
	struct span again;

	TRY(find_digest(bound, "key_metadata", key_metadata));
	TRY(find_digest(bound, "audit_head", audit_head));
	TRY(evidence_bind_keys(key_metadata, audit_head, buf, &again));
	return span_equal(bound, again) ? ERR_OK : ERR_MALFORMED;
}
