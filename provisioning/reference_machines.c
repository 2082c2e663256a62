/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/reference_rules.h"

#include <inttypes.h>

#include "attest/bank.h"

static const struct msg_reference *
machine_of(const struct msg_reference *all, size_t n,
    const struct wire_id *vm_id)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal(WIRE_SPAN(all[i].vm_id), WIRE_SPAN(*vm_id)))
			return &all[i];
	return NULL;
}

/* "0, 4, 7" */
static const char *
list_pcrs(uint64_t mask, char out[static 96])
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < REFERENCE_PCRS; i++)
		if ((mask >> i & 1) != 0)
			len += (size_t)snprintf(out + len, 96 - len, "%s%u",
			    len > 0 ? ", " : "", i);
	return out;
}

static bool
has_set(const struct msg_reference *r, struct span set)
{
	for (size_t i = 0; r->has_sets && i < r->sets.count; i++)
		if (span_equal(r->sets.at[i], set))
			return true;
	return false;
}

/* Which PCRs differ between two sets of one shape. */
static uint64_t
differ(const struct msg_reference *r, struct span a, struct span b)
{
	const size_t len = bank_len((uint16_t)r->alg);
	uint64_t mask = 0;
	size_t at = 0;

	for (unsigned i = 0; i < REFERENCE_PCRS; i++) {
		if ((r->mask >> i & 1) == 0)
			continue;
		if (at + len > a.len || at + len > b.len ||
		    memcmp(a.at + at, b.at + at, len) != 0)
			mask |= 1U << i;
		at += len;
	}
	return mask;
}

/* Do the bytes of their sets mean the same PCRs? */
static bool
is_alike(const struct msg_reference *a, const struct msg_reference *b)
{
	return a->alg == b->alg && a->mask == b->mask;
}

/* A set that is new, by the one of before that it is nearest to. */
static void
tell_set(struct findings *f, const struct msg_reference *old,
    const struct msg_reference *new, struct span set)
{
	uint64_t least = new->mask, now;
	char pcrs[96];

	for (size_t i = 0; is_alike(old, new) && old->has_sets &&
	    i < old->sets.count; i++) {
		now = differ(new, set, old->sets.at[i]);
		if (__builtin_popcountll(now) < __builtin_popcountll(least))
			least = now;
	}
	finding(f, "set.added", "%s: a set of values is added that differs in "
	    "PCR %s", new->vm_id.at, list_pcrs(least, pcrs));
}

static void
diff_sets(struct findings *f, const struct msg_reference *old,
    const struct msg_reference *new)
{
	size_t gone = 0;

	for (size_t i = 0; new->has_sets && i < new->sets.count; i++)
		if (!is_alike(old, new) || !has_set(old, new->sets.at[i]))
			tell_set(f, old, new, new->sets.at[i]);
	for (size_t i = 0; old->has_sets && i < old->sets.count; i++)
		gone += !is_alike(old, new) ||
		    !has_set(new, old->sets.at[i]);
	if (gone > 0)
		finding(f, "set.removed", "%s: %zu of %zu sets of values %s "
		    "not good any more", new->vm_id.at, gone,
		    old->sets.count, gone == 1 ? "is" : "are");
}

static void
diff_machine(struct findings *f, const struct msg_reference *old,
    const struct msg_reference *new)
{
	char was[96], is[96];
	const char *vm = new->vm_id.at;

	if (!span_equal(WIRE_SPAN(old->ak_name), WIRE_SPAN(new->ak_name)))
		finding(f, "ak", "%s: it has another attestation key: this is "
		    "another TPM, or one that was cleared", vm);
	if (old->alg != new->alg)
		finding(f, "bank", "%s: the bank is %04x, not %04x", vm,
		    (unsigned)new->alg, (unsigned)old->alg);
	if (old->mask != new->mask)
		finding(f, "pcrs", "%s: PCRs %s have to be quoted, not %s",
		    vm, list_pcrs(new->mask, is), list_pcrs(old->mask, was));
	if (old->fixed != new->fixed)
		finding(f, "fixed", "%s: whatever its event log says, PCRs "
		    "[%s] are as in a set, not [%s]", vm,
		    list_pcrs(new->fixed, is), list_pcrs(old->fixed, was));
	if (old->firmware_floor != new->firmware_floor)
		finding(f, "firmware", "%s: its TPM's firmware has to be at "
		    "least %016" PRIx64 ", not %016" PRIx64, vm,
		    new->firmware_floor, old->firmware_floor);
	if (old->strict_reset != new->strict_reset)
		finding(f, "reset", "%s: a reset of its TPM %s", vm,
		    new->strict_reset ? "takes an act from now on" :
		    "takes no act any more");
	diff_sets(f, old, new);
	diff_rules(f, old, new);
}

void
diff_machines(struct findings *f, const struct msg_trust *old,
    const struct msg_trust *new)
{
	static struct msg_reference was[REFERENCES_MAX], is[REFERENCES_MAX];
	const size_t nwas = machines_of(old, was), nis = machines_of(new, is);

	for (size_t i = 0; i < nis; i++) {
		const struct msg_reference *before = machine_of(was, nwas,
		    &is[i].vm_id);
		char pcrs[96];

		if (before != NULL)
			diff_machine(f, before, &is[i]);
		else
			finding(f, "vm.added", "%s is added: PCRs %s, %zu "
			    "sets of values%s", is[i].vm_id.at,
			    list_pcrs(is[i].mask, pcrs), is[i].sets.count,
			    is[i].has_rules ? ", rules for its events" : "");
	}
	for (size_t i = 0; i < nwas; i++)
		if (machine_of(is, nis, &was[i].vm_id) == NULL)
			finding(f, "vm.removed", "%s is removed: nothing that "
			    "it shows is good any more", was[i].vm_id.at);
}

void
diff_logs(struct findings *f, const struct eventlog *was_log,
    const struct eventlog *now_log, const struct msg_trust *old,
    const struct msg_trust *new)
{
	static struct msg_reference was[REFERENCES_MAX], is[REFERENCES_MAX];
	const size_t nwas = machines_of(old, was), nis = machines_of(new, is);

	for (size_t i = 0; i < nis; i++) {
		const struct msg_reference *before = machine_of(was, nwas,
		    &is[i].vm_id);

		if (before != NULL)
			diff_events(f, was_log, now_log, before, &is[i]);
	}
}
