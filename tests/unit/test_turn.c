/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "link/frame.h"
#include "tests/answers.h"
#include "tests/fill.h"

/* A turn of a service: what it handles, commits, finishes and refuses. */

static void
test_an_answer_is_committed_then_finished_then_sent(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	struct span body, envelope, frame;
	struct msg m;
	size_t at = 0, whole;

	frame = stage_request(s, MSG_token_issue_req, 7);
	mem_link_say(peer, frame);
	assert_err(frame_parse(frame, FRAME_MAX, &envelope, &whole), ERR_OK);
	assert_err(wire_body(envelope, &body), ERR_OK);
	assert_err(stage_turn(s), ERR_OK);
	assert_string_equal(s->trace, "hcf");

	stage_answer(peer, &at, &m);
	assert_int_equal(m.type, MSG_token_issue_resp);
	assert_int_equal(stage_number(&m), 7);
	assert_string_equal(m.token_issue_resp.reason.at, "front");
	assert_int_equal(m.token_issue_resp.signature.at[0],
	    body.at[body.len - 1]);
	assert_int_equal(at, peer->out_len);
	assert_false(peer->dropped);
}

static void
test_nothing_to_do_is_not_committed(void **state)
{
	struct stage *s = *state;

	stage_peer(s, FRONT);
	assert_err(stage_turn(s), ERR_OK);
	assert_string_equal(s->trace, "");
}

static void
test_answers_come_in_order(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	for (unsigned i = 0; i < 5; i++)
		ask(s, peer, i % 2 == 0 ? MSG_status_req :
		    MSG_token_issue_req, i);
	assert_err(stage_turn(s), ERR_OK);
	assert_string_equal(s->trace, "hhhhhcfffff");
	for (int i = 0; i < 5; i++)
		expect(peer, &at, i % 2 == 0 ? MSG_status_resp :
		    MSG_token_issue_resp, i);
}

static void
test_a_hundred_peers_share_a_commit(void **state)
{
	struct stage *s = *state;
	size_t at;

	s->service.limits.connections = 50;
	stage_restart(s);
	for (unsigned i = 0; i < 100; i++)
		ask(s, stage_peer(s, i % 2 == 0 ? FRONT : BACK),
		    MSG_status_req, i);
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 100);
	assert_int_equal(s->commits, 1);
	for (unsigned i = 0; i < 100; i++) {
		at = 0;
		expect(s->links[i], &at, MSG_status_resp, (int)i);
	}
}

/* What is refused, and how.  The first request is answered in any case. */

static struct span
hex_frame(struct stage *s, const char *hex)
{
	return (struct span){ s->bytes, unhex(hex, s->bytes,
	    sizeof(s->bytes)) };
}

static struct span
bad_frame(struct stage *s)
{
	return hex_frame(s, "d81859");
}

static struct span
long_frame(struct stage *s)
{
	return hex_frame(s, "d8185a00032001");
}

static struct span
bad_envelope(struct stage *s)
{
	return hex_frame(s, "d8185a00000001a0");
}

static struct span
bad_body(struct stage *s)
{
	struct span frame = stage_request(s, MSG_status_req, 2);

	/* The UUID's version. */
	s->bytes[FRAME_HEAD + 1 + 5 + 1 + 12 + 14] = 'z';
	return frame;
}

static struct span
unknown_type(struct stage *s)
{
	struct span frame = stage_request(s, MSG_status_req, 2);

	s->bytes[frame.len - 1] = 'x';
	return frame;
}

static struct span
no_handler(struct stage *s)
{
	return stage_request(s, MSG_revocation_req, 2);
}

static struct span
an_answer(struct stage *s)
{
	return stage_request(s, MSG_status_resp, 2);
}

static struct span
an_error_without_id(struct stage *s)
{
	struct msg m;

	fill(&m, MSG_error, SMALLEST);
	return stage_frame(s, &m);
}

static struct span
another_state(struct stage *s)
{
	return stage_request(s, MSG_subscribe_req, 2);
}

static const struct refusal {
	const char	*name;
	struct span	(*bytes)(struct stage *);
	enum reason	 why;
	int		 number;
	bool		 ends;
} refusals[] = {
	{ "no frame", bad_frame, REASON_message_frame, -1, true },
	{ "too long a frame", long_frame, REASON_message_length, -1, true },
	{ "no envelope", bad_envelope, REASON_message_malformed, -1, true },
	{ "a bad body", bad_body, REASON_message_malformed, -1, true },
	{ "an unknown type", unknown_type, REASON_message_type, -1, true },
	{ "a type without handler", no_handler, REASON_message_type, 2, true },
	{ "an answer as request", an_answer, REASON_message_type, 2, true },
	{ "no id", an_error_without_id, REASON_message_type, -1, true },
	{ "another state", another_state, REASON_request_state, 2, false },
};

static void
test_refusal(void **state)
{
	const struct refusal *row = *state;
	struct mem_link *peer;
	struct stage *s;
	size_t at = 0;

	assert_int_equal(stage_open((void **)&s), 0);
	peer = stage_peer(s, FRONT);
	ask(s, peer, MSG_status_req, 1);
	mem_link_say(peer, row->bytes(s));
	ask(s, peer, MSG_status_req, 3);
	assert_err(stage_turn(s), ERR_OK);
	assert_err(stage_turn(s), ERR_OK);
	expect(peer, &at, MSG_status_resp, 1);
	expect_error(peer, &at, row->why, row->number);
	if (!row->ends)
		expect(peer, &at, MSG_status_resp, 3);
	assert_int_equal(at, peer->out_len);
	assert_int_equal(peer->dropped, row->ends);
	assert_int_equal(s->handled, row->ends ? 1 : 2);
	assert_int_equal(s->refused, row->why);
	assert_string_equal(s->refused_peer, "front");
	stage_close((void **)&s);
}

static const struct failure {
	const char	*name;
	enum err	 e;
	enum reason	 why;
	bool		 ends;
} failures[] = {
	{ "MALFORMED", ERR_MALFORMED, REASON_message_malformed, true },
	{ "STATE", ERR_STATE, REASON_request_state, false },
	{ "LIMIT", ERR_LIMIT, REASON_limit_table, false },
	{ "BUSY", ERR_BUSY, REASON_limit_table, false },
	{ "DENIED", ERR_DENIED, REASON_internal_fault, false },
	{ "HARDWARE", ERR_HARDWARE, REASON_internal_fault, false },
	{ "INTERNAL", ERR_INTERNAL, REASON_internal_fault, false },
};

static void
test_failure(void **state)
{
	const struct failure *row = *state;
	struct mem_link *peer;
	struct stage *s;
	size_t at = 0;

	assert_int_equal(stage_open((void **)&s), 0);
	peer = stage_peer(s, FRONT);
	s->on_serve = row->e;
	ask(s, peer, MSG_status_req, 1);
	assert_err(stage_turn(s), ERR_OK);
	expect_error(peer, &at, row->why, 1);
	/* A refusal is an effect, too: it may be in the audit log. */
	assert_string_equal(s->trace, "hrc");
	assert_int_equal(peer->dropped, row->ends);
	stage_close((void **)&s);
}

static void
test_what_is_not_committed_is_not_said(void **state)
{
	struct stage *s = *state;
	struct mem_link *one = stage_peer(s, FRONT), *two = stage_peer(s, BACK);
	size_t at_one = 0, at_two = 0;

	s->on_commit = ERR_HARDWARE;
	ask(s, one, MSG_status_req, 1);
	ask(s, one, MSG_token_issue_req, 2);
	ask(s, two, MSG_status_req, 3);
	assert_err(stage_turn(s), ERR_OK);
	assert_null(strchr(s->trace, 'f'));
	expect_error(one, &at_one, REASON_state_commit, 1);
	expect_error(one, &at_one, REASON_state_commit, 2);
	expect_error(two, &at_two, REASON_state_commit, 3);

	s->on_commit = ERR_OK;
	ask(s, two, MSG_status_req, 4);
	assert_err(stage_turn(s), ERR_OK);
	expect(two, &at_two, MSG_status_resp, 4);
}

static void
test_a_commit_that_cannot_be_undone_ends_it(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	s->on_commit = ERR_INTERNAL;
	ask(s, peer, MSG_status_req, 1);
	assert_err(stage_turn(s), ERR_INTERNAL);
	expect_error(peer, &at, REASON_state_commit, 1);
}

static void
test_what_cannot_be_signed_is_not_said(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	s->on_finish = ERR_HARDWARE;
	ask(s, peer, MSG_token_issue_req, 1);
	assert_err(stage_turn(s), ERR_OK);
	expect_error(peer, &at, REASON_internal_fault, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

static const struct CMUnitTest plain[] = {
	TEST(test_an_answer_is_committed_then_finished_then_sent),
	TEST(test_nothing_to_do_is_not_committed),
	TEST(test_answers_come_in_order),
	TEST(test_a_hundred_peers_share_a_commit),
	TEST(test_what_is_not_committed_is_not_said),
	TEST(test_a_commit_that_cannot_be_undone_ends_it),
	TEST(test_what_cannot_be_signed_is_not_said),
};

int
main(void)
{
	struct CMUnitTest tests[ROWS(plain) + ROWS(refusals) + ROWS(failures)];
	struct CMUnitTest *t = tests + ROWS(plain);

	memcpy(tests, plain, sizeof(plain));
	for (size_t i = 0; i < ROWS(refusals); i++)
		*t++ = ROW_TEST(refusals[i].name, test_refusal, &refusals[i]);
	for (size_t i = 0; i < ROWS(failures); i++)
		*t++ = ROW_TEST(failures[i].name, test_failure, &failures[i]);
	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
