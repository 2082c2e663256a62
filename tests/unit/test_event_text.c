/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "attest/event_draft.h"
#include "attest/event_text.h"
#include "tests/events.h"

#define D1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define D2 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define GUID "8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* Lines as event_text_put() writes them. */
static const char *const same[] = {
	"0 1 ordered digests " D1 " \"firmware\"",
	"23 0..65534 anywhere digests " D1 " " D2 " \"one of two\"",
	"7 1 ordered data 00000000 \"separator\"",
	"8 1.. anywhere data \"linux /vmlinuz # quiet\" \"kernel\"",
	"8 1 ordered data 612262 \"with a quote\"",
	"8 2 ordered prefix \"root=UUID\" \"its disk\"",
	"8 2..3 ordered prefix 0001020304050607 \"bytes\"",
	"7 1 ordered variable " GUID " \"SecureBoot\" \"Secure Boot\"",
	"7 1 ordered variable 61dfe48bca93d211aa0d00e098032b8c4120 \"odd\"",
};

/* The same in another spelling. */
static const struct spelling {
	const char	*text, *as;
} spellings[] = {
	{ "\t7  01..1 ordered\tvariable " GUID " SecureBoot \"w\" # why",
	    "7 1 ordered variable " GUID " \"SecureBoot\" \"w\"" },
	{ "7 1 ordered variable 8BE4DF61-93CA-11D2-AA0D-00E098032B8C a \"w\"",
	    "7 1 ordered variable " GUID " \"a\" \"w\"" },
	{ "# a comment\n\n \t\n4 1 ordered data 6162 \"w\"\n",
	    "4 1 ordered data \"ab\" \"w\"" },
	{ "4 1 ordered data AB \"w\"", "4 1 ordered data ab \"w\"" },
	{ "4 1..65535 ordered data ab \"w\"", "4 1.. ordered data ab \"w\"" },
	{ "7 1 ordered variable 61dfe48bca93d211aa0d00e098032b8c4100 \"w\"",
	    "7 1 ordered variable " GUID " \"A\" \"w\"" },
};

/* What is no rule, and a part of why. */
static const struct flaw {
	const char	*text, *why;
} flaws[] = {
	{ "24 1 ordered data 00 \"w\"", "begins with its PCR" },
	{ "-1 1 ordered data 00 \"w\"", "begins with its PCR" },
	{ "\"4\" 1 ordered data 00 \"w\"", "begins with its PCR" },
	{ "4x 1 ordered data 00 \"w\"", "begins with its PCR" },
	{ "4", "TIMES is missing" },
	{ "4 one ordered data 00 \"w\"", "TIMES" },
	{ "4 1. ordered data 00 \"w\"", "TIMES" },
	{ "4 1..x ordered data 00 \"w\"", "TIMES" },
	{ "4 65536 ordered data 00 \"w\"", "TIMES" },
	{ "4 0 ordered data 00 \"w\"", "no event can meet it" },
	{ "4 3..2 ordered data 00 \"w\"", "no event can meet it" },
	{ "4 1", "WHERE is missing" },
	{ "4 1 \"ordered\" data 00 \"w\"", "WHERE" },
	{ "4 1 ordered", "WHAT is missing" },
	{ "4 1 ordered type 00 \"w\"", "WHAT is" },
	{ "4 1 ordered data", "bytes are missing" },
	{ "4 1 ordered data 0 \"w\"", "even number" },
	{ "4 1 ordered data 0g \"w\"", "neither" },
	{ "4 1 ordered data \"\" \"w\"", "printable" },
	{ "4 1 ordered data \"a\tb\" \"w\"", "printable" },
	{ "4 1 ordered data \"a\177b\" \"w\"", "printable" },
	{ "4 1 ordered data \"w", "not closed" },
	{ "4 1 ordered data 00", "words at the end" },
	{ "4 1 ordered data 00 w", "at the end belong words" },
	{ "4 1 ordered data 00 \"\"", "1 to 256" },
	{ "4 1 ordered data 00 \"\x1b[2J\"", "at the end belong words" },
	{ "4 1 ordered data 00 \"w\" x", "behind the words" },
	{ "4 1 ordered prefix \"1234567\" \"w\"", "8 bytes" },
	{ "4 1 ordered digests \"w\"", "belongs one" },
	{ "4 1 ordered digests 00 \"w\"", "as its bank" },
	{ "4 1 ordered digests " D1 " 00 \"w\"", "as its bank" },
	{ "4 1 ordered variable", "a GUID and a name" },
	{ "4 1 ordered variable " GUID, "belongs a name" },
	{ "4 1 ordered variable " GUID " \"\" \"w\"", "printable" },
	{ "4 1 ordered variable " GUID " \"w\"", "at the end" },
	{ "4 1 ordered variable 8be4df61-93ca-11d2-aa0d+00e098032b8c a \"w\"",
	    "the GUID" },
	{ "4 1 ordered variable 8be4df61-93ca-11d2-aa0d-00e098032b8g a \"w\"",
	    "the GUID" },
	{ "4 1 ordered variable 0001 \"w\"", "18 to 256" },
	{ "4 1 ordered variable 61dfe48bca93d211aa0d00e098032b8c410041 \"w\"",
	    "18 to 256" },
	{ "", "no rule" },
	{ "# nothing", "no rule" },
};

static struct event_text
text_of(const char *text)
{
	return (struct event_text){ .rest = span_text(text),
	    .alg = BANK_SHA256 };
}

static void
assert_put(const char *text, const char *want)
{
	struct event_text t = text_of(text);
	char line[EVENT_TEXT_LINE];
	struct msg_event_rule rule;

	assert_err(event_text_next(&t, &rule), ERR_OK);
	assert_string_equal(event_text_put(&rule, BANK_SHA256, line), want);
	assert_err(event_text_next(&t, &rule), ERR_NOT_FOUND);
}

static void
test_a_line_is_written_as_it_was_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(same); i++)
		assert_put(same[i], same[i]);
	for (size_t i = 0; i < ROWS(spellings); i++)
		assert_put(spellings[i].text, spellings[i].as);
}

static void
test_flaw(void **state)
{
	const struct flaw *row = *state;
	struct event_text t = text_of(row->text);
	uint8_t buf[512];
	size_t len = 0;

	assert_err(event_text_encode(&t, buf, sizeof(buf), &len),
	    ERR_MALFORMED);
	if (strstr(t.why, row->why) == NULL)
		fail_msg("%s", t.why);
	assert_int_equal(t.line, row->text[0] != '\0');
}

/* n letters between what stands before and behind them. */
static const char *
pad(const char *before, char letter, int n, const char *behind)
{
	static char text[2 * EVENT_TEXT_VALUE + 600];
	char letters[2 * EVENT_TEXT_VALUE + 300];

	memset(letters, letter, sizeof(letters));
	(void)!snprintf(text, sizeof(text), "%s%.*s%s", before, n, letters,
	    behind);
	return text;
}

static void
assert_read(const char *text, enum err want)
{
	struct event_text t = text_of(text);
	struct msg_event_rule rule;

	if (want == ERR_OK)
		assert_put(text, text);
	assert_err(event_text_next(&t, &rule), want);
}

/* The value's room, and one byte more; the longest words as well. */
static void
test_what_is_as_long_as_it_may_be(void **state)
{
	(void)state;
	for (int n = 1023; n <= 1025; n++) {
		const enum err want = n > 1024 ? ERR_MALFORMED : ERR_OK;

		assert_read(pad("4 1 ordered data ", 'b', 2 * n, " \"w\""),
		    want);
		assert_read(pad("4 1 ordered data \"", 'a', n, "\" \"w\""),
		    want);
	}
	assert_read(pad("4 1 ordered data 00 \"", 'w', 256, "\""), ERR_OK);
	assert_read(pad("4 1 ordered data 00 \"", 'w', 257, "\""),
	    ERR_MALFORMED);
}

static void
test_as_many_as_there_is_room_for(void **state)
{
	static const char line[] = "4 1 ordered data 00 \"w\"\n";
	const size_t len = sizeof(line) - 1;
	uint8_t text[257 * sizeof(line)], buf[EVENT_RULES_BYTES];
	struct event_text t = { .alg = BANK_SHA256 };
	struct event_rules rules;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < 257; i++)
		memcpy(text + i * len, line, len);
	t.rest = (struct span){ text, 256 * len };
	assert_err(event_text_encode(&t, buf, sizeof(buf), &n), ERR_OK);
	assert_err(event_rules_read((struct span){ buf, n }, BANK_SHA256,
	    &rules), ERR_OK);
	assert_int_equal(rules.count, 256);
	t = (struct event_text){ { text, 257 * len }, .alg = BANK_SHA256 };
	assert_err(event_text_encode(&t, buf, sizeof(buf), &n), ERR_LIMIT);
	assert_int_equal(t.line, 257);
	/* Fewer, but longer ones. */
	t = (struct event_text){ { text, 256 * len }, .alg = BANK_SHA256 };
	assert_err(event_text_encode(&t, buf, 999, &n), ERR_LIMIT);
}

/* ---- drafts ---- */

static const uint8_t secure_boot[] = {
	0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00,
	0xe0, 0x98, 0x03, 0x2b, 0x8c, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
	0, 0, 0, 'S', 0, 'B', 0, 1,
};

static void
write_log(struct events *l, uint8_t value)
{
	static const uint16_t banks[] = { BANK_SHA1, BANK_SHA256 };
	static const uint8_t large[EVENT_DRAFT_DATA + 1];
	uint8_t variable[sizeof(secure_boot)];

	memcpy(variable, secure_boot, sizeof(variable));
	variable[sizeof(variable) - 1] = value;
	events_begin(l, banks, ROWS(banks));
	events_add(l, 7, EV_VARIABLE, SPAN(variable));
	events_add(l, 7, EV_SEPARATOR, span_text("\1\2\3\4"));
	events_measure(l, 4, EV_APPLICATION, span_text("a program"),
	    span_text("its path"));
	events_add(l, 4, 0x99, SPAN(large));
	events_measure(l, 7, EV_VARIABLE, span_text("x"), SPAN(variable));
}

/* The rules of each event, loose where there is such a rule; how many were. */
static size_t
draft(const struct events *l, bool loose, char *text)
{
	struct event e = { .next = 0 };
	struct eventlog_flaw flaw;
	struct eventlog log;
	size_t n = 0, bank;

	assert_err(eventlog_open(events_span(l), &log, &flaw), ERR_OK);
	bank = eventlog_bank(&log, BANK_SHA256);
	while (eventlog_next(&log, &e)) {
		char line[EVENT_TEXT_LINE];
		struct msg_event_rule rule, other;
		uint8_t room[256];

		if (!event_extends(&e))
			continue;
		event_draft_exact(&log, &e, bank, &rule);
		if (event_draft_loose(&log, &e, bank, &other, room) == ERR_OK) {
			n++;
			rule = loose ? other : rule;
		}
		text += snprintf(text, EVENT_TEXT_LINE, "%s\n",
		    event_text_put(&rule, BANK_SHA256, line));
	}
	return n;
}

static enum err
judged(const struct events *l, const char *text)
{
	struct event_text t = text_of(text);
	static uint8_t object[EVENT_RULES_BYTES];
	static struct event_rules rules;
	struct event_goal goal = { BANK_SHA256, 1 << 4 | 1 << 7, { } };
	struct event_finding found;
	struct eventlog_flaw flaw;
	struct eventlog_pcrs p;
	struct eventlog log;
	uint8_t values[64];
	size_t len = 0;

	assert_err(event_text_encode(&t, object, sizeof(object), &len),
	    ERR_OK);
	assert_err(event_rules_read((struct span){ object, len },
	    BANK_SHA256, &rules), ERR_OK);
	assert_err(eventlog_open(events_span(l), &log, &flaw), ERR_OK);
	assert_err(eventlog_replay(&log, BANK_SHA256, &p), ERR_OK);
	memcpy(values, p.value[4], 32);
	memcpy(values + 32, p.value[7], 32);
	goal.values = SPAN(values);
	return eventlog_judge(events_span(l), &goal, &rules, &found);
}

static void
test_a_draft_is_met_by_its_log_alone(void **state)
{
	static struct events here, other;
	static char text[6 * EVENT_TEXT_LINE];

	(void)state;
	write_log(&here, 1);
	write_log(&other, 0);
	assert_int_equal(draft(&here, false, text), 1);
	assert_err(judged(&here, text), ERR_OK);
	assert_err(judged(&other, text), ERR_DENIED);
	assert_non_null(strstr(text, "7 1 ordered data 01020304 \""));
	assert_non_null(strstr(text, "4 1 ordered digests "));
	assert_null(strstr(text, "data 0000"));
	/* A type that has no name is a number. */
	assert_non_null(strstr(text, "\"type 0x00000099\""));
	assert_null(strstr(text, "variable 8be4"));
	draft(&here, true, text);
	assert_non_null(strstr(text, "7 1 ordered variable " GUID " \"SB\""));
	assert_err(judged(&here, text), ERR_OK);
	/* Only the covered one varies: the other was not of its data. */
	assert_err(judged(&other, text), ERR_OK);
}

/* Sizes that are not those of the data make it no variable. */
static void
test_what_is_no_variable_is_exact(void **state)
{
	/* Of 5 bytes behind the two sizes: characters, bytes of a value. */
	static const struct { uint64_t chars, size; } lies[] = {
		{ 3, 1 }, { 0, 1 }, { 257, 1 }, { 2, 2 }, { 2, 0 },
		{ 2, UINT64_C(1) << 56 | 1 }, { 0, 5 },
		{ 4, UINT64_MAX - 2 }, { UINT64_C(1) << 63 | 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(lies); i++) {
		static const uint16_t banks[] = { BANK_SHA256 };
		static struct events l;
		static char text[4 * EVENT_TEXT_LINE];
		uint8_t data[sizeof(secure_boot)];

		memcpy(data, secure_boot, sizeof(data));
		for (size_t k = 0; k < 8; k++) {
			data[16 + k] = (uint8_t)(lies[i].chars >> 8 * k);
			data[24 + k] = (uint8_t)(lies[i].size >> 8 * k);
		}
		events_begin(&l, banks, 1);
		events_add(&l, 7, EV_VARIABLE, SPAN(data));
		events_add(&l, 7, EV_VARIABLE, (struct span){ data, 31 });
		assert_int_equal(draft(&l, true, text), 0);
	}
}

#define OTHERS 5

int
main(void)
{
	struct CMUnitTest tests[OTHERS + ROWS(flaws)] = {
		cmocka_unit_test(test_a_line_is_written_as_it_was_read),
		cmocka_unit_test(test_what_is_as_long_as_it_may_be),
		cmocka_unit_test(test_as_many_as_there_is_room_for),
		cmocka_unit_test(test_a_draft_is_met_by_its_log_alone),
		cmocka_unit_test(test_what_is_no_variable_is_exact),
	};

	for (size_t i = 0; i < ROWS(flaws); i++)
		tests[OTHERS + i] = ROW_TEST(flaws[i].text, test_flaw,
		    &flaws[i]);
	return cmocka_run_group_tests_name("event_text", tests, NULL, NULL);
}
