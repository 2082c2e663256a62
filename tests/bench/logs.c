/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/bench.h"

#include <poll.h>
#include <string.h>

#include "attest/event_draft.h"
#include "base/log.h"
#include "cryptod/appraiser.h"
#include "tests/events.h"
#include "wire/wire.h"

#define LOG_BYTES 65536
#define LOG_PCRS 0xffU		/* 0 to 7, as firmware uses them */
#define RULES_MAX 16384		/* as in a reference */

/* A log and all that it is held against. */
struct logs {
	struct events		 log;
	uint8_t			 rules[RULES_MAX];
	uint8_t			 values[8 * SHA256_LEN];
	struct appraiser_log	 job;
};

/* As long as a log is, by so many events that a reference has room for a rule
 * of each; SHA-1 beside SHA-256, since firmware still does that. */
static void
fill(struct events *log)
{
	static const uint16_t banks[] = { BANK_SHA1, BANK_SHA256 };
	uint8_t data[640];

	events_begin(log, banks, 2);
	for (unsigned n = 0; log->len < LOG_BYTES; n++) {
		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)(n * 31 + i);
		events_add(log, n % 8, EV_ACTION, SPAN(data));
	}
}

/* A rule for each event, which nothing else meets. */
static enum err
write_rules(struct logs *l, const struct eventlog *log)
{
	struct msg rule = { .type = MSG_event_rule };
	struct msg all = { .type = MSG_event_rules };
	static uint8_t items[RULES_MAX];
	const size_t bank = eventlog_bank(log, BANK_SHA256);
	size_t at = 0, len = 0;
	struct event e = { 0 };

	while (eventlog_next(log, &e)) {
		if (!event_extends(&e))
			continue;
		event_draft_exact(log, &e, bank, &rule.event_rule);
		TRY(WIRE_SET_TEXT(rule.event_rule.words, span_text("an "
		    "event, in about as many words as one has")));
		TRY(wire_encode_object(&rule, items + at, sizeof(items) - at,
		    &len));
		at += len;
		all.event_rules.rules.count++;
	}
	all.event_rules.rules.items = (struct span){ items, at };
	TRY(wire_encode_object(&all, l->rules, sizeof(l->rules), &len));
	l->job.rules = (struct span){ l->rules, len };
	return ERR_OK;
}

static enum err
make(struct logs *l)
{
	struct eventlog_flaw flaw;
	struct eventlog_pcrs p;
	struct eventlog log;

	fill(&l->log);
	TRY(eventlog_open(events_span(&l->log), &log, &flaw));
	TRY(eventlog_replay(&log, BANK_SHA256, &p));
	for (size_t i = 0; i < 8; i++)
		memcpy(l->values + i * SHA256_LEN, p.value[i], SHA256_LEN);
	l->job.log = events_span(&l->log);
	l->job.goal = (struct event_goal){ BANK_SHA256, LOG_PCRS,
	    SPAN(l->values) };
	return write_rules(l, &log);
}

static enum err
ask(struct appraiser *a, const struct appraiser_log *job)
{
	struct appraiser_answer answer;
	struct pollfd p = { .events = POLLIN };
	uint64_t ticket;
	int left_ms;
	enum err e;

	TRY(appraiser_ask_log(a, job, &ticket));
	while ((e = appraiser_take(a, ticket, &answer)) == ERR_BUSY) {
		if (appraiser_waits(a, &p.fd, &left_ms))
			(void)!poll(&p, 1, left_ms);
		TRY(appraiser_go_on(a));
	}
	TRY(e);
	return answer.log.replay == APPRAISE_PASSED &&
	    answer.log.rules == APPRAISE_PASSED ? ERR_OK : log_err(ERR_AUTH,
	    "the log is refused: %s", reason_code(answer.reason));
}

static enum err
run(struct appraiser *a, const struct logs *l, unsigned ms,
    struct appraised_logs *out)
{
	const uint64_t end = lap_now() + (uint64_t)ms * 1000000;

	*out = (struct appraised_logs){ .bytes = l->log.len };
	do {
		struct lap lap = lap_start();

		TRY(ask(a, &l->job));
		lap_stop(&lap);
		out->wall += lap.wall;
		if (lap.wall > out->longest)
			out->longest = lap.wall;
		out->count++;
	} while (lap_now() < end);
	return ERR_OK;
}

enum err
logs_run(unsigned ms, struct appraised_logs *out)
{
	static struct logs l;
	struct appraiser *a = NULL;
	enum err e;

	TRY(make(&l));
	TRY(appraiser_start(&appraiser_usual, &a));
	e = run(a, &l, ms, out);
	appraiser_drop(&a);
	return e;
}
