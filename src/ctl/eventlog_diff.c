/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/event_diff.h"
#include "base/log.h"
#include "base/own.h"
#include "ctl/ctl.h"
#include "ctl/eventlog.h"

struct telling {
	struct sheet		*sheet;
	const struct eventlog	*was, *now;
	size_t			 was_bank, now_bank, n;
};

static void
put_side(struct sheet *s, const char *name, const struct eventlog *log,
    const struct event *e, size_t bank)
{
	if (e == NULL)
		return;
	sheet_open(s, name, SHEET_MAP);
	eventlog_put_event(s, log, e, bank);
	sheet_close(s);
}

static void
put_one(void *self, const struct event_difference *d)
{
	static const char *const words[] = {
		[EVENT_CHANGED] = "changed", [EVENT_GONE] = "gone",
		[EVENT_NEW] = "new",
	};
	struct telling *t = self;

	sheet_open(t->sheet, NULL, SHEET_MAP);
	sheet_say(t->sheet, "change|event is", "%s", words[d->change]);
	put_side(t->sheet, "was", t->was, d->was, t->was_bank);
	put_side(t->sheet, "now", t->now, d->now, t->now_bank);
	sheet_close(t->sheet);
	t->n++;
}

size_t
eventlog_put_diff(struct sheet *s, const struct eventlog *was,
    const struct eventlog *now, uint16_t alg, uint32_t mask)
{
	struct telling t = { s, was, now, eventlog_bank(was, alg),
	    eventlog_bank(now, alg), 0 };

	return eventlog_diff(was, now, alg, mask, put_one, &t) == ERR_OK ?
	    t.n : 0;
}

/* One that both have: the one that was asked for, or SHA-256, or SHA-1. */
static bool
choose(const struct eventlog *was, const struct eventlog *now,
    const char *asked, uint16_t *alg)
{
	*alg = eventlog_bank(was, BANK_SHA256) < was->banks &&
	    eventlog_bank(now, BANK_SHA256) < now->banks ? BANK_SHA256 :
	    BANK_SHA1;
	if (asked != NULL && bank_find(span_text(asked), alg) != ERR_OK)
		return false;
	return eventlog_bank(was, *alg) < was->banks &&
	    eventlog_bank(now, *alg) < now->banks;
}

/* An event without a digest of that bank is nothing that was measured. */
static bool
is_whole(const char *name, const struct eventlog *log, uint16_t alg)
{
	struct eventlog_pcrs p;

	if (eventlog_replay(log, alg, &p) == ERR_OK)
		return true;
	log_line("%s: not every event has a digest in this bank, or it is "
	    "none that can be computed here", name);
	return false;
}

enum ends
eventlog_diff_run(const struct args *a)
{
	struct input old OWNED(input_drop) = { 0 };
	struct input new OWNED(input_drop) = { 0 };
	struct sheet *s OWNED(sheet_drop) = NULL;
	struct eventlog was, now;
	uint16_t alg;
	size_t n;
	enum err e = eventlog_read(a->operand[0], &old, &was);

	if (e == ERR_OK)
		e = eventlog_read(a->operand[1], &new, &now);
	if (e != ERR_OK)
		return ends_of(e);
	if (!choose(&was, &now, a->alg, &alg)) {
		log_line("the logs have no such bank in common");
		return ENDS_usage;
	}
	if (!is_whole(old.name, &was, alg) || !is_whole(new.name, &now, alg))
		return ENDS_malformed;
	if (sheet_new(a->json, SHEET_LIST, &s) != ERR_OK)
		return ENDS_machine;
	n = eventlog_put_diff(s, &was, &now, alg, (1U << BANK_PCRS) - 1);
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	return n == 0 ? ENDS_ok : ENDS_no;
}
