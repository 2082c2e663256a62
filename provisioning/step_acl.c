/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <stdio.h>

#include "base/log.h"
#include "provisioning/acl.h"

static bool
same(const struct msg_rule *a, const struct msg_rule *b)
{
	return a->kind == b->kind &&
	    span_equal(WIRE_SPAN(a->name), WIRE_SPAN(b->name)) &&
	    span_equal(WIRE_SPAN(a->scope), WIRE_SPAN(b->scope));
}

/* Both without duplicates, so one way round is enough. */
static bool
is_there(const struct state *s, const struct acl *a)
{
	if (s->appliance.policy_version == 0 || s->nrules != a->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		size_t k = 0;

		while (k < s->nrules && !same(&s->rules[k], &a->rules[i]))
			k++;
		if (k == s->nrules)
			return false;
	}
	return true;
}

static enum err
remove_all(struct mint *m)
{
	while (m->state->nrules > 0) {
		const struct msg_rule *r = &m->state->rules[0];
		struct msg g = { .type = MSG_gone };

		g.gone.has_kind = g.gone.has_name = g.gone.has_scope = true;
		g.gone.kind = r->kind;
		TRY(WIRE_SET_TEXT(g.gone.name, WIRE_SPAN(r->name)));
		TRY(WIRE_SET_TEXT(g.gone.scope, WIRE_SPAN(r->scope)));
		TRY(store_put(m->store, &g));
	}
	return ERR_OK;
}

static enum err
replace(struct mint *m, const struct acl *a)
{
	struct msg r = { .type = MSG_appliance };

	TRY(remove_all(m));
	r.appliance = m->state->appliance;
	r.appliance.policy_version++;
	TRY(store_put(m->store, &r));
	for (size_t i = 0; i < a->n; i++) {
		r = (struct msg){ .type = MSG_rule };
		r.rule = a->rules[i];
		TRY(store_put(m->store, &r));
	}
	return mint_commit(m, "provision.acl", NULL);
}

enum err
step_acl(const struct mint_options *o)
{
	struct acl a OWNED(acl_drop) = { 0 };
	struct mint m OWNED(mint_drop) = mint_none;

	*o->blame = MINT_USAGE;
	TRY(acl_read(o->acl, &a));
	TRY(mint_open(&m, o));
	if (is_there(m.state, &a)) {
		printf("acl: the same %zu rules are there\n", a.n);
		return ERR_OK;
	}
	TRY(replace(&m, &a));
	printf("acl: %zu rules, version %llu\n", a.n,
	    (unsigned long long)m.state->appliance.policy_version);
	return ERR_OK;
}
