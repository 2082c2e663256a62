/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/cryptod.h"

#include "crypto/hash.h"
#include "crypto/uuid.h"
#include "cryptod/admin.h"
#include "cryptod/effects.h"

enum reason
cryptod_clock(const struct cryptod *d, struct moment now)
{
	return times_run(d->started, now);
}

/* What the record of a step may need. */
#define STEP_ROOM 128

static struct view
view_of(const struct cryptod *d, const struct peer *peer)
{
	const enum reason recovery = admin_recovery(d);

	return (struct view){
		.state = d->tables,
		.policy = &d->policy,
		.vm_id = span_text(peer->vm_id),
		.now = recovery == REASON_none ? clock_now().wall :
		    d->tables->wall,
		.counter = admin_counter(d),
		.recovery = recovery,
		.references = d->prove.references,
	};
}

static enum err
put_record(void *self, const struct msg *record)
{
	struct cryptod *d = self;

	return store_put(d->store, record);
}

enum err
cryptod_put_event(struct cryptod *d, const struct audit_event *event)
{
	uint8_t body[AUDIT_BODY_MAX];
	const struct signer *audit;
	struct msg entry;

	TRY(cryptod_signer(d, WIRE_use_audit, &audit));
	TRY(audit_entry(d->tables, event, audit, d->drbg, body, &entry));
	return store_put(d->store, &entry);
}

static struct suppressed *
find_suppressed(struct cryptod *d, const char *vm_id, enum reason why)
{
	for (size_t i = 0; i < d->nsuppressed; i++)
		if (d->suppressed[i].reason == why &&
		    strcmp(d->suppressed[i].vm_id, vm_id) == 0)
			return &d->suppressed[i];
	return NULL;
}

/*
 * Refusals for a limit are many by nature: the first is written, and from
 * then on one entry a minute says how many there were.
 */
static bool
suppress(struct cryptod *d, const char *vm_id, enum reason why)
{
	struct suppressed *s = find_suppressed(d, vm_id, why);

	if (s != NULL) {
		s->count++;
		return true;
	}
	if (d->nsuppressed == SUPPRESSED_MAX)
		return false;
	s = &d->suppressed[d->nsuppressed++];
	*s = (struct suppressed){ .reason = why };
	memcpy(s->vm_id, vm_id, strlen(vm_id) + 1);
	return false;
}

/* Refused before any handler, so nothing of it is in the turn: the first one
 * is counted too. */
void
cryptod_refused(void *self, const struct peer *peer, enum reason why)
{
	struct cryptod *d = self;
	struct suppressed *s;

	d->refused++;
	if (suppress(d, peer->vm_id, why))
		return;
	if ((s = find_suppressed(d, peer->vm_id, why)) != NULL)
		s->count = 1;
}

static bool
is_limit(enum reason why)
{
	return reason_totp(why) == WIRE_totp_rate_limited;
}

/* Remember what the answer to this request will need. */
static enum err
owe(struct cryptod *d, struct span body, const struct effects *fx,
    struct debt **out)
{
	struct debt *debt;

	if (d->ndebts == SERVICE_TURN)
		return ERR_LIMIT;
	debt = &d->debts[d->ndebts];
	debt->body = body.at;
	debt->owed = (struct owed){
		.token = fx->grants,
		.secret = fx->releases,
		.permit = fx->permit,
		.policy_version = d->tables->appliance.policy_version,
		.wrap_to = fx->wrap_to,
		.release = fx->release,
	};
	*out = debt;
	return ERR_OK;
}

static enum err
draw_jti(struct cryptod *d, uint8_t jti[static UUID_LEN])
{
	char text[UUID_TEXT];

	TRY(uuid_make(d->drbg, text));
	return uuid_to_bytes(span_text(text), jti);
}

/* For what the counter steps, and the answer waits. */
static unsigned
causes_of(const struct cryptod *d, const struct view *v,
    const struct msg *request, const struct effects *fx)
{
	uint64_t wait;

	if (fx->deed.kind != DEED_NONE)
		return EPOCH_CHANGE;
	if (fx->spends)
		return request->totp_validate_req.has_totp_code_next ?
		    EPOCH_CHANGE : EPOCH_CODE;
	if (!fx->counts)
		return 0;
	/* It is counted by now, and was no limit before. */
	return throttle_check(d->tables, v->vm_id,
	    WIRE_SPAN(fx->failures.operator), &d->policy.throttle, v->now,
	    &wait) != REASON_none ? EPOCH_TRIP : 0;
}

/* Take a verdict into the turn: records, entry, and what is owed. */
static enum err
take(struct cryptod *d, const struct view *v, const char *vm_id,
    const struct msg *request, struct span body, const struct effects *fx,
    struct debt **out)
{
	const struct record_sink sink = { put_record, d };
	struct event_room room;
	struct audit_event event;
	struct debt *debt;
	unsigned causes;

	TRY(owe(d, body, fx, &debt));
	if (fx->grants)
		TRY(draw_jti(d, debt->owed.jti));
	/* The largest first: what does not fit leaves nothing behind. */
	if (!is_limit(fx->reason) || !suppress(d, vm_id, fx->reason)) {
		TRY(effects_event(v, request, fx, debt->owed.jti, &room,
		    &event));
		TRY(cryptod_put_event(d, &event));
	}
	TRY(effects_records(v, request, fx, &sink));
	if (store_room(d->store) < STEP_ROOM)
		return ERR_LIMIT;
	causes = causes_of(d, v, request, fx);
	debt->steps = causes != 0;
	step_want(d, causes);
	if (fx->spends && request->totp_validate_req.has_totp_code_next)
		d->resynced = true;
	if (fx->deed.kind != DEED_NONE)
		TRY(admin_take(d, &fx->deed));
	*(fx->reason == REASON_none ? &d->granted : &d->refused) += 1;
	d->ndebts++;
	*out = debt;
	return ERR_OK;
}

/* What the last turn owed has been paid. */
static void
begin_turn(struct cryptod *d)
{
	if (d->settled)
		d->ndebts = 0;
	d->settled = false;
}

typedef enum err decide(const struct view *v, const struct msg *request,
    struct effects *out);

/* The clock is to be trusted, and there are keys to sign with. */
static enum reason
may_decide(const struct cryptod *d, struct moment now)
{
	const enum reason why = cryptod_clock(d, now);

	return why != REASON_none ? why : cryptod_may_sign(d, now.wall);
}

/* What is in the way passes by itself, and soon. */
static void
say_when(struct msg *out)
{
	if (out->type != MSG_error || out->error.code != WIRE_code_busy)
		return;
	out->error.has_retry_after = true;
	out->error.retry_after = 1;
}

/* Does it ever make the TPM's counter step? */
static bool
may_step(decide *how)
{
	return how == decide_totp || how == decide_act;
}

/* What may step waits for the step before. */
static enum reason
may_serve(const struct cryptod *d, decide *how)
{
	const enum reason why = how == decide_act ? admin_may(d) :
	    may_decide(d, clock_now());

	return why == REASON_none && may_step(how) && d->step.owed ?
	    REASON_epoch_pending : why;
}

static enum err
refuse_now(struct cryptod *d, const struct peer *peer, const struct msg *in,
    enum reason why, struct msg *out)
{
	const struct effects fx = { .told = why, .retry_after =
	    why == REASON_epoch_pending };

	cryptod_refused(d, peer, why);
	TRY(answer_draft(in, &fx, out));
	say_when(out);
	return ERR_OK;
}

/* What was decided, into the turn. */
static enum err
carry_out(struct cryptod *d, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out, const struct view *v,
    const struct effects *fx)
{
	struct debt *debt = NULL;
	size_t mark;
	enum err e;

	begin_turn(d);
	/* A time that is not acted on is not remembered; and a key that is
	 * replaced signs nothing younger than the last one that is. */
	if (v->recovery == REASON_none && (store_mark(d->store) == 0 ||
	    v->now > d->tables->wall))
		TRY(cryptod_mark(d, WIRE_mark_commit));
	mark = store_mark(d->store);
	e = take(d, v, peer->vm_id, in, body, fx, &debt);
	if (e == ERR_OK)
		e = answer_draft(in, fx, out);
	if (e == ERR_OK && out->type == MSG_admin_resp)
		e = admin_detail(v, fx, debt, &out->admin_resp);
	if (e == ERR_OK)
		return ERR_OK;
	/* Half of it may be in the turn. */
	return store_undo(d->store, mark) == ERR_OK ? e : ERR_INTERNAL;
}

static enum err
serve(struct cryptod *d, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out, decide *how)
{
	enum reason why = may_serve(d, how);
	struct view v = view_of(d, peer);
	struct brought brought;
	struct effects fx;
	enum err e;

	if (why != REASON_none)
		return refuse_now(d, peer, in, why, out);
	if (!reading_begin(d, peer, body, in, &v, &brought))
		return ERR_OK;
	TRY(how(&v, in, &fx));
	if (fx.waits) {
		TRY(reading_put_off(d, peer, body, &v, &fx.log, &why));
		return why == REASON_none ? ERR_OK :
		    refuse_now(d, peer, in, why, out);
	}
	e = carry_out(d, peer, body, in, out, &v, &fx);
	reading_end(&brought);
	return e;
}

enum err
cryptod_totp(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	return serve(self, peer, body, in, out, decide_totp);
}

enum err
cryptod_token(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	return serve(self, peer, body, in, out, decide_token);
}

enum err
cryptod_attest(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	return serve(self, peer, body, in, out, decide_attest);
}

enum err
cryptod_admin(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	return serve(self, peer, body, in, out, decide_act);
}

enum err
cryptod_keys(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	const struct cryptod *d = self;

	(void)peer;
	(void)body;
	if (d->keys.len == 0 || publish_is_pending(d)) {
		reason_refuse(publish_reason(d),
		    &in->key_metadata_req.request_id, out);
		say_when(out);
		return ERR_OK;
	}
	*out = (struct msg){ .type = MSG_key_metadata_resp };
	out->key_metadata_resp.request_id = in->key_metadata_req.request_id;
	out->key_metadata_resp.object = (struct span){ d->keys.at,
	    d->keys.len };
	return ERR_OK;
}

/*
 * A resync takes codes beyond the floor that an unclean start sets, so its
 * frame must not be the one that such a start may lack.
 */
static enum err
write_turn(struct cryptod *d)
{
	const bool resynced = d->resynced;

	d->resynced = false;
	TRY(cryptod_write(d));
	if (!resynced)
		return ERR_OK;
	TRY(cryptod_mark(d, WIRE_mark_commit));
	return cryptod_write(d);
}

enum err
cryptod_commit(void *self)
{
	struct cryptod *d = self;
	unsigned deeds;

	begin_turn(d);
	d->settled = true;
	d->step.taken = false;
	d->told = (struct span){ 0 };
	/* Unless it serves there may be no store. */
	if (d->state == FAILED)
		return ERR_OK;
	deeds = d->deeds;
	d->deeds = 0;
	TRY(write_turn(d));
	TRY(admin_did(d, deeds));
	return d->state == SERVING ? cryptod_make_room(d) : ERR_OK;
}

static struct debt *
debt_of(struct cryptod *d, struct span body)
{
	for (size_t i = 0; i < d->ndebts; i++)
		if (d->debts[i].body == body.at)
			return &d->debts[i];
	return NULL;
}

bool
step_needs(void *self, struct span body)
{
	struct cryptod *d = self;
	const struct debt *debt = d->step.taken ? debt_of(d, body) : NULL;

	return debt != NULL && debt->steps;
}

enum err
cryptod_finish(void *self, const struct peer *peer, struct span body,
    struct msg *out)
{
	struct cryptod *d = self;
	struct debt *debt = debt_of(d, body);
	uint8_t request[SHA256_LEN];
	const struct signer *token;
	struct wire_uuid id;
	enum err e;

	(void)peer;
	if (debt == NULL)
		return ERR_OK;
	/* The key was withdrawn in this turn. */
	if (out->type != MSG_admin_resp && !cryptod_is_shown(d)) {
		id = *wire_request_id(out);
		reason_refuse(publish_reason(d), &id, out);
		say_when(out);
		return ERR_OK;
	}
	TRY(sha256(&body, 1, request));
	TRY(cryptod_signer(d, WIRE_use_token, &token));
	e = answer_finish(&(struct finisher){
		.signer = token,
		.issuer = d->root.issuer,
		.state = d->tables,
		.drbg = d->drbg,
		.token = debt->token,
	    }, &debt->owed, request, out);
	if (e == ERR_OK || !cryptod_waits_for_tpm(d))
		return e;
	id = *wire_request_id(out);
	reason_refuse(d->side.trouble != REASON_none ? d->side.trouble :
	    REASON_tpm_failed, &id, out);
	return ERR_OK;
}
