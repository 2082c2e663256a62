/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/standing.h"

#include "crypto/uuid.h"

#define NONCE_LEN 32

void
standing_begin(struct standing *s, struct moment now)
{
	*s = (struct standing){ .trust = s->trust, .appraise = s->appraise,
		.keep = s->keep, .self = s->self, .memory = s->memory,
		.since_ms = now.boot_ms, .ask_ms = now.boot_ms,
		.why = REASON_peer_unproven };
}

static uint64_t
sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* ---- how a question ends ---- */

static void
end(struct standing *s, uint64_t now)
{
	s->good = false;
	s->since_ms = now;
}

static uint64_t
backoff(unsigned failures)
{
	uint64_t ms = STANDING_FIRST_MS;

	for (unsigned i = 1; i < failures && ms < STANDING_LAST_MS; i++)
		ms *= 2;
	return sooner(ms, STANDING_LAST_MS);
}

/* It proved nothing, for or against. */
static void
fail(struct standing *s, enum reason why, struct moment now)
{
	s->asked = STANDING_WAIT;
	s->again = false;
	s->why = why;
	s->failures += s->failures < UINT8_MAX;
	s->ask_ms = now.boot_ms + backoff(s->failures);
	s->look_ms = s->ask_ms + STANDING_LOOK_MS;
}

static void
refuse(struct standing *s, enum reason why, struct moment now)
{
	s->refusals++;
	if (s->good)
		end(s, now.boot_ms);
	fail(s, why, now);
}

/* In time for the next metadata, too; but no oftener than newer ones come. */
static uint64_t
next_ask(const struct standing *s, struct moment now)
{
	const uint64_t fresh_s = s->keys.next_update > now.wall ?
	    s->keys.next_update - now.wall : 0;
	const uint64_t good = s->until_ms > now.boot_ms ?
	    s->until_ms - now.boot_ms : 0;
	const uint64_t left = fresh_s < good / 1000 ? fresh_s * 1000 : good;

	return now.boot_ms + (left > 2 * STANDING_EARLY_MS ?
	    left - STANDING_EARLY_MS : STANDING_EARLY_MS);
}

static void
stand(struct standing *s, const struct keyset *keys, bool reset,
    struct moment now)
{
	if (!s->good || reset)
		s->since_ms = now.boot_ms;
	s->good = true;
	s->keys = *keys;
	s->until_ms = s->proof_ms + STANDING_GOOD_MS;
	s->why = REASON_none;
	s->asked = STANDING_WAIT;
	s->again = false;
	s->failures = 0;
	s->proofs++;
	s->resets += reset;
	s->look_ms = now.boot_ms + STANDING_LOOK_MS;
	s->ask_ms = s->heard > keys->version ?
	    now.boot_ms + STANDING_FIRST_MS : next_ask(s, now);
}

static enum reason
load(const struct standing *s, struct span object, struct moment now,
    struct keyset *out)
{
	return enforce_keys_load(object, &s->trust->root,
	    WIRE_SPAN(s->trust->set.issuer), s->memory.version, now.wall,
	    out);
}

/* Metadata that were proven, or need not be: remembered, then good. */
static void
take(struct standing *s, struct span object, const struct proof *p,
    struct moment now)
{
	struct memory m = s->memory;
	enum reason why;
	struct keyset keys;

	why = load(s, object, now, &keys);
	if (why == REASON_none) {
		m.version = keys.version;
		if (s->appraise)
			m.tpm = p->next;
		if (s->keep(s->self, &m) != ERR_OK)
			why = REASON_state_commit;
	}
	if (why != REASON_none) {
		refuse(s, why, now);
		return;
	}
	s->memory = m;
	stand(s, &keys, p->appraisal.reset, now);
}

static void
take_proof(struct standing *s, const struct msg_evidence_resp *answer,
    struct moment now)
{
	struct proof p;
	const enum reason why = enforce_proof(&s->trust->references,
	    WIRE_SPAN(s->nonce), answer, &s->memory.tpm, &p);

	if (why == REASON_none) {
		take(s, answer->object, &p, now);
	} else if (p.apart && !s->again) {
		s->asked = STANDING_WAIT;
		s->again = true;
		s->ask_ms = now.boot_ms;
	} else {
		refuse(s, why, now);
	}
}

/* ---- what comes ---- */

enum reason
standing_heard(struct standing *s, struct span object, struct moment now)
{
	struct keyset keys;
	const enum reason why = load(s, object, now, &keys);

	if (why != REASON_none)
		return why;
	if (keys.version <= s->heard || keys.version <= s->memory.version)
		return REASON_none;
	s->heard = keys.version;
	s->ask_ms = sooner(s->ask_ms, later(now.boot_ms,
	    s->proof_ms + STANDING_FIRST_MS));
	return REASON_none;
}

/* What a look brought; what is wrong with it is a proof's to say. */
static void
look(struct standing *s, const struct msg *m, struct moment now)
{
	s->asked = STANDING_WAIT;
	if (m->type == MSG_key_metadata_resp && standing_heard(s,
	    m->key_metadata_resp.object, now) != REASON_none)
		s->ask_ms = sooner(s->ask_ms, now.boot_ms);
}

static void
fail_as_told(struct standing *s, const struct msg_error *e,
    struct moment now)
{
	enum reason why;

	if (reason_find(WIRE_SPAN(e->reason), &why) != ERR_OK)
		why = REASON_answer_request;
	fail(s, why, now);
}

static bool
is_answer(const struct standing *s, const struct msg *m)
{
	/* wire_request_id() looks only, but gives what may be written. */
	const struct wire_uuid *id = m->type == MSG_error ?
	    m->error.has_request_id ? &m->error.request_id : NULL :
	    wire_request_id((struct msg *)(uintptr_t)m);

	return s->asked != STANDING_WAIT && id != NULL &&
	    span_equal(WIRE_SPAN(*id), WIRE_SPAN(s->request_id));
}

bool
standing_answer(struct standing *s, const struct msg *m, struct moment now)
{
	const struct proof none = { .apart = false };

	if (!is_answer(s, m))
		return false;
	if (s->asked == STANDING_LOOK)
		look(s, m, now);
	else if (m->type == MSG_error)
		fail_as_told(s, &m->error, now);
	else if (s->appraise && m->type == MSG_evidence_resp)
		take_proof(s, &m->evidence_resp, now);
	else if (!s->appraise && m->type == MSG_key_metadata_resp)
		take(s, m->key_metadata_resp.object, &none, now);
	else
		fail(s, REASON_answer_request, now);
	return true;
}

void
standing_lost(struct standing *s, enum reason why, struct moment now)
{
	fail(s, why, now);
}

/* ---- what is to be done ---- */

enum err
standing_request(struct standing *s, enum standing_wish wish,
    struct drbg *drbg, struct moment now, struct msg *out)
{
	*out = (struct msg){ .type = MSG_key_metadata_req };
	TRY(uuid_make(drbg, s->request_id.at));
	s->request_id.len = UUID_TEXT - 1;
	if (wish == STANDING_ASK && s->appraise) {
		out->type = MSG_evidence_req;
		TRY(drbg_draw(drbg, s->nonce.at, NONCE_LEN));
		s->nonce.len = NONCE_LEN;
		out->evidence_req.nonce = s->nonce;
	}
	*wire_request_id(out) = s->request_id;
	s->asked = wish;
	s->asked_ms = now.boot_ms;
	if (wish == STANDING_LOOK)
		s->look_ms = now.boot_ms + STANDING_LOOK_MS;
	else
		s->proof_ms = now.boot_ms;
	return ERR_OK;
}

enum standing_wish
standing_turn(struct standing *s, struct moment now)
{
	if (s->good && now.boot_ms >= s->until_ms) {
		end(s, now.boot_ms);
		if (s->why == REASON_none)
			s->why = REASON_peer_unproven;
	}
	if (s->asked != STANDING_WAIT) {
		if (now.boot_ms < s->asked_ms + STANDING_ANSWER_MS)
			return STANDING_WAIT;
		fail(s, REASON_answer_late, now);
		return STANDING_HANG_UP;
	}
	if (now.boot_ms >= s->ask_ms)
		return STANDING_ASK;
	return s->good && now.boot_ms >= s->look_ms ? STANDING_LOOK :
	    STANDING_WAIT;
}

uint64_t
standing_due(const struct standing *s)
{
	uint64_t due = s->asked != STANDING_WAIT ?
	    s->asked_ms + STANDING_ANSWER_MS : s->ask_ms;

	if (!s->good)
		return due;
	if (s->asked == STANDING_WAIT)
		due = sooner(due, s->look_ms);
	return sooner(due, s->until_ms);
}

/* ---- what is known ---- */

enum reason
standing_now(const struct standing *s, struct moment now)
{
	if (!s->good || now.boot_ms >= s->until_ms)
		return s->appraise ? REASON_peer_unproven :
		    REASON_keys_stale;
	return enforce_keys_fresh(&s->keys, now.wall) ? REASON_none :
	    REASON_keys_stale;
}

enum reason
standing_why(const struct standing *s, struct moment now)
{
	return s->why != REASON_none ? s->why : standing_now(s, now);
}

uint64_t
standing_left(const struct standing *s, struct moment now)
{
	const uint64_t stale = s->keys.next_update + ENFORCE_SKEW;

	return standing_now(s, now) != REASON_none ? 0 :
	    sooner((s->until_ms - now.boot_ms) / 1000, stale - now.wall);
}

void
standing_put(const struct standing *s, struct moment now,
    struct map_maker *map)
{
	const bool good = standing_now(s, now) == REASON_none;

	map_put_text(map, "appraise",
	    span_text(s->appraise ? "on" : "off"));
	map_put_bool(map, "proven", s->appraise && good);
	map_put_uint(map, "standing_s", (now.boot_ms - s->since_ms) / 1000);
	if (good) {
		map_put_uint(map, "proof_left_s", standing_left(s, now));
		map_put_uint(map, "metadata_version", s->keys.version);
	}
	if (standing_why(s, now) != REASON_none)
		map_put_text(map, "proof_reason",
		    span_text(reason_code(standing_why(s, now))));
	map_put_uint(map, "proofs", s->proofs);
	map_put_uint(map, "proofs_refused", s->refusals);
	map_put_uint(map, "tpm_resets", s->resets);
}
