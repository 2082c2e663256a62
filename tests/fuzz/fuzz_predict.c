/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "attest/predict.h"
#include "tests/events.h"
#include "tests/fuzz/fuzz.h"

/* An input: how long the old file is, in two bytes; the old, and the new. */
enum { HEAD = 2, MOST = 3000 };

enum { PROGRAM, SECTIONS, NO_PROGRAM, FORESEEN, LACKING, TWO_THINGS, WAYS };
static struct reach ways[WAYS] = {
	[PROGRAM]	= { "program", 0 },
	[SECTIONS]	= { "sections", 0 },
	[NO_PROGRAM]	= { "no-program", 0 },
	[FORESEEN]	= { "foreseen", 0 },
	[LACKING]	= { "lacking", 0 },
	[TWO_THINGS]	= { "two-things", 0 },
};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	reach("predict", ways, WAYS);
	return 0;
}

static void
check_program(struct span file)
{
	uint8_t one[HASH_LEN_MAX], two[HASH_LEN_MAX];
	const enum err e = pe_digest(file, HASH_SHA256, one);
	struct pe_section s;
	size_t n = 0;

	must(e == ERR_OK || e == ERR_MALFORMED, "another error");
	must(pe_digest(file, HASH_SHA256, two) == e, "another answer");
	must(e != ERR_OK || memcmp(one, two, 32) == 0, "another digest");
	ways[e == ERR_OK ? PROGRAM : NO_PROGRAM].times++;
	while (pe_section(file, n, &s) == ERR_OK) {
		must(s.data.len == 0 || (s.data.at >= file.at && s.data.at +
		    s.data.len <= file.at + file.len), "data outside");
		must(s.name.len <= 8 && s.name.at >= file.at && s.name.at +
		    s.name.len <= file.at + file.len, "a name outside");
		must(++n <= PE_SECTIONS_MAX, "more sections than there are");
	}
	ways[SECTIONS].times += n > 1;
}

/* A boot that measured a file as it is and, if the old one is a program, by
 * its sections; those that a new one lacks make it none. */
static int
write_boot(struct events *l, struct span file, struct span names)
{
	static const uint16_t banks[] = { BANK_SHA256 };
	struct pe_section was, now = { .data = file };
	uint8_t digest[HASH_LEN_MAX];

	events_begin(l, banks, 1);
	events_measure(l, 9, EV_IPL, file, span_text("file"));
	if (pe_digest(names, HASH_SHA256, digest) != ERR_OK)
		return 1;
	for (size_t i = 0; pe_section(names, i, &was) == ERR_OK; i++) {
		size_t k = 0;

		if (was.data.len == 0)
			continue;
		while (pe_section(file, k, &now) == ERR_OK &&
		    (file.at == names.at ? k != i :
		    !span_equal(now.name, was.name)))
			k++;
		if (pe_section(file, k, &now) != ERR_OK)
			return 0;
		events_measure(l, 11, EV_IPL, now.data, span_text("part"));
	}
	return 1;
}

/* What is foreseen is what comes. */
static void
check_prediction(struct span was, struct span now)
{
	static struct events old, new;
	static struct predict_swap swap;
	struct eventlog_pcrs got, want;
	struct eventlog_flaw flaw;
	struct eventlog log;
	enum err e;

	(void)write_boot(&old, was, was);
	must(eventlog_open(events_span(&old), &log, &flaw) == ERR_OK, "a log");
	swap = (struct predict_swap){ .was = was, .now = now };
	e = eventlog_predict(&log, BANK_SHA256, &swap, 1, &got);
	ways[LACKING].times += e == ERR_MALFORMED;
	ways[TWO_THINGS].times += e == ERR_STATE;
	must(e == ERR_OK || e == ERR_MALFORMED || e == ERR_STATE, "an error");
	if (e != ERR_OK)
		return;
	must(swap.met > 0, "not met");
	must(write_boot(&new, now, was), "a section that is not there");
	must(eventlog_open(events_span(&new), &log, &flaw) == ERR_OK &&
	    eventlog_replay(&log, BANK_SHA256, &want) == ERR_OK, "a replay");
	must(memcmp(&got, &want, sizeof(got)) == 0, "foreseen otherwise");
	ways[FORESEEN].times++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct span was, now;
	size_t n;

	if (len < HEAD || len > HEAD + 2 * MOST)
		return 0;
	n = (size_t)in[0] << 8 | in[1];
	n = n < len - HEAD ? n : len - HEAD;
	was = (struct span){ in + HEAD, n };
	now = (struct span){ in + HEAD + n, len - HEAD - n };
	check_program(was);
	check_program(now);
	check_prediction(was, now);
	return 0;
}
