/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "tests/hands.h"
#include "tests/said.h"

/* What a child does that reads logs, and nothing more. */
static void
test_logs_are_read(void **state)
{
	struct hands *h = *state;

	hands_start(h);
	hands_work(h);
}

/* A library that asks for memory gets it, until there is no more. */
static void
test_memory_ends(void **state)
{
	struct hands *h = *state;
	struct appraiser_answer a;

	h->setup.child_memory = 32 << 20;
	hands_start(h);
	hands_wait(h, hands_act(h, "memory"), &a);
	assert_int_equal(a.reason, REASON_none);
	assert_true(a.at > 0 && a.at <= 36);
}

static const char *const acts[] = {
	"read", "open", "socket", "fork", "exec", "ptrace", "kill", "code",
	"protect",
};

/* The kernel ends it at the call; the zygote goes on. */
static void
test_act(void **state)
{
	const char *act = *state;
	struct appraiser_answer a;
	struct hands *h = NULL;
	uint64_t ticket;
	char said[512];

	assert_int_equal(hands_begin((void **)&h), 0);
	said_begin();
	hands_start(h);
	ticket = hands_act(h, act);
	hands_wait(h, ticket, &a);
	assert_int_equal(a.reason, REASON_attest_reader);
	hands_work(h);
	said_end(said, sizeof(said));
	if (strstr(said, "is lost: Bad system call") == NULL)
		fail_msg("said: %s", said);
	hands_end((void **)&h);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, hands_begin, hands_end)

int
main(void)
{
	struct CMUnitTest tests[2 + ROWS(acts)] = {
		CASE(test_logs_are_read),
		CASE(test_memory_ends),
	};

	for (size_t i = 0; i < ROWS(acts); i++)
		tests[2 + i] = ROW_TEST(acts[i], test_act, acts[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
