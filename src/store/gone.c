/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/find.h"
#include "store/state_int.h"

/* The fields of a msg_gone. */
#define GONE_KID	1U
#define GONE_KIND	2U
#define GONE_NAME	4U
#define GONE_SCOPE	8U
#define GONE_DEVICE	16U
#define GONE_OPERATOR	32U

const struct msg_rule *
state_same_rule(const struct state *s, enum wire_rule kind, struct span name,
    struct span scope)
{
	for (size_t i = 0; i < s->nrules; i++)
		if (s->rules[i].kind == kind &&
		    span_equal(WIRE_SPAN(s->rules[i].name), name) &&
		    span_equal(WIRE_SPAN(s->rules[i].scope), scope))
			return &s->rules[i];
	return NULL;
}

static enum err
drop_key(struct state *s, const struct msg_gone *g)
{
	const struct key *k = state_key(s, WIRE_SPAN(g->kid));

	if (k == NULL)
		return ERR_NOT_FOUND;
	secret_drop(&s->keys[k - s->keys].seed);
	REMOVE(s, keys, k - s->keys);
	return ERR_OK;
}

static enum err
drop_rule(struct state *s, const struct msg_gone *g)
{
	const struct msg_rule *r = state_same_rule(s, g->kind,
	    WIRE_SPAN(g->name), WIRE_SPAN(g->scope));

	if (r == NULL)
		return ERR_NOT_FOUND;
	REMOVE(s, rules, r - s->rules);
	return ERR_OK;
}

/* All of that kind, if there are any. */
static enum err
drop_rules(struct state *s, const struct msg_gone *g)
{
	for (size_t i = s->nrules; i-- > 0;)
		if (s->rules[i].kind == g->kind)
			REMOVE(s, rules, i);
	return ERR_OK;
}

static enum err
drop_volume(struct state *s, const struct msg_gone *g)
{
	const struct volume *v = state_volume(s, WIRE_SPAN(g->scope));

	if (v == NULL)
		return ERR_NOT_FOUND;
	secret_drop(&s->volumes[v - s->volumes].value);
	REMOVE(s, volumes, v - s->volumes);
	return ERR_OK;
}

static void
remove_device(struct state *s, size_t i)
{
	secret_drop(&s->devices[i].secret);
	REMOVE(s, devices, i);
}

static enum err
drop_device(struct state *s, const struct msg_gone *g)
{
	const struct device *d = state_device(s, WIRE_SPAN(g->operator_id),
	    WIRE_SPAN(g->device_id));

	if (d == NULL)
		return ERR_NOT_FOUND;
	remove_device(s, (size_t)(d - s->devices));
	return ERR_OK;
}

static enum err
drop_operator(struct state *s, const struct msg_gone *g)
{
	const struct msg_operator *o = state_operator(s,
	    WIRE_SPAN(g->operator_id));

	if (o == NULL)
		return ERR_NOT_FOUND;
	REMOVE(s, operators, o - s->operators);
	for (size_t i = s->ndevices; i-- > 0;)
		if (span_equal(WIRE_SPAN(s->devices[i].row.operator_id),
		    WIRE_SPAN(g->operator_id)))
			remove_device(s, i);
	return ERR_OK;
}

/* Which fields there are says which table it is. */
enum err
state_gone(struct state *s, const struct msg *m)
{
	const struct msg_gone *g = &m->gone;
	const unsigned has =
	    (g->has_kid ? GONE_KID : 0U) | (g->has_kind ? GONE_KIND : 0U) |
	    (g->has_name ? GONE_NAME : 0U) |
	    (g->has_scope ? GONE_SCOPE : 0U) |
	    (g->has_device_id ? GONE_DEVICE : 0U) |
	    (g->has_operator_id ? GONE_OPERATOR : 0U);

	switch (has) {
	case GONE_KID:
		return drop_key(s, g);
	case GONE_KIND | GONE_NAME | GONE_SCOPE:
		return drop_rule(s, g);
	case GONE_KIND:
		return drop_rules(s, g);
	case GONE_SCOPE:
		return drop_volume(s, g);
	case GONE_OPERATOR | GONE_DEVICE:
		return drop_device(s, g);
	case GONE_OPERATOR:
		return drop_operator(s, g);
	default:
		return ERR_STATE;
	}
}
