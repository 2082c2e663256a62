/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/hands.h"
#include "tests/said.h"

/* A log of this, held against a rule for that. */
static void
judge(struct hands *h, const char *measured, const char *rule,
    struct appraiser_answer *a)
{
	hands_start(h);
	hands_make(h, measured, rule);
	hands_ask(h, a);
	assert_int_equal(a->reason, REASON_none);
}

static void
test_a_log_is_judged(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;

	judge(h, "grub", "grub", &a);
	assert_int_equal(a.log.replay, APPRAISE_PASSED);
	assert_int_equal(a.log.rules, APPRAISE_PASSED);
	assert_string_equal(a.why, "");
	assert_int_equal(a.pcrs.alg, BANK_SHA256);
	assert_memory_equal(a.pcrs.value[8], h->value, SHA256_LEN);
}

static void
test_it_says_which_event_fails(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;
	char line[APPRAISER_LINE], want[APPRAISER_LINE];

	judge(h, "grub", "shim", &a);
	assert_int_equal(a.log.replay, APPRAISE_PASSED);
	assert_int_equal(a.log.rules, APPRAISE_FAILED);
	assert_string_equal(a.why, "no rule has room for this event");
	assert_int_equal(a.pcr, 8);
	assert_int_equal(a.event, 1);
	assert_int_equal(a.at, h->at);
	appraiser_line(&a, line);
	snprintf(want, sizeof(want), "no rule has room for this event: PCR 8, "
	    "event 1 at byte %zu", h->at);
	assert_string_equal(line, want);
}

static void
test_a_log_that_does_not_lead_there(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;

	hands_start(h);
	hands_make(h, "grub", "grub");
	h->value[0] ^= 1;
	hands_ask(h, &a);
	assert_int_equal(a.reason, REASON_none);
	assert_int_equal(a.log.replay, APPRAISE_FAILED);
	assert_int_equal(a.log.rules, APPRAISE_NOT_DONE);
	assert_string_equal(a.why, "the log leads to another value");
	assert_int_equal(a.pcr, 8);
	/* What it does lead to is told. */
	assert_int_equal(a.pcrs.value[8][0], h->value[0] ^ 1);
}

static void
test_bytes_that_are_no_log(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;

	hands_start(h);
	hands_make(h, "grub", "grub");
	h->job.log.len--;
	hands_ask(h, &a);
	assert_int_equal(a.reason, REASON_none);
	assert_int_equal(a.log.replay, APPRAISE_FAILED);
	assert_string_not_equal(a.why, "");
	assert_int_equal(a.pcrs.len, 0);
}

static void
test_bytes_that_are_no_rules(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;

	hands_start(h);
	hands_make(h, "grub", "grub");
	h->job.rules.len--;
	hands_ask(h, &a);
	assert_int_equal(a.reason, REASON_none);
	assert_int_equal(a.log.replay, APPRAISE_NOT_DONE);
	assert_int_equal(a.log.rules, APPRAISE_NOT_DONE);
	assert_string_equal(a.why, "the rules are none");
}

static void
test_no_rules_are_not_met(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;

	hands_start(h);
	hands_make(h, "grub", "grub");
	h->job.rules.len = 0;
	hands_ask(h, &a);
	assert_int_equal(a.reason, REASON_none);
	assert_int_equal(a.log.replay, APPRAISE_PASSED);
	assert_int_equal(a.log.rules, APPRAISE_NOT_DONE);
	h->value[0] ^= 1;
	hands_ask(h, &a);
	assert_int_equal(a.log.replay, APPRAISE_FAILED);
}

/* The longest of each kind fits, and one that is about nothing says so. */
static void
test_one_line(void **state)
{
	static const struct {
		enum event_about	 about;
		const char		*end;
	} kinds[] = {
		{ ABOUT_LOG, "x" },
		{ ABOUT_BYTE, "x, at byte 4294967295" },
		{ ABOUT_PCR, "x: PCR 23" },
		{ ABOUT_RULE, "x: PCR 23, rule 4294967295" },
		{ ABOUT_EVENT,
		    "x: PCR 23, event 4294967295 at byte 4294967295" },
	};
	struct appraiser_answer a = { .pcr = 23, .event = UINT32_MAX,
	    .rule = UINT32_MAX - 1, .at = UINT32_MAX };
	char line[APPRAISER_LINE] = "as it was";

	(void)state;
	appraiser_line(&a, line);
	assert_string_equal(line, "");
	memset(a.why, 'x', sizeof(a.why) - 1);
	for (size_t i = 0; i < ROWS(kinds); i++) {
		a.about = kinds[i].about;
		appraiser_line(&a, line);
		assert_string_equal(line + sizeof(a.why) - 2, kinds[i].end);
	}
}

/* ---- children that are lost ---- */

static const struct act {
	const char	*name, *act, *said;
} acts[] = {
	{ "a child that crashes", "trap", "is lost: " },
	{ "one that ends and says nothing", "leave", "no whole" },
	{ "one that ends badly", "fail", "no whole answer" },
	{ "one that says half of it", "half", "no whole answer" },
	{ "one that says it twice", "twice", "said too much" },
	{ "one that says a byte more", "more", "said too much" },
	{ "one that uses up its processor", "loop", "is lost: " },
	{ "one that looks at another's job", "next", "is lost: " },
	{ "one that writes to its job", "write", "is lost: " },
	{ "one that says what cannot be", "lie", "cannot be" },
};

/* It costs that job its answer, and those beside and behind it nothing. */
static void
test_act(void **state)
{
	const struct act *row = *state;
	struct appraiser_answer a;
	struct hands *h = NULL;
	uint64_t bad;
	char said[1024];

	assert_int_equal(hands_begin((void **)&h), 0);
	said_begin();
	hands_start(h);
	bad = hands_act(h, row->act);
	hands_work(h);
	hands_wait(h, bad, &a);
	hands_lost(&a, REASON_attest_reader);
	hands_work(h);
	said_end(said, sizeof(said));
	if (strstr(said, row->said) == NULL)
		fail_msg("said: %s", said);
	hands_end((void **)&h);
}

static void
test_a_killed_child(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;
	uint64_t ticket;

	hands_start(h);
	ticket = hands_act(h, "wait");
	assert_int_equal(kill(hands_child(hands_child(getpid())), SIGKILL),
	    0);
	hands_work(h);
	hands_wait(h, ticket, &a);
	hands_lost(&a, REASON_attest_reader);
	hands_work(h);
}

/* Stopped by somebody, waiting for nothing, or staying behind its answer. */
static void
test_children_that_hang(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;
	uint64_t tickets[3];
	char said[1024];

	h->setup.child_ms = 4000;
	said_begin();
	hands_start(h);
	tickets[0] = hands_act(h, "wait");
	assert_int_equal(kill(hands_child(hands_child(getpid())), SIGSTOP),
	    0);
	tickets[1] = hands_act(h, "wait");
	tickets[2] = hands_act(h, "linger");
	hands_work(h);
	for (size_t i = 0; i < ROWS(tickets); i++) {
		hands_wait(h, tickets[i], &a);
		hands_lost(&a, REASON_attest_reader);
	}
	hands_work(h);
	said_end(said, sizeof(said));
	assert_non_null(strstr(said, "is lost: it took too long"));
}

/* It may have so much and what the zygote had to spare, not all that there
 * is. */
static void
test_memory_ends(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;

	/* ASan's own allocator has all that it may ever want from the start. */
	const char *sanitizers = getenv("SANITIZERS");
	if (sanitizers != NULL && strcmp(sanitizers, "yes") == 0)
		skip();
	h->setup.child_memory = 32 << 20;
	hands_start(h);
	hands_wait(h, hands_act(h, "memory"), &a);
	assert_true(a.reason == REASON_attest_reader ||
	    (a.at > 0 && a.at <= 36));
	hands_work(h);
}

static void
test_a_child_has_its_pipe_alone(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;

	hands_start(h);
	hands_wait(h, hands_act(h, "descriptors"), &a);
	assert_int_equal(a.reason, REASON_none);
	assert_int_equal(a.at, 1);
}

/* ---- tickets ---- */

static void
test_so_many_at_once(void **state)
{
	struct hands *h = *state;
	uint64_t tickets[APPRAISER_JOBS], more;
	struct appraiser_answer a;

	hands_start(h);
	hands_make(h, "grub", "grub");
	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		assert_err(appraiser_ask_log(h->a, &h->job, &tickets[i]),
		    ERR_OK);
	assert_err(appraiser_ask_log(h->a, &h->job, &more), ERR_BUSY);
	for (size_t i = APPRAISER_JOBS; i-- > 0;) {
		hands_wait(h, tickets[i], &a);
		assert_int_equal(a.log.rules, APPRAISE_PASSED);
	}
	hands_work(h);
}

static void
test_a_job_that_is_too_long(void **state)
{
	struct hands *h = *state;
	static const uint8_t much[300000];
	uint64_t ticket;

	hands_start(h);
	hands_make(h, "grub", "grub");
	h->job.log = SPAN(much);
	assert_err(appraiser_ask_log(h->a, &h->job, &ticket), ERR_LIMIT);
	hands_work(h);
}

static void
test_the_longest_job_has_room(void **state)
{
	struct hands *h = *state;
	static uint8_t log[EVENTLOG_MAX], rules[32768], values[24 * 64];
	struct appraiser_answer a;

	hands_start(h);
	h->job = (struct appraiser_log){ SPAN(log), SPAN(rules),
		{ BANK_SHA512, 0xffffff, SPAN(values) } };
	hands_ask(h, &a);
	assert_int_equal(a.reason, REASON_none);
	assert_int_equal(a.log.replay, APPRAISE_NOT_DONE);
}

/* Its answer is passed over, and its place is free when it has come. */
static void
test_what_nobody_waits_for(void **state)
{
	struct hands *h = *state;
	uint64_t tickets[APPRAISER_JOBS];
	struct appraiser_answer a;

	hands_start(h);
	hands_make(h, "grub", "grub");
	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		assert_err(appraiser_ask_log(h->a, &h->job, &tickets[i]),
		    ERR_OK);
	for (size_t i = 1; i < APPRAISER_JOBS; i++)
		appraiser_forget(h->a, tickets[i]);
	appraiser_forget(h->a, 99);
	assert_err(appraiser_take(h->a, tickets[1], &a), ERR_NOT_FOUND);
	hands_wait(h, tickets[0], &a);
	assert_int_equal(a.log.rules, APPRAISE_PASSED);
	hands_work(h);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, hands_begin, hands_end)

static const struct CMUnitTest cases[] = {
	CASE(test_a_log_is_judged),
	CASE(test_it_says_which_event_fails),
	CASE(test_a_log_that_does_not_lead_there),
	CASE(test_bytes_that_are_no_log),
	CASE(test_bytes_that_are_no_rules),
	CASE(test_no_rules_are_not_met),
	CASE(test_one_line),
	CASE(test_a_killed_child),
	CASE(test_children_that_hang),
	CASE(test_memory_ends),
	CASE(test_a_child_has_its_pipe_alone),
	CASE(test_so_many_at_once),
	CASE(test_a_job_that_is_too_long),
	CASE(test_the_longest_job_has_room),
	CASE(test_what_nobody_waits_for),
};

int
main(void)
{
	struct CMUnitTest tests[ROWS(cases) + ROWS(acts)];
	size_t n = ROWS(cases);

	memcpy(tests, cases, sizeof(cases));
	for (size_t i = 0; i < ROWS(acts); i++)
		tests[n++] = ROW_TEST(acts[i].name, test_act, &acts[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
