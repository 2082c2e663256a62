/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cryptod/zygote.h"
#include "tests/hands.h"
#include "tests/said.h"

static void
test_a_killed_zygote(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;
	uint64_t ticket;
	char said[512];

	said_begin();
	hands_start(h);
	ticket = hands_act(h, "wait");
	assert_int_equal(kill(hands_child(getpid()), SIGKILL), 0);
	hands_wait(h, ticket, &a);
	said_end(said, sizeof(said));
	hands_lost(&a, REASON_attest_zygote);
	hands_gone(h);
	assert_non_null(strstr(said, "attest.zygote: it is gone"));
}

/* While it is silent its jobs are lost; when it is back, it is back. */
static void
test_a_stopped_zygote(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;
	uint64_t tickets[APPRAISER_JOBS], more;
	pid_t zygote;

	h->setup.answer_ms = 1;
	hands_start(h);
	zygote = hands_child(getpid());
	assert_int_equal(kill(zygote, SIGSTOP), 0);
	hands_make(h, "grub", "grub");
	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		assert_err(appraiser_ask_log(h->a, &h->job, &tickets[i]),
		    ERR_OK);
	for (size_t i = 0; i < APPRAISER_JOBS; i++) {
		hands_wait(h, tickets[i], &a);
		hands_lost(&a, REASON_attest_zygote);
	}
	assert_int_equal(appraiser_trouble(h->a), REASON_attest_zygote);
	assert_err(appraiser_ask_log(h->a, &h->job, &more), ERR_BUSY);
	assert_int_equal(kill(zygote, SIGCONT), 0);
	hands_settle(h);
	assert_int_equal(appraiser_trouble(h->a), REASON_none);
	assert_err(appraiser_ask_log(h->a, &h->job, &more), ERR_OK);
}

/* What comes in time is taken, however late it is looked at. */
static void
test_an_answer_that_lay_there(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;
	uint64_t ticket;
	struct pollfd p = { .events = POLLIN };
	int left_ms;

	h->setup.answer_ms = 1;
	hands_start(h);
	hands_make(h, "grub", "grub");
	assert_err(appraiser_ask_log(h->a, &h->job, &ticket), ERR_OK);
	assert_true(appraiser_waits(h->a, &p.fd, &left_ms));
	assert_int_equal(poll(&p, 1, -1), 1);
	hands_wait(h, ticket, &a);
	assert_int_equal(a.log.rules, APPRAISE_PASSED);
}

static const struct lie_row {
	const char	*name;
	enum lie	 lie;
} lies[] = {
	{ "a zygote that answers before it is asked", LIE_BEFORE },
	{ "one that answers for another ticket", LIE_TICKET },
	{ "one that answers for another job", LIE_SLOT },
	{ "one that answers with no end", LIE_END },
	{ "one that says too little", LIE_SHORT },
	{ "one that says too much", LIE_LONG },
	{ "one that goes", LIE_QUITS },
};

static void
test_lie(void **state)
{
	const struct lie_row *row = *state;
	struct hands *h = NULL;
	struct appraiser_answer a;
	uint64_t ticket = 0;
	enum err e;

	assert_int_equal(hands_begin((void **)&h), 0);
	hands_lie = row->lie;
	hands_start(h);
	hands_make(h, "grub", "grub");
	e = appraiser_ask_log(h->a, &h->job, &ticket);
	if (e == ERR_OK) {
		hands_wait(h, ticket, &a);
		hands_lost(&a, REASON_attest_zygote);
	}
	hands_gone(h);
	hands_end((void **)&h);
}

/* The first was asked for, and counts; the second was not. */
static void
test_a_zygote_that_answers_twice(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;

	hands_lie = LIE_TWICE;
	hands_start(h);
	hands_make(h, "grub", "grub");
	hands_ask(h, &a);
	hands_settle(h);
	assert_int_equal(a.log.rules, APPRAISE_PASSED);
	hands_gone(h);
}

static void
test_a_zygote_that_does_not_start(void **state)
{
	struct hands *h = *state;

	hands_lie = LIE_NO_GREETING;
	assert_err(appraiser_start(&h->setup, &h->a), ERR_HARDWARE);
	hands_lie = LIE_REFUSES;
	assert_err(appraiser_start(&h->setup, &h->a), ERR_LIMIT);
	assert_null(h->a);
	appraiser_drop(&h->a);
}

/* And so do its children. */
static void
test_it_goes_with_its_appraiser(void **state)
{
	struct hands *h = *state;
	pid_t zygote, child;

	hands_start(h);
	(void)hands_act(h, "wait");
	zygote = hands_child(getpid());
	child = hands_child(zygote);
	appraiser_drop(&h->a);
	assert_int_equal(kill(zygote, 0), -1);
	while (kill(child, 0) == 0 && !hands_zombie(child))
		sched_yield();
}

/* What only a broken cryptod would say to it. */
static const struct order_row {
	const char	*name;
	uint64_t	 slot;
	size_t		 len;
	unsigned	 times;
} orders[] = {
	{ "an order that is short", 0, sizeof(struct order) - 1, 1 },
	{ "an order that is long", 0, sizeof(struct order) + 1, 1 },
	{ "an order for no job", APPRAISER_JOBS, sizeof(struct order), 1 },
	{ "an order for a job that is under way", 0, sizeof(struct order), 2 },
};

static void
test_order(void **state)
{
	const struct order_row *row = *state;
	struct { struct order o; uint8_t more; } out = { { 1, row->slot }, 0 };
	struct hands *h = NULL;
	int status = -1;
	pid_t pid;
	int fd;

	assert_int_equal(hands_begin((void **)&h), 0);
	fd = hands_zygote(h, &pid);
	for (unsigned i = 0; i < row->times; i++)
		assert_int_equal(send(fd, &out, row->len, MSG_NOSIGNAL),
		    row->len);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	close(fd);
	hands_end((void **)&h);
}

/* Shared with the zygote: while it says so, there is no fork(). */
static volatile bool *no_fork;

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t
__wrap_fork(void)
{
	if (no_fork == NULL || !*no_fork)
		return __real_fork();
	errno = EAGAIN;
	return -1;
}

/* A child that cannot be begun costs its job the answer, and no other. */
static void
test_no_child_for_now(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;
	void *at = mmap(NULL, sizeof(*no_fork), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	no_fork = at;
	hands_start(h);
	hands_make(h, "grub", "grub");
	*no_fork = true;
	hands_ask(h, &a);
	hands_lost(&a, REASON_attest_reader);
	*no_fork = false;
	hands_work(h);
	no_fork = NULL;
	munmap(at, sizeof(*no_fork));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, hands_begin, hands_end)

static const struct CMUnitTest cases[] = {
	CASE(test_a_killed_zygote),
	CASE(test_a_stopped_zygote),
	CASE(test_an_answer_that_lay_there),
	CASE(test_a_zygote_that_answers_twice),
	CASE(test_a_zygote_that_does_not_start),
	CASE(test_it_goes_with_its_appraiser),
	CASE(test_no_child_for_now),
};

int
main(void)
{
	struct CMUnitTest tests[ROWS(cases) + ROWS(lies) + ROWS(orders)];
	size_t n = ROWS(cases);

	memcpy(tests, cases, sizeof(cases));
	for (size_t i = 0; i < ROWS(lies); i++)
		tests[n++] = ROW_TEST(lies[i].name, test_lie, &lies[i]);
	for (size_t i = 0; i < ROWS(orders); i++)
		tests[n++] = ROW_TEST(orders[i].name, test_order, &orders[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
