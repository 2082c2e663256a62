/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Logs for fuzz_eventlog, and rules that they meet or do not. */

#include "attest/event_words.h"
#include "tests/events.h"
#include "tests/fuzz/seed.h"
#include "wire/wire.h"

static const uint8_t zeros[4];
static const char variable[] = "0123456789abcdef\2\0\0\0\0\0\0\0"
    "\1\0\0\0\0\0\0\0a\0b\0\1";
static struct events log;

static const uint32_t types[] = {
#define EVENT_TYPE(name, value, form, words) value,
#include "attest/event_types.def"
#undef EVENT_TYPE
};

static void
write_log(const uint16_t *banks, size_t n)
{
	static const char begun[] = "StartupLocality\0\3";

	events_begin(&log, banks, n);
	events_tell(&log, 0, (struct span){ (const uint8_t *)begun, 17 });
	events_add(&log, 0, EV_CRTM_VERSION, span_text("crtm"));
	events_measure(&log, 4, EV_APPLICATION, span_text("one"),
	    span_text("path"));
	events_add(&log, 7, EV_VARIABLE, (struct span){
	    (const uint8_t *)variable, sizeof(variable) - 1 });
	events_add(&log, 7, EV_SEPARATOR, SPAN(zeros));
	events_add(&log, 8, EV_IPL, span_text("grub_cmd: ls"));
}

static enum err
put_log(const char *dir, const char *suffix)
{
	return seed_write(dir, "log", suffix, (struct span[]){
	    span_text("l"), events_span(&log) }, 2);
}

/* An event of each type, for who reads their data. */
static enum err
put_types(const char *dir)
{
	events_begin(&log, NULL, 0);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		events_add(&log, 1, types[i], (struct span){
		    (const uint8_t *)variable, sizeof(variable) - 1 });
	return put_log(dir, "types");
}

/* One rule for each event: variable, separator and a prefix of the last. */
static enum err
add_rules(struct writer *items, uint64_t pcr)
{
	struct msg m = { .type = MSG_event_rule };
	struct msg_event_rule *r = &m.event_rule;
	uint8_t name[20];
	size_t len;

	memcpy(name, variable, 16);
	memcpy(name + 16, variable + 32, 4);
	for (int i = 0; i < 4; i++) {
		*r = (struct msg_event_rule){ .pcr = i < 2 ? 7 : 8,
		    .least = i != 3, .most = 1, .ordered = i < 2,
		    .has_variable = i == 0, .variable = SPAN(name),
		    .has_data = i == 1, .data = SPAN(zeros),
		    .has_prefix = i == 2, .prefix = span_text("grub_cmd"),
		    .has_digests = i == 3, .digests = { log.at, 64 } };
		if (i == 3)
			r->pcr = pcr;
		TRY(WIRE_SET_TEXT(r->words, span_text("a rule")));
		TRY(wire_encode_object(&m, items->at,
		    (size_t)(items->end - items->at), &len));
		items->at += len;
	}
	return ERR_OK;
}

static enum err
put_rules(const char *dir, const char *suffix, uint64_t pcr, size_t cut)
{
	struct msg m = { .type = MSG_event_rules };
	uint8_t bytes[2048], out[4096], size[2];
	struct writer items = writer_of(bytes, sizeof(bytes));
	size_t len;

	TRY(add_rules(&items, pcr));
	m.event_rules.rules = (struct wire_long){ 4, { bytes,
	    (size_t)(items.at - bytes) } };
	TRY(wire_encode_object(&m, out, sizeof(out), &len));
	len -= cut;
	size[0] = (uint8_t)(len >> 8);
	size[1] = (uint8_t)len;
	return seed_write(dir, "judge", suffix, (struct span[]){
	    span_text("j"), SPAN(size), { out, len }, events_span(&log) }, 4);
}

enum err
seed_all(const char *dir)
{
	static const uint16_t banks[] = { BANK_SHA1, BANK_SHA256, BANK_SHA384,
	    0x12 };

	write_log(NULL, 0);
	TRY(put_log(dir, "sha1"));
	TRY(put_types(dir));
	write_log(banks, 4);
	TRY(put_log(dir, "agile"));
	TRY(put_rules(dir, "denied", 8, 0));
	TRY(put_rules(dir, "bad", 8, 1));
	TRY(put_rules(dir, "other", 5, 0));
	/* The program is what no rule is for. */
	events_begin(&log, banks, 2);
	events_add(&log, 7, EV_VARIABLE, (struct span){
	    (const uint8_t *)variable, sizeof(variable) - 1 });
	events_add(&log, 7, EV_SEPARATOR, SPAN(zeros));
	events_add(&log, 8, EV_IPL, span_text("grub_cmd: ls"));
	return put_rules(dir, "fits", 8, 0);
}
