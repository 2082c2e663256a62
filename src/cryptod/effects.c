/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/effects.h"

#include <stdio.h>

/* Of the asker's own metadata; there is room for so much in an entry. */
#define METADATA_KEPT 1024
#define NAMES_KEPT 2200		/* with the names that were asked for */

/* How the ids of the two kinds of request are called. */
struct ids {
	const struct wire_uuid	*request_id;
	const struct wire_nonce	*nonce;
};

static struct ids
ids_of(const struct msg *request)
{
	if (request->type == MSG_totp_validate_req)
		return (struct ids){
			&request->totp_validate_req.request_id,
			&request->totp_validate_req.client_nonce,
		};
	if (request->type == MSG_admin_req)
		return (struct ids){
			&request->admin_req.request_id,
			&request->admin_req.nonce,
		};
	if (request->type == MSG_attest_req)
		return (struct ids){
			&request->attest_req.request_id,
			&request->attest_req.nonce,
		};
	return (struct ids){
		&request->token_issue_req.request_id,
		&request->token_issue_req.nonce,
	};
}

/* What the asker wanted in the log besides; NULL if nothing. */
static const struct span *
said_in(const struct msg *request)
{
	const struct msg_totp_validate_req *t = &request->totp_validate_req;
	const struct msg_token_issue_req *i = &request->token_issue_req;

	if (request->type == MSG_admin_req || request->type == MSG_attest_req)
		return NULL;
	if (request->type == MSG_totp_validate_req)
		return t->has_metadata ? &t->metadata : NULL;
	return i->has_metadata ? &i->metadata : NULL;
}

static enum err
put_seen(const struct view *v, const struct msg *request,
    const struct record_sink *sink)
{
	const struct ids ids = ids_of(request);
	struct msg m = { .type = MSG_seen };

	m.seen.request_id = *ids.request_id;
	m.seen.nonce = *ids.nonce;
	/* A timestamp may be early by the freshness and stay good as long; and
	 * a clock that is ahead now and then marked may be behind later. */
	m.seen.until = v->now + 2 * v->policy->freshness + 1 + 2 * CLOCK_LEAP;
	TRY(WIRE_SET_TEXT(m.seen.peer, v->vm_id));
	return sink->put(sink->self, &m);
}

static enum err
put_floor(const struct view *v, const struct spend *s,
    const struct record_sink *sink)
{
	struct msg m = { .type = MSG_floor };

	m.floor.operator_id = s->operator_id;
	m.floor.device_id = s->device_id;
	m.floor.floor = s->step;
	m.floor.offset = s->ahead;
	m.floor.has_floor_channel = true;
	TRY(WIRE_SET_TEXT(m.floor.floor_channel, v->vm_id));
	return sink->put(sink->self, &m);
}

static enum err
put_appraised(const struct view *v, const struct appraised *a,
    const struct record_sink *sink)
{
	struct msg m = { .type = MSG_appraised };

	m.appraised.clock = a->clock_ms;
	m.appraised.reset = a->reset_count;
	m.appraised.restart = a->restart_count;
	m.appraised.unsafe = a->unsafe;
	TRY(WIRE_SET_TEXT(m.appraised.vm_id, v->vm_id));
	return sink->put(sink->self, &m);
}

enum err
effects_records(const struct view *v, const struct msg *request,
    const struct effects *fx, const struct record_sink *sink)
{
	struct msg failures = { .type = MSG_failures };

	if (fx->seen)
		TRY(put_seen(v, request, sink));
	if (fx->spends)
		TRY(put_floor(v, &fx->spend, sink));
	if (fx->appraised.seen)
		TRY(put_appraised(v, &fx->appraised, sink));
	TRY(effects_act_records(v, fx, sink));
	if (!fx->counts)
		return ERR_OK;
	failures.failures = fx->failures;
	return sink->put(sink->self, &failures);
}

/* What was asked for, granted or not: who probes for what is in the log. */
struct asked {
	const struct wire_scopes	*scopes;
	const struct wire_audience	*audience;
};

static struct asked
asked_in(const struct msg *request, const struct effects *fx)
{
	const struct msg_totp_validate_req *t = &request->totp_validate_req;
	const struct msg_token_issue_req *i = &request->token_issue_req;
	static const struct wire_scopes none;
	static const struct wire_audience nobody;

	if (request->type == MSG_admin_req || request->type == MSG_attest_req)
		return (struct asked){ &none, &nobody };
	if (fx->grants)
		return (struct asked){ &fx->permit.scopes,
		    &fx->permit.audience };
	if (request->type == MSG_totp_validate_req)
		return (struct asked){ &t->requested_scope, &t->audience };
	return (struct asked){ &i->requested_scope, &i->audience };
}

/* How many bytes of names these are. */
static size_t
put_asked(struct map_maker *map, const struct asked *a)
{
	struct span names[8];
	size_t bytes = 0;

	for (size_t n = 0; n < a->scopes->count; n++) {
		names[n] = WIRE_SPAN(a->scopes->at[n]);
		bytes += names[n].len;
	}
	if (a->scopes->count > 0)
		map_put_texts(map, "scope", names, a->scopes->count);
	for (size_t n = 0; n < a->audience->count; n++) {
		names[n] = WIRE_SPAN(a->audience->at[n]);
		bytes += names[n].len;
	}
	if (a->audience->count > 0)
		map_put_texts(map, "audience", names, a->audience->count);
	return bytes;
}

/* An act has to name it. */
static bool
wants_act(enum reason why)
{
	return why == REASON_quote_clock || why == REASON_quote_reset;
}

/* What was wrong with its event log, where that is why. */
static void
put_log(struct map_maker *map, const struct view *v, enum reason why)
{
	char line[APPRAISER_LINE];

	if (v->read == NULL ||
	    (why != REASON_quote_log && why != REASON_quote_rule))
		return;
	appraiser_line(v->read, line);
	if (line[0] != '\0')
		map_put_text(map, "log", span_text(line));
}

/* What is in the metadata of every entry about a request. */
static void
put_verdict(struct map_maker *map, const struct view *v,
    const struct msg *request, const struct effects *fx,
    const uint8_t jti[static 16])
{
	const struct asked asked = asked_in(request, fx);
	const struct span *said = said_in(request);
	size_t bytes;
	const struct permit *p = &fx->permit;

	map_put_text(map, "vm_id", v->vm_id);
	if (fx->reason != REASON_none)
		map_put_text(map, "reason",
		    span_text(reason_code(fx->reason)));
	put_log(map, v, fx->reason);
	if (fx->retry_after > 0)
		map_put_uint(map, "retry_after", fx->retry_after);
	bytes = put_asked(map, &asked);
	if (said != NULL && said->len <= METADATA_KEPT &&
	    said->len + bytes <= NAMES_KEPT)
		map_put_bytes(map, "said", *said);
	if (wants_act(fx->reason))
		map_put_uint(map, "reset", p->reset);
	if (fx->grants)
		map_put_bytes(map, "jti", (struct span){ jti, 16 });
	if (!fx->grants && !fx->vouches)
		return;
	map_put_uint(map, "exp", p->exp);
	if (p->has_att)
		map_put_uint(map, "reset", p->reset);
	if (p->has_arg)
		map_put_bytes(map, "arg", WIRE_SPAN(p->arg));
}

static void
event_totp(const struct msg_totp_validate_req *q, const struct effects *fx,
    struct map_maker *map, struct event_room *room, struct audit_event *out)
{
	static const char *const results[] = {
		[WIRE_totp_ok] = "ok", [WIRE_totp_fail] = "fail",
		[WIRE_totp_rate_limited] = "rate_limited",
		[WIRE_totp_replay] = "replay",
	};

	map_put_text(map, "device", WIRE_SPAN(q->device_id));
	if (fx->spends)
		map_put_uint(map, "step", fx->spend.step);
	if (q->has_release)
		out->target = WIRE_SPAN(q->release);
	snprintf(room->actor, sizeof(room->actor), "op:%s",
	    q->operator_id.at);
	out->action = span_text(q->has_totp_code_next ? "totp.resync" :
	    "totp.validate");
	out->result = span_text(results[reason_totp(fx->told)]);
}

static void
event_token(const struct view *v, const struct msg_token_issue_req *q,
    const struct effects *fx, struct map_maker *map, struct event_room *room,
    struct audit_event *out)
{
	if (q->justification.len > 0)
		map_put_text(map, "justification",
		    WIRE_SPAN(q->justification));
	if (fx->reason == REASON_request_vm)
		map_put_text(map, "claimed", WIRE_SPAN(q->vm_id));
	snprintf(room->actor, sizeof(room->actor), "vm:%.*s",
	    (int)v->vm_id.len, (const char *)v->vm_id.at);
	out->action = span_text("token.issue");
	out->result = span_text(fx->grants ? "ok" : "denied");
}

static enum err
event_attest(const struct view *v, const struct msg_attest_req *q,
    const struct effects *fx, struct map_maker *map, struct event_room *room,
    struct audit_event *out)
{
	uint8_t key[32];

	if (fx->permit.has_cnf) {
		TRY(cose_key_thumbprint(&fx->permit.cnf, key));
		map_put_bytes(map, "key", SPAN(key));
	}
	if (fx->reason == REASON_request_vm)
		map_put_text(map, "claimed", WIRE_SPAN(q->subject_vm));
	snprintf(room->actor, sizeof(room->actor), "vm:%.*s",
	    (int)v->vm_id.len, (const char *)v->vm_id.at);
	out->target = WIRE_SPAN(q->action);
	out->action = span_text("key.attest");
	out->result = span_text(fx->vouches ? "ok" : "denied");
	return ERR_OK;
}

enum err
effects_event(const struct view *v, const struct msg *request,
    const struct effects *fx, const uint8_t jti[static 16],
    struct event_room *room, struct audit_event *out)
{
	struct map_maker map;

	map_begin(&map);
	put_verdict(&map, v, request, fx, jti);
	*out = (struct audit_event){
		.request_id = WIRE_SPAN(*ids_of(request).request_id),
		.now = v->now,
	};
	if (request->type == MSG_totp_validate_req)
		event_totp(&request->totp_validate_req, fx, &map, room, out);
	else if (request->type == MSG_attest_req)
		TRY(event_attest(v, &request->attest_req, fx, &map, room,
		    out));
	else if (request->type == MSG_admin_req)
		effects_act_event(v, &request->admin_req, fx, &map, room,
		    out);
	else
		event_token(v, &request->token_issue_req, fx, &map, room, out);
	out->actor = span_text(room->actor);
	return map_end(&map, room->metadata, sizeof(room->metadata),
	    &out->metadata);
}
