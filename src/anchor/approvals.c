/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/approvals.h"

#include <string.h>

#include "base/log.h"
#include "crypto/ecdsa.h"
#include "store/file.h"
#include "wire/wire.h"

#define FILE_NAME "approvals"

static const enum wire_policy words[TPM_POLICIES] = {
	[TPM_POLICY_UNSEAL] = WIRE_policy_unseal,
	[TPM_POLICY_USE] = WIRE_policy_use,
	[TPM_POLICY_RAISE] = WIRE_policy_raise,
};

struct tpm_point
approvals_point(const struct cose_key *k)
{
	struct tpm_point p;

	memcpy(p.x, k->x, sizeof(p.x));
	memcpy(p.y, k->y, sizeof(p.y));
	return p;
}

/* ---- as bytes ---- */

static enum tpm_policy
kind_of(enum wire_policy word)
{
	return word == WIRE_policy_unseal ? TPM_POLICY_UNSEAL :
	    word == WIRE_policy_use ? TPM_POLICY_USE : TPM_POLICY_RAISE;
}

static enum err
take_values(struct span values, struct approval *out)
{
	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if ((out->a.pcrs.mask >> i & 1) == 0)
			continue;
		if (values.len < POLICY_PCR_LEN)
			return ERR_MALFORMED;
		memcpy(out->value[i], values.at, POLICY_PCR_LEN);
		values.at += POLICY_PCR_LEN;
		values.len -= POLICY_PCR_LEN;
	}
	return values.len == 0 ? ERR_OK : ERR_MALFORMED;
}

static enum err
take(const struct msg_approval *m, struct approval *out)
{
	const bool pcrs = m->policy != WIRE_policy_raise;

	if (m->has_bank != pcrs || m->has_mask != pcrs ||
	    m->has_values != pcrs ||
	    m->has_cap != (m->policy == WIRE_policy_unseal))
		return ERR_MALFORMED;
	*out = (struct approval){ .a = {
		.policy = kind_of(m->policy),
		.version = m->version,
	} };
	memcpy(out->a.digest, m->digest.at, sizeof(out->a.digest));
	memcpy(out->a.sig, m->signature.at, sizeof(out->a.sig));
	if (!pcrs)
		return ERR_OK;
	out->a.pcrs = (struct tpm_pcr_select){ (uint16_t)m->bank,
	    (uint32_t)m->mask };
	out->a.cap = m->has_cap ? (unsigned)m->cap : 0;
	return take_values(m->values, out);
}

/* What it says is what K has signed. */
static enum err
check(const struct cose_key *k, const struct approval *a)
{
	const struct tpm_point point = approvals_point(k);
	struct approval again = *a;
	uint8_t over[32];

	TRY(policy_compute(&point, &again));
	TRY(tpm_approved(&a->a, over));
	if (memcmp(again.a.digest, a->a.digest, sizeof(over)) != 0 ||
	    p256_verify(k->x, k->y, over, a->a.sig) != ERR_OK)
		return log_err(ERR_AUTH, "an approval is not signed by its "
		    "key, or not for what it says");
	return ERR_OK;
}

enum err
approvals_decode(struct span bytes, struct approvals *out)
{
	const struct msg_approvals *list;
	struct msg m;

	if (wire_decode_object(MSG_approvals, bytes, &m) != ERR_OK)
		return log_err(ERR_MALFORMED, "these are no approvals");
	list = &m.approvals;
	if (cose_key_decode(WIRE_SPAN(list->k), &out->k) != ERR_OK ||
	    out->k.kind != COSE_P256)
		return log_err(ERR_MALFORMED, "approvals by no key of P-256");
	out->count = list->approvals.count;
	for (size_t i = 0; i < out->count; i++) {
		if (take(&list->approvals.at[i], &out->at[i]) != ERR_OK)
			return log_err(ERR_MALFORMED, "an approval lacks "
			    "what its kind has, or has more");
		TRY(check(&out->k, &out->at[i]));
	}
	return ERR_OK;
}

static struct span
give_values(const struct approval *a, uint8_t out[static TPM_PCRS *
    POLICY_PCR_LEN])
{
	size_t len = 0;

	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if ((a->a.pcrs.mask >> i & 1) == 0)
			continue;
		memcpy(out + len, a->value[i], POLICY_PCR_LEN);
		len += POLICY_PCR_LEN;
	}
	return (struct span){ out, len };
}

static enum err
give(const struct approval *a, uint8_t *values, struct msg_approval *m)
{
	const bool pcrs = a->a.policy != TPM_POLICY_RAISE;

	m->policy = words[a->a.policy];
	m->version = a->a.version;
	m->has_cap = a->a.policy == TPM_POLICY_UNSEAL;
	m->cap = a->a.cap;
	m->has_bank = m->has_mask = m->has_values = pcrs;
	m->bank = a->a.pcrs.bank;
	m->mask = a->a.pcrs.mask;
	m->values = give_values(a, values);
	TRY(WIRE_SET_BYTES(m->signature, SPAN(a->a.sig)));
	return WIRE_SET_BYTES(m->digest, SPAN(a->a.digest));
}

enum err
approvals_encode(const struct approvals *a,
    uint8_t out[static APPROVALS_BYTES], size_t *len)
{
	uint8_t values[APPROVALS_MAX][TPM_PCRS * POLICY_PCR_LEN];
	struct msg m = { .type = MSG_approvals };
	struct msg_approvals *list = &m.approvals;

	TRY(cose_key_encode(&a->k, list->k.at, &list->k.len));
	list->version = 1;
	list->approvals.count = a->count;
	for (size_t i = 0; i < a->count; i++)
		TRY(give(&a->at[i], values[i], &list->approvals.at[i]));
	return wire_encode_object(&m, out, APPROVALS_BYTES, len);
}

/* ---- the file ---- */

enum err
approvals_read(int dir, const struct cose_key *k, struct approvals *out)
{
	uint8_t buf[APPROVALS_BYTES];
	int fd OWNED(fd_drop) = -1;
	uint64_t len;

	TRY(file_look(dir, FILE_NAME, &fd));
	TRY(file_size(fd, &len));
	if (len > sizeof(buf))
		return log_err(ERR_MALFORMED, "approvals: too long");
	TRY(file_read(fd, 0, buf, len));
	TRY(approvals_decode((struct span){ buf, len }, out));
	return k == NULL || cose_key_equal(&out->k, k) ? ERR_OK :
	    log_err(ERR_AUTH,
	    "approvals: signed by another key than this appliance's");
}

enum err
approvals_write(int dir, const struct approvals *a)
{
	uint8_t buf[APPROVALS_BYTES];
	size_t len = 0;

	TRY(approvals_encode(a, buf, &len));
	return file_replace(dir, FILE_NAME, &(struct span){ buf, len }, 1);
}

/* ---- what holds ---- */

static bool
is_there(const struct approvals *list, const struct approval *a)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].a.policy == a->a.policy &&
		    memcmp(list->at[i].a.digest, a->a.digest,
		    sizeof(a->a.digest)) == 0)
			return true;
	return false;
}

enum err
approvals_merge(struct approvals *into, const struct approvals *from,
    size_t *taken)
{
	*taken = 0;
	if (!cose_key_equal(&into->k, &from->k))
		return log_err(ERR_AUTH, "approvals: signed by another key "
		    "than this appliance's");
	for (size_t i = 0; i < from->count; i++) {
		if (is_there(into, &from->at[i]))
			continue;
		if (into->count == APPROVALS_MAX)
			return log_err(ERR_LIMIT, "approvals: more than %d; "
			    "a raise ends those that are of use no more",
			    APPROVALS_MAX);
		into->at[into->count++] = from->at[i];
		++*taken;
	}
	return ERR_OK;
}

void
approvals_prune(struct approvals *a, uint64_t version)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->count; i++)
		if (a->at[i].a.version >= version)
			a->at[kept++] = a->at[i];
	a->count = kept;
}

uint32_t
approvals_mask(const struct approvals *a)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < a->count; i++) {
		mask |= a->at[i].a.pcrs.mask;
		if (a->at[i].a.cap != 0)
			mask |= UINT32_C(1) << a->at[i].a.cap;
	}
	return mask;
}

struct approval_fit
approval_fits(const struct approval *a, uint64_t version,
    const struct tpm_pcrs *present)
{
	static const uint8_t zero[POLICY_PCR_LEN];
	struct approval_fit f = {
		.raised_past = a->a.version < version,
		.capped = a->a.cap != 0 && memcmp(present->value[a->a.cap],
		    zero, sizeof(zero)) != 0,
	};

	for (unsigned i = 0; i < TPM_PCRS; i++)
		if ((a->a.pcrs.mask >> i & 1) != 0 &&
		    memcmp(a->value[i], present->value[i], POLICY_PCR_LEN) !=
		    0)
			f.differs |= UINT32_C(1) << i;
	return f;
}

bool
approval_holds(const struct approval_fit *f)
{
	return !f->raised_past && f->differs == 0 && !f->capped;
}

const struct approval *
approvals_find(const struct approvals *a, enum tpm_policy kind,
    uint64_t version, const struct tpm_pcrs *present)
{
	const struct approval *best = NULL;

	for (size_t i = 0; i < a->count; i++) {
		const struct approval *one = &a->at[i];
		const struct approval_fit f = approval_fits(one, version,
		    present);

		if (one->a.policy == kind && approval_holds(&f) &&
		    (best == NULL || one->a.version > best->a.version))
			best = one;
	}
	return best;
}
