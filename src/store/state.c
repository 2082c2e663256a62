/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/state.h"

#include <stdlib.h>

#include "crypto/hash.h"
#include "store/find.h"
#include "store/state_int.h"

#define FAILURE_TIME_LEN 8

enum err
state_new(struct state **out)
{
	struct state *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_LIMIT;
	*out = s;
	return ERR_OK;
}

void
state_drop(struct state **s)
{
	if (*s == NULL)
		return;
	state_clear(*s);
	free(*s);
	*s = NULL;
}

void
state_clear(struct state *s)
{
	for (size_t i = 0; i < s->ndevices; i++)
		secret_drop(&s->devices[i].secret);
	for (size_t i = 0; i < s->nkeys; i++)
		secret_drop(&s->keys[i].seed);
	for (size_t i = 0; i < s->nvolumes; i++)
		secret_drop(&s->volumes[i].value);
	explicit_bzero(s, sizeof(*s));
}

static enum err
apply_appliance(struct state *s, const struct msg *m)
{
	const struct msg_appliance *new = &m->appliance, *old = &s->appliance;

	if (new->policy_floor > new->policy_version)
		return ERR_STATE;
	if (s->has_appliance && (new->created != old->created ||
	    !span_equal(WIRE_SPAN(new->issuer), WIRE_SPAN(old->issuer)) ||
	    !span_equal(WIRE_SPAN(new->root_key), WIRE_SPAN(old->root_key)) ||
	    new->policy_floor < old->policy_floor ||
	    new->policy_version < old->policy_version ||
	    new->metadata_version < old->metadata_version ||
	    new->revocation_version < old->revocation_version))
		return ERR_STATE;
	s->appliance = *new;
	s->has_appliance = true;
	return ERR_OK;
}

static enum err
apply_operator(struct state *s, const struct msg *m)
{
	const struct msg_operator *old = state_operator(s,
	    WIRE_SPAN(m->operator.operator_id));
	struct msg_operator *row = ROW(s, operators, old, STATE_OPERATORS);

	if (row == NULL)
		return ERR_LIMIT;
	*row = m->operator;
	return ERR_OK;
}

/* Steps are numbered by their length: with another length the old floor says
 * nothing, and the device has to go first. */
static enum err
check_device(const struct state *s, const struct msg_device *new,
    const struct device *old)
{
	if (new->digits == 7)
		return ERR_STATE;
	if (state_operator(s, WIRE_SPAN(new->operator_id)) == NULL)
		return ERR_NOT_FOUND;
	if (old != NULL && (new->step != old->row.step ||
	    new->floor < old->row.floor))
		return ERR_STATE;
	return ERR_OK;
}

static enum err
apply_device(struct state *s, const struct msg *m)
{
	struct secret *secret OWNED(secret_drop) = NULL;
	const struct device *old = state_device(s,
	    WIRE_SPAN(m->device.operator_id), WIRE_SPAN(m->device.device_id));
	struct device *row;

	TRY(check_device(s, &m->device, old));
	TRY(secret_copy(WIRE_SPAN(m->device.secret), &secret));
	if ((row = ROW(s, devices, old, STATE_DEVICES)) == NULL)
		return ERR_LIMIT;
	secret_drop(&row->secret);
	row->row = m->device;
	explicit_bzero(row->row.secret.at, sizeof(row->row.secret.at));
	row->secret = GIVE(secret, NULL);
	return ERR_OK;
}

static enum err
apply_floor(struct state *s, const struct msg *m)
{
	const struct device *old = state_device(s,
	    WIRE_SPAN(m->floor.operator_id), WIRE_SPAN(m->floor.device_id));
	struct msg_device *row;

	if (old == NULL)
		return ERR_NOT_FOUND;
	if (m->floor.floor < old->row.floor)
		return ERR_STATE;
	row = &s->devices[old - s->devices].row;
	if (!row->restart)
		row->spent = row->floor;
	row->has_spent = m->floor.restart;
	row->floor = m->floor.floor;
	row->offset = m->floor.offset;
	row->has_restart = m->floor.has_restart;
	row->restart = m->floor.restart;
	row->has_floor_channel = m->floor.has_floor_channel;
	row->floor_channel = m->floor.floor_channel;
	return ERR_OK;
}

static bool
is_word(const char *at, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

	for (size_t i = 0; i < len; i++)
		if (at[i] == '\0' || strchr(letters, at[i]) == NULL)
			return false;
	return len > 0;
}

/* A scope, or its left-hand side and ":*". */
static bool
is_pattern(const char *at, size_t len)
{
	const char *colon = memchr(at, ':', len);
	size_t left;

	if (colon == NULL || !is_word(at, left = (size_t)(colon - at)))
		return false;
	return span_equal((struct span){ (const uint8_t *)colon, len - left },
	    span_text(":*")) || is_word(colon + 1, len - left - 1);
}

static enum err
apply_rule(struct state *s, const struct msg *m)
{
	const struct msg_rule *r = &m->rule, *old;
	struct msg_rule *row;

	/* The scope of a channel's line is a vm_id: no '*' in it. */
	if (r->kind == WIRE_rule_channel ?
	    memchr(r->scope.at, '*', r->scope.len) != NULL :
	    !is_pattern(r->scope.at, r->scope.len))
		return ERR_STATE;
	old = state_same_rule(s, r->kind, WIRE_SPAN(r->name),
	    WIRE_SPAN(r->scope));
	if ((row = ROW(s, rules, old, STATE_RULES)) == NULL)
		return ERR_LIMIT;
	*row = *r;
	return ERR_OK;
}

/* One key of a use signs, and one waits to. */
static bool
is_taken(const struct state *s, enum wire_use use, enum wire_phase phase)
{
	return (phase == WIRE_phase_next || phase == WIRE_phase_current) &&
	    state_key_of(s, use, phase) != NULL;
}

/* Such times would make all of the key metadata one that is refused. */
static bool
in_order(uint64_t not_before, uint64_t sign_until, uint64_t not_after)
{
	return not_before <= sign_until && sign_until <= not_after;
}

static enum err
apply_key(struct state *s, const struct msg *m)
{
	struct secret *seed OWNED(secret_drop) = NULL;
	const struct key *old = state_key(s, WIRE_SPAN(m->key.kid));
	struct key *row;

	if (old != NULL || is_taken(s, m->key.use, m->key.state) ||
	    !in_order(m->key.not_before, m->key.sign_until,
	    m->key.not_after))
		return ERR_STATE;
	TRY(secret_copy(WIRE_SPAN(m->key.seed), &seed));
	if ((row = ROW(s, keys, old, STATE_KEYS)) == NULL)
		return ERR_LIMIT;
	row->row = m->key;
	explicit_bzero(row->row.seed.at, sizeof(row->row.seed.at));
	row->seed = GIVE(seed, NULL);
	return ERR_OK;
}

/* A key goes on from next to current to previous, or to revoked from any; it
 * never comes back, never signs for longer than was said, and is announced
 * once. */
static enum err
apply_key_phase(struct state *s, const struct msg *m)
{
	const struct msg_key_phase *new = &m->key_phase;
	const struct key *old = state_key(s, WIRE_SPAN(new->kid));
	struct msg_key *row;

	if (old == NULL)
		return ERR_NOT_FOUND;
	if (new->state < old->row.state ||
	    new->sign_until > old->row.sign_until ||
	    new->not_after > old->row.not_after ||
	    !in_order(old->row.not_before, new->sign_until, new->not_after))
		return ERR_STATE;
	if (new->state != old->row.state &&
	    is_taken(s, old->row.use, new->state))
		return ERR_STATE;
	if (new->has_announced && old->row.has_announced)
		return ERR_STATE;
	row = &s->keys[old - s->keys].row;
	if (new->has_announced) {
		row->has_announced = true;
		row->announced = new->announced;
	}
	row->state = new->state;
	row->sign_until = new->sign_until;
	row->not_after = new->not_after;
	return ERR_OK;
}

static enum err
apply_secret(struct state *s, const struct msg *m)
{
	struct secret *value OWNED(secret_drop) = NULL;
	const struct volume *old = state_volume(s, WIRE_SPAN(m->secret.name));
	struct volume *row;

	TRY(secret_copy(WIRE_SPAN(m->secret.value), &value));
	if ((row = ROW(s, volumes, old, STATE_SECRETS)) == NULL)
		return ERR_LIMIT;
	secret_drop(&row->value);
	row->row = m->secret;
	explicit_bzero(row->row.value.at, sizeof(row->row.value.at));
	row->value = GIVE(value, NULL);
	return ERR_OK;
}

static enum err
apply_seen(struct state *s, const struct msg *m)
{
	const struct span peer = WIRE_SPAN(m->seen.peer);
	uint8_t request[SEEN_DIGEST], nonce[SEEN_DIGEST];

	TRY(seen_digest(SEEN_REQUEST, peer, WIRE_SPAN(m->seen.request_id),
	    request));
	TRY(seen_digest(SEEN_NONCE, peer, WIRE_SPAN(m->seen.nonce), nonce));
	if (s->seen.n + 2 > SEEN_MAX)
		return ERR_LIMIT;
	TRY(seen_add(&s->seen, request, m->seen.until));
	return seen_add(&s->seen, nonce, m->seen.until);
}

static enum err
apply_seen_digest(struct state *s, const struct msg *m)
{
	return seen_add(&s->seen, m->seen_digest.digest.at,
	    m->seen_digest.until);
}

static enum err
apply_failures(struct state *s, const struct msg *m)
{
	const struct msg_failures *new = &m->failures;
	const struct msg_failures *old = state_failures(s,
	    WIRE_SPAN(new->channel), WIRE_SPAN(new->operator));
	struct msg_failures *row;

	if (new->times.len % FAILURE_TIME_LEN != 0)
		return ERR_STATE;
	if (new->total == 0) {
		if (old != NULL)
			REMOVE(s, failures, old - s->failures);
		return ERR_OK;
	}
	if ((row = ROW(s, failures, old, STATE_FAILURES)) == NULL)
		return ERR_LIMIT;
	*row = *new;
	return ERR_OK;
}

static enum err
apply_entry(struct state *s, const struct msg *m)
{
	struct msg entry;

	TRY(wire_decode_object(MSG_audit_log, m->entry.body, &entry));
	if (entry.audit_log.sequence != s->sequence + 1 ||
	    !span_equal(WIRE_SPAN(entry.audit_log.previous), SPAN(s->head)))
		return ERR_STATE;
	TRY(sha256(&m->entry.body, 1, s->head));
	s->sequence++;
	return ERR_OK;
}

static enum err
apply_audit_head(struct state *s, const struct msg *m)
{
	if (s->sequence != 0)
		return ERR_STATE;
	s->sequence = m->audit_head.sequence;
	memcpy(s->head, m->audit_head.digest.at, sizeof(s->head));
	return ERR_OK;
}

/* A day is over for good. */
static enum err
apply_steps(struct state *s, const struct msg *m)
{
	if (m->steps.day < s->steps.day)
		return ERR_STATE;
	s->steps = m->steps;
	return ERR_OK;
}

static enum err
apply_mark(struct state *s, const struct msg *m)
{
	s->mark = m->mark;
	if (m->mark.kind == WIRE_mark_clock)
		state_set_clock(s, m->mark.wall);
	if (m->mark.wall > s->wall)
		s->wall = m->mark.wall;
	if (m->mark.has_clock && m->mark.has_reset) {
		s->tpm = m->mark;
		s->tpm.wall = s->wall;
	}
	seen_expire(&s->seen, s->wall);
	return ERR_OK;
}

static const struct {
	enum msg_type	type;
	enum err	(*apply)(struct state *s, const struct msg *m);
} effects[] = {
	{ MSG_appliance,	apply_appliance },
	{ MSG_operator,		apply_operator },
	{ MSG_device,		apply_device },
	{ MSG_floor,		apply_floor },
	{ MSG_rule,		apply_rule },
	{ MSG_key,		apply_key },
	{ MSG_key_phase,	apply_key_phase },
	{ MSG_secret,		apply_secret },
	{ MSG_officer,		state_officer },
	{ MSG_acts,		state_acts },
	{ MSG_spent,		state_spent },
	{ MSG_vm,		state_enrol },
	{ MSG_appraised,	state_appraised },
	{ MSG_accepted,		state_accepted },
	{ MSG_trusted,		state_trusted },
	{ MSG_gone,		state_gone },
	{ MSG_seen,		apply_seen },
	{ MSG_seen_digest,	apply_seen_digest },
	{ MSG_failures,		apply_failures },
	{ MSG_entry,		apply_entry },
	{ MSG_audit_head,	apply_audit_head },
	{ MSG_steps,		apply_steps },
	{ MSG_mark,		apply_mark },
};

enum err
state_apply(struct state *s, const struct msg *record)
{
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
		if (effects[i].type != record->type)
			continue;
		TRY(effects[i].apply(s, record));
		s->stopped = record->type == MSG_mark &&
		    record->mark.kind == WIRE_mark_stop;
		return ERR_OK;
	}
	return ERR_MALFORMED;
}
