/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cryptod/challenge.h"

#define NOW UINT64_C(5000000)
#define MINUTE (CHALLENGE_S * UINT64_C(1000))

static struct challenges table;

static const struct span web = { (const uint8_t *)"web", 3 };
static const struct span bound = { (const uint8_t *)"\xa0", 1 };

/* One more, of bytes that are number; NULL if there is no room. */
static struct challenge *
issue(size_t peer, uint64_t now, uint8_t number)
{
	uint64_t left = 0;
	struct challenge *c = challenge_room(&table, peer, now, &left);

	if (c == NULL) {
		assert_in_range(left, 1, CHALLENGE_S);
		return NULL;
	}
	c->until_ms = now + MINUTE;
	memset(c->at, number, sizeof(c->at));
	return c;
}

static size_t
find(size_t peer, uint64_t now, struct span vm, uint8_t number,
    struct span to)
{
	uint8_t asked[CHALLENGE_LEN], extra[EVIDENCE_QUALIFYING_LEN];

	memset(asked, number, sizeof(asked));
	assert_err(evidence_qualifying(web, SPAN(asked), bound, extra),
	    ERR_OK);
	return challenge_find(&table, peer, now, vm, to, SPAN(extra));
}

static int
set_up(void **state)
{
	(void)state;
	table = (struct challenges){ 0 };
	return 0;
}

static void
test_four_are_open_of_each_peer(void **state)
{
	(void)state;
	for (uint8_t i = 1; i <= CHALLENGES_OPEN; i++)
		assert_non_null(issue(0, NOW + i, i));
	assert_null(issue(0, NOW + 10, 9));
	assert_non_null(issue(CHALLENGE_PEERS - 1, NOW + 10, 9));
}

static void
test_who_waits_is_told_how_long(void **state)
{
	uint64_t left;

	(void)state;
	for (uint8_t i = 1; i <= CHALLENGES_OPEN; i++)
		issue(0, NOW + 1000 * i, i);
	assert_null(challenge_room(&table, 0, NOW + 5000, &left));
	assert_int_equal(left, 56);
	assert_null(challenge_room(&table, 0, NOW + 60999, &left));
	assert_int_equal(left, 1);
	assert_ptr_equal(challenge_room(&table, 0, NOW + 61000, &left),
	    &table.of[0][0]);
}

static void
test_it_is_found_by_what_was_made_of_it(void **state)
{
	(void)state;
	for (uint8_t i = 1; i <= CHALLENGES_OPEN; i++)
		issue(1, NOW, i);
	for (uint8_t i = 1; i <= CHALLENGES_OPEN; i++)
		assert_int_equal(find(1, NOW, web, i, bound), i);
}

static void
test_it_is_good_for_its_minute(void **state)
{
	(void)state;
	issue(1, NOW, 7);
	assert_int_equal(find(1, NOW + MINUTE - 1, web, 7, bound), 1);
	assert_int_equal(find(1, NOW + MINUTE, web, 7, bound), 0);
}

static void
test_it_is_one_peers(void **state)
{
	(void)state;
	issue(1, NOW, 7);
	assert_int_equal(find(2, NOW, web, 7, bound), 0);
}

static void
test_it_is_for_one_domain_and_what_that_binds(void **state)
{
	(void)state;
	issue(1, NOW, 7);
	assert_int_equal(find(1, NOW, span_text("we"), 7, bound), 0);
	assert_int_equal(find(1, NOW, web, 7, span_text("\xa1")), 0);
	assert_int_equal(find(1, NOW, web, 8, bound), 0);
}

static void
test_it_is_good_once(void **state)
{
	(void)state;
	issue(1, NOW, 7);
	issue(2, NOW, 7);
	challenge_spend(&table, 1, 1);
	assert_int_equal(find(1, NOW, web, 7, bound), 0);
	assert_int_equal(find(2, NOW, web, 7, bound), 1);
}

static void
test_what_was_never_issued_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(find(1, 0, web, 0, bound), 0);
	assert_int_equal(find(1, NOW, web, 0, bound), 0);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_four_are_open_of_each_peer),
		TEST(test_who_waits_is_told_how_long),
		TEST(test_it_is_found_by_what_was_made_of_it),
		TEST(test_it_is_good_for_its_minute),
		TEST(test_it_is_one_peers),
		TEST(test_it_is_for_one_domain_and_what_that_binds),
		TEST(test_it_is_good_once),
		TEST(test_what_was_never_issued_is_not_found),
	};

	return cmocka_run_group_tests_name("challenge", tests, NULL, NULL);
}
