/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/state.h"

/* Where a snapshot is given to. */
struct taker {
	enum err	(*give)(void *self, const struct msg *record);
	void		*self;
};

/* One row as its record, with the bytes of its secret if it has one. */
static enum err
give(const struct taker *t, struct msg *m, enum msg_type type)
{
	enum err e;

	m->type = type;
	e = t->give(t->self, m);
	wire_wipe(m);
	return e;
}

#define GIVE_ROWS(t, s, table, name)                                    \
	for (size_t i_ = 0; i_ < (s)->n##table; i_++) {                 \
		struct msg m_ = { .name = (s)->table[i_] };             \
		TRY(give(t, &m_, MSG_##name));                          \
	}

static enum err
give_devices(const struct taker *t, const struct state *s)
{
	for (size_t i = 0; i < s->ndevices; i++) {
		struct msg m = { .device = s->devices[i].row };

		TRY(WIRE_SET_BYTES(m.device.secret,
		    secret_span(s->devices[i].secret)));
		TRY(give(t, &m, MSG_device));
	}
	return ERR_OK;
}

static enum err
give_keys(const struct taker *t, const struct state *s)
{
	for (size_t i = 0; i < s->nkeys; i++) {
		struct msg m = { .key = s->keys[i].row };

		TRY(WIRE_SET_BYTES(m.key.seed, secret_span(s->keys[i].seed)));
		TRY(give(t, &m, MSG_key));
	}
	return ERR_OK;
}

static enum err
give_volumes(const struct taker *t, const struct state *s)
{
	for (size_t i = 0; i < s->nvolumes; i++) {
		struct msg m = { .secret = s->volumes[i].row };

		TRY(WIRE_SET_BYTES(m.secret.value,
		    secret_span(s->volumes[i].value)));
		TRY(give(t, &m, MSG_secret));
	}
	return ERR_OK;
}

static enum err
give_seen(const struct taker *t, const struct state *s)
{
	struct msg m = { .type = MSG_seen_digest };
	const struct seen_slot *slot;

	/* There are many, and none is secret: one message does for all. */
	for (uint32_t i = 0; (slot = seen_at(&s->seen, i)) != NULL; i++) {
		m.seen_digest.until = slot->until;
		TRY(WIRE_SET_BYTES(m.seen_digest.digest, SPAN(slot->digest)));
		TRY(t->give(t->self, &m));
	}
	return ERR_OK;
}

static enum err
give_head(const struct taker *t, const struct state *s)
{
	struct msg m = { .audit_head = { .sequence = s->sequence } };

	if (s->sequence == 0)
		return ERR_OK;
	TRY(WIRE_SET_BYTES(m.audit_head.digest, SPAN(s->head)));
	return give(t, &m, MSG_audit_head);
}

static enum err
give_steps(const struct taker *t, const struct state *s)
{
	struct msg m = { .steps = s->steps };

	return s->steps.day > 0 ? give(t, &m, MSG_steps) : ERR_OK;
}

/* The mark is the last: a stop has to stay one. */
static enum err
give_mark(const struct taker *t, const struct state *s)
{
	struct msg m = { .mark = s->mark };

	if (s->mark.kind == WIRE_mark_none)
		return ERR_OK;
	if (s->tpm.has_clock && !m.mark.has_clock) {
		struct msg tpm = { .mark = s->tpm };

		tpm.mark.kind = WIRE_mark_commit;
		TRY(give(t, &tpm, MSG_mark));
	}
	/* What officers said of the clock has had its effect. */
	if (m.mark.kind == WIRE_mark_clock ||
	    (!s->stopped && m.mark.kind == WIRE_mark_stop))
		m.mark.kind = WIRE_mark_commit;
	/* The latest wall time is the one to be kept. */
	m.mark.wall = s->wall;
	return give(t, &m, MSG_mark);
}

enum err
state_dump(const struct state *s,
    enum err (*give_to)(void *self, const struct msg *record), void *self)
{
	const struct taker t = { give_to, self };

	if (s->has_appliance) {
		struct msg m = { .appliance = s->appliance };

		TRY(give(&t, &m, MSG_appliance));
	}
	GIVE_ROWS(&t, s, operators, operator);
	TRY(give_devices(&t, s));
	GIVE_ROWS(&t, s, rules, rule);
	TRY(give_keys(&t, s));
	TRY(give_volumes(&t, s));
	GIVE_ROWS(&t, s, officers, officer);
	if (s->has_acts) {
		struct msg m = { .acts = s->acts };

		TRY(give(&t, &m, MSG_acts));
	}
	GIVE_ROWS(&t, s, spent, spent);
	GIVE_ROWS(&t, s, vms, vm);
	if (s->trusted.version > 0) {
		struct msg m = { .trusted = s->trusted };

		TRY(give(&t, &m, MSG_trusted));
	}
	GIVE_ROWS(&t, s, failures, failures);
	TRY(give_seen(&t, s));
	TRY(give_head(&t, s));
	TRY(give_steps(&t, s));
	return give_mark(&t, s);
}
