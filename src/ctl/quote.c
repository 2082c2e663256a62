/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attest/appraise.h"
#include "attest/event_rule.h"
#include "base/log.h"
#include "base/own.h"
#include "crypto/hash.h"
#include "crypto/uuid.h"
#include "ctl/known.h"
#include "ctl/quoted.h"
#include "wire/map.h"

#define METADATA_BYTES 65536
#define TOLD_MAX 66	/* the longest extraData */

/* All that a quote is held against, and where it lies. */
struct held {
	struct appraise_case	 c;
	struct trust		 trust;
	enum reason		 unsure;	/* why not to believe that */
	struct reference	 reference;
	struct appraised	 last;
	struct appraise_log	 log;
	struct event_finding	 found;
	uint8_t			 told[TOLD_MAX];
	uint8_t			 bound[EVIDENCE_BOUND_MAX];
};

/* The machine's reference out of a trust file.  What too few officers have
 * signed is still held against, but nothing is good by it. */
static enum err
take_reference(const struct args *a, struct held *h)
{
	struct pin pin;

	if (a->reference == NULL)
		return ERR_OK;
	if (a->vm_id == NULL)
		return log_err(ERR_MALFORMED, "--reference: of which "
		    "--vm-id?");
	TRY(pin_read(a->officers, &pin));
	TRY(trust_load(a->reference, &h->trust));
	h->unsure = trust_check(&h->trust, &pin.set);
	if (h->unsure == REASON_trust_shape)
		return log_err(ERR_MALFORMED, "%s: it is no trust file",
		    a->reference);
	if (references_find(&h->trust.references, span_text(a->vm_id),
	    &h->reference) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: no reference for %s",
		    a->reference, a->vm_id);
	h->c.reference = &h->reference;
	return ERR_OK;
}

/* A number up to max, and the character that ends it. */
static bool
take_number(const char **at, uint64_t max, char last, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(*at, &end, 10);
	if (**at < '0' || **at > '9' || errno != 0 || *out > max ||
	    *end != last)
		return false;
	*at = end + 1;
	return true;
}

/* RESETS,RESTARTS,CLOCK,safe or unsafe, as verify printed it last time; or
 * that nobody has seen it. */
static enum err
take_seen(const struct args *a, struct held *h)
{
	uint64_t resets, restarts, clock_ms;
	const char *at = a->seen;

	if (at == NULL)
		return ERR_OK;
	h->c.last = &h->last;
	if (strcmp(at, "never") == 0)
		return ERR_OK;
	if (!take_number(&at, UINT32_MAX, ',', &resets) ||
	    !take_number(&at, UINT32_MAX, ',', &restarts) ||
	    !take_number(&at, UINT64_MAX, ',', &clock_ms) ||
	    (strcmp(at, "safe") != 0 && strcmp(at, "unsafe") != 0))
		return log_err(ERR_MALFORMED, "--seen %s: neither RESETS,"
		    "RESTARTS,CLOCK,safe|unsafe nor never", a->seen);
	h->last = (struct appraised){ .seen = true, .clock_ms = clock_ms,
		.reset_count = (uint32_t)resets,
		.restart_count = (uint32_t)restarts, .unsafe = *at == 'u' };
	return ERR_OK;
}

/* cryptod's, bound to the metadata; which head of the audit log goes with
 * that only it can say. */
static enum err
take_metadata(const struct args *a, const struct quoted *q, struct held *h)
{
	struct input in OWNED(input_drop) = { };
	uint8_t said[32], head[32], hash[32];
	struct span whole;

	TRY(input_read(a->metadata, METADATA_BYTES, false, &in));
	whole = input_span(&in);
	TRY(sha256(&whole, 1, hash));
	if (evidence_bound_keys(q->e.bound, said, head) != ERR_OK)
		memset(head, 0, sizeof(head));
	return evidence_bind_keys(hash, head, h->bound, &h->c.bound);
}

/* What evidence has to be bound to; nobody else's word than ours. */
static enum err
take_bound(const struct args *a, const struct quoted *q, struct held *h)
{
	uint8_t id[UUID_LEN];

	if ((a->metadata != NULL) + (a->request != NULL) +
	    (a->bound != NULL) > 1)
		return log_err(ERR_MALFORMED, "one of --metadata, --request "
		    "and --bound will do");
	if (a->metadata != NULL)
		return take_metadata(a, q, h);
	if (a->bound != NULL)
		return quoted_hex("bound", a->bound, h->bound,
		    sizeof(h->bound), &h->c.bound);
	if (a->request == NULL)
		return ERR_OK;
	if (uuid_to_bytes(span_text(a->request), id) != ERR_OK)
		return log_err(ERR_MALFORMED, "--request %s: no UUID",
		    a->request);
	return evidence_bind_request((struct span){ 0 }, a->request, h->bound,
	    &h->c.bound);
}

static enum err
take_all(const struct args *a, const struct quoted *q, struct held *h)
{
	h->c.evidence = &q->e;
	TRY(take_reference(a, h));
	TRY(take_seen(a, h));
	TRY(take_bound(a, q, h));
	if (a->extra != NULL)
		return quoted_hex("extra", a->extra, h->told,
		    sizeof(h->told), &h->c.extra);
	if (a->vm_id != NULL)
		h->c.vm_id = span_text(a->vm_id);
	if (a->challenge == NULL)
		return ERR_OK;
	return quoted_hex("challenge", a->challenge, h->told,
	    sizeof(h->told), &h->c.challenge);
}

/* Nothing here is secret, so the log is read where it is. */
static void
judge_log(struct held *h)
{
	static struct event_rules rules;
	const struct evidence *e = h->c.evidence;
	uint8_t room[QUOTE_VALUES_MAX];
	struct event_goal goal = { .alg = e->alg };
	enum err err;

	h->log = (struct appraise_log){ APPRAISE_FAILED, APPRAISE_FAILED };
	h->c.log = &h->log;
	if (event_rules_read(h->reference.rules, h->reference.alg,
	    &rules) != ERR_OK)
		return;
	goal.values = reference_by_log(&h->reference, (struct span){
	    e->values, e->values_len }, room, &goal.mask);
	err = eventlog_judge(e->event_log, &goal, &rules, &h->found);
	if (err == ERR_OK || err == ERR_DENIED)
		h->log.replay = APPRAISE_PASSED;
	if (err == ERR_OK)
		h->log.rules = APPRAISE_PASSED;
}

static bool
any_failed(const struct appraisal *v)
{
	bool any = false;

	for (int i = 0; i < APPRAISE_STEPS; i++)
		any = any || v->step[i] == APPRAISE_FAILED;
	return any;
}

static bool
is_good(const struct appraisal *v, const struct held *h)
{
	return appraisal_good(v) && h->unsure == REASON_none;
}

/* Of a step that failed, or of the trust file, or of what was not done. */
static enum reason
why_not(const struct appraisal *v, const struct held *h)
{
	return h->unsure != REASON_none && !any_failed(v) ? h->unsure :
	    appraisal_reason(v);
}

static void
put_vector(struct sheet *s, const struct appraisal *v)
{
	sheet_open(s, "steps", SHEET_MAP);
	for (unsigned i = 0; i < APPRAISE_STEPS; i++) {
		sheet_say(s, appraise_step_name(i), "%s",
		    appraise_mark_name(v->step[i]));
		if (v->step[i] == APPRAISE_FAILED ||
		    (v->step[i] == APPRAISE_NOT_DONE &&
		    appraise_step_must(i)))
			sheet_tell(s, "  wanted", "%s",
			    appraise_step_text(i));
	}
	sheet_close(s);
}

/* The event that breaks a log, or a rule. */
static void
put_finding(struct sheet *s, const struct event_finding *f)
{
	sheet_open(s, "log|event log", SHEET_MAP);
	sheet_say(s, "why", "%s", f->why);
	sheet_uint(s, "pcr|PCR", f->pcr);
	sheet_uint(s, "event", f->event);
	sheet_uint(s, "at|at byte", f->at);
	sheet_close(s);
}

/* To be remembered of a machine that was believed. */
static void
put_seen(struct sheet *s, const struct appraised *next)
{
	sheet_say(s, "seen|for --seen, next time", "%u,%u,%llu,%s",
	    next->reset_count, next->restart_count,
	    (unsigned long long)next->clock_ms,
	    next->unsafe ? "unsafe" : "safe");
}

static void
put_verdict(struct sheet *s, const struct appraisal *v, const struct held *h)
{
	sheet_bool(s, "good", is_good(v, h));
	if (!is_good(v, h))
		known_put_reason(s, why_not(v, h));
	put_vector(s, v);
	if (h->found.why != NULL)
		put_finding(s, &h->found);
	if (is_good(v, h))
		put_seen(s, &v->next);
}

static enum ends
print(const struct args *a, const struct quoted *q,
    const struct appraisal *v, const struct held *h)
{
	struct sheet *s OWNED(sheet_drop) = NULL;

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	if (v != NULL)
		put_verdict(s, v, h);
	quoted_show(s, q);
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	if (v == NULL)
		return q->quote_err == ERR_OK ? ENDS_ok : ENDS_malformed;
	return is_good(v, h) ? ENDS_ok :
	    any_failed(v) ? ENDS_no : ENDS_degraded;
}

enum ends
quote_verify_run(const struct args *a)
{
	struct held h = { };
	struct quoted q OWNED(quoted_drop) = { };
	struct appraisal v;
	enum ends ends = quoted_read(a, true, &q);
	enum err e;

	if (ends != ENDS_ok)
		return ends;
	e = take_all(a, &q, &h);
	if (e != ERR_OK)
		return ends_of(e);
	appraise(&h.c, &v);
	if (appraisal_wants_log(&h.c, &v)) {
		judge_log(&h);
		appraise(&h.c, &v);
	}
	return print(a, &q, &v, &h);
}

enum ends
quote_explain_run(const struct args *a)
{
	struct quoted q OWNED(quoted_drop) = { };
	const enum ends ends = quoted_read(a, false, &q);

	return ends != ENDS_ok ? ends : print(a, &q, NULL, NULL);
}
