/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cryptod/challenge.h"
#include "tests/quoter.h"

#define NOW UINT64_C(5000000)
#define MINUTE (CHALLENGE_S * UINT64_C(1000))

static struct challenges table;
static struct quoter quoter;

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

/* A quote over that challenge, by web and bound to bound, in evidence that
 * says it is bound to something: is the challenge had for it? */
static bool
take_as(size_t peer, uint64_t now, struct span vm, uint8_t number,
    struct span says)
{
	uint8_t asked[CHALLENGE_LEN], extra[EVIDENCE_QUALIFYING_LEN];
	uint8_t out[CHALLENGE_LEN] = { 0 }, in[2048];
	struct evidence e;
	size_t len = 0;
	bool had;

	memset(asked, number, sizeof(asked));
	assert_err(evidence_qualifying(web, SPAN(asked), bound, extra),
	    ERR_OK);
	quoter.extra = SPAN(extra);
	quoter.bound = says;
	quoter.vm_id = "web";
	quoter_evidence(&quoter, &e);
	assert_err(evidence_encode(&e, in, sizeof(in), &len), ERR_OK);
	had = challenge_take(&table, peer, now, vm, (struct span){ in, len },
	    out);
	if (had)
		assert_memory_equal(out, asked, sizeof(out));
	return had;
}

static bool
take(size_t peer, uint64_t now, uint8_t number)
{
	return take_as(peer, now, web, number, bound);
}

static int
set_up(void **state)
{
	(void)state;
	table = (struct challenges){ 0 };
	quoter_begin(&quoter);
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
test_it_is_had_for_what_was_made_of_it(void **state)
{
	(void)state;
	for (uint8_t i = 1; i <= CHALLENGES_OPEN; i++)
		issue(1, NOW, i);
	for (uint8_t i = 1; i <= CHALLENGES_OPEN; i++)
		assert_true(take(1, NOW, i));
}

static void
test_it_is_good_for_its_minute(void **state)
{
	(void)state;
	issue(1, NOW, 7);
	assert_false(take(1, NOW + MINUTE, 7));
	assert_true(take(1, NOW + MINUTE - 1, 7));
}

static void
test_it_is_one_peers(void **state)
{
	(void)state;
	issue(1, NOW, 7);
	assert_false(take(2, NOW, 7));
	assert_true(take(1, NOW, 7));
}

static void
test_it_is_for_one_domain_and_what_that_binds(void **state)
{
	(void)state;
	issue(1, NOW, 7);
	assert_false(take_as(1, NOW, span_text("we"), 7, bound));
	assert_false(take_as(1, NOW, web, 7, span_text("\xa1\x61x\x01")));
	assert_false(take_as(1, NOW, web, 8, bound));
	assert_true(take_as(1, NOW, web, 7, bound));
}

static void
test_it_is_good_once(void **state)
{
	(void)state;
	issue(1, NOW, 7);
	issue(2, NOW, 7);
	assert_true(take(1, NOW, 7));
	assert_false(take(1, NOW, 7));
	assert_true(take(2, NOW, 7));
}

static void
test_what_was_never_issued_is_not_found(void **state)
{
	(void)state;
	assert_false(take(1, 0, 0));
	assert_false(take(1, NOW, 0));
}

/* Whoever sends what is no quote takes nobody's chance. */
static void
test_what_is_no_quote_takes_none(void **state)
{
	uint8_t out[CHALLENGE_LEN];

	(void)state;
	issue(1, NOW, 7);
	quoter.type = 0x8014;
	assert_false(take(1, NOW, 7));
	quoter.type = QUOTE_TYPE;
	assert_false(challenge_take(&table, 1, NOW, web, (struct span){ 0 },
	    out));
	assert_true(take(1, NOW, 7));
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_four_are_open_of_each_peer),
		TEST(test_who_waits_is_told_how_long),
		TEST(test_it_is_had_for_what_was_made_of_it),
		TEST(test_it_is_good_for_its_minute),
		TEST(test_it_is_one_peers),
		TEST(test_it_is_for_one_domain_and_what_that_binds),
		TEST(test_it_is_good_once),
		TEST(test_what_was_never_issued_is_not_found),
		TEST(test_what_is_no_quote_takes_none),
	};

	return cmocka_run_group_tests_name("challenge", tests, NULL, NULL);
}
