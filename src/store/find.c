/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/find.h"

#define FAILURES_KEPT 20
#define TIME_LEN 8

#define IS(string, span) span_equal(WIRE_SPAN(string), (span))

const struct msg_operator *
state_operator(const struct state *s, struct span operator_id)
{
	for (size_t i = 0; i < s->noperators; i++)
		if (IS(s->operators[i].operator_id, operator_id))
			return &s->operators[i];
	return NULL;
}

const struct device *
state_device(const struct state *s, struct span operator_id,
    struct span device_id)
{
	for (size_t i = 0; i < s->ndevices; i++)
		if (IS(s->devices[i].row.operator_id, operator_id) &&
		    IS(s->devices[i].row.device_id, device_id))
			return &s->devices[i];
	return NULL;
}

static bool
name_allows(const struct msg_rule *r, struct span name)
{
	return IS(r->name, span_text("*")) || IS(r->name, name);
}

static bool
scope_allows(const struct msg_rule *r, struct span scope)
{
	const size_t left = r->scope.len - 1;

	if (left == 0 || r->scope.at[left] != '*')
		return IS(r->scope, scope);
	/* What stands before the '*' ends with the colon. */
	return scope.len > left && memcmp(scope.at, r->scope.at, left) == 0;
}

const struct msg_rule *
state_rule(const struct state *s, enum wire_rule kind, struct span name,
    struct span scope)
{
	const struct msg_rule *best = NULL;

	for (size_t i = 0; i < s->nrules; i++) {
		const struct msg_rule *r = &s->rules[i];

		if (r->kind != kind || !name_allows(r, name) ||
		    !scope_allows(r, scope))
			continue;
		if (best == NULL || (r->has_lifetime &&
		    (!best->has_lifetime || r->lifetime < best->lifetime)))
			best = r;
	}
	return best;
}

bool
state_rule_any(const struct state *s, enum wire_rule kind, struct span scope)
{
	for (size_t i = 0; i < s->nrules; i++)
		if (s->rules[i].kind == kind &&
		    scope_allows(&s->rules[i], scope))
			return true;
	return false;
}

const struct key *
state_key(const struct state *s, struct span kid)
{
	for (size_t i = 0; i < s->nkeys; i++)
		if (IS(s->keys[i].row.kid, kid))
			return &s->keys[i];
	return NULL;
}

const struct key *
state_key_of(const struct state *s, enum wire_use use, enum wire_phase phase)
{
	for (size_t i = 0; i < s->nkeys; i++)
		if (s->keys[i].row.use == use &&
		    s->keys[i].row.state == phase)
			return &s->keys[i];
	return NULL;
}

const struct key *
state_signer(const struct state *s, enum wire_use use, uint64_t now)
{
	const struct key *k = state_key_of(s, use, WIRE_phase_current);

	return k != NULL && k->row.not_before <= now &&
	    now < k->row.sign_until ? k : NULL;
}

const struct msg_officer *
state_officer_named(const struct state *s, struct span officer_id)
{
	for (size_t i = 0; i < s->nofficers; i++)
		if (IS(s->officers[i].officer_id, officer_id))
			return &s->officers[i];
	return NULL;
}

bool
state_act_spent(const struct state *s, struct span act_id)
{
	for (size_t i = 0; i < s->nspent; i++)
		if (IS(s->spent[i].act_id, act_id))
			return true;
	return false;
}

const struct msg_vm *
state_vm(const struct state *s, struct span vm_id)
{
	for (size_t i = 0; i < s->nvms; i++)
		if (IS(s->vms[i].vm_id, vm_id))
			return &s->vms[i];
	return NULL;
}

const struct msg_vm *
state_vm_clash(const struct state *s, const struct msg_vm *vm)
{
	for (size_t i = 0; i < s->nvms; i++)
		if (IS(s->vms[i].ak_name, WIRE_SPAN(vm->ak_name)) ||
		    (IS(s->vms[i].ek, WIRE_SPAN(vm->ek)) &&
		    !IS(s->vms[i].vm_id, WIRE_SPAN(vm->vm_id))))
			return &s->vms[i];
	return NULL;
}

const struct volume *
state_volume(const struct state *s, struct span name)
{
	for (size_t i = 0; i < s->nvolumes; i++)
		if (IS(s->volumes[i].row.name, name))
			return &s->volumes[i];
	return NULL;
}

const struct msg_failures *
state_failures(const struct state *s, struct span channel,
    struct span operator_id)
{
	const struct msg_failures *f;
	size_t at = 0;

	while ((f = state_failures_next(s, operator_id, &at)) != NULL)
		if (IS(f->channel, channel))
			return f;
	return NULL;
}

const struct msg_failures *
state_failures_next(const struct state *s, struct span operator_id,
    size_t *at)
{
	while (*at < s->nfailures) {
		const struct msg_failures *f = &s->failures[(*at)++];

		if (IS(f->operator, operator_id))
			return f;
	}
	return NULL;
}

uint64_t
failures_at(const struct msg_failures *f, size_t i)
{
	uint64_t n = 0;

	for (size_t k = 0; k < TIME_LEN; k++)
		n = n << 8 | f->times.at[i * TIME_LEN + k];
	return n;
}

size_t
failures_since(const struct msg_failures *f, uint64_t since)
{
	size_t n = 0;

	for (size_t i = 0; i < f->times.len / TIME_LEN; i++)
		n += failures_at(f, i) >= since;
	return n;
}

void
failures_add(struct msg_failures *f, uint64_t now)
{
	if (f->times.len == FAILURES_KEPT * TIME_LEN) {
		f->times.len -= TIME_LEN;
		memmove(f->times.at, f->times.at + TIME_LEN, f->times.len);
	}
	for (int i = 0; i < TIME_LEN; i++)
		f->times.at[f->times.len++] = (uint8_t)(now >> (56 - 8 * i));
	f->total++;
}

size_t
state_seen_room(const struct state *s)
{
	return (SEEN_MAX - s->seen.n) / 2;
}
