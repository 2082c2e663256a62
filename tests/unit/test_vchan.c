/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/own.h"
#include "tests/machine.h"

#define RING 16384

static enum err
take(struct link *l, uint8_t *buf, size_t cap, size_t *n)
{
	*n = 0;
	return link_receive(l, buf, cap, n);
}

static enum err
give(struct link *l, const char *text, size_t *n)
{
	*n = 0;
	return link_send(l, (const uint8_t *)text, strlen(text), n);
}

/* Does a descriptor show an event? */
static bool
is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
test_bytes_go_both_ways(void **state)
{
	struct machine *m = *state;
	uint8_t buf[8];
	size_t n;

	assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
	machine_pair(m);
	assert_err(take(&m->server, buf, sizeof(buf), &n), ERR_BUSY);
	assert_err(give(&m->client, "ping", &n), ERR_OK);
	assert_int_equal(n, 4);
	assert_err(take(&m->server, buf, 3, &n), ERR_OK);
	assert_int_equal(n, 3);
	assert_memory_equal(buf, "pin", 3);
	assert_err(take(&m->server, buf, 8, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_err(give(&m->server, "pong", &n), ERR_OK);
	assert_err(take(&m->client, buf, 8, &n), ERR_OK);
	assert_memory_equal(buf, "pong", 4);
	assert_err(take(&m->client, buf, 8, &n), ERR_BUSY);
}

/* Either side: what was said before the end is heard, nothing is said after
 * it. */
static void
test_what_was_sent_before_the_end_is_there(void **state)
{
	for (int server = 0; server < 2; server++) {
		struct machine *m = *state;
		struct link *one = server ? &m->server : &m->client;
		struct link *other = server ? &m->client : &m->server;
		uint8_t buf[8];
		size_t n;

		machine_listen(m, 1);
		machine_pair(m);
		assert_err(give(one, "last", &n), ERR_OK);
		link_drop(one);
		assert_err(give(other, "x", &n), ERR_HARDWARE);
		assert_err(take(other, buf, 2, &n), ERR_OK);
		assert_err(take(other, buf, 8, &n), ERR_OK);
		assert_int_equal(n, 2);
		assert_memory_equal(buf, "st", 2);
		assert_err(take(other, buf, 8, &n), ERR_NOT_FOUND);
		assert_err(take(other, buf, 8, &n), ERR_NOT_FOUND);
		link_drop(other);
	}
}

/* A process that dies has said nothing. */
static void
test_a_peer_that_dies_is_gone(void **state)
{
	struct machine *m = *state;
	uint8_t buf[8];
	size_t n;
	pid_t pid = fork();

	if (pid == 0) {
		/* Of the server's ends the copies would keep them alive. */
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		_exit(machine_connect(m, 0, &m->client) == ERR_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &(int){ 0 }, 0), pid);
	machine_be(m, SERVER);
	/* Gone before it was let in: the channel is made anew. */
	assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
	machine_pair(m);
	assert_err(give(&m->client, "here", &n), ERR_OK);
	assert_err(take(&m->server, buf, 8, &n), ERR_OK);
}

/* Send len bytes from one to the other, looking before each step whether an
 * event, or the link itself, says that there is something to do. */
static void
pump(struct link *from, struct link *to, size_t len)
{
	uint8_t out[997], in[997];
	size_t sent = 0, got = 0, n;
	short watch;

	while (got < len) {
		bool moved = false;
		enum err e;

		for (size_t i = 0; i < sizeof(out); i++)
			out[i] = (uint8_t)((sent + i) * 7 + (sent + i) / 251);
		n = 0;
		e = sent == len ? ERR_BUSY : link_send(from, out,
		    len - sent < sizeof(out) ? len - sent : sizeof(out), &n);
		assert_true(e == ERR_OK || e == ERR_BUSY);
		sent += n;
		moved |= n > 0;
		e = take(to, in, sizeof(in), &n);
		assert_true(e == ERR_OK || e == ERR_BUSY);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(in[i], (uint8_t)((got + i) * 7 +
			    (got + i) / 251));
		got += n;
		moved |= n > 0;
		assert_true(moved || vchan_lies.most == 0 ||
		    link_ready(to, POLLIN, &watch) != 0);
	}
	assert_int_equal(sent, len);
	assert_int_equal(link_ready(to, POLLIN, &watch), 0);
	assert_int_equal(watch, POLLIN);
	assert_int_equal(link_ready(from, POLLOUT, &watch), POLLOUT);
}

static const struct burden {
	const char	*name;
	struct vchan_lies lies;
	size_t		 len;
} burdens[] = {
	{ "a usual ring", { 0 }, 10 * RING + 5 },
	{ "a ring of one byte", { .ring = 1 }, 1000 },
	{ "a ring of eight bytes", { .ring = 4 }, 4000 },
	{ "one byte at a time", { .most = 1 }, RING + 5 },
	{ "three bytes at a time", { .most = 3, .ring = 11 }, 5000 },
	{ "an event for nothing each time", { .spurious = 1 }, 3 * RING },
	{ "every second event lost", { .lose = 2 }, 3 * RING },
	{ "all events lost", { .lose = 1, .most = 100 }, 3 * RING },
	{ "everything at once", { .ring = 3, .most = 2, .spurious = 2,
	    .lose = 3 }, 3000 },
};

static void
test_all_bytes_arrive(void **state)
{
	struct machine m = { 0 };

	/* The row comes in *state, the machine is this test's own. */
	const struct burden *row = *state;
	void *own = NULL;

	assert_int_equal(machine_open(&own), 0);
	m = *(struct machine *)own;
	vchan_lies = row->lies;
	machine_listen(own, 1);
	machine_pair(own);
	m = *(struct machine *)own;
	pump(&m.client, &m.server, row->len);
	pump(&m.server, &m.client, row->len);
	machine_close(&own);
}

/* The service loop sleeps by these two: nothing to be done, no event. */
static void
test_a_full_ring_is_waited_for(void **state)
{
	static const uint8_t zeros[RING];
	struct machine *m = *state;
	uint8_t buf[1];
	short watch = 0;
	size_t n = 0;

	machine_pair(m);
	assert_err(link_send(&m->server, zeros, RING, &n), ERR_OK);
	assert_int_equal(n, RING);
	assert_err(give(&m->server, "more", &n), ERR_BUSY);
	assert_int_equal(link_ready(&m->server, POLLOUT, &watch), 0);
	assert_int_equal(watch, POLLIN);
	assert_false(is_readable(link_fd(&m->server)));
	assert_int_equal(link_ready(&m->server, 0, &watch), 0);
	assert_int_equal(watch, 0);

	/* The peer takes one byte, and that is an event. */
	assert_err(take(&m->client, buf, 1, &n), ERR_OK);
	assert_true(is_readable(link_fd(&m->server)));
	assert_int_equal(link_ready(&m->server, POLLOUT, &watch), POLLOUT);
	assert_err(give(&m->server, "more", &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_false(is_readable(link_fd(&m->server)));
}

static void
test_what_is_there_needs_no_event(void **state)
{
	struct machine *m = *state;
	uint8_t buf[2];
	short watch;
	size_t n;

	machine_pair(m);
	assert_int_equal(link_ready(&m->server, POLLIN, &watch), 0);
	assert_err(give(&m->client, "two words", &n), ERR_OK);
	assert_true(is_readable(link_fd(&m->server)));
	assert_err(take(&m->server, buf, 2, &n), ERR_OK);
	assert_false(is_readable(link_fd(&m->server)));
	assert_int_equal(link_ready(&m->server, POLLIN, &watch), POLLIN);
	link_drop(&m->client);
	assert_true(is_readable(link_fd(&m->server)));
}

/* Said instead of the truth, when "8 bytes" stand in the ring. */
static const struct lie {
	const char	*name;
	struct vchan_lies lies;
	enum err	 receive, send;
} lies[] = {
	{ "no lie", { 0 }, ERR_OK, ERR_OK },
	{ "more in the ring than it holds", { .ready = &(int){ RING + 1 } },
	    ERR_HARDWARE, ERR_OK },
	{ "INT_MAX in the ring", { .ready = &(int){ INT_MAX } },
	    ERR_HARDWARE, ERR_OK },
	{ "less than nothing in the ring", { .ready = &(int){ -1 } },
	    ERR_HARDWARE, ERR_OK },
	{ "INT_MIN in the ring", { .ready = &(int){ INT_MIN } },
	    ERR_HARDWARE, ERR_OK },
	{ "more than there is", { .ready = &(int){ RING } }, ERR_OK, ERR_OK },
	{ "less than there is", { .ready = &(int){ 0 } }, ERR_BUSY, ERR_OK },
	{ "more space than there is", { .space = &(int){ RING + 1 } },
	    ERR_OK, ERR_HARDWARE },
	{ "space below nothing", { .space = &(int){ -7 } }, ERR_OK,
	    ERR_HARDWARE },
	{ "no space", { .space = &(int){ 0 } }, ERR_OK, ERR_BUSY },
	{ "a read of more than was asked", { .read = &(int){ 9 } },
	    ERR_HARDWARE, ERR_OK },
	{ "a read of very much more", { .read = &(int){ INT_MAX } },
	    ERR_HARDWARE, ERR_OK },
	{ "a read of nothing", { .read = &(int){ 0 } }, ERR_BUSY, ERR_OK },
	{ "a read that fails", { .read = &(int){ -1 } }, ERR_HARDWARE,
	    ERR_OK },
	{ "a read of less than nothing", { .read = &(int){ INT_MIN } },
	    ERR_HARDWARE, ERR_OK },
	{ "a write of more than was given", { .write = &(int){ 3 } }, ERR_OK,
	    ERR_HARDWARE },
	{ "a write of nothing", { .write = &(int){ 0 } }, ERR_OK, ERR_BUSY },
	{ "a write that fails", { .write = &(int){ -1 } }, ERR_OK,
	    ERR_HARDWARE },
	{ "a write of less than nothing", { .write = &(int){ -2 } }, ERR_OK,
	    ERR_HARDWARE },
	{ "a state that is none", { .open = &(int){ 77 } }, ERR_OK,
	    ERR_HARDWARE },
	{ "a state below all", { .open = &(int){ -1 } }, ERR_OK,
	    ERR_HARDWARE },
	{ "never connected", { .open = &(int){ 2 } }, ERR_OK, ERR_HARDWARE },
	{ "an event that cannot be taken", { .wait = &(int){ -1 } },
	    ERR_HARDWARE, ERR_HARDWARE },
	{ "no descriptor", { .no_fd = true }, ERR_HARDWARE, ERR_HARDWARE },
};

static void
test_a_lie(void **state)
{
	const struct lie *row = *state;

	for (int server = 0; server < 2; server++)
		for (int sends = 0; sends < 2; sends++) {
			const enum err want = sends ? row->send : row->receive;
			struct machine *m = NULL;
			struct link *l, *other;
			uint8_t buf[9] = { [8] = 0x5a };
			size_t n = 0;

			assert_int_equal(machine_open((void **)&m), 0);
			machine_pair(m);
			l = server ? &m->server : &m->client;
			other = server ? &m->client : &m->server;
			assert_err(give(other, "8 bytes.", &n), ERR_OK);
			vchan_lies = row->lies;
			assert_err(sends ? give(l, "ab", &n) :
			    take(l, buf, 8, &n), want);
			assert_true(n <= (sends ? 2 : 8));
			assert_int_equal(buf[8], 0x5a);
			/* Who has lied once is not listened to again. */
			vchan_lies = (struct vchan_lies){ 0 };
			if (want == ERR_HARDWARE && row->lies.open == NULL) {
				assert_err(take(l, buf, 8, &n), ERR_HARDWARE);
				assert_err(give(l, "a", &n), ERR_HARDWARE);
			}
			machine_close((void **)&m);
		}
}

/* Rings of sizes that cannot be, on either side. */
static void
test_impossible_rings(void **state)
{
	static const int orders[][2] = {
		{ -1, 10 }, { 10, -1 }, { 21, 10 }, { 10, 31 }, { 32, 32 },
		{ INT_MAX, INT_MIN },
	};
	struct machine *m = *state;

	for (size_t i = 0; i < ROWS(orders); i++) {
		vchan_lies.orders = orders[i];
		assert_err(machine_connect(m, 0, &m->client), ERR_HARDWARE);
		machine_listen(m, 1);
		assert_err(vchan_accept(m->door, &m->server), ERR_HARDWARE);
		vchan_lies.orders = NULL;
		assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
	}
	machine_pair(m);
}

/* What a peer can write into the shared page, and what it comes to. */
static const struct write {
	const char	*name;
	uint32_t	 left_prod, left_cons, right_prod, right_cons;
	enum err	 receive, send;		/* the server's */
} writes[] = {
	{ "the truth", 8, 0, 0, 0, ERR_OK, ERR_OK },
	{ "one more than a ring", RING + 1, 0, 0, 0, ERR_HARDWARE, ERR_OK },
	{ "behind what was read", 0, 1, 0, 0, ERR_HARDWARE, ERR_OK },
	{ "far ahead", 0x80000000, 0, 0, 0, ERR_HARDWARE, ERR_OK },
	{ "round the end", 4, 0xfffffffc, 0, 0, ERR_OK, ERR_OK },
	{ "a full ring", RING, 0, 0, 0, ERR_OK, ERR_OK },
	{ "read what was not sent", 8, 0, 0, 1, ERR_OK, ERR_HARDWARE },
	{ "read a ring too little", 8, 0, RING + 1, 0, ERR_OK, ERR_HARDWARE },
	{ "everything", ~0u, 1, ~0u, 1, ERR_HARDWARE, ERR_HARDWARE },
};

static void
test_an_index(void **state)
{
	const struct write *row = *state;

	for (int sends = 0; sends < 2; sends++) {
		struct machine *m = NULL;
		struct vchan_interface *page;
		uint8_t buf[8];
		size_t n;

		assert_int_equal(machine_open((void **)&m), 0);
		machine_pair(m);
		page = machine_page(m);
		page->left.prod = row->left_prod;
		page->left.cons = row->left_cons;
		page->right.prod = row->right_prod;
		page->right.cons = row->right_cons;
		/* They were taken when it was mapped, and for good. */
		page->left_order = 31;
		page->right_order = 0;
		assert_err(sends ? give(&m->server, "ab", &n) :
		    take(&m->server, buf, 8, &n),
		    sends ? row->send : row->receive);
		machine_close((void **)&m);
	}
}

#define MACHINE(test) \
	cmocka_unit_test_setup_teardown(test, machine_open, machine_close)

int
main(void)
{
	struct CMUnitTest tests[ROWS(burdens) + ROWS(lies) + ROWS(writes) +
	    6] = {
		MACHINE(test_bytes_go_both_ways),
		MACHINE(test_what_was_sent_before_the_end_is_there),
		MACHINE(test_a_peer_that_dies_is_gone),
		MACHINE(test_a_full_ring_is_waited_for),
		MACHINE(test_what_is_there_needs_no_event),
		MACHINE(test_impossible_rings),
	};
	size_t n = 6;

	for (size_t i = 0; i < ROWS(burdens); i++)
		tests[n++] = ROW_TEST(burdens[i].name, test_all_bytes_arrive,
		    &burdens[i]);
	for (size_t i = 0; i < ROWS(lies); i++)
		tests[n++] = ROW_TEST(lies[i].name, test_a_lie, &lies[i]);
	for (size_t i = 0; i < ROWS(writes); i++)
		tests[n++] = ROW_TEST(writes[i].name, test_an_index,
		    &writes[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
