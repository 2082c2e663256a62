/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "daemon/loop.h"
#include "daemon/start.h"
#include "link/frame.h"
#include "link/unix.h"
#include "tests/fill.h"
#include "tests/stage.h"

static void
ask(struct stage *s, struct mem_link *peer, enum msg_type type,
    unsigned number)
{
	mem_link_say(peer, stage_request(s, type, number));
}

/* The next answer is of this type, to this request. */
static void
expect(struct mem_link *peer, size_t *at, enum msg_type type, int number)
{
	struct msg m;

	stage_answer(peer, at, &m);
	assert_string_equal(wire_name(m.type), wire_name(type));
	assert_int_equal(stage_number(&m), number);
}

static void
expect_error(struct mem_link *peer, size_t *at, enum reason why, int number)
{
	struct msg m;

	stage_answer(peer, at, &m);
	assert_string_equal(wire_name(m.type), "error");
	assert_string_equal(m.error.reason.at, reason_code(why));
	assert_int_equal(m.error.code, reason_error(why));
	assert_int_equal(stage_number(&m), number);
}

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

static void
test_bytes_may_come_one_by_one(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	peer->most = 1;
	ask(s, peer, MSG_status_req, 1);
	ask(s, peer, MSG_status_req, 2);
	for (size_t i = 0; i < 2 * STAGE_REQUEST_MAX && s->handled < 2; i++)
		assert_err(stage_turn(s), ERR_OK);
	expect(peer, &at, MSG_status_resp, 1);
	expect(peer, &at, MSG_status_resp, 2);
}

/* Longer than a small block, with the next request behind it. */
static void
test_a_long_request_gets_its_room(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer;
	struct msg m;
	size_t at = 0;

	s->service.longest = 204800;
	stage_restart(s);
	peer = stage_peer(s, FRONT);
	fill(&m, MSG_totp_validate_req, FITTING);
	mem_link_say(peer, stage_frame(s, &m));
	assert_true(peer->in_len > 100000);
	ask(s, peer, MSG_status_req, 2);
	peer->most = 10000;
	for (int i = 0; i < 100; i++)
		assert_err(stage_turn(s), ERR_OK);
	stage_answer(peer, &at, &m);
	assert_int_equal(m.type, MSG_status_resp);
	expect(peer, &at, MSG_status_resp, 2);
	assert_int_equal(s->loop->gates[FRONT].bytes, 0);
}

static void
test_the_end_of_requests_is_not_the_end_of_answers(void **state)
{
	struct stage *s = *state;
	int pair[2];
	uint8_t buf[4096];
	struct link link;
	struct span r;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_err(unix_link(pair[0], &link), ERR_OK);
	assert_err(service_admit(s->loop, FRONT, &link), ERR_OK);
	for (unsigned i = 0; i < 20; i++) {
		r = stage_request(s, MSG_status_req, i);
		assert_int_equal(write(pair[1], r.at, r.len), r.len);
	}
	assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
	for (int i = 0; i < 20; i++)
		assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 20);
	while (read(pair[1], buf, sizeof(buf)) > 0)
		;
	assert_int_equal(s->loop->gates[FRONT].connections, 0);
	close(pair[1]);
}

static void
test_a_peer_that_is_gone_is_not_served(void **state)
{
	struct stage *s = *state;
	int pair[2];
	struct link link;
	struct span r;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_err(unix_link(pair[0], &link), ERR_OK);
	assert_err(service_admit(s->loop, FRONT, &link), ERR_OK);
	r = stage_request(s, MSG_status_req, 1);
	assert_int_equal(write(pair[1], r.at, r.len), r.len);
	close(pair[1]);
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 0);
	assert_int_equal(s->loop->gates[FRONT].connections, 0);
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

static void
test_ticks_come_when_they_are_due(void **state)
{
	struct stage *s = *state;

	assert_err(stage_turn(s), ERR_OK);
	stage_wait(STAGE_TICK_MS - 1);
	assert_err(stage_turn(s), ERR_OK);
	assert_string_equal(s->trace, "");
	stage_wait(1);
	assert_err(stage_turn(s), ERR_OK);
	assert_err(stage_turn(s), ERR_OK);
	assert_string_equal(s->trace, "t");
	/* A clock that jumps makes it come once. */
	stage_wait(10 * STAGE_TICK_MS);
	assert_err(stage_turn(s), ERR_OK);
	assert_err(stage_turn(s), ERR_OK);
	assert_string_equal(s->trace, "tt");
	stage_wait(STAGE_TICK_MS);
	s->on_tick = ERR_HARDWARE;
	assert_err(stage_turn(s), ERR_HARDWARE);
}

/* No byte of a request or an answer stays behind. */
static void
test_nothing_is_left_in_memory(void **state)
{
	static const char secret[] = "73519846";
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	struct msg m;

	fill(&m, MSG_totp_validate_req, SMALLEST);
	assert_err(WIRE_SET_TEXT(m.totp_validate_req.totp_code,
	    span_text(secret)), ERR_OK);
	mem_link_say(peer, stage_frame(s, &m));
	assert_non_null(memmem(peer->in, peer->in_len, secret, 8));
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 1);
	assert_null(memmem(s->loop, sizeof(*s->loop), secret, 8));

	ask(s, peer, MSG_token_issue_req, 1);
	assert_err(stage_turn(s), ERR_OK);
	assert_non_null(memmem(peer->out, peer->out_len, "front", 5));
	assert_null(memmem(s->loop, sizeof(*s->loop), "front", 5));

	/* Nor of one that shares its block with half a frame. */
	mem_link_say(peer, stage_frame(s, &m));
	mem_link_say(peer, hex_frame(s, "d8185a"));
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 3);
	assert_null(memmem(s->loop, sizeof(*s->loop), secret, 8));
}

static enum err
raise_sigterm(void *self)
{
	(void)self;
	raise(SIGTERM);
	return ERR_OK;
}

static void
test_sigterm_ends_it_between_turns(void **state)
{
	struct stage *s = *state;
	int status = -1;
	pid_t pid;

	s->ticks[0] = (struct tick){ 0, raise_sigterm };
	s->service.nticks = 1;
	pid = fork();
	if (pid == 0) {
		alarm(60);	/* a loop that does not end is a failure */
		stage_restart(s);
		if (daemon_start("test_service", NULL, 0) != ERR_OK)
			_exit(1);
		_exit(service_run(s->loop) == ERR_OK ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define STAGE_TEST(f) cmocka_unit_test_setup_teardown(f, stage_open, \
	stage_close)

/* ---- something else that is waited for ---- */

static struct {
	int		 ends[2];
	bool		 wanted;
	int		 left_ms;
	unsigned	 runs;
	enum err	 e;
} other;

static bool
wait_for_other(void *self, int *fd, int *left_ms)
{
	(void)self;
	*fd = other.ends[0];
	*left_ms = other.left_ms;
	return other.wanted;
}

static enum err
run_other(void *self)
{
	char byte;

	(void)self;
	other.runs++;
	if (other.left_ms > 0)
		assert_int_equal(read(other.ends[0], &byte, 1), 1);
	return other.e;
}

/* It is looked at between turns, ends a wait, and keeps nobody waiting. */
static void
test_a_watch(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer;
	size_t at = 0;

	memset(&other, 0, sizeof(other));
	assert_int_equal(pipe2(other.ends, O_NONBLOCK), 0);
	other.left_ms = 3600000;
	s->service.watch = (struct watch){ wait_for_other, run_other };
	stage_restart(s);
	peer = stage_peer(s, FRONT);
	assert_int_equal(write(other.ends[1], "x", 1), 1);
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(other.runs, 0);		/* not wanted */
	other.wanted = true;
	assert_err(service_turn(s->loop, -1), ERR_OK);
	assert_int_equal(other.runs, 1);
	ask(s, peer, MSG_status_req, 1);
	assert_err(stage_turn(s), ERR_OK);
	expect(peer, &at, MSG_status_resp, 1);
	assert_int_equal(other.runs, 1);		/* nothing to read */
	other.left_ms = 0;
	assert_err(service_turn(s->loop, -1), ERR_OK);
	assert_int_equal(other.runs, 2);		/* its time was up */
	other.e = ERR_STATE;
	assert_err(service_turn(s->loop, -1), ERR_STATE);
	close(other.ends[0]);
	close(other.ends[1]);
}

static const struct CMUnitTest plain[] = {
	STAGE_TEST(test_an_answer_is_committed_then_finished_then_sent),
	STAGE_TEST(test_a_watch),
	STAGE_TEST(test_nothing_to_do_is_not_committed),
	STAGE_TEST(test_answers_come_in_order),
	STAGE_TEST(test_a_hundred_peers_share_a_commit),
	STAGE_TEST(test_bytes_may_come_one_by_one),
	STAGE_TEST(test_a_long_request_gets_its_room),
	STAGE_TEST(test_the_end_of_requests_is_not_the_end_of_answers),
	STAGE_TEST(test_a_peer_that_is_gone_is_not_served),
	STAGE_TEST(test_what_is_not_committed_is_not_said),
	STAGE_TEST(test_a_commit_that_cannot_be_undone_ends_it),
	STAGE_TEST(test_what_cannot_be_signed_is_not_said),
	STAGE_TEST(test_ticks_come_when_they_are_due),
	STAGE_TEST(test_nothing_is_left_in_memory),
	STAGE_TEST(test_sigterm_ends_it_between_turns),
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
	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
