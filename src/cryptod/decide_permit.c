/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/decide_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "cose/cwt.h"

static int
order(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int d = memcmp(a.at, b.at, n);

	return d != 0 ? d : (a.len > b.len) - (a.len < b.len);
}

static int
order_scopes(const void *a, const void *b)
{
	const struct wire_scope *x = a, *y = b;

	return order(WIRE_SPAN(*x), WIRE_SPAN(*y));
}

static int
order_names(const void *a, const void *b)
{
	const struct wire_text *x = a, *y = b;

	return order(WIRE_SPAN(*x), WIRE_SPAN(*y));
}

/* Sort, so that a thing that is named twice stands beside itself. */
static enum reason
sort_scopes(struct wire_scopes *s)
{
	qsort(s->at, s->count, sizeof(s->at[0]), order_scopes);
	for (size_t i = 1; i < s->count; i++)
		if (order_scopes(&s->at[i - 1], &s->at[i]) == 0)
			return REASON_request_scope;
	return REASON_none;
}

static enum reason
sort_audience(struct wire_audience *a)
{
	qsort(a->at, a->count, sizeof(a->at[0]), order_names);
	for (size_t i = 1; i < a->count; i++)
		if (order_names(&a->at[i - 1], &a->at[i]) == 0)
			return REASON_request_scope;
	return REASON_none;
}

static int
begins(const struct wire_scope *s, const char *prefix)
{
	return strncmp(s->at, prefix, strlen(prefix)) == 0;
}

/* A scope that acts on one place is for one verifier. */
static int
acts(const struct wire_scope *s)
{
	return begins(s, "net:") || begins(s, "ivm:") ||
	    begins(s, "luks:") || begins(s, "admin:");
}

/* What a token has besides its lists and names: tags, both headers, claims of
 * a fixed size, the longest cnf and signature. */
#define TOKEN_REST 384
#define TOKEN_ATT 72

/* Whatever is granted has to fit into a token. */
static bool
fits(const struct view *v, const struct permit *p)
{
	size_t len = (p->has_att ? TOKEN_REST + TOKEN_ATT : TOKEN_REST) +
	    v->state->appliance.issuer.len + strlen(p->sub) + p->nonce.len;

	for (size_t i = 0; i < p->scopes.count; i++)
		len += p->scopes.at[i].len + 1;
	for (size_t i = 0; i < p->audience.count; i++)
		len += p->audience.at[i].len + 3;
	return len <= TOKEN_MAX;
}

static enum reason
check_form(const struct view *v, const struct ask *ask,
    const struct permit *p)
{
	if (!fits(v, p))
		return REASON_request_scope;
	for (size_t i = 0; i < p->scopes.count; i++) {
		if (p->audience.count > 1 && acts(&p->scopes.at[i]))
			return REASON_request_scope;
		if (ask->arg == NULL && begins(&p->scopes.at[i], "admin:"))
			return REASON_request_shape;
	}
	return REASON_none;
}

static void
shorten(uint64_t *lifetime, uint64_t to)
{
	if (to < *lifetime)
		*lifetime = to;
}

/* Is there a rule?  It may shorten the life of the token. */
static bool
allowed(const struct view *v, enum wire_rule kind, struct span name,
    struct span scope, uint64_t *lifetime)
{
	const struct msg_rule *r = state_rule(v->state, kind, name, scope);

	if (r != NULL && r->has_lifetime)
		shorten(lifetime, r->lifetime);
	return r != NULL;
}

/* What the operator, the channel and each audience may have, all of it. */
static enum reason
check_acl(const struct view *v, const struct ask *ask, struct span scope,
    const struct permit *p, uint64_t *lifetime)
{
	const bool person = ask->operator_id.len > 0;

	if (!person && state_rule(v->state, WIRE_rule_person, v->vm_id,
	    scope) != NULL)
		return REASON_acl_person;
	if (!p->has_att && state_rule(v->state, WIRE_rule_attest, v->vm_id,
	    scope) != NULL)
		return REASON_acl_attestation;
	if (person && !allowed(v, WIRE_rule_operator, ask->operator_id, scope,
	    lifetime))
		return REASON_acl_scope;
	if (!allowed(v, WIRE_rule_vm, v->vm_id, scope, lifetime))
		return REASON_acl_scope;
	for (size_t i = 0; i < p->audience.count; i++)
		if (!allowed(v, WIRE_rule_audience,
		    WIRE_SPAN(p->audience.at[i]), scope, lifetime))
			return REASON_acl_audience;
	return REASON_none;
}

static enum err
fill(const struct view *v, const struct ask *ask, struct permit *p)
{
	const bool person = ask->operator_id.len > 0;
	const struct span id = person ? ask->operator_id : v->vm_id;

	snprintf(p->sub, sizeof(p->sub), "%s:%.*s", person ? "op" : "vm",
	    (int)id.len, (const char *)id.at);
	p->scopes = *ask->scopes;
	p->nonce = *ask->nonce;
	if (ask->arg != NULL) {
		p->has_arg = true;
		p->arg = *ask->arg;
	}
	if (ask->audience != NULL) {
		p->audience = *ask->audience;
		return ERR_OK;
	}
	p->audience.count = 1;
	return WIRE_SET_TEXT(p->audience.at[0], v->vm_id);
}

enum reason
permit_check(const struct view *v, const struct ask *ask, struct permit *p)
{
	uint64_t lifetime = v->policy->token_lifetime;
	enum reason r;

	if (fill(v, ask, p) != ERR_OK)
		return REASON_request_scope;
	if ((r = sort_scopes(&p->scopes)) != REASON_none ||
	    (r = sort_audience(&p->audience)) != REASON_none ||
	    (r = check_form(v, ask, p)) != REASON_none)
		return r;
	for (size_t i = 0; i < p->scopes.count; i++) {
		if ((r = check_acl(v, ask, WIRE_SPAN(p->scopes.at[i]),
		    p, &lifetime)) != REASON_none)
			return r;
		if (begins(&p->scopes.at[i], "luks:"))
			shorten(&lifetime, v->policy->unlock_lifetime);
	}
	p->iat = v->now;
	p->exp = v->now + lifetime;
	return REASON_none;
}
