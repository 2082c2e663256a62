/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/reference_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "attest/event_draft.h"
#include "attest/event_words.h"
#include "base/log.h"
#include "base/own.h"
#include "provisioning/paper.h"

static uint8_t input[REFERENCE_INPUT];

enum err
rules_read(const char *path, uint16_t alg,
    uint8_t object[static EVENT_RULES_BYTES], struct span *out)
{
	static struct event_text t;
	size_t len = 0;
	enum err e;

	t = (struct event_text){ .alg = alg };
	TRY(reference_read(path, input, &t.rest));
	e = event_text_encode(&t, object, EVENT_RULES_BYTES, &len);
	*out = (struct span){ object, len };
	return e == ERR_OK ? ERR_OK :
	    log_err(e, "%s:%u: %s", path, t.line, t.why);
}

/* That event, for people. */
static void
find_words(struct span in, size_t index, char words[static EVENT_WORDS_MAX])
{
	struct eventlog_flaw flaw;
	struct event e = { .next = 0 };
	struct eventlog log;

	if (eventlog_open(in, &log, &flaw) != ERR_OK)
		return;
	while (eventlog_next(&log, &e))
		if (e.index == index)
			(void)event_words(&e, words);
}

enum err
rules_try(const char *path, struct span log, const struct event_goal *goal,
    struct span rules)
{
	static struct event_rules read;
	char words[EVENT_WORDS_MAX] = "";
	struct event_finding found;
	enum err e = event_rules_read(rules, goal->alg, &read);

	if (e != ERR_OK)
		return log_err(e, "%s: not rules for this bank", path);
	e = eventlog_judge(log, goal, &read, &found);
	if (e == ERR_OK)
		return ERR_OK;
	if (!found.replays)
		return log_err(e, "%s: the log does not lead to PCR %u: %s",
		    path, found.pcr, found.why);
	if (found.about == ABOUT_RULE)
		return log_err(e, "%s: PCR %u, rule \"%s\": %s", path,
		    found.pcr, rules_words(rules, found.rule, words),
		    found.why);
	find_words(log, found.event, words);
	return log_err(e, "%s: PCR %u, event %zu of the log, \"%s\": %s",
	    path, found.pcr, found.event, words, found.why);
}

/* ---- rules for a log that is there ---- */

struct draft {
	FILE		*to;
	struct eventlog	 log;
	size_t		 bank;
	uint64_t	 mask;
};

static void
put_event(const struct draft *d, const struct event *e)
{
	const uint16_t alg = d->log.bank[d->bank].alg;
	struct msg_event_rule rule;
	char line[EVENT_TEXT_LINE];
	uint8_t room[256];

	event_draft_exact(&d->log, e, d->bank, &rule);
	fprintf(d->to, "%s\n", event_text_put(&rule, alg, line));
	if (event_draft_loose(&d->log, e, d->bank, &rule, room) == ERR_OK)
		fprintf(d->to, "#or %s\n", event_text_put(&rule, alg, line));
}

static void
put_draft(const struct draft *d)
{
	fprintf(d->to, "# Rules for the events of a log, %s; "
	    "anchorhold-reference(8) says what they may be.\n"
	    "# PCR TIMES WHERE WHAT \"WORDS\"\n"
	    "# All of them are exact.  For one that may vary, take the #or "
	    "below it, or edit it.\n", bank_name(d->log.bank[d->bank].alg));
	for (uint32_t pcr = 0; pcr < BANK_PCRS; pcr++) {
		struct event e = { .next = 0 };

		while ((d->mask >> pcr & 1) != 0 &&
		    eventlog_next(&d->log, &e))
			if (event_extends(&e) && e.pcr == pcr)
				put_event(d, &e);
	}
}

static enum err
open_log(const struct reference_options *o, struct draft *d)
{
	struct eventlog_flaw flaw = { .why = NULL };
	struct span in = { };
	struct eventlog_pcrs p;
	uint16_t alg = 0;

	if (bank_find(span_text(o->bank), &alg) != ERR_OK)
		return log_err(ERR_MALFORMED, "--bank %s: no such bank",
		    o->bank);
	TRY(reference_pcrs("--pcrs", o->pcrs, &d->mask));
	TRY(reference_read(o->file[0], input, &in));
	if (eventlog_open(in, &d->log, &flaw) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: at byte %zu: %s",
		    o->file[0], flaw.at, flaw.why);
	if (eventlog_replay(&d->log, alg, &p) != ERR_OK)
		return log_err(ERR_NOT_FOUND, "%s: it has no such bank",
		    o->file[0]);
	d->bank = eventlog_bank(&d->log, alg);
	return (p.extended & d->mask) != 0 ? ERR_OK :
	    log_err(ERR_NOT_FOUND, "%s: it has no event of these PCRs",
	    o->file[0]);
}

struct text {
	char	*at;
	size_t	 len;
};

static void
text_drop(struct text *t)
{
	free(t->at);
}

/* To stdout, or as a file that is new. */
static enum err
give(struct reference_options *o, struct span text)
{
	enum err e;

	o->blame = REFERENCE_SYSTEM;
	if (o->out == NULL)
		return fwrite(text.at, 1, text.len, stdout) == text.len ?
		    ERR_OK : log_errno("stdout");
	if ((e = paper_make(o->out, text)) == ERR_STATE)
		o->blame = REFERENCE_NO;
	return e;
}

enum err
reference_draft(struct reference_options *o)
{
	struct text text OWNED(text_drop) = { };
	struct draft d = { };

	TRY(open_log(o, &d));
	if ((d.to = open_memstream(&text.at, &text.len)) == NULL)
		return log_errno("a draft");
	put_draft(&d);
	if (fclose(d.to) != 0)
		return log_errno("a draft");
	return give(o, (struct span){ (const uint8_t *)text.at, text.len });
}

/* ---- rules that are there, as a text ---- */

const char *
rules_words(struct span object, size_t index,
    char words[static EVENT_WORDS_MAX])
{
	struct reader r;
	struct msg m;

	words[0] = '\0';
	if (wire_decode_object(MSG_event_rules, object, &m) != ERR_OK)
		return words;
	r = reader_of(m.event_rules.rules.items);
	while (item_done(&r) != ERR_OK &&
	    wire_next(&r, MSG_event_rule, &m) == ERR_OK)
		if (index-- == 0)
			(void)!snprintf(words, EVENT_WORDS_MAX, "%.*s",
			    EVENT_WORDS_MAX - 1, m.event_rule.words.at);
	return words;
}

enum err
reference_rules(struct reference_options *o)
{
	static struct msg_reference all[REFERENCES_MAX];
	static struct brief b;
	char line[EVENT_TEXT_LINE];
	struct reader r;
	struct msg m;
	size_t n, at = 0;

	TRY(brief_read(o->file[0], &b));
	n = machines_of(&b.m.trust, all);
	while (at < n && strcmp(all[at].vm_id.at, o->vm) != 0)
		at++;
	if (at == n || !all[at].has_rules || wire_decode_object(
	    MSG_event_rules, all[at].rules, &m) != ERR_OK)
		return log_err(ERR_NOT_FOUND, "%s: no rules for %s", b.path,
		    o->vm);
	printf("# The rules of %s, version %zu.\n"
	    "# PCR TIMES WHERE WHAT \"WORDS\"\n", o->vm,
	    (size_t)b.m.trust.version);
	r = reader_of(m.event_rules.rules.items);
	while (item_done(&r) != ERR_OK) {
		TRY(wire_next(&r, MSG_event_rule, &m));
		puts(event_text_put(&m.event_rule, (uint16_t)all[at].alg,
		    line));
	}
	return ERR_OK;
}
