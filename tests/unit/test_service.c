/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/loop.h"
#include "daemon/start.h"
#include "tests/answers.h"
#include "tests/fill.h"

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
	const int fd = connect_peer(s);
	uint8_t buf[4096];
	struct span r;

	for (unsigned i = 0; i < 20; i++) {
		r = stage_request(s, MSG_status_req, i);
		assert_int_equal(write(fd, r.at, r.len), r.len);
	}
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	for (int i = 0; i < 20; i++)
		assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 20);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	assert_int_equal(s->loop->gates[FRONT].connections, 0);
	close(fd);
}

static void
test_a_peer_that_is_gone_is_not_served(void **state)
{
	struct stage *s = *state;
	const int fd = connect_peer(s);
	struct span r;

	r = stage_request(s, MSG_status_req, 1);
	assert_int_equal(write(fd, r.at, r.len), r.len);
	close(fd);
	assert_err(stage_turn(s), ERR_OK);
	assert_int_equal(s->handled, 0);
	assert_int_equal(s->loop->gates[FRONT].connections, 0);
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
	mem_link_say(peer, (struct span){ (const uint8_t *)"\xd8\x18\x5a", 3 });
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

/* ---- something else that is waited for ---- */

static struct {
	int		 ends[2];
	bool		 wanted;
	int		 left_ms;
	void		*self;
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

	assert_true(other.self == NULL || self == other.self);
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
	s->service.watch[0] = (struct watch){ wait_for_other,
	    run_other, NULL };
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
	other.left_ms = 3600000;
	s->service.watch[1] = s->service.watch[0];
	s->service.watch[0].wait = NULL;
	s->service.watch[1].self = &other;
	other.self = &other;
	assert_int_equal(write(other.ends[1], "x", 1), 1);
	assert_err(service_turn(s->loop, -1), ERR_OK);
	assert_int_equal(other.runs, 3);		/* the second one's */
	other.left_ms = 0;
	other.e = ERR_STATE;
	assert_err(service_turn(s->loop, -1), ERR_STATE);
	close(other.ends[0]);
	close(other.ends[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_watch),
		TEST(test_bytes_may_come_one_by_one),
		TEST(test_a_long_request_gets_its_room),
		TEST(test_the_end_of_requests_is_not_the_end_of_answers),
		TEST(test_a_peer_that_is_gone_is_not_served),
		TEST(test_ticks_come_when_they_are_due),
		TEST(test_nothing_is_left_in_memory),
		TEST(test_sigterm_ends_it_between_turns),
	};

	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
