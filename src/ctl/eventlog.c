/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/eventlog.h"

#include "attest/event_words.h"
#include "base/log.h"
#include "base/own.h"
#include "ctl/ctl.h"

/* A bank's name, or its number. */
static const char *
name_of(uint16_t alg, char out[static 8])
{
	const char *name = bank_name(alg);

	if (name != NULL)
		return name;
	(void)!snprintf(out, 8, "0x%04x", alg);
	return out;
}

enum err
eventlog_read(const char *path, struct input *in, struct eventlog *log)
{
	struct eventlog_flaw flaw;
	enum err e = input_read(path, EVENTLOG_MAX, false, in);

	if (e != ERR_OK)
		return e;
	e = eventlog_open(input_span(in), log, &flaw);
	return e == ERR_OK ? e : log_err(e, "%s: at byte %zu: %s", in->name,
	    flaw.at, flaw.why);
}

void
eventlog_put_event(struct sheet *s, const struct eventlog *log,
    const struct event *e, size_t bank)
{
	const char *name = event_type_name(e->type);
	char words[EVENT_WORDS_MAX];

	sheet_uint(s, "event", e->index);
	if (e->pcr < BANK_PCRS)
		sheet_uint(s, "pcr|PCR", e->pcr);
	if (name != NULL)
		sheet_say(s, "type", "%s", name);
	else
		sheet_say(s, "type", "0x%08x", e->type);
	event_words(e, words);
	if (*words != '\0')
		sheet_say(s, "says", "%s", words);
	sheet_uint(s, "size|bytes of data", e->data.len);
	if (!event_extends(e))
		return;
	sheet_bytes(s, "digest", e->digest[bank]);
	sheet_bool(s, "covers|digest is of the data",
	    event_covers(log, e, bank));
}

static void
put_banks(struct sheet *s, const struct eventlog *log)
{
	char number[8];

	sheet_open(s, "banks", SHEET_LIST);
	for (size_t i = 0; i < log->banks; i++)
		sheet_say(s, NULL, "%s", name_of(log->bank[i].alg, number));
	sheet_close(s);
}

static void
put_values(struct sheet *s, const struct eventlog_pcrs *p)
{
	sheet_open(s, "pcrs|leads to", SHEET_LIST);
	for (unsigned i = 0; i < BANK_PCRS; i++) {
		if ((p->extended >> i & 1) == 0)
			continue;
		sheet_open(s, NULL, SHEET_MAP);
		sheet_uint(s, "pcr|PCR", i);
		sheet_bytes(s, "value", (struct span){ p->value[i], p->len });
		sheet_close(s);
	}
	sheet_close(s);
}

/* The one that was asked for; or SHA-256, else the last: headers name them
 * in the order of their age. */
static size_t
choose_bank(const struct eventlog *log, const char *asked)
{
	const size_t best = eventlog_bank(log, BANK_SHA256);
	uint16_t alg;

	if (asked != NULL)
		return bank_find(span_text(asked), &alg) == ERR_OK ?
		    eventlog_bank(log, alg) : log->banks;
	return best < log->banks ? best : log->banks - 1;
}

static void
put_log(struct sheet *s, const struct eventlog *log, size_t bank,
    const struct eventlog_pcrs *p)
{
	struct event e = { .next = 0 };
	char number[8];

	sheet_say(s, "format", "%s", log->agile ? "crypto-agile" : "SHA-1");
	put_banks(s, log);
	sheet_say(s, "bank|shown", "%s", name_of(log->bank[bank].alg, number));
	sheet_uint(s, "locality|startup locality", log->locality);
	sheet_open(s, "events", SHEET_LIST);
	while (eventlog_next(log, &e)) {
		sheet_open(s, NULL, SHEET_MAP);
		eventlog_put_event(s, log, &e, bank);
		sheet_close(s);
	}
	sheet_close(s);
	put_values(s, p);
}

enum ends
eventlog_show_run(const struct args *a)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	struct input in OWNED(input_drop) = { 0 };
	struct eventlog_pcrs p;
	struct eventlog log;
	size_t bank;
	enum err e = eventlog_read(a->operand[0], &in, &log);

	if (e != ERR_OK)
		return ends_of(e);
	bank = choose_bank(&log, a->alg);
	if (bank == log.banks) {
		log_line("--alg %s: there is no such bank in the log", a->alg);
		return ENDS_usage;
	}
	if (eventlog_replay(&log, log.bank[bank].alg, &p) != ERR_OK) {
		log_line("%s: not every event has a digest in this bank, or "
		    "it is none that can be computed here: --alg names "
		    "another", in.name);
		return ENDS_malformed;
	}
	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	put_log(s, &log, bank, &p);
	return sheet_print(s, stdout) == ERR_OK ? ENDS_ok : ENDS_machine;
}
