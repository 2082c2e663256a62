/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "daemon/service.h"
#include "link/call.h"
#include "tests/machine.h"
#include "tests/stage.h"
#include "xen/node.h"

static enum err
take(struct link *l, uint8_t *buf, size_t cap, size_t *n)
{
	*n = 0;
	return link_receive(l, buf, cap, n);
}

static enum err
give(struct link *l, const char *text)
{
	size_t n = 0;

	return link_send(l, (const uint8_t *)text, strlen(text), &n);
}

static bool
wants_us(const struct machine *m)
{
	struct pollfd p = { .fd = vchan_fd(m->door), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* The next peer gets rings of its own, and none before the last one's end was
 * seen. */
static void
test_every_connection_has_fresh_rings(void **state)
{
	struct machine *m = *state;
	uint8_t buf[8];
	size_t n;

	machine_pair(m);
	for (int i = 0; i < 5; i++) {
		struct link early = { 0 };

		assert_err(give(&m->client, "half a f"), ERR_OK);
		assert_err(give(&m->server, "unread"), ERR_OK);
		link_drop(&m->client);
		assert_err(machine_connect(m, 0, &early), ERR_NOT_FOUND);
		assert_null(early.ops);

		assert_err(take(&m->server, buf, 8, &n), ERR_OK);
		assert_err(take(&m->server, buf, 8, &n), ERR_NOT_FOUND);
		machine_be(m, SERVER);
		link_drop(&m->server);
		assert_true(wants_us(m));
		assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
		assert_false(wants_us(m));

		machine_pair(m);
		assert_err(take(&m->server, buf, 8, &n), ERR_BUSY);
		assert_err(take(&m->client, buf, 8, &n), ERR_BUSY);
	}
}

/* A peer that comes and goes before it is let in leaves nothing behind. */
static void
test_a_door_is_quiet_until_somebody_comes(void **state)
{
	struct machine *m = *state;

	assert_false(wants_us(m));
	/* A ring that its server has given up is none. */
	vchan_lies.open = &(int){ 0 };
	assert_err(machine_connect(m, 0, &m->client), ERR_NOT_FOUND);
	vchan_lies.open = NULL;
	machine_be(m, SERVER);
	assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
	assert_err(machine_connect(m, 0, &m->client), ERR_OK);
	assert_true(wants_us(m));
	link_drop(&m->client);
	machine_be(m, SERVER);
	assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
	assert_false(wants_us(m));
	machine_pair(m);
	/* What it says is its link's, no longer the door's. */
	assert_err(give(&m->client, "hello"), ERR_OK);
	assert_false(wants_us(m));
	/* Two on one channel is one too many. */
	assert_err(vchan_accept(m->door, &(struct link){ 0 }), ERR_BUSY);
	assert_false(wants_us(m));
}

static void
test_channels_are_apart(void **state)
{
	struct machine *m = *state;
	struct link client[VCHAN_CHANNELS] = { 0 };
	struct link server[VCHAN_CHANNELS] = { 0 };
	uint8_t buf[8];
	size_t n;

	machine_listen(m, VCHAN_CHANNELS);
	for (unsigned i = 0; i < VCHAN_CHANNELS; i++) {
		assert_err(machine_connect(m, i, &client[i]), ERR_OK);
		machine_be(m, SERVER);
		assert_err(vchan_accept(m->door, &server[i]), ERR_OK);
		assert_err(give(&client[i], (char[]){ (char)('a' + i), 0 }),
		    ERR_OK);
	}
	for (unsigned i = 0; i < VCHAN_CHANNELS; i++) {
		assert_err(take(&server[i], buf, 8, &n), ERR_OK);
		assert_int_equal(buf[0], 'a' + i);
		link_drop(&client[i]);
	}
	for (unsigned i = 0; i < VCHAN_CHANNELS; i++)
		link_drop(&server[i]);
	assert_err(machine_connect(m, VCHAN_CHANNELS, &m->client),
	    ERR_NOT_FOUND);
}

/* Whose word a domid is, and what is one. */
static const struct node {
	const char	*value, *rights;
	enum err	 want;
} nodes[] = {
	{ "2", "n0 r1", ERR_OK },
	{ "0", "n0 r1", ERR_OK },
	{ "32751", "r0", ERR_OK },
	{ "2", "n0 b0", ERR_OK },
	{ "2", "n1", ERR_AUTH },
	{ "2", "n1 r0", ERR_AUTH },
	{ "2", "n3 r1", ERR_AUTH },
	{ "2", "w0", ERR_AUTH },
	{ "2", "b0 r1", ERR_AUTH },
	{ "2", "n0 w1", ERR_AUTH },
	{ "2", "n0 r1 b2", ERR_AUTH },
	{ "2", "n0 r1 r2 w7", ERR_AUTH },
	{ "", "n0 r1", ERR_MALFORMED },
	{ "02", "n0 r1", ERR_MALFORMED },
	{ "-2", "n0 r1", ERR_MALFORMED },
	{ "2 ", "n0 r1", ERR_MALFORMED },
	{ "0x2", "n0 r1", ERR_MALFORMED },
	{ "32752", "n0 r1", ERR_MALFORMED },
	{ "4294967298", "n0 r1", ERR_MALFORMED },
	{ "two", "n0 r1", ERR_MALFORMED },
};

static void
test_a_node_is_the_toolstacks(void **state)
{
	struct machine *m = *state;
	unsigned domid = 77;

	for (size_t i = 0; i < ROWS(nodes); i++) {
		machine_node(m, SERVER, CLIENT_NODE, nodes[i].value,
		    nodes[i].rights);
		assert_err(node_domid(CLIENT_NODE, &domid), nodes[i].want);
		if (nodes[i].want == ERR_OK)
			assert_int_equal(domid,
			    strtoul(nodes[i].value, NULL, 10));
		machine_node(m, CLIENT, SERVER_NODE, nodes[i].value,
		    nodes[i].rights);
		if (nodes[i].want == ERR_AUTH)
			assert_err(machine_connect(m, 0, &m->client),
			    ERR_AUTH);
	}
	assert_err(node_domid("nothing/there", &domid), ERR_NOT_FOUND);
	vchan_lies.store = EIO;
	assert_err(node_domid(CLIENT_NODE, &domid), ERR_HARDWARE);
	vchan_lies.store = EACCES;
	assert_err(node_domid(CLIENT_NODE, &domid), ERR_NOT_FOUND);
	vchan_lies.store = 0;
}

static void
test_paths_are_within_what_libxenvchan_takes(void **state)
{
	char path[NODE_PATH_MAX + 1];

	(void)state;
	assert_err(node_served(2, 9001, 0, path), ERR_OK);
	assert_string_equal(path, "data/vchan/2/9001");
	assert_err(node_of(32751, 32751, 65535, 7, path), ERR_OK);
	assert_string_equal(path,
	    "/local/domain/32751/data/vchan/32751/65535-7");
	assert_err(node_of(32751, 32751, 1234567890, 0, path), ERR_OK);
	assert_int_equal(strlen(path), NODE_PATH_MAX - 2);
	assert_err(node_of(32751, 32751, 1234567890, 1, path), ERR_OK);
	assert_int_equal(strlen(path), NODE_PATH_MAX);
	assert_err(node_of(32751, 32751, 1234567890, 10, path), ERR_LIMIT);
	assert_err(node_of(1234567890, 1234567890, 1234567890, 0, path),
	    ERR_LIMIT);
}

/* The rings are made out to domain 2: another one that knows their name does
 * not get them. */
static void
test_nobody_else_gets_in(void **state)
{
	struct machine *m = *state;

	machine_be(m, OTHER);
	assert_null(libxenvchan_client_init(NULL, SERVER,
	    "/local/domain/1/data/vchan/2/9001"));
	machine_node(m, OTHER, SERVER_NODE, "1", "n0 r3");
	assert_err(vchan_connect(&(struct vchan_address){ SERVER_NODE, PORT,
	    0 }, 20, &m->client), ERR_NOT_FOUND);
	machine_be(m, SERVER);
	assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
}

/* The peer was destroyed, and started again as another domain. */
static void
test_a_peer_with_a_new_domid(void **state)
{
	struct machine *m = *state;
	uint8_t buf[8];
	size_t n;

	machine_pair(m);
	vchan_look(m->door);
	assert_err(take(&m->server, buf, 8, &n), ERR_BUSY);
	vchan_lies.store = EIO;		/* it says nothing of anybody */
	vchan_look(m->door);
	vchan_lies.store = 0;
	assert_err(take(&m->server, buf, 8, &n), ERR_BUSY);
	machine_node(m, SERVER, CLIENT_NODE, "3", "n0 r1");
	vchan_look(m->door);
	assert_err(take(&m->server, buf, 8, &n), ERR_HARDWARE);
	link_drop(&m->server);
	link_drop(&m->client);
	assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
	assert_err(machine_connect(m, 0, &m->client), ERR_NOT_FOUND);

	machine_node(m, OTHER, SERVER_NODE, "1", "n0 r3");
	assert_err(vchan_connect(&(struct vchan_address){ SERVER_NODE, PORT,
	    0 }, 20, &m->client), ERR_OK);
	machine_be(m, SERVER);
	assert_err(vchan_accept(m->door, &m->server), ERR_OK);
	link_drop(&m->server);
	link_drop(&m->client);

	/* Destroyed for good; a channel that waits for it is closed too. */
	assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
	machine_forget(m, SERVER, CLIENT_NODE);
	vchan_look(m->door);
	assert_err(vchan_accept(m->door, &m->server), ERR_HARDWARE);
	machine_be(m, OTHER);
	assert_null(libxenvchan_client_init(NULL, SERVER,
	    "/local/domain/1/data/vchan/3/9001"));
}

static void
test_what_is_not_there_yet_is_tried_again(void **state)
{
	struct machine *m = *state;

	machine_forget(m, SERVER, CLIENT_NODE);
	machine_listen(m, 2);
	assert_true(wants_us(m));
	assert_err(vchan_accept(m->door, &m->server), ERR_HARDWARE);
	assert_true(wants_us(m));
	machine_node(m, SERVER, CLIENT_NODE, "2", "n0 r1");
	vchan_lies.refuse = 2;
	assert_err(vchan_accept(m->door, &m->server), ERR_HARDWARE);
	assert_err(vchan_accept(m->door, &m->server), ERR_HARDWARE);
	assert_true(wants_us(m));
	assert_err(vchan_accept(m->door, &m->server), ERR_BUSY);
	assert_false(wants_us(m));
	machine_pair(m);
}

/* A domain that does nothing but come and go is not all that we do. */
static void
test_rings_are_not_made_without_end(void **state)
{
	struct machine *m = *state;
	enum err e = ERR_BUSY;
	int n;

	for (n = 0; n < 200 && e == ERR_BUSY; n++) {
		assert_err(machine_connect(m, 0, &m->client), ERR_OK);
		link_drop(&m->client);
		machine_be(m, SERVER);
		e = vchan_accept(m->door, &m->server);
	}
	assert_err(e, ERR_LIMIT);
	assert_int_equal(n, 100);
}

static void
test_what_was_received_is_wiped(void **state)
{
	struct machine *m = *state;
	struct vchan_interface *page;
	uint8_t buf[16];
	size_t n;

	machine_pair(m);
	page = machine_page(m);
	assert_err(give(&m->client, "code 123456"), ERR_OK);
	assert_memory_equal((uint8_t *)page + 4096, "code 123456", 11);
	assert_err(take(&m->server, buf, 16, &n), ERR_OK);
	link_drop(&m->server);
	for (size_t i = 0; i < 11; i++)
		assert_int_equal(((uint8_t *)page)[4096 + i], 0);
}

/* lock_memory = all: what is mapped from now on is locked, at most so much,
 * and rings come and go all the same. */
static void
test_rings_under_locked_memory(void **state)
{
	struct machine *m = *state;
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	if (limit.rlim_cur > 1 << 20)
		limit.rlim_cur = 1 << 20;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	assert_int_equal(mlockall(MCL_FUTURE), 0);
	for (int i = 0; i < 100; i++) {
		machine_listen(m, 2);
		machine_pair(m);
		assert_err(give(&m->client, "hello"), ERR_OK);
		link_drop(&m->client);
		link_drop(&m->server);
	}
	assert_int_equal(munlockall(), 0);
}

/* ---- the service loop over it ---- */

static enum err
accept_vchan(const struct door *door, struct link *out)
{
	return vchan_accept(door->self, out);
}

/* The client is a process of its own: each question has its answer, n times,
 * over so many connections. */
static int
ask_often(struct machine *m, int connections, int n)
{
	struct msg ask = { .type = MSG_status_req }, answer;
	enum err e = ERR_OK;

	if (WIRE_SET_TEXT(ask.status_req.request_id, span_text(
	    "11111111-2222-4333-8444-555555555555")) != ERR_OK)
		return 1;
	machine_be(m, CLIENT);
	while (e == ERR_OK && connections-- > 0) {
		const struct vchan_address a = { SERVER_NODE, PORT, 0 };
		struct call call OWNED(call_close) = { 0 };
		struct link link = { 0 };

		if (vchan_connect(&a, 2000, &link) != ERR_OK ||
		    call_over(&call, &link) != ERR_OK)
			return 2;
		for (int i = 0; i < n && e == ERR_OK; i++)
			e = call_ask(&call, &ask, MSG_status_resp, &answer,
			    10000);
	}
	return e == ERR_OK ? 0 : 3;
}

static volatile sig_atomic_t is_done;

static void
on_end(int sig)
{
	(void)sig;
	is_done = 1;
}

/* Until the client has ended, which is the only thing that wakes it besides
 * what happens on its links. */
static void
serve(struct loop *l)
{
	while (!is_done)
		assert_err(service_turn(l, -1), ERR_OK);
}

/* A signal that comes only where the service waits. */
static void
expect_end(void)
{
	const struct sigaction action = { .sa_handler = on_end };
	sigset_t hold;

	is_done = 0;
	sigemptyset(&hold);
	sigaddset(&hold, SIGCHLD);
	assert_int_equal(sigprocmask(SIG_BLOCK, &hold, NULL), 0);
	assert_int_equal(sigaction(SIGCHLD, &action, NULL), 0);
}

static void
on_time(int sig)
{
	(void)sig;
	stage_wait(10);
}

/* A server that only makes events cannot keep its client for ever. */
static void
test_a_call_ends_in_spite_of_events(void **state)
{
	const struct sigaction action = { .sa_handler = on_time };
	const struct itimerval each_ms = { { 0, 1000 }, { 0, 1000 } };
	const struct itimerval never = { 0 };
	struct call call OWNED(call_close) = { 0 };
	struct machine *m = *state;
	struct stage *s = NULL;
	static struct msg answer;

	assert_int_equal(stage_open((void **)&s), 0);
	machine_pair(m);
	assert_err(call_over(&call, &m->client), ERR_OK);
	vchan_lies.spurious = 1;
	assert_int_equal(sigaction(SIGVTALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_VIRTUAL, &each_ms, NULL), 0);
	assert_err(call_receive(&call, &answer, 50), ERR_BUSY);
	assert_int_equal(setitimer(ITIMER_VIRTUAL, &never, NULL), 0);
	vchan_lies = (struct vchan_lies){ 0 };
	stage_close((void **)&s);
}

static const struct burden {
	const char	*name;
	struct vchan_lies lies;
	int		 connections, n;
} burdens[] = {
	{ "the service over usual rings", { 0 }, 20, 20 },
	{ "the service over rings of one byte", { .ring = 1 }, 2, 2 },
	{ "the service over one byte at a time", { .most = 1 }, 3, 5 },
	{ "the service with events for nothing", { .spurious = 3 }, 3, 20 },
	{ "the service with small rings and reads", { .ring = 7, .most = 5,
	    .spurious = 2 }, 3, 5 },
};

static void
test_a_service(void **state)
{
	const struct burden *row = *state;
	struct machine *m = NULL;
	struct stage *s = NULL;
	int status = -1;
	pid_t pid;

	assert_int_equal(machine_open((void **)&m), 0);
	assert_int_equal(stage_open((void **)&s), 0);
	vchan_lies = row->lies;
	machine_listen(m, 1);
	s->doors[FRONT].fd = vchan_fd(m->door);
	s->doors[FRONT].self = m->door;
	s->doors[FRONT].accept = accept_vchan;
	s->service.limits.burst = 100000;
	stage_restart(s);

	expect_end();
	pid = fork();
	if (pid == 0) {
		/* What the server has open would seem to live on in us. */
		close_range(3, ~0u, 0);
		_exit(ask_often(m, row->connections, row->n));
	}
	machine_be(m, SERVER);
	serve(s->loop);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(s->handled, row->connections * row->n);
	/* Those that are gone were noticed, all but the last for sure. */
	assert_true(service_tally(s->loop, FRONT)->accepted >=
	    (uint64_t)row->connections);
	stage_close((void **)&s);
	machine_close((void **)&m);
}

#define MACHINE(test) \
	cmocka_unit_test_setup_teardown(test, machine_open, machine_close)

int
main(void)
{
	struct CMUnitTest tests[12 + ROWS(burdens)] = {
		MACHINE(test_every_connection_has_fresh_rings),
		MACHINE(test_a_door_is_quiet_until_somebody_comes),
		MACHINE(test_channels_are_apart),
		MACHINE(test_a_node_is_the_toolstacks),
		MACHINE(test_paths_are_within_what_libxenvchan_takes),
		MACHINE(test_nobody_else_gets_in),
		MACHINE(test_a_peer_with_a_new_domid),
		MACHINE(test_what_is_not_there_yet_is_tried_again),
		MACHINE(test_rings_are_not_made_without_end),
		MACHINE(test_what_was_received_is_wiped),
		MACHINE(test_rings_under_locked_memory),
		MACHINE(test_a_call_ends_in_spite_of_events),
	};

	for (size_t i = 0; i < ROWS(burdens); i++)
		tests[12 + i] = ROW_TEST(burdens[i].name, test_a_service,
		    &burdens[i]);
	alarm(120);		/* a service that sleeps over something */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
