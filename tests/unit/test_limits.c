/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "daemon/loop.h"
#include "link/call.h"
#include "link/frame.h"
#include "link/unix.h"
#include "tests/fill.h"
#include "tests/stage.h"

/* What one peer can do to the service, and to the others. */

static void
ask(struct stage *s, struct mem_link *peer, unsigned number)
{
	mem_link_say(peer, stage_request(s, MSG_status_req, number));
}

static void
turn(struct stage *s)
{
	assert_err(stage_turn(s), ERR_OK);
}

/* The next answers are to these requests. */
static void
expect_answers(struct mem_link *peer, size_t *at, int from, int to)
{
	struct msg m;

	for (int i = from; i <= to; i++) {
		stage_answer(peer, at, &m);
		assert_string_equal(wire_name(m.type), "status_resp");
		assert_int_equal(stage_number(&m), i);
	}
}

static void
test_a_bucket_runs_dry_and_fills_again(void **state)
{
	struct stage *s = *state;
	struct mem_link *one, *other;
	struct msg m;
	size_t at = 0, other_at = 0;

	s->service.limits.burst = 2;
	s->service.limits.rate = 10;
	stage_restart(s);
	one = stage_peer(s, FRONT);
	other = stage_peer(s, BACK);
	for (unsigned i = 0; i < 3; i++)
		ask(s, one, i);
	ask(s, other, 0);
	turn(s);
	expect_answers(one, &at, 0, 1);
	stage_answer(one, &at, &m);
	assert_string_equal(wire_name(m.type), "error");
	assert_string_equal(m.error.reason.at, "limit.rate");
	assert_int_equal(m.error.code, WIRE_code_busy);
	assert_true(m.error.has_retry_after);
	assert_int_equal(stage_number(&m), 2);
	assert_int_equal(s->refused, REASON_limit_rate);
	expect_answers(other, &other_at, 0, 0);

	/* Another connection of the same peer is the same bucket. */
	ask(s, stage_peer(s, FRONT), 3);
	turn(s);
	assert_int_equal(s->handled, 3);

	stage_wait(99);
	ask(s, one, 4);
	turn(s);
	assert_int_equal(s->handled, 3);
	stage_wait(100);
	ask(s, one, 5);
	turn(s);
	assert_int_equal(s->handled, 4);

	/* It holds a burst, however long one waits. */
	stage_wait(3600000);
	for (unsigned i = 0; i < 4; i++)
		ask(s, one, i);
	turn(s);
	assert_int_equal(s->handled, 6);
}

static void
test_so_many_connections_and_no_more(void **state)
{
	struct stage *s = *state;
	struct mem_link *last;
	struct msg m;
	size_t at = 0;

	s->service.limits.connections = 3;
	stage_restart(s);
	for (int i = 0; i < 3; i++)
		assert_non_null(stage_peer(s, FRONT));
	assert_null(stage_peer(s, FRONT));
	last = s->links[s->nlinks - 1];
	assert_true(last->dropped);
	stage_answer(last, &at, &m);
	assert_string_equal(m.error.reason.at, "limit.connections");
	assert_int_equal(m.error.code, WIRE_code_busy);
	assert_int_equal(service_tally(s->loop, FRONT)->crowded, 1);
	assert_non_null(stage_peer(s, BACK));

	/* A place that becomes free can be had. */
	s->links[0]->closed = true;
	turn(s);
	assert_non_null(stage_peer(s, FRONT));
}

static void
test_no_peer_takes_anothers_slots(void **state)
{
	struct stage *s = *state;
	unsigned n = 0;

	s->service.limits.connections = SERVICE_CONNECTIONS;
	stage_restart(s);
	while (stage_peer(s, FRONT) != NULL)
		n++;
	assert_int_equal(n, SERVICE_CONNECTIONS / 2);
	for (unsigned i = 0; i < n; i++)
		assert_non_null(stage_peer(s, BACK));
	assert_null(stage_peer(s, BACK));
}

static void
test_half_a_frame_has_its_time(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	struct span frame = stage_request(s, MSG_status_req, 1);
	size_t at = 0;

	mem_link_say(peer, (struct span){ frame.at, 20 });
	turn(s);
	stage_wait(s->service.limits.half_ms - 1);
	mem_link_say(peer, (struct span){ frame.at + 20, 1 });
	turn(s);
	assert_false(peer->dropped);
	mem_link_say(peer, (struct span){ frame.at + 21, frame.len - 21 });

	/* The next one has its own time, but no more for a byte a second. */
	frame = stage_request(s, MSG_status_req, 2);
	mem_link_say(peer, (struct span){ frame.at, 20 });
	turn(s);
	expect_answers(peer, &at, 1, 1);
	stage_wait(1);
	turn(s);
	assert_false(peer->dropped);
	stage_wait(s->service.limits.half_ms - 2);
	mem_link_say(peer, (struct span){ frame.at + 20, 1 });
	turn(s);
	assert_false(peer->dropped);
	stage_wait(1);
	turn(s);
	assert_true(peer->dropped);
	assert_int_equal(service_tally(s->loop, FRONT)->dropped, 1);
	assert_int_equal(s->loop->gates[FRONT].bytes, 0);
}

static void
test_a_silent_peer_may_stay(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	ask(s, peer, 1);
	turn(s);
	stage_wait(100 * s->service.limits.half_ms);
	turn(s);
	ask(s, peer, 2);
	turn(s);
	expect_answers(peer, &at, 1, 2);
}

/* A peer that does not take its answers is not asked for more. */
static void
test_a_peer_that_never_reads_is_bounded_and_dropped(void **state)
{
	struct stage *s = *state;
	struct mem_link *deaf, *other;
	size_t at = 0;
	unsigned handled;

	s->service.limits.burst = 1000;
	stage_restart(s);
	deaf = stage_peer(s, FRONT);
	other = stage_peer(s, BACK);
	deaf->room = 10;
	for (unsigned i = 0; i < 500; i++)
		ask(s, deaf, i);
	for (int i = 0; i < 10; i++)
		turn(s);
	handled = s->handled;
	assert_true(handled <= SERVICE_OUTSTANDING);
	assert_true(s->loop->gates[FRONT].bytes <= 5 * ROOM_SMALL);
	ask(s, other, 1);
	turn(s);
	expect_answers(other, &at, 1, 1);
	assert_int_equal(s->handled, handled + 1);

	/* A byte now and then is not reading. */
	stage_wait(s->service.limits.unread_ms - 1);
	deaf->room = 1;
	turn(s);
	assert_false(deaf->dropped);
	stage_wait(1);
	turn(s);
	assert_true(deaf->dropped);
	assert_int_equal(s->loop->gates[FRONT].bytes, 0);
}

static void
test_a_slow_reader_gets_everything_in_order(void **state)
{
	struct stage *s = *state;
	struct mem_link *slow = stage_peer(s, FRONT);
	size_t at = 0;

	slow->room = 0;
	for (unsigned i = 0; i < 100; i++)
		ask(s, slow, i);
	for (int i = 0; i < 100000 && s->handled < 100; i++) {
		slow->room = 7;
		turn(s);
	}
	slow->room = SIZE_MAX;
	turn(s);
	turn(s);
	expect_answers(slow, &at, 0, 99);
	assert_int_equal(s->loop->gates[FRONT].bytes, 0);
}

static void
test_a_turn_takes_so_many_of_one_connection(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);
	size_t at = 0;

	for (unsigned i = 0; i < 40; i++)
		ask(s, peer, i);
	turn(s);
	assert_int_equal(s->handled, 65536 / wire_bound(MSG_status_resp));
	for (int i = 0; i < 40; i++)
		turn(s);
	expect_answers(peer, &at, 0, 39);
	assert_true(s->commits < 40);
}

static void
test_not_even_of_the_smallest_answers(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer;

	s->service.limits.burst = 0;
	stage_restart(s);
	peer = stage_peer(s, FRONT);
	for (unsigned i = 0; i < 40; i++)
		ask(s, peer, i);
	turn(s);
	assert_int_equal(service_tally(s->loop, FRONT)->limited,
	    SERVICE_OUTSTANDING);
}

static void
test_answers_that_wait_are_on_the_peers_account(void **state)
{
	struct stage *s = *state;
	struct mem_link *deaf[3];

	s->service.limits.memory = ROWS(deaf) * ROOM_SMALL;
	stage_restart(s);
	for (size_t i = 0; i < ROWS(deaf); i++) {
		deaf[i] = stage_peer(s, FRONT);
		deaf[i]->room = 0;
		ask(s, deaf[i], 1);
	}
	turn(s);
	for (size_t i = 0; i < ROWS(deaf); i++)
		assert_true(deaf[i]->dropped);
	assert_int_equal(s->loop->gates[FRONT].bytes, 0);
}

/* All of a peer's memory in half frames: it waits, the others do not. */
static void
test_memory_is_a_peers_own(void **state)
{
	struct stage *s = *state;
	struct mem_link *other, *late;
	struct span half;
	size_t at = 0;

	s->service.limits.memory = 4 * ROOM_SMALL;
	stage_restart(s);
	half = (struct span){ (const uint8_t *)"\xd8\x18\x5a", 3 };
	for (int i = 0; i < 4; i++)
		mem_link_say(stage_peer(s, FRONT), half);
	turn(s);
	assert_int_equal(s->loop->gates[FRONT].bytes, 4 * ROOM_SMALL);
	late = stage_peer(s, FRONT);
	ask(s, late, 1);
	other = stage_peer(s, BACK);
	ask(s, other, 1);
	turn(s);
	expect_answers(other, &at, 1, 1);
	assert_int_equal(late->out_len, 0);

	stage_wait(s->service.limits.half_ms);
	turn(s);
	turn(s);
	at = 0;
	expect_answers(late, &at, 1, 1);
	assert_int_equal(service_tally(s->loop, FRONT)->dropped, 4);
}

/* A peer with all its connections busy has the others wait a turn at most:
 * so many requests of its own are handled between two of theirs. */
static void
test_a_flood_does_not_starve_the_others(void **state)
{
	struct stage *s = *state;
	struct mem_link *other, *peer;
	size_t at = 0;
	unsigned before;

	s->service.limits.burst = 1000000;
	s->service.limits.memory = 1 << 22;
	s->service.limits.connections = SERVICE_CONNECTIONS;
	stage_restart(s);
	while ((peer = stage_peer(s, FRONT)) != NULL)
		for (unsigned i = 0; i < 700; i++)
			ask(s, peer, i);
	other = stage_peer(s, BACK);
	turn(s);
	for (unsigned i = 0; i < 300; i++) {
		ask(s, other, i);
		before = s->handled;
		turn(s);
		turn(s);
		expect_answers(other, &at, (int)i, (int)i);
		assert_int_equal(s->handled - before, 2 * SERVICE_TURN);
	}
}

static void
test_a_broken_link_is_forgotten(void **state)
{
	struct stage *s = *state;
	struct mem_link *peer = stage_peer(s, FRONT);

	peer->broken = true;
	turn(s);
	assert_true(peer->dropped);
	assert_int_equal(s->loop->gates[FRONT].connections, 0);
}

/* The same over sockets, as in a daemon. */

struct place {
	char	dir[64];
	char	path[96];
};

static void
listen_at(struct stage *s, struct place *p)
{
	snprintf(p->dir, sizeof(p->dir), "/tmp/test_limits.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	s->doors[FRONT].uid = geteuid();
	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &s->doors[FRONT].fd),
	    ERR_OK);
}

static void
leave(struct stage *s, struct place *p)
{
	fd_drop(&s->doors[FRONT].fd);
	unlink(p->path);
	rmdir(p->dir);
}

static void
test_a_hundred_sockets_share_commits(void **state)
{
	static struct call calls[100];
	struct stage *s = *state;
	struct msg request, answer;
	struct place p;
	unsigned served = 0;

	s->service.limits.connections = 100;
	stage_restart(s);
	listen_at(s, &p);
	fill(&request, MSG_status_req, SMALLEST);
	for (size_t i = 0; i < ROWS(calls); i++) {
		assert_err(call_open(&calls[i], p.path, geteuid(), 1000),
		    ERR_OK);
		assert_err(call_send(&calls[i], &request, 0), ERR_OK);
	}
	for (int i = 0; i < 50; i++)
		turn(s);
	for (size_t i = 0; i < ROWS(calls); i++) {
		served += call_receive(&calls[i], &answer, 0) == ERR_OK;
		call_close(&calls[i]);
	}
	assert_int_equal(served, 100);
	assert_true(s->commits < 20);
	leave(s, &p);
}

static void
test_a_thousand_sockets_leave_the_back_door_open(void **state)
{
	static struct link links[1000];
	struct stage *s = *state;
	struct mem_link *other = stage_peer(s, BACK);
	struct place p;
	struct rlimit files;
	unsigned refused = 0;
	size_t at = 0;

	/* A login has 1,024 of them, and this needs as many on each side. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);

	listen_at(s, &p);
	for (unsigned i = 0; i < ROWS(links); i++) {
		if (unix_connect(p.path, geteuid(), 1, &links[i]) != ERR_OK)
			refused++;
		if (i % 10 != 0)
			continue;
		ask(s, other, i);
		turn(s);
		expect_answers(other, &at, (int)i, (int)i);
	}
	assert_int_equal(s->loop->gates[FRONT].connections,
	    s->service.limits.connections);
	assert_true(refused < ROWS(links));
	for (size_t i = 0; i < ROWS(links); i++)
		link_drop(&links[i]);
	turn(s);
	turn(s);
	assert_int_equal(s->loop->gates[FRONT].connections, 0);
	leave(s, &p);
}

static void
test_a_stranger_is_not_let_in(void **state)
{
	struct link stranger OWNED(link_drop) = { 0 };
	struct stage *s = *state;
	struct place p;

	listen_at(s, &p);
	s->doors[FRONT].uid = geteuid() + 1;
	assert_err(unix_connect(p.path, geteuid(), 1, &stranger), ERR_OK);
	turn(s);
	assert_int_equal(service_tally(s->loop, FRONT)->strangers, 1);
	assert_int_equal(service_tally(s->loop, FRONT)->accepted, 0);
	leave(s, &p);
}

#define STAGE_TEST(f) cmocka_unit_test_setup_teardown(f, stage_open, \
	stage_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_a_bucket_runs_dry_and_fills_again),
		STAGE_TEST(test_so_many_connections_and_no_more),
		STAGE_TEST(test_no_peer_takes_anothers_slots),
		STAGE_TEST(test_half_a_frame_has_its_time),
		STAGE_TEST(test_a_silent_peer_may_stay),
		STAGE_TEST(test_a_peer_that_never_reads_is_bounded_and_dropped),
		STAGE_TEST(test_a_slow_reader_gets_everything_in_order),
		STAGE_TEST(test_a_turn_takes_so_many_of_one_connection),
		STAGE_TEST(test_not_even_of_the_smallest_answers),
		STAGE_TEST(test_memory_is_a_peers_own),
		STAGE_TEST(test_answers_that_wait_are_on_the_peers_account),
		STAGE_TEST(test_a_flood_does_not_starve_the_others),
		STAGE_TEST(test_a_broken_link_is_forgotten),
		STAGE_TEST(test_a_stranger_is_not_let_in),
		STAGE_TEST(test_a_hundred_sockets_share_commits),
		STAGE_TEST(test_a_thousand_sockets_leave_the_back_door_open),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
