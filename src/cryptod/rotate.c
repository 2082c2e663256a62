/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/rotate.h"

#include "cryptod/decide.h"
#include "enforce/keys.h"
#include "wire/map.h"

/*
 * Metadata without the new key were issued before those with it, and are stale
 * PUBLISH_FRESH and a skew later by a clock that may be as much behind.  Ours
 * may have been ahead when they were issued, as far as it may leave the time
 * since boot, and behind by now.
 */
#define KNOWN_AFTER (PUBLISH_FRESH + 2 * ENFORCE_SKEW)
#define SWITCH_AFTER (KNOWN_AFTER + 2 * CLOCK_LEAP)

/* The time to sign, and to look whether it is time, a few times over. */
#define MAKE_BEFORE (SWITCH_AFTER + 30)
#define LATE_AFTER 600

/* Past not_after there are verifiers whose clock is behind, and ours. */
#define KEEP_AFTER (2 * ENFORCE_SKEW + CLOCK_LEAP)

static const enum wire_use uses[] = { WIRE_use_token, WIRE_use_audit };

#define NUSES (sizeof(uses) / sizeof(uses[0]))

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t
before(uint64_t t, uint64_t by)
{
	return t > by ? t - by : 0;
}

static const struct msg_key *
row_of(const struct state *s, enum wire_use use, enum wire_phase phase)
{
	const struct key *k = state_key_of(s, use, phase);

	return k == NULL ? NULL : &k->row;
}

/* ---- when ---- */

uint64_t
rotate_at(const struct state *s, enum wire_use use, uint64_t every)
{
	const struct msg_key *k = row_of(s, use, WIRE_phase_current);

	return k == NULL ? 0 : least(k->not_before + every,
	    before(k->sign_until, MAKE_BEFORE));
}

static bool
is_timely(const struct msg_key *k, uint64_t now)
{
	return k != NULL && k->not_before <= now && now < k->sign_until;
}

static bool
is_known(const struct msg_key *k, uint64_t now)
{
	return k->has_announced && now >= k->announced + SWITCH_AFTER;
}

static bool
in_tpm(const struct rotate *r, enum wire_use use)
{
	return use == WIRE_use_token && r->make_in_tpm != NULL;
}

enum rotate_step
rotate_step(const struct rotate *r, enum wire_use use)
{
	const struct msg_key *cur = row_of(r->state, use, WIRE_phase_current);
	const struct msg_key *next = row_of(r->state, use, WIRE_phase_next);

	if (!is_timely(cur, r->now))
		return ROTATE_REPLACE;
	if (next == NULL && key_in_tpm(cur) != in_tpm(r, use))
		return ROTATE_ANNOUNCE;
	if (next == NULL)
		return r->now + MAKE_BEFORE >= rotate_at(r->state, use,
		    r->every) ? ROTATE_ANNOUNCE : ROTATE_NONE;
	return is_timely(next, r->now) && is_known(next, r->now) ?
	    ROTATE_SWITCH : ROTATE_NONE;
}

bool
rotate_late(const struct rotate *r, enum wire_use use)
{
	const struct msg_key *next = row_of(r->state, use, WIRE_phase_next);

	if (next != NULL)
		return !next->has_announced &&
		    r->now + KNOWN_AFTER > next->not_before + LATE_AFTER;
	return r->now > rotate_at(r->state, use, r->every) + LATE_AFTER;
}

/* A next one whose time is far off was made by another clock; and a key that
 * nobody was ever shown has to be, for it may have signed. */
static bool
is_over(const struct msg_key *k, uint64_t now)
{
	switch (k->state) {
	case WIRE_phase_next:
		return now >= k->sign_until ||
		    now + 2 * MAKE_BEFORE < k->not_before;
	case WIRE_phase_previous:
	case WIRE_phase_revoked:
		return k->has_announced && now >= k->not_after + KEEP_AFTER;
	case WIRE_phase_current:
	case WIRE_phase_none:
		break;
	}
	return false;
}

/* ---- what is said of it ---- */

static struct span
name_of(enum wire_use use)
{
	return span_text(use == WIRE_use_token ? "token" : "audit");
}

static enum err
note(const struct rotate *r, const char *action, enum wire_use use,
    struct span metadata)
{
	return r->note(r->self, &(struct audit_event){
		.actor = span_text("cryptod"), .action = span_text(action),
		.target = name_of(use), .result = span_text("ok"),
		.metadata = metadata, .now = r->now,
	    });
}

static enum err
note_key(const struct rotate *r, const char *action, enum wire_use use,
    const struct cose_key *key)
{
	uint8_t room[256];
	struct span map;

	TRY(audit_rotation(key, name_of(use), room, sizeof(room), &map));
	return note(r, action, use, map);
}

static enum err
note_kid(const struct rotate *r, const char *action, enum wire_use use,
    struct span kid)
{
	uint8_t room[128];
	struct map_maker map;
	struct span metadata;

	map_begin(&map);
	map_put_bytes(&map, "kid", kid);
	map_put_text(&map, "use", name_of(use));
	TRY(map_end(&map, room, sizeof(room), &metadata));
	return note(r, action, use, metadata);
}

/* ---- steps ---- */

/* The record of a new key, which the caller wipes. */
static enum err
make_key(const struct rotate *r, enum wire_use use, uint64_t from,
    struct msg *m, struct cose_key *public)
{
	struct secret *seed OWNED(secret_drop) = NULL;
	struct signer s = { 0 };

	TRY(secret_new(32, &seed));
	TRY(drbg_generate(r->drbg, (struct span){ 0 }, secret_expose(seed),
	    secret_len(seed)));
	if (in_tpm(r, use)) {
		TRY(r->make_in_tpm(r->self, seed, &m->key, public));
		TRY(signer_name(&s, public));
	} else {
		TRY(signer_ed25519(seed, &s));
		*public = s.key;
	}
	m->type = MSG_key;
	m->key.use = use;
	m->key.not_before = from;
	m->key.sign_until = from + 2 * r->every;
	m->key.not_after = m->key.sign_until + ROTATE_TOKEN;
	TRY(WIRE_SET_BYTES(m->key.kid, SPAN(s.kid)));
	return WIRE_SET_BYTES(m->key.seed, secret_span(seed));
}

static enum err
announce(const struct rotate *r, enum wire_use use)
{
	struct msg m OWNED(wire_wipe) = { .type = MSG_key };
	struct cose_key public;
	const enum err e = make_key(r, use, r->now + KNOWN_AFTER, &m,
	    &public);

	/* The TPM may be late; the present key signs on, and this is tried
	 * again. */
	if (e != ERR_OK && in_tpm(r, use))
		return ERR_OK;
	TRY(e);
	m.key.state = WIRE_phase_next;
	TRY(note_key(r, "key.announced", use, &public));
	return r->put(r->self, &m);
}

static struct msg
phase_of(const struct msg_key *k, enum wire_phase phase)
{
	return (struct msg){
		.type = MSG_key_phase,
		.key_phase = {
			.kid = k->kid, .state = phase,
			.sign_until = k->sign_until,
			.not_after = k->not_after,
		},
	};
}

/* It signs nothing younger than what it has signed by now. */
static enum err
retire(const struct rotate *r, const struct msg_key *k, enum wire_phase phase)
{
	struct msg m = phase_of(k, phase);
	struct msg_key_phase *p = &m.key_phase;

	p->sign_until = most(k->not_before, least(k->sign_until,
	    most(r->now, r->state->wall) + 1));
	p->not_after = least(k->not_after, p->sign_until + ROTATE_TOKEN);
	return r->put(r->self, &m);
}

/* The old key says who comes after it. */
static enum err
hand_over(const struct rotate *r, enum wire_use use, enum wire_phase phase,
    const struct cose_key *to)
{
	const struct msg_key *old;

	TRY(note_key(r, AUDIT_ROTATED, use, to));
	old = row_of(r->state, use, WIRE_phase_current);
	return old == NULL ? ERR_OK : retire(r, old, phase);
}

static enum err
switch_to_next(const struct rotate *r, enum wire_use use)
{
	const struct key *next = state_key_of(r->state, use, WIRE_phase_next);
	struct cose_key public;
	struct msg m;

	TRY(key_public(next, &public));
	m = phase_of(&next->row, WIRE_phase_current);
	TRY(hand_over(r, use, WIRE_phase_previous, &public));
	return r->put(r->self, &m);
}

/* Its time begins before now, for the clock may be set back a little. */
static enum err
switch_to_new(const struct rotate *r, enum wire_use use,
    enum wire_phase phase)
{
	struct msg m OWNED(wire_wipe) = { .type = MSG_key };
	struct cose_key public;

	TRY(make_key(r, use, before(r->now, CLOCK_LEAP), &m, &public));
	m.key.state = WIRE_phase_current;
	TRY(hand_over(r, use, phase, &public));
	return r->put(r->self, &m);
}

static enum err
take_step(const struct rotate *r, enum wire_use use)
{
	switch (rotate_step(r, use)) {
	case ROTATE_ANNOUNCE:
		return announce(r, use);
	case ROTATE_SWITCH:
		return switch_to_next(r, use);
	case ROTATE_REPLACE:
		return is_timely(row_of(r->state, use, WIRE_phase_next),
		    r->now) ? switch_to_next(r, use) :
		    switch_to_new(r, use, WIRE_phase_previous);
	case ROTATE_NONE:
		break;
	}
	return ERR_OK;
}

static enum err
destroy(const struct rotate *r, const struct msg_key *k)
{
	struct msg m = { .type = MSG_gone };

	m.gone.has_kid = true;
	m.gone.kid = k->kid;
	TRY(note_kid(r, "key.destroyed", k->use, WIRE_SPAN(m.gone.kid)));
	return r->put(r->self, &m);
}

bool
rotate_is_due(const struct rotate *r)
{
	for (size_t i = 0; i < NUSES; i++)
		if (rotate_step(r, uses[i]) != ROTATE_NONE)
			return true;
	for (size_t i = 0; i < r->state->nkeys; i++)
		if (is_over(&r->state->keys[i].row, r->now))
			return true;
	return false;
}

enum err
rotate_due(const struct rotate *r)
{
	const struct state *s = r->state;

	for (size_t i = 0; i < NUSES; i++)
		TRY(take_step(r, uses[i]));
	/* The last row moves to where one was taken out. */
	for (size_t i = s->nkeys; i-- > 0;)
		if (is_over(&s->keys[i].row, r->now))
			TRY(destroy(r, &s->keys[i].row));
	return ERR_OK;
}

static bool
is_news(const struct published *p, const struct msg_key *k)
{
	for (size_t i = 0; i < p->nkeys; i++)
		if (span_equal(SPAN(p->kids[i]), WIRE_SPAN(k->kid)))
			return !k->has_announced;
	return false;
}

bool
rotate_is_news(const struct rotate *r, const struct published *p)
{
	for (size_t i = 0; i < r->state->nkeys; i++)
		if (is_news(p, &r->state->keys[i].row))
			return true;
	return false;
}

enum err
rotate_announced(const struct rotate *r, const struct published *p)
{
	for (size_t i = 0; i < r->state->nkeys; i++) {
		const struct msg_key *k = &r->state->keys[i].row;
		struct msg m = phase_of(k, k->state);

		if (!is_news(p, k))
			continue;
		m.key_phase.has_announced = true;
		m.key_phase.announced = p->issued_at;
		TRY(r->put(r->self, &m));
	}
	return ERR_OK;
}

/* ---- acts ---- */

enum err
rotate_early(const struct rotate *r, enum wire_use use)
{
	return state_key_of(r->state, use, WIRE_phase_next) != NULL ?
	    ERR_OK : announce(r, use);
}

/* When there is a new key that can sign the entry. */
static enum err
note_revoked(const struct rotate *r, enum wire_use use,
    const struct wire_kid *kid)
{
	return note_kid(r, "key.revoked", use, WIRE_SPAN(*kid));
}

static enum err
revoke_current(const struct rotate *r, enum wire_use use)
{
	const struct msg_key *next = row_of(r->state, use, WIRE_phase_next);
	struct wire_kid kid;

	if (next != NULL) {
		kid = next->kid;
		TRY(retire(r, next, WIRE_phase_revoked));
		TRY(note_revoked(r, use, &kid));
	}
	return switch_to_new(r, use, WIRE_phase_revoked);
}

enum err
rotate_revoke(const struct rotate *r, struct span kid)
{
	const struct key *k = state_key(r->state, kid);
	struct msg_key row;

	if (k == NULL || k->row.state == WIRE_phase_revoked)
		return ERR_NOT_FOUND;
	row = k->row;
	if (row.state == WIRE_phase_current)
		TRY(revoke_current(r, row.use));
	else
		TRY(retire(r, &row, WIRE_phase_revoked));
	return note_revoked(r, row.use, &row.kid);
}
