/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/eventlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/events.h"
#include "tests/vectors/vectors.h"

/*
 * Event logs, which an index names beside it, with the values that they lead
 * to; and single events and headers, to be taken or not.
 */

static const json_t *
values_of(const json_t *row)
{
	return member(row, has(row, "expected_pcrs") ? "expected_pcrs" :
	    "computed_pcrs");
}

/* The log of a row, which lies where its index says. */
static struct bytes
log_of(struct tally *t, const json_t *row)
{
	const char *index = document_path(t), *end = strrchr(index, '/');
	struct bytes b = bytes_new(EVENTLOG_MAX + 1);
	char path[4096];
	FILE *f;

	(void)!snprintf(path, sizeof(path), "%.*s/%s",
	    end != NULL ? (int)(end - index) : 1, end != NULL ? index : ".",
	    text_of(row, "file"));
	f = fopen(path, "rb");
	b.len = f == NULL ? 0 : fread(b.at, 1, EVENTLOG_MAX + 1, f);
	if (f != NULL)
		fclose(f);
	return b;
}

static void
compare(struct tally *t, const struct eventlog *log, const char *bank,
    const json_t *values)
{
	struct eventlog_pcrs p;
	uint16_t alg;
	const char *pcr;
	json_t *value;

	at_case(t, "%s: %s", document_path(t), bank);
	if (bank_find(span_text(bank), &alg) != ERR_OK) {
		unknown(t, "no such bank");
		return;
	}
	if (!worked(t, "replay", eventlog_replay(log, alg, &p)))
		return;
	json_object_foreach((json_t *)(uintptr_t)values, pcr, value) {
		struct bytes want OWNED(bytes_drop) =
		    bytes_of_hex(text_of(values, pcr));
		const unsigned long i = strtoul(pcr, NULL, 10);

		if (i >= BANK_PCRS || !same(t, pcr, (struct span){
		    p.value[i], p.len }, span_of(want)))
			return;
	}
	passed(t);
}

/* Is it what some event measured? */
static bool
was_measured(const struct eventlog *log, size_t bank, struct span digest)
{
	struct event e = { .next = 0 };

	while (eventlog_next(log, &e))
		if (event_extends(&e) && span_equal(e.digest[bank], digest))
			return true;
	return false;
}

static void
find_programs(struct tally *t, const struct eventlog *log, const char *bank,
    const json_t *digests)
{
	uint16_t alg = 0;
	json_t *digest;
	size_t i;

	at_case(t, "%s: programs in %s", document_path(t), bank);
	if (bank_find(span_text(bank), &alg) != ERR_OK ||
	    eventlog_bank(log, alg) == log->banks) {
		unknown(t, "no such bank");
		return;
	}
	json_array_foreach(digests, i, digest) {
		const char *hex = json_string_value(digest);
		struct bytes want OWNED(bytes_drop) =
		    bytes_of_hex(hex != NULL ? hex : "");

		if (!was_measured(log, eventlog_bank(log, alg),
		    span_of(want))) {
			failed(t, "a program that nobody measured");
			return;
		}
	}
	passed(t);
}

static void
run_row(struct tally *t, const json_t *row)
{
	struct bytes b OWNED(bytes_drop) = log_of(t, row);
	struct eventlog_flaw flaw = { 0, "" };
	struct eventlog log;
	const char *bank;
	json_t *values;

	at_case(t, "%s", text_of(row, "file"));
	if (b.len == 0) {
		unknown(t, "no such log");
		return;
	}
	if (eventlog_open(span_of(b), &log, &flaw) != ERR_OK) {
		failed(t, "at byte %zu: %s", flaw.at, flaw.why);
		return;
	}
	if ((int64_t)log.events != number_of(row, "events") ||
	    log.banks != json_array_size(member(row, "digest_algs")))
		failed(t, "%zu events, %zu banks", log.events, log.banks);
	json_object_foreach((json_t *)(uintptr_t)values_of(row), bank, values)
		compare(t, &log, bank, values);
	json_object_foreach((json_t *)(uintptr_t)member(row,
	    "expected_efi_app_digests"), bank, values)
		find_programs(t, &log, bank, values);
}

static bool
fits_index(const json_t *doc)
{
	const json_t *row = json_array_get(doc, 0);

	return json_is_object(row) && has(row, "file") &&
	    json_is_object(values_of(row));
}

static void
run_index(struct tally *t, const json_t *doc)
{
	json_t *row;
	size_t i;

	json_array_foreach(doc, i, row)
		run_row(t, row);
}

static bool
opens(const struct events *l, struct eventlog *log)
{
	struct eventlog_flaw flaw;

	return eventlog_open(events_span(l), log, &flaw) == ERR_OK;
}

/* As the one event of a log, or as the first behind a header. */
static void
run_event(struct tally *t, const json_t *c)
{
	static const uint16_t sha256 = BANK_SHA256;
	static struct events alone, headed;
	struct bytes event OWNED(bytes_drop) = hex_of(c, "hex");
	struct eventlog log;

	events_begin(&alone, NULL, 0);
	events_put(&alone, span_of(event));
	events_begin(&headed, &sha256, 1);
	events_put(&headed, span_of(event));
	judged(t, truth_of(c, "ok"), opens(&alone, &log) ||
	    opens(&headed, &log));
}

static void
run_spec_id(struct tally *t, const json_t *c)
{
	static struct events l;
	struct bytes data OWNED(bytes_drop) = hex_of(c, "hex");
	const json_t *algs = member(c, "algs");
	struct eventlog log = { .banks = 0 };
	bool open;

	events_begin(&l, NULL, 0);
	events_tell(&l, 0, span_of(data));
	open = opens(&l, &log);
	for (size_t i = 0; open && i < json_array_size(algs); i++)
		if (json_integer_value(json_array_get(algs, i)) !=
		    log.bank[i].alg) {
			failed(t, "another algorithm");
			return;
		}
	judged(t, truth_of(c, "ok"), open && log.agile);
}

static bool
fits_pieces(const json_t *doc)
{
	return json_is_array(member(doc, "events")) ||
	    json_is_array(member(doc, "spec_id_events"));
}

static void
run_pieces(struct tally *t, const json_t *doc)
{
	json_t *c;
	size_t i;

	json_array_foreach(member(doc, "events"), i, c) {
		at_case(t, "%s", text_of(c, "name"));
		run_event(t, c);
	}
	json_array_foreach(member(doc, "spec_id_events"), i, c) {
		at_case(t, "%s", text_of(c, "name"));
		run_spec_id(t, c);
	}
}

const struct format eventlog_formats[] = {
	{ fits_index, run_index },
	{ fits_pieces, run_pieces },
	{ NULL, NULL },
};
