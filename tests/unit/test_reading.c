/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "cryptod/cryptod.h"
#include "tests/hands.h"

/* Event logs that are put off, by cryptod's peers, for a zygote of its own. */
static struct hands *h;
static struct cryptod *d;
static struct moment *now;

bool
prove_again(void *self)
{
	(void)self;
	return false;
}

static int
set_up(void **state)
{
	const int page = memfd_create("clock", 0);
	char number[16];

	if (page == -1 || ftruncate(page, sizeof(*now)) != 0 ||
	    hands_begin(state) != 0 || (d = calloc(1, sizeof(*d))) == NULL)
		return -1;
	now = mmap(NULL, sizeof(*now), PROT_READ | PROT_WRITE, MAP_SHARED,
	    page, 0);
	snprintf(number, sizeof(number), "%d", page);
	setenv("ANCHORHOLD_TEST_CLOCK", number, 1);
	h = *state;
	hands_start(h);
	d->appraiser = h->a;
	return now != MAP_FAILED && clock_start() == ERR_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	free(d);
	return hands_end(state);
}

/* A request of this peer, whose bytes are body, with a log that does this. */
static enum reason
put_off(size_t door, const char *body, const char *act)
{
	const struct peer peer = { .vm_id = "web", .door = door };
	const struct view v = { .now = 0 };
	struct appraiser_wanted log = { .log = span_text(act) };
	enum reason why = REASON_none;

	assert_err(reading_put_off(d, &peer, span_text(body), &v, &log, &why),
	    ERR_OK);
	return why;
}

/* It is handled again: is there anything to decide? */
static bool
comes_again(size_t door, const char *body, struct view *v)
{
	const struct peer peer = { .vm_id = "web", .door = door };
	struct msg in = { .type = MSG_token_issue_req };
	struct brought b;

	in.token_issue_req.has_attestation = true;
	in.token_issue_req.attestation = span_text("evidence");
	*v = (struct view){ .now = 0 };
	return reading_begin(d, &peer, span_text(body), &in, v, &b);
}

/* Whoever finds that out tells the others, for nobody will later. */
static void
test_a_zygote_found_dead_by_the_next_request(void **state)
{
	struct pollfd p = { .events = 0 };
	struct view v;
	int left_ms;

	(void)state;
	assert_int_equal(put_off(0, "first", "act:wait"), REASON_none);
	assert_false(comes_again(0, "first", &v));
	assert_false(reading_again(d));
	assert_int_equal(kill(hands_child(getpid()), SIGKILL), 0);
	assert_true(reading_waits(d, &p.fd, &left_ms));
	while ((p.revents & POLLHUP) == 0)
		assert_true(poll(&p, 1, -1) == 1);
	assert_int_equal(put_off(1, "second", "act:wait"),
	    REASON_attest_zygote);
	assert_true(reading_again(d));
	assert_true(comes_again(0, "first", &v));
	assert_non_null(v.read);
	assert_int_equal(v.read->reason, REASON_attest_zygote);
}

/* What was found is kept while a step of the TPM's counter may go on. */
static void
test_what_was_found_is_kept_for_a_while(void **state)
{
	struct pollfd p = { .events = POLLIN };
	struct view v;
	int left_ms;

	(void)state;
	assert_int_equal(put_off(0, "first", "act:leave"), REASON_none);
	while (!comes_again(0, "first", &v)) {
		assert_true(reading_waits(d, &p.fd, &left_ms));
		assert_true(poll(&p, 1, left_ms) >= 0);
		assert_err(reading_go_on(d), ERR_OK);
	}
	now->boot_ms += 9999;
	assert_int_equal(put_off(0, "next", "act:leave"),
	    REASON_limit_evidence);
	assert_true(comes_again(0, "first", &v));
	assert_non_null(v.read);
	now->boot_ms += 1;
	assert_int_equal(put_off(0, "next", "act:leave"), REASON_none);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_a_zygote_found_dead_by_the_next_request),
		CASE(test_what_was_found_is_kept_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
