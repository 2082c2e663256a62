/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/reference_rules.h"

#include <inttypes.h>

#include "attest/bank.h"
#include "base/own.h"
#include "provisioning/acl.h"

#define PCRS_RESETTABLE	0xff0000u	/* 16 to 23 */
#define PCRS_BOOT	0x0000ffu
#define CRYPTOD		"cryptod"

static void
lint_officers(struct findings *f, const struct msg_trust *t)
{
	const size_t n = t->officers.count;
	struct cose_key key;

	if (t->quorum > n)
		fault(f, "quorum.large", "it takes %" PRIu64 " officers, and "
		    "there are %zu", t->quorum, n);
	else if (t->quorum == 1)
		finding(f, "quorum.one", "one officer alone can sign the next "
		    "file, and with it whatever he likes");
	for (size_t i = 0; i < n; i++) {
		const struct msg_officer_named *o = &t->officers.at[i];

		if (cose_key_decode(WIRE_SPAN(o->key), &key) != ERR_OK ||
		    key.kind != COSE_ED25519)
			fault(f, "officer.key", "the key of officer %s is "
			    "none of Ed25519", o->officer_id.at);
		for (size_t k = 0; k < i; k++)
			if (span_equal(WIRE_SPAN(o->key),
			    WIRE_SPAN(t->officers.at[k].key)) ||
			    span_equal(WIRE_SPAN(o->officer_id),
			    WIRE_SPAN(t->officers.at[k].officer_id)))
				fault(f, "officer.twice", "officers %s and %s "
				    "are one", o->officer_id.at,
				    t->officers.at[k].officer_id.at);
	}
}

/* The value that set gives a PCR; empty if there is none. */
static struct span
value_of(const struct msg_reference *r, struct span set, unsigned pcr)
{
	const size_t len = bank_len((uint16_t)r->alg);
	const size_t before = len * (size_t)__builtin_popcountll(r->mask &
	    ((UINT64_C(1) << pcr) - 1));

	return (r->mask >> pcr & 1) == 0 || before + len > set.len ?
	    (struct span){ NULL, 0 } : (struct span){ set.at + before, len };
}

/* A PCR of a booted machine is not what it is after a reset. */
static bool
is_untouched(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] != 0)
			return false;
	return value.len > 0;
}

/* Nothing at all is a machine that measures nothing, as beside a TPM of
 * software; nothing in some, one whose loader alone measures. */
static void
lint_boot(struct findings *f, const struct msg_reference *r, size_t n)
{
	unsigned quoted = 0, zero = 0;

	for (unsigned i = 0; i < 8; i++) {
		const struct span value = value_of(r, r->sets.at[n], i);

		quoted += value.len > 0;
		zero += is_untouched(value);
	}
	if (zero > 0 && zero == quoted) {
		finding(f, "set.unmeasured", "%s: set %zu has nothing in PCRs "
		    "0 to 7: it proves which TPM that is, and no program",
		    r->vm_id.at, n + 1);
		return;
	}
	for (unsigned i = 0; i < 8; i++)
		if (is_untouched(value_of(r, r->sets.at[n], i)))
			finding(f, "set.partly", "%s: set %zu has nothing in "
			    "PCR %u: no firmware that measures leaves it so",
			    r->vm_id.at, n + 1, i);
}

static void
lint_set(struct findings *f, const struct msg_reference *r, size_t n,
    unsigned cap)
{
	const size_t want = bank_len((uint16_t)r->alg) *
	    (size_t)__builtin_popcountll(r->mask);
	const struct span set = r->sets.at[n];
	const bool capped = cap > 0 && strcmp(r->vm_id.at, CRYPTOD) == 0;
	uint8_t value[32];

	if (set.len != want) {
		fault(f, "set.length", "%s: set %zu has %zu bytes, and its "
		    "PCRs have %zu: PCRs are missing, or too many",
		    r->vm_id.at, n + 1, set.len, want);
		return;
	}
	lint_boot(f, r, n);
	if (capped && r->alg == BANK_SHA256 && (r->mask >> cap & 1) != 0 &&
	    capped_value(value) == ERR_OK &&
	    !span_equal(value_of(r, set, cap), SPAN(value)))
		fault(f, "set.never", "%s: set %zu wants PCR %u at another "
		    "value than the capped one, which a cryptod that serves "
		    "always has", r->vm_id.at, n + 1, cap);
	for (size_t i = 0; i < n; i++)
		if (span_equal(r->sets.at[i], set))
			finding(f, "set.twice", "%s: sets %zu and %zu are the "
			    "same", r->vm_id.at, i + 1, n + 1);
}

/* What has to be asked of PCRs whose values come from no log. */
static void
lint_fixed(struct findings *f, const struct msg_reference *r, unsigned cap)
{
	const char *vm = r->vm_id.at;
	const bool is_cryptod = cap > 0 && strcmp(vm, CRYPTOD) == 0;

	if (r->has_fixed && (!r->has_sets || !r->has_rules ||
	    (r->fixed & ~r->mask) != 0 || r->fixed == r->mask))
		fault(f, "fixed", "%s: of the PCRs that are quoted some may "
		    "be fixed, by a set, and rules are for the others", vm);
	if (is_cryptod && r->has_rules &&
	    (!r->has_fixed || (r->fixed >> cap & 1) == 0))
		fault(f, "fixed.cap", "%s: PCR %u is not fixed, and no log "
		    "leads to it: the rules can never be met", vm, cap);
	if (is_cryptod && r->has_rules && !r->has_sets)
		fault(f, "rules.only", "%s: it sends no event log, so its "
		    "rules are never looked at: it needs a set", vm);
}

static void
lint_machine(struct findings *f, const struct msg_reference *r, unsigned cap)
{
	const char *vm = r->vm_id.at;

	if (bank_len((uint16_t)r->alg) == 0)
		fault(f, "bank", "%s: no bank is called %04x", vm,
		    (unsigned)r->alg);
	else if (r->alg == BANK_SHA1)
		finding(f, "bank.sha1", "%s: values of SHA-1 can be forged",
		    vm);
	if ((r->mask & PCRS_RESETTABLE) != 0)
		fault(f, "pcr.reset", "%s: PCRs 16 to 23 can be reset by what "
		    "runs there, and prove nothing", vm);
	if ((r->mask & PCRS_BOOT) != PCRS_BOOT)
		finding(f, "pcr.missing", "%s: not all of PCRs 0 to 7 are "
		    "quoted", vm);
	if (cap > 0 && strcmp(vm, CRYPTOD) == 0 &&
	    (r->mask >> cap & 1) == 0)
		fault(f, "pcr.cap", "%s: PCR %u is not quoted, which says "
		    "that the keys were taken out", vm, cap);
	if (!r->has_sets && !r->has_rules)
		fault(f, "vm.empty", "%s: there is nothing that it has to "
		    "show", vm);
	if (r->ak_name.at[0] != 0x00 || r->ak_name.at[1] != 0x0b)
		fault(f, "ak", "%s: what should be the Name of its "
		    "attestation key is none by SHA-256", vm);
	lint_fixed(f, r, cap);
	for (size_t i = 0; r->has_sets && i < r->sets.count; i++)
		lint_set(f, r, i, cap);
	lint_rules(f, r);
}

static bool
is_about(const struct msg_rule *rule, enum wire_rule kind, const char *name)
{
	return rule->kind == kind && (strcmp(rule->name.at, name) == 0 ||
	    strcmp(rule->name.at, "*") == 0);
}

static bool
speaks_of(const struct acl *acl, enum wire_rule kind, const char *name)
{
	for (size_t i = 0; i < acl->n; i++)
		if (is_about(&acl->rules[i], kind, name))
			return true;
	return false;
}

/* A machine that the ACL names for the first time. */
static bool
is_first(const struct acl *acl, size_t i)
{
	const char *name = acl->rules[i].name.at;

	if ((acl->rules[i].kind != WIRE_rule_vm &&
	    acl->rules[i].kind != WIRE_rule_attest) ||
	    strcmp(name, "*") == 0)
		return false;
	for (size_t k = 0; k < i; k++)
		if ((acl->rules[k].kind == WIRE_rule_vm ||
		    acl->rules[k].kind == WIRE_rule_attest) &&
		    strcmp(acl->rules[k].name.at, name) == 0)
			return false;
	return true;
}

static bool
has_reference(const struct msg_reference *all, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].vm_id.at, name) == 0)
			return true;
	return false;
}

static enum err
lint_acl(struct findings *f, const char *path,
    const struct msg_reference *all, size_t n)
{
	struct acl acl OWNED(acl_drop) = { 0 };

	TRY(acl_read(path, &acl));
	for (size_t i = 0; i < acl.n; i++) {
		const char *name = acl.rules[i].name.at;

		if (!is_first(&acl, i) || has_reference(all, n, name))
			continue;
		if (speaks_of(&acl, WIRE_rule_attest, name))
			fault(f, "attest.none", "the ACL wants %s to prove "
			    "itself, and there is no reference to hold that "
			    "against", name);
		else
			finding(f, "vm.none", "the ACL allows %s something, "
			    "and there is no reference for it", name);
	}
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].vm_id.at, CRYPTOD) != 0 &&
		    !speaks_of(&acl, WIRE_rule_vm, all[i].vm_id.at) &&
		    !speaks_of(&acl, WIRE_rule_release, all[i].vm_id.at))
			finding(f, "vm.unused", "there is a reference for %s, "
			    "and the ACL allows it nothing", all[i].vm_id.at);
	return ERR_OK;
}

/* PCRs that whoever asks wants to have quoted. */
static enum err
lint_pcrs(struct findings *f, const char *list,
    const struct msg_reference *all, size_t n)
{
	uint64_t want;

	TRY(reference_pcrs("--pcrs", list, &want));
	for (size_t i = 0; i < n; i++)
		for (unsigned pcr = 0; pcr < REFERENCE_PCRS; pcr++)
			if ((want & ~all[i].mask) >> pcr & 1)
				fault(f, "pcr.wanted", "%s: PCR %u is not "
				    "quoted, and is wanted", all[i].vm_id.at,
				    pcr);
	return ERR_OK;
}

enum err
lint_tell(struct findings *f, const struct reference_options *o,
    const struct brief *b, const struct brief *old)
{
	static struct msg_reference all[REFERENCES_MAX];
	const size_t n = machines_of(&b->m.trust, all);
	const size_t before = f->faults;

	lint_officers(f, &b->m.trust);
	for (size_t i = 0; i < n; i++) {
		lint_machine(f, &all[i], o->cap);
		for (size_t k = 0; k < i; k++)
			if (span_equal(WIRE_SPAN(all[i].ak_name),
			    WIRE_SPAN(all[k].ak_name)))
				fault(f, "ak.twice", "%s and %s have one "
				    "attestation key", all[k].vm_id.at,
				    all[i].vm_id.at);
	}
	if (old != NULL && b->m.trust.version <= old->m.trust.version)
		fault(f, "version", "the version is %" PRIu64 ", and has to "
		    "be above %" PRIu64, b->m.trust.version,
		    old->m.trust.version);
	if (n > 0 && !has_reference(all, n, CRYPTOD))
		finding(f, "cryptod.none", "there is no reference for "
		    "cryptod: verifiers that appraise it believe nothing");
	if (o->pcrs != NULL)
		TRY(lint_pcrs(f, o->pcrs, all, n));
	if (o->acl != NULL)
		TRY(lint_acl(f, o->acl, all, n));
	if (!b->sound && f->faults == before)
		fault(f, "shape", "no verifier reads this file: a key is "
		    "none, or machines are not in order");
	return ERR_OK;
}
