/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "crypto/hash.h"
#include "ctl/act.h"
#include "ctl/ask.h"
#include "ctl/known.h"
#include "ctl/show.h"
#include "ctl/words.h"
#include "enforce/keys.h"

#define BODY_MAX 98304
#define ATTACHMENT_MAX 49152
#define TRIES 40
#define WAIT_MS 250
#define ANSWER_AAD "anchorhold/1 admin_resp"

/* An answer and whether it is to be believed. */
struct reply {
	struct msg	answer;
	uint8_t		request[SHA256_LEN];
	enum reason	why;		/* none: it is cryptod's, to this */
	bool		stale;		/* by keys that are not fresh */
};

/* In recovery no keys are to be had, and a clock is wrong: with a file of
 * them they are held against the last moment at which these were fresh. */
static enum ends
load_keys(const struct args *a, uint64_t now, struct known *k,
    struct reply *r, uint64_t *at)
{
	const enum ends e = known_load(a, a->metadata != NULL ? 0 : now, k);

	*at = now;
	if (e != ENDS_ok || k->why != REASON_none || a->metadata == NULL)
		return e;
	r->stale = !enforce_keys_fresh(&k->set, now);
	*at = k->set.next_update;
	return ENDS_ok;
}

static enum reason
check_answer(const struct known *k, const struct reply *r, uint64_t at)
{
	uint8_t body[BODY_MAX];
	size_t len = 0;

	if (k->why != REASON_none)
		return k->why;
	if (!span_equal(WIRE_SPAN(r->answer.admin_resp.request),
	    SPAN(r->request)))
		return REASON_answer_request;
	if (wire_encode_body(&r->answer, "signature", body, sizeof(body),
	    &len) != ERR_OK)
		return REASON_internal_fault;
	return enforce_answer(&k->set, WIRE_use_token, ANSWER_AAD,
	    (struct span){ body, len },
	    WIRE_SPAN(r->answer.admin_resp.signature), at);
}

/* Of a key that is newer than these: it is published within a moment. */
static bool
is_by_another(const struct known *k, const struct reply *r)
{
	struct sign1 by;

	return r->why == REASON_answer_signature && cose_sign1_parse(
	    WIRE_SPAN(r->answer.admin_resp.signature), SIGN1_DETACHED,
	    &by) == ERR_OK && enforce_keys_find(&k->set, by.kid) == NULL;
}

/* What it did not vouch for itself may still be so: it is shown, and said. */
static void
verify(const struct args *a, struct reply *r)
{
	const uint64_t now = clock_now().wall;
	struct known k = { .why = REASON_keys_unsigned };
	uint64_t at;

	for (int tries = 0; tries < TRIES; tries++) {
		if (load_keys(a, now, &k, r, &at) != ENDS_ok)
			return;
		r->why = check_answer(&k, r, at);
		if (!is_by_another(&k, r))
			return;
		poll(NULL, 0, WAIT_MS);
	}
}

static void
put_answer(struct sheet *s, const struct paper *p, const struct reply *r)
{
	const struct msg_admin_resp *m = &r->answer.admin_resp;
	enum reason why;

	sheet_text(s, "command", WIRE_SPAN(p->act.act.command));
	sheet_text(s, "act_id|act", WIRE_SPAN(p->act.act.act_id));
	sheet_say(s, "result", "%s", word_outcome(m->result));
	if (m->has_reason && reason_find(WIRE_SPAN(m->reason), &why) ==
	    ERR_OK)
		known_put_reason(s, why);
	else if (m->has_reason)
		sheet_text(s, "reason", WIRE_SPAN(m->reason));
}

static enum ends
print(const struct args *a, const struct paper *p, const struct reply *r)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	const bool ok = r->answer.admin_resp.result == WIRE_outcome_ok;

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	put_answer(s, p, r);
	sheet_bool(s, "verified|signed by cryptod", r->why == REASON_none);
	if (r->why != REASON_none)
		sheet_say(s, "unverified|why that is not known", "%s",
		    reason_code(r->why));
	if (r->stale)
		sheet_bool(s, "stale|by keys that are not fresh", true);
	sheet_open(s, "answer", SHEET_MAP);
	show_message(s, &r->answer);
	sheet_close(s);
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	return ok && r->why == REASON_none ? ENDS_ok : ENDS_no;
}

static enum ends
send(const struct args *a, struct msg *request, struct reply *r,
    struct call *c)
{
	struct span body;
	enum ends e = ask_open(a, c);

	if (e == ENDS_ok)
		e = ask_admin(c, a, request, &r->answer);
	body = call_body(c);
	if (e == ENDS_ok && sha256(&body, 1, r->request) != ERR_OK)
		e = ENDS_machine;
	return e;
}

static enum ends
fill(const struct args *a, const struct paper *p, struct input *attached,
    struct msg *request)
{
	struct msg_admin_req *q = &request->admin_req;
	enum err e;

	request->type = MSG_admin_req;
	q->command = p->act.act.command;
	q->arguments = p->act.act.arguments;
	q->has_act = true;
	q->act = p->file.act_file.act;
	q->approvals.count = p->file.act_file.approvals.count;
	q->has_approvals = q->approvals.count > 0;
	memcpy(q->approvals.at, p->file.act_file.approvals.at,
	    sizeof(q->approvals.at));
	if (a->attach == NULL)
		return ENDS_ok;
	e = input_read(a->attach, ATTACHMENT_MAX, false, attached);
	q->has_attachment = true;
	q->attachment = input_span(attached);
	return e == ERR_OK ? ENDS_ok : ends_of(e);
}

enum ends
act_submit_run(const struct args *a)
{
	struct paper p OWNED(paper_drop) = { .trusted = false };
	struct input attached OWNED(input_drop) = { 0 };
	struct call c OWNED(call_close) = { 0 };
	struct msg request = { .type = MSG_NONE };
	struct reply r = { .why = REASON_keys_unsigned };
	enum ends e;

	if ((e = paper_read(a, &p)) != ENDS_ok ||
	    (e = fill(a, &p, &attached, &request)) != ENDS_ok ||
	    (e = send(a, &request, &r, &c)) != ENDS_ok)
		return e;
	verify(a, &r);
	return print(a, &p, &r);
}
