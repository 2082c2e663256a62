/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "attest/event_rule.h"
#include "attest/event_words.h"
#include "tests/fuzz/fuzz.h"

enum {
	AGILE, SHA1_ONLY, LOCALITY, COVERED, REPLAY_SHA1, REPLAY_SHA256,
	REPLAY_SHA384, FITS, DENIED, BAD_RULES, OTHER_PCR, WAYS
};
static struct reach ways[WAYS] = {
	[AGILE]		= { "agile", 0 },
	[SHA1_ONLY]	= { "sha1-only", 0 },
	[LOCALITY]	= { "locality", 0 },
	[COVERED]	= { "covered", 0 },
	[REPLAY_SHA1]	= { "replay-sha1", 0 },
	[REPLAY_SHA256]	= { "replay-sha256", 0 },
	[REPLAY_SHA384]	= { "replay-sha384", 0 },
	[FITS]		= { "judge-fits", 0 },
	[DENIED]	= { "judge-denied", 0 },
	[BAD_RULES]	= { "rules-malformed", 0 },
	[OTHER_PCR]	= { "judge-other-pcr", 0 },
};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	reach("eventlog", ways, WAYS);
	return 0;
}

static int
within(struct span part, struct span whole)
{
	return part.len == 0 || (part.at >= whole.at &&
	    part.at + part.len <= whole.at + whole.len);
}

static void
check_event(const struct eventlog *log, const struct event *e)
{
	char words[EVENT_WORDS_MAX];

	must(within(e->data, log->in), "data outside");
	must(e->pcr < BANK_PCRS || !event_extends(e), "a PCR that is none");
	for (size_t i = 0; i < log->banks; i++) {
		must(within(e->digest[i], log->in), "a digest outside");
		must(e->digest[i].len == 0 ||
		    e->digest[i].len == log->bank[i].len, "its length");
		ways[COVERED].times += event_covers(log, e, i);
	}
	event_words(e, words);
	must(memchr(words, '\0', sizeof(words)) != NULL, "no end");
	for (const char *c = words; *c != '\0'; c++)
		must(*c >= ' ' && *c < 0x7f, "not text");
}

/* Events follow each other without a gap, and what is cut off behind one of
 * them is a log as well. */
static void
check_log(const struct eventlog *log)
{
	struct event e = { .next = 0 };
	struct eventlog_flaw flaw;
	struct eventlog part;
	size_t n = 0, end = 0;

	while (eventlog_next(log, &e)) {
		must(e.at == end && e.next > e.at && e.index == n, "a gap");
		check_event(log, &e);
		end = e.next;
		n++;
	}
	must(end == log->in.len && n == log->events, "not all of it");
	must(eventlog_open((struct span){ log->in.at, e.at }, &part, &flaw) ==
	    (e.at == 0 ? ERR_MALFORMED : ERR_OK), "a part that is none");
}

static void
check_replay(const struct eventlog *log, uint16_t alg, int way)
{
	struct eventlog_pcrs p;

	if (eventlog_replay(log, alg, &p) != ERR_OK)
		return;
	must(p.len == bank_len(alg) && p.extended >> BANK_PCRS == 0,
	    "values that are none");
	ways[way].times++;
}

static void
check_open(struct span in)
{
	struct eventlog_flaw flaw = { 0, NULL };
	struct eventlog log;

	if (eventlog_open(in, &log, &flaw) != ERR_OK) {
		must(flaw.why != NULL && flaw.at <= in.len, "no reason");
		return;
	}
	ways[log.agile ? AGILE : SHA1_ONLY].times++;
	ways[LOCALITY].times += log.locality != 0;
	check_log(&log);
	check_replay(&log, BANK_SHA1, REPLAY_SHA1);
	check_replay(&log, BANK_SHA256, REPLAY_SHA256);
	check_replay(&log, BANK_SHA384, REPLAY_SHA384);
}

/* PCRs 4, 7 and 8, as the log leads to them. */
static int
make_goal(struct span in, struct event_goal *goal, uint8_t *values)
{
	struct eventlog_flaw flaw;
	struct eventlog_pcrs p;
	struct eventlog log;

	if (eventlog_open(in, &log, &flaw) != ERR_OK ||
	    eventlog_replay(&log, BANK_SHA256, &p) != ERR_OK)
		return 0;
	memcpy(values, p.value[4], p.len);
	memcpy(values + p.len, p.value[7], p.len);
	memcpy(values + 2 * p.len, p.value[8], p.len);
	*goal = (struct event_goal){ BANK_SHA256, 1 << 4 | 1 << 7 | 1 << 8,
	    { values, 3 * p.len } };
	return 1;
}

static void
check_judge(struct span object, struct span in)
{
	static struct event_rules rules;
	uint8_t values[3 * HASH_LEN_MAX];
	struct event_finding f;
	struct event_goal goal;
	enum err e;

	if (!make_goal(in, &goal, values))
		return;
	if (event_rules_read(object, BANK_SHA256, &rules) != ERR_OK) {
		ways[BAD_RULES].times++;
		return;
	}
	e = eventlog_judge(in, &goal, &rules, &f);
	must(f.replays && f.fits == (e == ERR_OK), "another finding");
	must((f.why == NULL) == (e == ERR_OK), "no reason");
	ways[e == ERR_OK ? FITS : e == ERR_DENIED ? DENIED :
	    OTHER_PCR].times++;
	/* What is not the value is never led to. */
	values[0] ^= 1;
	must(eventlog_judge(in, &goal, &rules, &f) == ERR_AUTH &&
	    !f.replays && !f.fits, "leads anywhere");
}

/* 'l' and a log, or 'j', the length of rules in two bytes, rules, a log. */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	size_t n;

	if (len < 3)
		return 0;
	n = (size_t)in[1] << 8 | in[2];
	if (in[0] != 'j')
		check_open((struct span){ in + 1, len - 1 });
	else if (n <= len - 3)
		check_judge((struct span){ in + 3, n },
		    (struct span){ in + 3 + n, len - 3 - n });
	return 0;
}
