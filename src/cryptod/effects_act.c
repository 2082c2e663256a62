/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Acts: the records that they become, and what the log says of them. */

#include "cryptod/effects.h"

#include <stdio.h>

#include "crypto/hash.h"
#include "store/acl.h"

static enum err
put_spent(const struct view *v, const struct effects *fx,
    const struct record_sink *sink)
{
	struct msg m = { .type = MSG_spent };

	m.spent.act_id = fx->act.act_id;
	m.spent.epoch = fx->act.epoch;
	m.spent.counter = v->counter;
	return sink->put(sink->self, &m);
}

/* What was approved before a rollback was accepted is good no more: the
 * counter goes on by one with this act. */
static enum err
put_acts_from(const struct view *v, const struct record_sink *sink)
{
	struct msg m = { .type = MSG_acts };

	m.acts = v->state->acts;
	m.acts.acts_from = v->counter + 1;
	return sink->put(sink->self, &m);
}

static enum err
put_open(const struct deed *d, const struct record_sink *sink)
{
	struct msg m = { .type = MSG_failures };

	m.failures.channel = d->channel;
	TRY(WIRE_SET_TEXT(m.failures.operator, WIRE_SPAN(d->operator_id)));
	return sink->put(sink->self, &m);
}

static enum err
put_operator(const struct deed *d, const struct record_sink *sink)
{
	struct msg m = { .type = MSG_operator };

	m.operator.operator_id = d->operator_id;
	m.operator.enabled = d->enabled;
	return sink->put(sink->self, &m);
}

static enum err
put_vm(const struct deed *d, const struct record_sink *sink)
{
	struct msg m = { .type = MSG_vm, .vm = d->vm };

	return sink->put(sink->self, &m);
}

static enum err
put_accepted(const struct deed *d, const struct record_sink *sink)
{
	struct msg m = { .type = MSG_accepted, .accepted = d->accepted };

	return sink->put(sink->self, &m);
}

static enum err
put_rules(struct span acl, const struct record_sink *sink)
{
	struct acl_text t = { .rest = acl };
	struct msg m;
	enum err e;

	for (unsigned kind = WIRE_rule_operator; kind <= WIRE_rule_vouch;
	    kind++) {
		m = (struct msg){ .type = MSG_gone };
		m.gone.has_kind = true;
		m.gone.kind = (enum wire_rule)kind;
		TRY(sink->put(sink->self, &m));
	}
	m = (struct msg){ .type = MSG_rule };
	while ((e = acl_next(&t, &m.rule)) == ERR_OK)
		TRY(sink->put(sink->self, &m));
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
put_acl(const struct view *v, const struct deed *d,
    const struct record_sink *sink)
{
	struct msg m = { .type = MSG_appliance };

	m.appliance = v->state->appliance;
	m.appliance.policy_version++;
	m.appliance.policy_floor = d->policy_floor;
	TRY(sink->put(sink->self, &m));
	return put_rules(d->acl, sink);
}

static enum err
put_deed(const struct view *v, const struct deed *d,
    const struct record_sink *sink)
{
	switch (d->kind) {
	case DEED_ACCEPT_ROLLBACK:
		return put_acts_from(v, sink);
	case DEED_OPEN_CHANNEL:
		return put_open(d, sink);
	case DEED_SET_ACL:
		return put_acl(v, d, sink);
	case DEED_SET_OPERATOR:
		return put_operator(d, sink);
	case DEED_ENROL_VM:
		return put_vm(d, sink);
	case DEED_ACCEPT_VM:
		return put_accepted(d, sink);
	/* These take the clock and random bytes: admin.c puts them. */
	case DEED_SET_CLOCK:
	case DEED_ROTATE_KEY:
	case DEED_REVOKE_KEY:
	case DEED_NONE:
		break;
	}
	return ERR_OK;
}

enum err
effects_act_records(const struct view *v, const struct effects *fx,
    const struct record_sink *sink)
{
	if (fx->deed.kind == DEED_NONE)
		return ERR_OK;
	TRY(put_spent(v, fx, sink));
	return put_deed(v, &fx->deed, sink);
}

static void
put_officers(const struct view *v, uint16_t who, struct map_maker *map)
{
	struct span names[STATE_OFFICERS];
	size_t n = 0;

	for (size_t i = 0; i < v->state->nofficers; i++)
		if ((who >> i & 1) != 0)
			names[n++] =
			    WIRE_SPAN(v->state->officers[i].officer_id);
	map_put_texts(map, "officers", names, n);
}

void
effects_act_event(const struct view *v, const struct msg_admin_req *q,
    const struct effects *fx, struct map_maker *map, struct event_room *room,
    struct audit_event *out)
{
	const bool done = fx->deed.kind != DEED_NONE;
	uint8_t arguments[SHA256_LEN];

	if (sha256(&q->arguments, 1, arguments) == ERR_OK)
		map_put_bytes(map, "arguments", SPAN(arguments));
	if (fx->act.decoded) {
		map_put_text(map, "act_id", WIRE_SPAN(fx->act.act_id));
		map_put_uint(map, "epoch", fx->act.epoch);
		map_put_bytes(map, "act", SPAN(fx->act.digest));
		put_officers(v, fx->act.officers, map);
	}
	map_put_uint(map, "counter", v->counter);
	if (v->recovery != REASON_none)
		map_put_text(map, "recovery",
		    span_text(reason_code(v->recovery)));
	if (done)
		snprintf(room->actor, sizeof(room->actor), "officers");
	else
		snprintf(room->actor, sizeof(room->actor), "vm:%.*s",
		    (int)v->vm_id.len, (const char *)v->vm_id.at);
	out->action = span_text("act");
	out->target = fx->act.command != NULL ? span_text(fx->act.command) :
	    WIRE_SPAN(q->command);
	out->result = span_text(done ? "ok" : "denied");
}
