/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What approvals are asked for, or were given for, is what cryptod's quotes
 * will say: one file says both. */

#include "attest/evidence.h"
#include "base/log.h"
#include "provisioning/approve.h"
#include "provisioning/reference.h"

/* What another appliance asks for would be good here for nobody. */
static enum err
is_for(const struct msg_trust *t, const struct wish *w, const char *path)
{
	uint8_t thumbprint[32];
	struct cose_key root;

	if (strcmp(w->issuer, t->issuer.at) != 0 || !w->has_appliance ||
	    cose_key_decode(WIRE_SPAN(t->root_key), &root) != ERR_OK ||
	    cose_key_thumbprint(&root, thumbprint) != ERR_OK ||
	    !span_equal(SPAN(thumbprint), SPAN(w->appliance)))
		return log_err(ERR_MALFORMED, "%s: it was asked for by "
		    "another appliance than this trust file's", path);
	return ERR_OK;
}

static enum err
find_cryptod(const struct brief *b, struct msg_reference *out)
{
	static struct msg_reference all[REFERENCES_MAX];
	const size_t n = machines_of(&b->m.trust, all);

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].vm_id.at, EVIDENCE_CRYPTOD) == 0) {
			*out = all[i];
			return ERR_OK;
		}
	return log_err(ERR_MALFORMED, "%s: it has no reference for "
	    EVIDENCE_CRYPTOD " yet: record one", b->path);
}

/* With the cap as it is once cryptod serves. */
static enum err
make_set(const struct reference_options *o, const struct wish *w,
    uint64_t mask, uint8_t *room, struct span *set)
{
	uint8_t cap[POLICY_PCR_LEN] = { 0 };

	*set = (struct span){ room, 0 };
	if (o->cap != 0)
		TRY(capped_value(cap));
	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if ((mask >> i & 1) == 0)
			continue;
		memcpy(room + set->len, w->cap != 0 && i == w->cap ? cap :
		    w->value[i], POLICY_PCR_LEN);
		set->len += POLICY_PCR_LEN;
	}
	return ERR_OK;
}

/* Beside those before, or in their place; *is_new says whether it changes
 * anything. */
static enum err
put(const struct reference_options *o, struct msg_reference *r,
    struct span set, bool *is_new)
{
	size_t at = 0;

	*is_new = true;
	if (!o->add || !r->has_sets)
		r->sets.count = 0;
	while (at < r->sets.count && !span_equal(r->sets.at[at], set))
		at++;
	if (at < r->sets.count) {
		*is_new = false;
		return ERR_OK;
	}
	if (r->sets.count == REFERENCE_SETS)
		return log_err(ERR_LIMIT, "%s has %d sets already",
		    r->vm_id.at, REFERENCE_SETS);
	r->has_sets = true;
	r->sets.at[r->sets.count++] = set;
	return ERR_OK;
}

enum err
reference_update(struct reference_options *o)
{
	static uint8_t room[TRUST_MAX];
	static struct brief b;
	uint8_t bytes[TPM_PCRS * POLICY_PCR_LEN];
	struct msg_reference r = { .alg = 0 };
	struct wish w;
	struct span set;
	uint64_t mask;
	bool is_new;

	TRY(brief_read(o->file[0], &b));
	TRY(wish_read(o->request, &w));
	TRY(is_for(&b.m.trust, &w, o->request));
	TRY(find_cryptod(&b, &r));
	mask = w.select.mask | (w.cap != 0 ? UINT64_C(1) << w.cap : 0);
	if (o->add && (r.alg != w.select.bank || r.mask != mask))
		return log_err(ERR_MALFORMED, "%s: it is about other PCRs, "
		    "and cannot go beside those of before", o->request);
	r.alg = w.select.bank;
	r.mask = mask;
	TRY(make_set(o, &w, mask, bytes, &set));
	TRY(put(o, &r, set, &is_new));
	if (!is_new) {
		printf("%s: it has these values already\n", b.path);
		return ERR_OK;
	}
	TRY(machines_put(&b.m.trust, &r, room));
	return reference_renew(o, &b);
}
