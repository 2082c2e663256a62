/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "daemon/loop.h"
#include "tests/answers.h"

static void
begin_to_hold(struct stage *s)
{
	s->holds = true;
	s->verdict = HOLD_ON;
}

static void
test_what_is_held_leaves_in_order_and_holds_nobody_else(void **state)
{
	struct stage *s = *state;
	struct mem_link *one = stage_peer(s, FRONT), *two = stage_peer(s, BACK);
	size_t at = 0, other = 0;

	begin_to_hold(s);
	ask(s, one, MSG_status_req, 1);
	ask(s, one, MSG_token_issue_req, 2);
	ask(s, one, MSG_status_req, 3);
	ask(s, two, MSG_status_req, 4);
	assert_err(stage_turn(s), ERR_OK);
	expect(one, &at, MSG_status_resp, 1);
	assert_int_equal(at, one->out_len);
	expect(two, &other, MSG_status_resp, 4);

	ask(s, one, MSG_status_req, 5);
	ask(s, two, MSG_status_req, 6);
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 5);
	assert_int_equal(at, one->out_len);
	assert_true(one->in_at < one->in_len);
	expect(two, &other, MSG_status_resp, 6);

	s->verdict = HOLD_SEND;
	assert_err(stage_turn(s), ERR_OK);
	expect(one, &at, MSG_token_issue_resp, 2);
	expect(one, &at, MSG_status_resp, 3);
	expect(one, &at, MSG_status_resp, 5);
	assert_int_equal(at, one->out_len);
}

/* They were read with it. */
static void
test_requests_behind_what_is_held_wait(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	unsigned handled;

	begin_to_hold(s);
	ask(s, peer, MSG_token_issue_req, 0);
	for (unsigned i = 1; i < 20; i++)
		ask(s, peer, MSG_status_req, i);
	assert_err(stage_turn(s), ERR_OK);
	handled = s->handled;
	assert_in_range(handled, 2, 19);
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, handled);
	s->verdict = HOLD_SEND;
	for (int i = 0; i < 20; i++)
		assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 20);
}

static void
test_what_is_lost_is_an_error_and_the_rest_is_not(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	begin_to_hold(s);
	ask(s, peer, MSG_token_issue_req, 1);
	ask(s, peer, MSG_status_req, 2);
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(peer->out_len, 0);
	s->verdict = HOLD_LOSE;
	assert_err(stage_turn(s), ERR_OK);
	expect_error(peer, &at, REASON_state_commit, 1);
	expect(peer, &at, MSG_status_resp, 2);
	assert_int_equal(at, peer->out_len);
	assert_int_equal(s->loop->gates[FRONT].bytes, 0);
}

/* It is there before there was anything to wait for. */
static void
test_a_verdict_may_come_at_once(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	begin_to_hold(s);
	s->verdict = HOLD_SEND;
	ask(s, peer, MSG_token_issue_req, 1);
	assert_err(stage_turn(s), ERR_OK);
	expect(peer, &at, MSG_token_issue_resp, 1);
}

static void
test_an_error_needs_no_verdict(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	begin_to_hold(s);
	s->on_commit = ERR_HARDWARE;
	ask(s, peer, MSG_token_issue_req, 1);
	assert_err(stage_turn(s), ERR_OK);
	expect_error(peer, &at, REASON_state_commit, 1);
	assert_false(s->loop->holding);
}

/* Neither what it began nor what it does not read is held against it. */
static void
test_who_is_held_is_not_dropped_for_waiting(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	begin_to_hold(s);
	ask(s, peer, MSG_token_issue_req, 1);
	mem_link_say(peer, (struct span){ (const uint8_t *)"\xd8\x18", 2 });
	assert_err(stage_turn(s), ERR_OK);
	stage_wait(100000);
	assert_err(stage_turn(s), ERR_OK);
	assert_false(peer->dropped);
	s->verdict = HOLD_SEND;
	assert_err(stage_turn(s), ERR_OK);
	expect(peer, &at, MSG_token_issue_resp, 1);
	assert_false(peer->dropped);
}

static void
test_the_end_of_a_connection_waits_for_what_is_held(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	begin_to_hold(s);
	ask(s, peer, MSG_token_issue_req, 1);
	mem_link_say(peer, (struct span){ (const uint8_t *)"\xd8\x18\x59", 3 });
	assert_err(stage_turn(s), ERR_OK);
	assert_false(peer->dropped);
	s->verdict = HOLD_SEND;
	assert_err(stage_turn(s), ERR_OK);
	expect(peer, &at, MSG_token_issue_resp, 1);
	expect_error(peer, &at, REASON_message_frame, -1);
	assert_true(peer->dropped);
	assert_int_equal(s->loop->gates[FRONT].bytes, 0);
}

static void
test_who_is_gone_while_held_leaves_nothing(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);

	begin_to_hold(s);
	ask(s, peer, MSG_token_issue_req, 1);
	assert_err(stage_turn(s), ERR_OK);
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
		s->loop->conns[i].gone = s->loop->conns[i].link.ops != NULL;
	assert_err(stage_turn(s), ERR_OK);
	assert_true(peer->dropped);
	assert_int_equal(s->loop->gates[FRONT].bytes, 0);
	s->verdict = HOLD_SEND;
	assert_err(stage_turn(s), ERR_OK);
}

static void
test_what_is_deferred_is_handled_after_the_verdict(void **state)
{
	struct stage *s = *state;
	struct mem_link *one = stage_peer(s, FRONT), *two = stage_peer(s, BACK);
	size_t at = 0, other = 0;

	s->defers = true;
	s->verdict = HOLD_ON;
	ask(s, one, MSG_status_req, 1);
	ask(s, one, MSG_totp_validate_req, 2);
	ask(s, one, MSG_status_req, 3);
	ask(s, two, MSG_status_req, 4);
	assert_err(stage_turn(s), ERR_OK);
	expect(one, &at, MSG_status_resp, 1);
	expect(two, &other, MSG_status_resp, 4);
	assert_int_equal(at, one->out_len);
	assert_int_equal(s->handled, 2);

	ask(s, one, MSG_status_req, 5);
	stage_wait(100000);
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 2);
	assert_true(one->in_at < one->in_len);
	assert_false(one->dropped);
	assert_false(conn_ready(s->loop, &s->loop->conns[0]));	/* no spin */

	s->defers = false;
	s->verdict = HOLD_SEND;
	for (int i = 0; i < 3; i++)
		assert_err(stage_turn(s), ERR_OK);
	expect(one, &at, MSG_status_resp, 2);
	expect(one, &at, MSG_status_resp, 3);
	expect(one, &at, MSG_status_resp, 5);
	assert_int_equal(s->handled, 5);
}

static void
test_who_is_deferred_may_say_no_more(void **state)
{
	struct stage *s = *state;
	const int fd = connect_peer(s);
	uint8_t buf[4096];
	struct span r;

	s->defers = true;
	s->verdict = HOLD_ON;
	r = stage_request(s, MSG_totp_validate_req, 1);
	assert_int_equal(write(fd, r.at, r.len), r.len);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	for (int i = 0; i < 3; i++)
		assert_err(stage_turn(s), ERR_OK);
	s->loop->conns[0].eof = true;
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 0);
	s->defers = false;
	s->verdict = HOLD_LOSE;
	for (int i = 0; i < 3; i++)
		assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 1);
	assert_true(read(fd, buf, sizeof(buf)) > 0);
	close(fd);
}

static void
test_what_is_begun_is_handled_again_when_it_is_done(void **state)
{
	struct stage *s = *state;
	struct mem_link *one = stage_peer(s, FRONT), *two = stage_peer(s, BACK);
	size_t at = 0, other = 0;
	uint64_t tokens;

	s->unready = true;
	ask(s, one, MSG_status_req, 1);
	ask(s, one, MSG_totp_validate_req, 2);
	ask(s, one, MSG_status_req, 3);
	ask(s, two, MSG_status_req, 4);
	assert_err(stage_turn(s), ERR_OK);
	expect(one, &at, MSG_status_resp, 1);
	expect(two, &other, MSG_status_resp, 4);
	assert_int_equal(at, one->out_len);
	assert_int_equal(s->handled, 3);

	/* Not by a verdict, and it is nothing to turn for. */
	s->verdict = HOLD_SEND;
	stage_wait(100000);
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 3);
	assert_false(one->dropped);
	assert_false(conn_ready(s->loop, &s->loop->conns[0]));

	/* Another's was done: it costs nothing to have looked. */
	s->again = true;
	assert_err(stage_turn(s), ERR_OK);
	tokens = s->loop->gates[FRONT].tokens;
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 5);
	assert_int_equal(at, one->out_len);
	assert_int_equal(s->loop->gates[FRONT].tokens, tokens);

	s->unready = false;
	assert_err(stage_turn(s), ERR_OK);
	expect(one, &at, MSG_status_resp, 2);
	expect(one, &at, MSG_status_resp, 3);
	assert_int_equal(service_tally(s->loop, FRONT)->served, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_held_leaves_in_order_and_holds_nobody_else),
		TEST(test_requests_behind_what_is_held_wait),
		TEST(test_what_is_lost_is_an_error_and_the_rest_is_not),
		TEST(test_a_verdict_may_come_at_once),
		TEST(test_an_error_needs_no_verdict),
		TEST(test_who_is_held_is_not_dropped_for_waiting),
		TEST(test_the_end_of_a_connection_waits_for_what_is_held),
		TEST(test_who_is_gone_while_held_leaves_nothing),
		TEST(test_what_is_deferred_is_handled_after_the_verdict),
		TEST(test_who_is_deferred_may_say_no_more),
		TEST(test_what_is_begun_is_handled_again_when_it_is_done),
	};

	return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
