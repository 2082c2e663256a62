/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "link/call.h"
#include "link/frame.h"
#include "link/unix.h"
#include "tests/fill.h"
#include "tests/mem_link.h"

/* One connection whose server is the test. */
struct stage {
	struct mem_link	peer;
	struct call	call;
	struct msg	ask, answer;
	uint8_t		frame[FRAME_HEAD + WIRE_MAX];
};

static const char id[] = "11111111-2222-4333-8444-555555555555";
static const char other_id[] = "11111111-2222-4333-8444-555555555556";

static int
set_up(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	struct link link;

	mem_link_open(&s->peer, &link);
	if (call_over(&s->call, &link) != ERR_OK)
		return -1;
	s->ask.type = MSG_status_req;
	*state = s;
	return WIRE_SET_TEXT(s->ask.status_req.request_id,
	    span_text(id)) == ERR_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct stage *s = *state;

	call_close(&s->call);
	free(s);
	return 0;
}

/* The server's next words, with this request_id. */
static void
say(struct stage *s, struct msg *m, const char *request_id)
{
	struct wire_uuid *to = wire_request_id(m);
	size_t n = 0;

	if (to != NULL && request_id != NULL)
		assert_err(WIRE_SET_TEXT(*to, span_text(request_id)), ERR_OK);
	assert_err(wire_encode(m, s->frame + FRAME_HEAD, WIRE_MAX, &n),
	    ERR_OK);
	frame_head(n, s->frame);
	mem_link_say(&s->peer, (struct span){ s->frame, FRAME_HEAD + n });
}

static void
say_status(struct stage *s, const char *request_id)
{
	struct msg m;

	fill(&m, MSG_status_resp, LARGEST);
	say(s, &m, request_id);
}

static void
say_error(struct stage *s, const char *request_id)
{
	struct msg m = { .type = MSG_error };

	m.error.code = WIRE_code_busy;
	m.error.has_request_id = request_id != NULL;
	assert_err(WIRE_SET_TEXT(m.error.reason, span_text("a.b")), ERR_OK);
	say(s, &m, request_id);
}

static void
say_bytes(struct stage *s, const char *hex)
{
	size_t n = unhex(hex, s->frame, sizeof(s->frame));

	mem_link_say(&s->peer, (struct span){ s->frame, n });
}

static void say_it(struct stage *s) { say_status(s, id); }
static void say_another_id(struct stage *s) { say_status(s, other_id); }
static void say_its_error(struct stage *s) { say_error(s, id); }
static void say_any_error(struct stage *s) { say_error(s, NULL); }
static void say_other_error(struct stage *s) { say_error(s, other_id); }
static void say_no_frame(struct stage *s) { say_bytes(s, "00"); }
static void say_void(struct stage *s) { say_bytes(s, "d8185a0000000100"); }
static void say_too_much(struct stage *s) { say_bytes(s, "d8185a00040001"); }
static void say_half(struct stage *s) { say_bytes(s, "d8185a00000010a2"); }
static void say_nothing(struct stage *s) { (void)s; }

static void
say_another_type(struct stage *s)
{
	struct msg m;

	fill(&m, MSG_subscribe_resp, SMALLEST);
	say(s, &m, id);
}

static void
say_something_without_id(struct stage *s)
{
	struct msg m;

	fill(&m, MSG_publish, SMALLEST);
	say(s, &m, NULL);
}

static void
hang_up(struct stage *s)
{
	s->peer.closed = true;
}

static void
say_half_and_hang_up(struct stage *s)
{
	say_half(s);
	hang_up(s);
}

static void
complain_and_hang_up(struct stage *s)
{
	say_any_error(s);
	hang_up(s);
}

static void
fall_silent(struct stage *s)
{
	s->peer.room = 3;
}

static void
break_down(struct stage *s)
{
	s->peer.broken = true;
}

static const struct row {
	const char	*name;
	void		(*server)(struct stage *);
	enum err	 want;
	bool		 goes_on;	/* the connection can be used again */
} rows[] = {
	{ "an answer", say_it, ERR_OK, true },
	{ "an error", say_its_error, ERR_DENIED, true },
	{ "an error to nobody", say_any_error, ERR_DENIED, true },
	{ "an error, and nobody reads", complain_and_hang_up, ERR_DENIED, true },
	{ "an answer to another", say_another_id, ERR_MALFORMED, false },
	{ "an error to another", say_other_error, ERR_MALFORMED, false },
	{ "an answer of another type", say_another_type, ERR_MALFORMED, false },
	{ "something without an id", say_something_without_id, ERR_MALFORMED, false },
	{ "no frame", say_no_frame, ERR_MALFORMED, false },
	{ "no message", say_void, ERR_MALFORMED, false },
	{ "too long a frame", say_too_much, ERR_MALFORMED, false },
	{ "half a frame", say_half, ERR_BUSY, false },
	{ "nothing", say_nothing, ERR_BUSY, false },
	{ "the server does not read", fall_silent, ERR_BUSY, false },
	{ "the server hangs up", hang_up, ERR_HARDWARE, false },
	{ "half a frame, then the end", say_half_and_hang_up, ERR_HARDWARE, false },
	{ "the link breaks", break_down, ERR_HARDWARE, false },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct stage *s;

	assert_int_equal(set_up((void **)&s), 0);
	row->server(s);
	assert_err(call_ask(&s->call, &s->ask, MSG_status_resp, &s->answer, 0),
	    row->want);
	assert_int_equal(s->answer.type, row->want == ERR_OK ?
	    MSG_status_resp : row->want == ERR_DENIED ? MSG_error : MSG_NONE);
	assert_int_equal(s->peer.dropped, !row->goes_on);
	if (!row->goes_on)
		assert_err(call_send(&s->call, &s->ask, 0), ERR_HARDWARE);
	tear_down((void **)&s);
}

static void
test_the_body_is_what_was_sent(void **state)
{
	struct stage *s = *state;
	struct span heard, envelope, body;
	size_t whole;

	assert_err(call_send(&s->call, &s->ask, 0), ERR_OK);
	heard = mem_link_hear(&s->peer);
	assert_err(frame_parse(heard, WIRE_MAX, &envelope, &whole), ERR_OK);
	assert_int_equal(whole, heard.len);
	assert_err(wire_body(envelope, &body), ERR_OK);
	assert_true(span_equal(body, call_body(&s->call)));
}

/* A byte at a time both ways; several answers in one piece. */
static void
test_pieces_are_put_together(void **state)
{
	struct stage *s = *state;

	s->peer.most = 1;
	say_it(s);
	assert_err(call_ask(&s->call, &s->ask, MSG_status_resp, &s->answer, 0),
	    ERR_OK);
	s->peer.most = 0;
	say_it(s);
	say_error(s, id);
	say_it(s);
	assert_err(call_receive(&s->call, &s->answer, 0), ERR_OK);
	assert_int_equal(s->answer.type, MSG_status_resp);
	assert_err(call_receive(&s->call, &s->answer, 0), ERR_OK);
	assert_int_equal(s->answer.type, MSG_error);
	assert_err(call_ask(&s->call, &s->ask, MSG_status_resp, &s->answer, 0),
	    ERR_OK);
	assert_err(call_receive(&s->call, &s->answer, 0), ERR_BUSY);
}

static void
test_a_request_that_breaks_its_rows_is_not_sent(void **state)
{
	struct stage *s = *state;

	s->ask.status_req.request_id.at[14] = '5';
	assert_err(call_ask(&s->call, &s->ask, MSG_status_resp, &s->answer, 0),
	    ERR_INTERNAL);
	assert_int_equal(mem_link_hear(&s->peer).len, 0);
}

static void
test_a_server_that_is_not_there(void **state)
{
	char dir[] = "/tmp/test_call.XXXXXX", path[64];
	struct call c OWNED(call_close) = { 0 };
	int fd OWNED(fd_drop) = -1;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	assert_err(call_open(&c, path, geteuid(), 10), ERR_NOT_FOUND);
	assert_err(unix_listen(path, UNIX_NO_GROUP, &fd), ERR_OK);
	assert_err(call_open(&c, path, geteuid(), 10), ERR_OK);
	call_close(&c);
	assert_err(call_open(&c, path, geteuid() + 1, 10), ERR_AUTH);
	unlink(path);
	rmdir(dir);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 4] = {
		cmocka_unit_test_setup_teardown(
		    test_the_body_is_what_was_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_pieces_are_put_together, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_request_that_breaks_its_rows_is_not_sent, set_up,
		    tear_down),
		cmocka_unit_test(test_a_server_that_is_not_there),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[4 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
