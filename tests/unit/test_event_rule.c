/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "attest/event_rule.h"
#include "tests/events.h"
#include "wire/wire.h"

/* An event; measured is NULL where the digest is that of the data. */
struct ev {
	uint32_t	 pcr, type;
	const char	*measured, *data;
};

/* A rule: = data, ^ prefix, d the digest of text, e that of text or of "two",
 * v variable "ab"; what is 0 is no rule. */
struct ru {
	char		 what;
	uint8_t		 pcr, least, most;
	bool		 ordered;
	const char	*text;
};

#define GUID "0123456789abcdef"
#define NAME "a\0b\0"
#define VARIABLE(chars, bytes, value) GUID chars "\0\0\0\0\0\0\0" \
	bytes "\0\0\0\0\0\0\0" NAME value
/* Strings with NULs in them have their length in front of a colon. */
#define N(n, text) #n ":" text

static const struct row {
	const char	*name;
	struct ev	 events[5];
	struct ru	 rules[5];
	enum err	 want;
	const char	*why;
	size_t		 event;		/* or the rule */
} rows[] = {
	{ "data", { { 7, EV_SEPARATOR, NULL, "end" } },
	    { { '=', 7, 1, 1, false, "end" } }, ERR_OK, NULL, 0 },
	{ "data of another name", { { 7, EV_IPL, NULL, "end" } },
	    { { '=', 7, 1, 1, false, "end" } }, ERR_OK, NULL, 0 },
	{ "data that the log tells otherwise",
	    { { 7, EV_SEPARATOR, "end", "words" } },
	    { { '=', 7, 1, 1, false, "end" } }, ERR_OK, NULL, 0 },
	{ "a digest", { { 4, EV_APPLICATION, "one", "path" } },
	    { { 'd', 4, 1, 1, false, "one" } }, ERR_OK, NULL, 0 },
	{ "the first of two digests", { { 4, EV_APPLICATION, "one", "" } },
	    { { 'e', 4, 1, 1, false, "one" } }, ERR_OK, NULL, 0 },
	{ "the second of two digests", { { 4, EV_APPLICATION, "two", "" } },
	    { { 'e', 4, 1, 1, false, "one" } }, ERR_OK, NULL, 0 },
	{ "a prefix", { { 8, EV_IPL, NULL, "grub_cmd: ls" } },
	    { { '^', 8, 1, 1, false, "grub_cmd" } }, ERR_OK, NULL, 0 },
	{ "a prefix that is all", { { 8, EV_IPL, NULL, "grub_cmd" } },
	    { { '^', 8, 1, 1, false, "grub_cmd" } }, ERR_OK, NULL, 0 },
	{ "a variable", { { 7, EV_VARIABLE, NULL,
	    N(37, VARIABLE("\2", "\1", "\1")) } },
	    { { 'v', 7, 1, 1, false, NULL } }, ERR_OK, NULL, 0 },
	{ "a variable without a value", { { 7, EV_VARIABLE, NULL,
	    N(36, VARIABLE("\2", "\0", "")) } },
	    { { 'v', 7, 1, 1, false, NULL } }, ERR_OK, NULL, 0 },
	{ "room for several",
	    { { 8, EV_IPL, NULL, "a" }, { 8, EV_IPL, NULL, "a" } },
	    { { '=', 8, 0, 2, false, "a" } }, ERR_OK, NULL, 0 },
	{ "a rule that need not be met", { { 8, EV_IPL, NULL, "a" } },
	    { { '=', 8, 0, 1, false, "b" }, { '=', 8, 1, 1, false, "a" } },
	    ERR_OK, NULL, 0 },
	{ "the next rule has room where the first has none",
	    { { 8, EV_IPL, NULL, "a" }, { 8, EV_IPL, NULL, "a" } },
	    { { '=', 8, 1, 1, false, "a" }, { '=', 8, 1, 1, false, "a" } },
	    ERR_OK, NULL, 0 },
	{ "any order",
	    { { 8, EV_IPL, NULL, "b" }, { 8, EV_IPL, NULL, "a" } },
	    { { '=', 8, 1, 1, false, "a" }, { '=', 8, 1, 1, false, "b" } },
	    ERR_OK, NULL, 0 },
	{ "their order",
	    { { 8, EV_IPL, NULL, "a" }, { 8, EV_IPL, NULL, "a" },
	      { 8, EV_IPL, NULL, "b" } },
	    { { '=', 8, 1, 2, true, "a" }, { '=', 8, 1, 1, true, "b" } },
	    ERR_OK, NULL, 0 },
	{ "an order in each PCR",
	    { { 8, EV_IPL, NULL, "b" }, { 7, EV_IPL, NULL, "a" } },
	    { { '=', 7, 1, 1, true, "a" }, { '=', 8, 1, 1, true, "b" } },
	    ERR_OK, NULL, 0 },
	{ "one without order between two",
	    { { 8, EV_IPL, NULL, "a" }, { 8, EV_IPL, NULL, "c" },
	      { 8, EV_IPL, NULL, "b" } },
	    { { '=', 8, 1, 1, true, "a" }, { '=', 8, 1, 1, true, "b" },
	      { '=', 8, 1, 1, false, "c" } }, ERR_OK, NULL, 0 },
	{ "one without order before two",
	    { { 8, EV_IPL, NULL, "a" }, { 8, EV_IPL, NULL, "c" } },
	    { { '=', 8, 1, 1, false, "c" }, { '=', 8, 1, 1, true, "a" } },
	    ERR_OK, NULL, 0 },
	{ "PCRs that nobody asks for", { { 5, EV_IPL, NULL, "x" } },
	    { { '=', 8, 0, 1, false, "a" } }, ERR_OK, NULL, 0 },
	{ "what is not measured", { { 8, EVENT_NO_ACTION, NULL, "x" } },
	    { { '=', 8, 0, 1, false, "a" } }, ERR_OK, NULL, 0 },

	{ "other data", { { 7, EV_SEPARATOR, NULL, "end" } },
	    { { '=', 7, 1, 1, false, "End" } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "data that are not measured",
	    { { 7, EV_SEPARATOR, "words", "end" } },
	    { { '=', 7, 1, 1, false, "end" } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "another digest", { { 4, EV_APPLICATION, "One", "path" } },
	    { { 'e', 4, 1, 1, false, "one" } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "a PCR with another's rules", { { 7, EV_SEPARATOR, NULL, "end" } },
	    { { '=', 4, 0, 1, false, "end" } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "a prefix that is not measured",
	    { { 8, EV_IPL, "ls", "grub_cmd: ls" } },
	    { { '^', 8, 1, 1, false, "grub_cmd" } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "a prefix that the next event completes",
	    { { 8, EV_IPL, NULL, "grub_cm" }, { 8, EV_IPL, NULL, "" } },
	    { { '^', 8, 1, 1, false, "grub_cm\10" } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "a variable that is not measured", { { 7, EV_VARIABLE, "x",
	    N(37, VARIABLE("\2", "\1", "\1")) } },
	    { { 'v', 7, 1, 1, false, NULL } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "a variable with a longer name", { { 7, EV_VARIABLE, NULL,
	    N(38, VARIABLE("\3", "\2", "\1\0")) } },
	    { { 'v', 7, 1, 1, false, NULL } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "a variable with another name", { { 7, EV_VARIABLE, NULL,
	    N(37, GUID "\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0a\0c\0\1") } },
	    { { 'v', 7, 1, 1, false, NULL } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "a variable of somebody else", { { 7, EV_VARIABLE, NULL,
	    N(37, "0123456789abcdeF"
	    "\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0" NAME "\1") } },
	    { { 'v', 7, 1, 1, false, NULL } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "a variable with more behind it", { { 7, EV_VARIABLE, NULL,
	    N(38, VARIABLE("\2", "\1", "\1\1")) } },
	    { { 'v', 7, 1, 1, false, NULL } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "a variable that the next event completes", { { 7, EV_VARIABLE,
	    NULL, N(35, GUID "\2\0\0\0\0\0\0\0"
	    "\377\377\377\377\377\377\377\377" "a\0b") },
	    { 0, EV_IPL, NULL, "" } },
	    { { 'v', 7, 1, 1, false, NULL } }, ERR_DENIED,
	    "no rule has room for this event", 1 },
	{ "one too many",
	    { { 8, EV_IPL, NULL, "a" }, { 8, EV_IPL, NULL, "a" } },
	    { { '=', 8, 1, 1, false, "a" } }, ERR_DENIED,
	    "no rule has room for this event", 2 },
	{ "one too few",
	    { { 8, EV_IPL, NULL, "a" } },
	    { { '=', 8, 2, 2, false, "a" } }, ERR_DENIED,
	    "no event, or too few, met this rule", 0 },
	{ "none at all", { { 5, EV_IPL, NULL, "a" } },
	    { { '=', 8, 0, 1, false, "a" }, { '=', 7, 1, 1, false, "a" } },
	    ERR_DENIED, "no event, or too few, met this rule", 1 },
	{ "only told", { { 8, EVENT_NO_ACTION, NULL, "a" } },
	    { { '=', 8, 1, 1, false, "a" } }, ERR_DENIED,
	    "no event, or too few, met this rule", 0 },
	{ "another order",
	    { { 8, EV_IPL, NULL, "b" }, { 8, EV_IPL, NULL, "a" } },
	    { { '=', 8, 1, 1, true, "a" }, { '=', 8, 1, 1, true, "b" } },
	    ERR_DENIED, "no rule has room for this event", 2 },
	{ "back before one that was met again",
	    { { 8, EV_IPL, NULL, "a" }, { 8, EV_IPL, NULL, "b" },
	      { 8, EV_IPL, NULL, "a" } },
	    { { '=', 8, 1, 2, true, "a" }, { '=', 8, 1, 1, true, "b" } },
	    ERR_DENIED, "no rule has room for this event", 3 },
	{ "a rule for a PCR that is not asked for",
	    { { 8, EV_IPL, NULL, "a" } },
	    { { '=', 8, 1, 1, false, "a" }, { '=', 5, 0, 1, false, "a" } },
	    ERR_MALFORMED, "a rule for a PCR that is not asked for", 1 },
};

static const uint16_t banks[] = { BANK_SHA1, BANK_SHA256 };

static struct span
text_of(const char *text)
{
	const char *colon = text == NULL ? NULL : strchr(text, ':');

	if (text == NULL)
		return (struct span){ };
	if (colon != NULL && colon - text == 2)
		return (struct span){ (const uint8_t *)colon + 1,
		    (size_t)strtoul(text, NULL, 10) };
	return span_text(text);
}

static void
write_log(struct events *l, const struct ev *ev, size_t n)
{
	events_begin(l, banks, ROWS(banks));
	for (size_t i = 0; i < n && ev[i].data != NULL; i++) {
		const struct span data = text_of(ev[i].data);

		if (ev[i].type == EVENT_NO_ACTION)
			events_tell(l, ev[i].pcr, data);
		else
			events_measure(l, ev[i].pcr, ev[i].type,
			    ev[i].measured == NULL ? data :
			    span_text(ev[i].measured), data);
	}
}

static void
fill_rule(const struct ru *ru, uint16_t alg, uint8_t *digests, struct msg *m)
{
	static const char variable[] = GUID NAME;
	const struct span text = text_of(ru->text), two = span_text("two");
	enum hash_alg hash;

	*m = (struct msg){ .type = MSG_event_rule, .event_rule = {
	    .pcr = ru->pcr, .least = ru->least, .most = ru->most,
	    .ordered = ru->ordered, .has_data = ru->what == '=',
	    .has_prefix = ru->what == '^', .has_variable = ru->what == 'v',
	    .has_digests = ru->what == 'd' || ru->what == 'e',
	    .data = text, .prefix = text,
	    .variable = { (const uint8_t *)variable, 20 },
	    .digests = { digests, bank_len(alg) * (ru->what == 'e' ? 2 : 1) },
	} };
	assert_err(bank_hash(alg, &hash), ERR_OK);
	assert_err(hash_parts(hash, &text, 1, digests), ERR_OK);
	assert_err(hash_parts(hash, &two, 1, digests + bank_len(alg)),
	    ERR_OK);
	assert_err(WIRE_SET_TEXT(m->event_rule.words, span_text("a rule")),
	    ERR_OK);
}

static struct span
write_rules(const struct ru *ru, size_t n, uint16_t alg, uint8_t *out,
    size_t cap)
{
	static uint8_t items[8192], digests[2 * HASH_LEN_MAX];
	struct msg m, all = { .type = MSG_event_rules };
	size_t at = 0, len;

	for (size_t i = 0; i < n && ru[i].what != 0; i++) {
		fill_rule(&ru[i], alg, digests, &m);
		assert_err(wire_encode_object(&m, items + at,
		    sizeof(items) - at, &len), ERR_OK);
		at += len;
		all.event_rules.rules.count++;
	}
	all.event_rules.rules.items = (struct span){ items, at };
	assert_err(wire_encode_object(&all, out, cap, &len), ERR_OK);
	return (struct span){ out, len };
}

static const uint32_t mask = 1 << 4 | 1 << 7 | 1 << 8;

/* What the log leads to, in the PCRs of the mask. */
static struct event_goal
goal_of(const struct events *l, uint16_t alg, uint8_t *values)
{
	struct event_goal goal = { alg, mask, { values, 0 } };
	struct eventlog_pcrs p;
	struct eventlog_flaw flaw;
	struct eventlog log;

	assert_err(eventlog_open(events_span(l), &log, &flaw), ERR_OK);
	assert_err(eventlog_replay(&log, alg, &p), ERR_OK);
	for (unsigned i = 0; i < BANK_PCRS; i++)
		if ((mask >> i & 1) != 0) {
			memcpy(values + goal.values.len, p.value[i], p.len);
			goal.values.len += p.len;
		}
	return goal;
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	static struct events l;
	static struct event_rules rules;
	uint8_t values[3 * HASH_LEN_MAX], object[8192];
	struct event_finding f;

	write_log(&l, row->events, ROWS(row->events));
	for (size_t b = 0; b < ROWS(banks); b++) {
		const struct event_goal goal = goal_of(&l, banks[b], values);

		assert_err(event_rules_read(write_rules(row->rules,
		    ROWS(row->rules), banks[b], object, sizeof(object)),
		    banks[b], &rules), ERR_OK);
		assert_err(eventlog_judge(events_span(&l), &goal, &rules, &f),
		    row->want);
		assert_true(f.replays);
		assert_true(f.fits == (row->want == ERR_OK));
		if (row->why == NULL) {
			assert_null(f.why);
			continue;
		}
		assert_string_equal(f.why, row->why);
		assert_int_equal(f.event == 0 ? f.rule : f.event, row->event);
		assert_int_equal(f.about, f.event == 0 ? ABOUT_RULE :
		    ABOUT_EVENT);
	}
}

static const struct ru one = { '=', 8, 1, 1, false, "a" };
static const struct ev a_boot[] = { { 8, EV_IPL, NULL, "a" } };

/* Each PCR of the goal counts, and only those; so does each byte of it. */
static void
test_what_does_not_lead_there(void **state)
{
	static struct events l;
	static struct event_rules rules;
	uint8_t values[3 * HASH_LEN_MAX], object[512];
	struct event_finding f;
	struct event_goal goal;

	(void)state;
	write_log(&l, a_boot, 1);
	goal = goal_of(&l, BANK_SHA256, values);
	assert_err(event_rules_read(write_rules(&one, 1, BANK_SHA256, object,
	    sizeof(object)), BANK_SHA256, &rules), ERR_OK);
	for (size_t i = 0; i < goal.values.len; i++) {
		values[i] ^= 1;
		assert_err(eventlog_judge(events_span(&l), &goal, &rules,
		    &f), ERR_AUTH);
		assert_false(f.replays);
		assert_false(f.fits);
		assert_string_equal(f.why, "the log leads to another value");
		assert_int_equal(f.pcr, i < 32 ? 4 : i < 64 ? 7 : 8);
		assert_int_equal(f.about, ABOUT_PCR);
		values[i] ^= 1;
	}
	assert_err(eventlog_judge(events_span(&l), &goal, &rules, &f),
	    ERR_OK);
	goal.values.len--;
	assert_err(eventlog_judge(events_span(&l), &goal, &rules, &f),
	    ERR_INTERNAL);
}

static void
test_other_banks(void **state)
{
	static struct events l;
	static struct event_rules rules;
	uint8_t values[3 * HASH_LEN_MAX], object[512];
	struct event_finding f;
	struct event_goal goal;

	(void)state;
	write_log(&l, a_boot, 1);
	goal = goal_of(&l, BANK_SHA256, values);
	assert_err(event_rules_read(write_rules(&one, 1, BANK_SHA1, object,
	    sizeof(object)), BANK_SHA1, &rules), ERR_OK);
	assert_err(eventlog_judge(events_span(&l), &goal, &rules, &f),
	    ERR_INTERNAL);
	assert_false(f.fits);
	goal.alg = BANK_SHA384;
	assert_err(eventlog_judge(events_span(&l), &goal, &rules, &f),
	    ERR_AUTH);
	assert_string_equal(f.why, "the log does not replay in this bank");
	assert_int_equal(f.about, ABOUT_LOG);
	assert_false(f.replays);
}

static void
test_no_log(void **state)
{
	static struct event_rules rules;
	const struct event_goal goal = { BANK_SHA256, 1, { NULL, 0 } };
	struct event_finding f;

	(void)state;
	assert_err(eventlog_judge(span_text("a log"), &goal, &rules, &f),
	    ERR_MALFORMED);
	assert_string_equal(f.why, "the log ends within an event");
	assert_int_equal(f.at, 4);
	assert_int_equal(f.about, ABOUT_BYTE);
	assert_false(f.replays);
}

static void
say_nothing(struct msg_event_rule *m)
{
	m->has_data = false;
}

static void
say_two_things(struct msg_event_rule *m)
{
	m->has_digests = true;
}

static void
ask_for_more_than_may_be(struct msg_event_rule *m)
{
	m->least = 2;
}

static void
cut_a_digest(struct msg_event_rule *m)
{
	m->has_data = false;
	m->has_digests = true;
	m->digests.len = 33;
}

static void
cut_a_name(struct msg_event_rule *m)
{
	m->has_data = false;
	m->has_variable = true;
	m->variable.len = 19;
}

/* What is a map of the right fields, and no rule. */
static const struct bad {
	const char	*name;
	void		 (*spoil)(struct msg_event_rule *m);
} bads[] = {
	{ "a rule that says nothing", say_nothing },
	{ "a rule that says two things", say_two_things },
	{ "more must than may", ask_for_more_than_may_be },
	{ "a digest and a bit", cut_a_digest },
	{ "half a character", cut_a_name },
};

static void
test_bad(void **state)
{
	const struct bad *bad = *state;
	static struct event_rules rules;
	uint8_t items[256], object[512], digests[2 * HASH_LEN_MAX];
	struct msg m, all = { .type = MSG_event_rules };
	size_t len;

	fill_rule(&one, BANK_SHA256, digests, &m);
	if (bad != NULL)
		bad->spoil(&m.event_rule);
	assert_err(wire_encode_object(&m, items, sizeof(items), &len),
	    ERR_OK);
	all.event_rules.rules = (struct wire_long){ 1, { items, len } };
	assert_err(wire_encode_object(&all, object, sizeof(object), &len),
	    ERR_OK);
	assert_err(event_rules_read((struct span){ object, len }, BANK_SHA256,
	    &rules), bad == NULL ? ERR_OK : ERR_MALFORMED);
	assert_err(event_rules_read((struct span){ object, len }, 0x12,
	    &rules), ERR_NOT_FOUND);
	assert_err(event_rules_read((struct span){ object, len - 1 },
	    BANK_SHA256, &rules), ERR_MALFORMED);
}

#define OTHERS 4

int
main(void)
{
	struct CMUnitTest tests[OTHERS + ROWS(rows) + ROWS(bads)] = {
		cmocka_unit_test(test_what_does_not_lead_there),
		cmocka_unit_test(test_other_banks),
		cmocka_unit_test(test_no_log),
		ROW_TEST("a good rule", test_bad, NULL),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[OTHERS + i] = ROW_TEST(rows[i].name, test_row,
		    &rows[i]);
	for (size_t i = 0; i < ROWS(bads); i++)
		tests[OTHERS + ROWS(rows) + i] = ROW_TEST(bads[i].name,
		    test_bad, &bads[i]);
	return cmocka_run_group_tests_name("event_rule", tests, NULL, NULL);
}
