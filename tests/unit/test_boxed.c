/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "base/secret.h"
#include "daemon/sandbox.h"
#include "daemon/service.h"
#include "daemon/start.h"
#include "link/call.h"
#include "link/unix.h"
#include "tests/fill.h"

/*
 * A whole daemon of three lines, inside the sandbox with no row of its own:
 * what serving asks of the kernel is in everyone's table.
 */

static enum err
serve(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	struct secret *s OWNED(secret_drop) = NULL;

	(void)self;
	(void)peer;
	(void)body;
	TRY(secret_new(32, &s));
	out->type = MSG_status_resp;
	out->status_resp.state = WIRE_health_ok;
	out->status_resp.detail = span_text("\xa0");
	out->status_resp.request_id =
	    *wire_request_id((struct msg *)(uintptr_t)in);
	return ERR_OK;
}

static const struct handler handlers[] = {
	{ MSG_status_req,	 1, serve },
	{ MSG_totp_validate_req, 1, serve },
};

static enum err
run(int listener)
{
	static const struct sandbox nothing = { 0 };
	static const unsigned state = 1;
	const struct door door = { .vm_id = "client", .uid = geteuid(),
	    .fd = listener };
	const struct service service = {
		.handlers = handlers,
		.nhandlers = ROWS(handlers),
		.doors = &door,
		.ndoors = 1,
		.state = &state,
		.limits = service_limits,
	};
	struct loop *loop OWNED(service_drop) = NULL;
	bool whole;

	TRY(daemon_start("boxed", &listener, 1));
	TRY(service_new(&service, &loop));
	TRY(sandbox_enter(&nothing, &whole));
	return service_run(loop);
}

struct boxed {
	char		dir[64];
	char		path[96];
	pid_t		pid;
	struct call	call;
};

static int
set_up(void **state)
{
	struct boxed *b = calloc(1, sizeof(*b));
	int fd OWNED(fd_drop) = -1;

	snprintf(b->dir, sizeof(b->dir), "/tmp/test_boxed.XXXXXX");
	if (mkdtemp(b->dir) == NULL)
		return -1;
	snprintf(b->path, sizeof(b->path), "%s/s", b->dir);
	/* It can be connected to before the daemon runs. */
	if (unix_listen(b->path, UNIX_NO_GROUP, &fd) != ERR_OK)
		return -1;
	b->pid = fork();
	if (b->pid == 0) {
		alarm(60);
		_exit(run(fd) == ERR_OK ? 0 : 1);
	}
	*state = b;
	return call_open(&b->call, b->path, geteuid(), 10000) == ERR_OK ?
	    0 : -1;
}

/* It ends when it is told to, and not before. */
static int
tear_down(void **state)
{
	struct boxed *b = *state;
	int status = -1;

	call_close(&b->call);
	kill(b->pid, SIGTERM);
	if (waitpid(b->pid, &status, 0) != b->pid)
		return -1;
	unlink(b->path);
	rmdir(b->dir);
	free(b);
	return status;
}

static void
test_it_answers(void **state)
{
	struct boxed *b = *state;
	struct msg request, answer;

	fill(&request, MSG_status_req, SMALLEST);
	for (int i = 0; i < 10; i++)
		assert_err(call_ask(&b->call, &request, MSG_status_resp,
		    &answer, 10000), ERR_OK);
}

static void
test_it_answers_what_is_long(void **state)
{
	struct boxed *b = *state;
	struct msg request, answer;

	fill(&request, MSG_totp_validate_req, FITTING);
	assert_err(call_ask(&b->call, &request, MSG_status_resp, &answer,
	    10000), ERR_OK);
}

static void
test_it_takes_another_peer(void **state)
{
	struct boxed *b = *state;
	struct call other OWNED(call_close) = { 0 };
	struct msg request, answer;

	fill(&request, MSG_status_req, SMALLEST);
	assert_err(call_open(&other, b->path, geteuid(), 10000), ERR_OK);
	assert_err(call_ask(&other, &request, MSG_status_resp, &answer,
	    10000), ERR_OK);
	call_close(&other);
	assert_err(call_ask(&b->call, &request, MSG_status_resp, &answer,
	    10000), ERR_OK);
}

/* Many requests and no reading: its answers have to wait in its memory. */
static void
test_it_survives_a_peer_that_does_not_read(void **state)
{
	struct boxed *b = *state;
	struct call deaf OWNED(call_close) = { 0 };
	struct msg request, answer;
	enum err e = ERR_OK;

	fill(&request, MSG_status_req, SMALLEST);
	assert_err(call_open(&deaf, b->path, geteuid(), 10000), ERR_OK);
	for (int i = 0; e == ERR_OK && i < 20000; i++)
		e = call_send(&deaf, &request, 0);
	assert_err(e, ERR_BUSY);
	call_close(&deaf);
	/* The bucket is the peer's, so this may be refused; it is answered. */
	e = call_ask(&b->call, &request, MSG_status_resp, &answer, 10000);
	assert_true(e == ERR_OK || e == ERR_DENIED);
}

static void
test_it_ends_the_connection_of_nonsense(void **state)
{
	struct boxed *b = *state;
	struct msg answer;
	size_t n;

	assert_err(link_send(&b->call.link, (const uint8_t *)"GET /", 5, &n),
	    ERR_OK);
	assert_err(call_receive(&b->call, &answer, 10000), ERR_OK);
	assert_int_equal(answer.type, MSG_error);
	assert_err(call_receive(&b->call, &answer, 10000), ERR_HARDWARE);
}

#define BOXED_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOXED_TEST(test_it_answers),
		BOXED_TEST(test_it_answers_what_is_long),
		BOXED_TEST(test_it_takes_another_peer),
		BOXED_TEST(test_it_survives_a_peer_that_does_not_read),
		BOXED_TEST(test_it_ends_the_connection_of_nonsense),
	};

	return cmocka_run_group_tests_name("boxed", tests, NULL, NULL);
}
