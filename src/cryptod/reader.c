/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/reader.h"

#include <inttypes.h>
#include <stdio.h>

static_assert(sizeof(struct job) == JOB_SIZE);
/* No part of it is padding, which would tell what lay there before. */
static_assert(sizeof(struct found) == 10 * sizeof(uint32_t) + APPRAISER_WHY +
    BANK_PCRS * HASH_LEN_MAX);

enum err
job_put(struct job *j, const struct span parts[static JOB_PARTS])
{
	size_t at = 0;

	for (size_t i = 0; i < JOB_PARTS; i++) {
		const struct span p = parts[i];

		if (p.len > sizeof(j->bytes) - at)
			return ERR_LIMIT;
		if (p.len > 0)
			memcpy(j->bytes + at, p.at, p.len);
		j->len[i] = (uint32_t)p.len;
		at += p.len;
	}
	memset(j->bytes + at, 0, sizeof(j->bytes) - at);
	return ERR_OK;
}

struct span
job_part(const struct job *j, enum job_part part)
{
	size_t at = 0;

	for (unsigned i = 0; i < part; i++)
		at += j->len[i];
	return (struct span){ j->bytes + at, j->len[part] };
}

/* ---- in the child ---- */

static struct event_goal
goal_of(const struct job *j)
{
	return (struct event_goal){ (uint16_t)j->alg, j->mask,
		job_part(j, PART_VALUES) };
}

static enum err
judge(const struct job *j, struct event_finding *f)
{
	const struct event_goal goal = goal_of(j);
	struct event_rules rules;
	struct eventlog log;
	struct eventlog_flaw flaw = { 0, NULL };
	enum err e;

	if (j->len[PART_RULES] == 0) {
		e = eventlog_open(job_part(j, PART_LOG), &log, &flaw);
		*f = (struct event_finding){ .at = flaw.at, .why = flaw.why };
		return e != ERR_OK ? e : eventlog_leads(&log, &goal, f);
	}
	if (event_rules_read(job_part(j, PART_RULES), goal.alg,
	    &rules) != ERR_OK) {
		f->why = "the rules are none";
		return ERR_INTERNAL;
	}
	return eventlog_judge(job_part(j, PART_LOG), &goal, &rules, f);
}

static void
tell_values(const struct job *j, struct found *out)
{
	struct eventlog_flaw flaw;
	struct eventlog_pcrs p;
	struct eventlog log;

	if (eventlog_open(job_part(j, PART_LOG), &log, &flaw) != ERR_OK ||
	    eventlog_replay(&log, (uint16_t)j->alg, &p) != ERR_OK)
		return;
	out->alg = p.alg;
	out->len = (uint32_t)p.len;
	out->extended = p.extended;
	memcpy(out->value, p.value, sizeof(out->value));
}

/* What cannot be asked is not done; it has not failed. */
void
reader_read(const struct job *j, struct found *out)
{
	struct event_finding f = { .why = NULL };
	const enum err e = judge(j, &f);
	const enum appraise_mark failed = e == ERR_INTERNAL ?
	    APPRAISE_NOT_DONE : APPRAISE_FAILED;

	*out = (struct found){ };
	out->replay = f.replays ? APPRAISE_PASSED : failed;
	if (f.replays && j->len[PART_RULES] > 0)
		out->rules = f.fits ? APPRAISE_PASSED : failed;
	out->about = f.about;
	out->pcr = f.pcr < BANK_PCRS ? f.pcr : 0;
	out->event = (uint32_t)f.event;
	out->rule = (uint32_t)f.rule;
	out->at = (uint32_t)f.at;
	for (size_t i = 0; f.why != NULL && f.why[i] != '\0' &&
	    i < sizeof(out->why) - 1; i++)
		out->why[i] = f.why[i];
	tell_values(j, out);
}

/* ---- in cryptod ---- */

/* Words for a log of ours, and an end of them. */
static bool
is_plain(const char *why)
{
	size_t i = 0;

	while (i < APPRAISER_WHY && why[i] >= ' ' && why[i] <= '~')
		i++;
	return i < APPRAISER_WHY && why[i] == '\0';
}

/* Whoever says that it leads there says so of the same values. */
static bool
leads_there(const struct found *f, const struct job *j)
{
	const struct span goal = job_part(j, PART_VALUES);
	size_t at = 0;

	if (f->alg != j->alg || f->len == 0)
		return false;
	for (unsigned i = 0; i < BANK_PCRS; i++) {
		if ((j->mask >> i & 1) == 0)
			continue;
		if (goal.len - at < f->len ||
		    memcmp(goal.at + at, f->value[i], f->len) != 0)
			return false;
		at += f->len;
	}
	return at == goal.len;
}

static bool
can_be(const struct found *f, const struct job *j)
{
	if (f->replay > APPRAISE_FAILED || f->rules > APPRAISE_FAILED ||
	    f->about >= ABOUTS || f->pcr >= BANK_PCRS || f->alg > UINT16_MAX ||
	    f->len > HASH_LEN_MAX || !is_plain(f->why))
		return false;
	if (f->replay != APPRAISE_PASSED)
		return f->rules == APPRAISE_NOT_DONE;
	return leads_there(f, j) && (f->rules == APPRAISE_NOT_DONE ||
	    j->len[PART_RULES] > 0);
}

enum err
found_check(const struct found *f, const struct job *j,
    struct appraiser_answer *out)
{
	struct appraiser_answer a = { .reason = REASON_none };

	if (!can_be(f, j))
		return ERR_MALFORMED;
	a.log.replay = (enum appraise_mark)f->replay;
	a.log.rules = (enum appraise_mark)f->rules;
	memcpy(a.why, f->why, sizeof(a.why));
	a.about = (enum event_about)f->about;
	a.pcr = f->pcr;
	a.event = f->event;
	a.rule = f->rule;
	a.at = f->at;
	a.pcrs.alg = (uint16_t)f->alg;
	a.pcrs.len = f->len;
	a.pcrs.extended = f->extended;
	memcpy(a.pcrs.value, f->value, sizeof(a.pcrs.value));
	*out = a;
	return ERR_OK;
}

void
appraiser_line(const struct appraiser_answer *a,
    char out[static APPRAISER_LINE])
{
	const int n = snprintf(out, APPRAISER_LINE, "%s", a->why);
	const size_t at = (size_t)n;

	if (a->why[0] == '\0' || a->about == ABOUT_LOG)
		return;
	if (a->about == ABOUT_BYTE)
		snprintf(out + at, APPRAISER_LINE - at, ", at byte %" PRIu32,
		    a->at);
	else if (a->about == ABOUT_PCR)
		snprintf(out + at, APPRAISER_LINE - at, ": PCR %" PRIu32,
		    a->pcr);
	else if (a->about == ABOUT_RULE)
		snprintf(out + at, APPRAISER_LINE - at, ": PCR %" PRIu32
		    ", rule %" PRIu32, a->pcr, a->rule + 1);
	else
		snprintf(out + at, APPRAISER_LINE - at, ": PCR %" PRIu32
		    ", event %" PRIu32 " at byte %" PRIu32, a->pcr, a->event,
		    a->at);
}
