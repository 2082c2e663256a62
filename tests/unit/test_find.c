/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/hash.h"
#include "store/find.h"
#include "tests/records.h"

static const char acl[] = "rule operator al luks:root;"
    "rule operator bo luks:* 60; rule operator bo luks:a 90;"
    "rule operator bo luks:x 30; rule vm * net:*; rule vm vm1 net:up 30;"
    "rule channel al vm1; rule audience vm1 ivm:open";

/* KIND NAME SCOPE, and the scope of the line that allows it. */
static const struct match {
	const char	*name;
	const char	*kind, *who, *what, *line;
} matches[] = {
	{ "as it is written", "operator", "al", "luks:root", "luks:root" },
	{ "another scope", "operator", "al", "luks:data", NULL },
	{ "another name", "operator", "cy", "luks:root", NULL },
	{ "another kind", "vm", "al", "luks:root", NULL },
	{ "a star takes any right-hand side", "operator", "bo", "luks:data", "luks:*" },
	{ "but not an empty one", "operator", "bo", "luks:", NULL },
	{ "nor another left-hand side", "operator", "bo", "lukz:data", NULL },
	{ "nor a longer one", "operator", "bo", "luks2:data", NULL },
	{ "a star is everybody", "vm", "vm7", "net:down", "net:*" },
	{ "the shorter lifetime goes first", "vm", "vm1", "net:up", "net:up" },
	{ "whichever stands first", "operator", "bo", "luks:x", "luks:x" },
	{ "and the longer one does not", "operator", "bo", "luks:a", "luks:*" },
	{ "a name is not a prefix", "operator", "a", "luks:root", NULL },
	{ "a scope is not a prefix", "operator", "al", "luks:rootx", NULL },
	{ "a channel", "channel", "al", "vm1", "vm1" },
	{ "no channel", "channel", "al", "vm2", NULL },
};

static void
test_match(void **state)
{
	const struct match *row = *state;
	struct state *s OWNED(state_drop) = NULL;
	const struct msg_rule *r;

	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, acl), ERR_OK);
	r = state_rule(s, records_kind(row->kind), span_text(row->who),
	    span_text(row->what));
	assert_string_equal(r == NULL ? "none" : r->scope.at,
	    row->line == NULL ? "none" : row->line);
}

static void
test_a_channel_of_nobody_is_told(void **state)
{
	struct state *s OWNED(state_drop) = NULL;

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, acl), ERR_OK);
	assert_true(state_rule_any(s, WIRE_rule_channel, span_text("vm1")));
	assert_false(state_rule_any(s, WIRE_rule_channel, span_text("vm2")));
}

static void
test_a_key_signs_in_its_time(void **state)
{
	struct state *s OWNED(state_drop) = NULL;

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, "key a previous 90 99;"
	    "key b current 50 60 10; key c next 90 99"), ERR_OK);
	assert_null(state_signer(s, WIRE_use_token, 9));
	assert_int_equal(state_signer(s, WIRE_use_token, 49)->row.kid.at[0],
	    'b');
	assert_null(state_signer(s, WIRE_use_token, 50));
	assert_null(state_signer(s, WIRE_use_audit, 49));
}

static bool
is_seen(const struct state *s, enum seen_kind kind, const char *peer,
    char value, uint64_t now)
{
	char id[] = "3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17";
	uint8_t nonce[16] = { (uint8_t)value }, digest[SEEN_DIGEST];

	id[0] = value;
	assert_err(seen_digest(kind, span_text(peer), kind == SEEN_NONCE ?
	    SPAN(nonce) : span_text(id), digest), ERR_OK);
	return seen_find(&s->seen, digest, now);
}

static void
test_what_was_seen_is_known_until_then(void **state)
{
	struct state *s OWNED(state_drop) = NULL;

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, "seen vm1 a 100"), ERR_OK);
	assert_true(is_seen(s, SEEN_REQUEST, "vm1", 'a', 100));
	assert_true(is_seen(s, SEEN_NONCE, "vm1", 'a', 100));
	assert_false(is_seen(s, SEEN_REQUEST, "vm1", 'b', 100));
	assert_false(is_seen(s, SEEN_NONCE, "vm1", 'b', 100));
	assert_false(is_seen(s, SEEN_REQUEST, "vm2", 'a', 100));
	assert_false(is_seen(s, SEEN_NONCE, "vm2", 'a', 100));
	assert_false(is_seen(s, SEEN_REQUEST, "vm1", 'a', 101));
	assert_int_equal(state_seen_room(s), SEEN_MAX / 2 - 1);
	assert_err(records_run(s, "mark commit 101"), ERR_OK);
	assert_int_equal(s->seen.n, 0);
}

/* A nonce may look like another's request_id. */
static void
test_requests_and_nonces_are_apart(void **state)
{
	uint8_t request[SEEN_DIGEST], nonce[SEEN_DIGEST];

	(void)state;
	assert_err(seen_digest(SEEN_REQUEST, span_text("vm1"),
	    span_text("same"), request), ERR_OK);
	assert_err(seen_digest(SEEN_NONCE, span_text("vm1"),
	    span_text("same"), nonce), ERR_OK);
	assert_memory_not_equal(request, nonce, SEEN_DIGEST);
}

/* The ring goes round, drops nothing that is still good, and says so. */
static void
test_a_full_ring_refuses(void **state)
{
	struct state *s OWNED(state_drop) = NULL;
	struct msg m = { .type = MSG_seen_digest }, seen = { .type = 0 };

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	m.seen_digest.digest.len = SEEN_DIGEST;
	for (uint32_t i = 0; i < 3 * SEEN_MAX / 2; i++) {
		memcpy(m.seen_digest.digest.at, &i, sizeof(i));
		m.seen_digest.until = i;
		if (s->seen.n == SEEN_MAX)
			seen_expire(&s->seen, SEEN_MAX / 2);
		assert_err(state_apply(s, &m), ERR_OK);
	}
	assert_int_equal(s->seen.n, SEEN_MAX);
	assert_err(state_apply(s, &m), ERR_LIMIT);
	seen_expire(&s->seen, SEEN_MAX / 2 + 1);
	assert_int_equal(s->seen.n, SEEN_MAX - 1);
	records_make(s, (char *[]){ "seen", "vm1", "a", "9", NULL }, &seen);
	assert_err(state_apply(s, &seen), ERR_LIMIT);
	assert_int_equal(s->seen.n, SEEN_MAX - 1);
	for (uint32_t i = 0; i < 3 * SEEN_MAX / 2; i++) {
		memcpy(m.seen_digest.digest.at, &i, sizeof(i));
		assert_int_equal(seen_find(&s->seen, m.seen_digest.digest.at,
		    0), i > SEEN_MAX / 2);
	}
}

/* What is written is read again, also what nobody would be allowed now. */
static void
test_two_keys_of_one_tpm_are_read_back(void **state)
{
	struct state *s OWNED(state_drop) = NULL;
	struct msg m = { .type = MSG_vm };

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	m.vm.ek.len = SHA256_LEN;
	m.vm.ak_name.len = 34;
	assert_err(WIRE_SET_TEXT(m.vm.by, span_text("officers")), ERR_OK);
	assert_err(WIRE_SET_TEXT(m.vm.vm_id, span_text("web")), ERR_OK);
	assert_err(state_apply(s, &m), ERR_OK);
	assert_err(WIRE_SET_TEXT(m.vm.vm_id, span_text("db")), ERR_OK);
	assert_ptr_equal(state_vm_clash(s, &m.vm), state_vm(s,
	    span_text("web")));
	assert_err(state_apply(s, &m), ERR_STATE);
	m.vm.ak_name.at[0] = 1;
	assert_non_null(state_vm_clash(s, &m.vm));
	assert_err(state_apply(s, &m), ERR_OK);
	m.vm.ek.at[0] = m.vm.ak_name.at[0] = 2;
	assert_null(state_vm_clash(s, &m.vm));
}

static void
test_failures_keep_the_last_twenty(void **state)
{
	struct msg m = { .type = MSG_failures };

	(void)state;
	for (uint64_t t = 1; t <= 25; t++)
		failures_add(&m.failures, t);
	assert_int_equal(m.failures.total, 25);
	assert_int_equal(failures_at(&m.failures, 0), 6);
	assert_int_equal(failures_at(&m.failures, 19), 25);
	assert_int_equal(failures_since(&m.failures, 21), 5);
	assert_int_equal(failures_since(&m.failures, 26), 0);
}

static void
test_buckets_are_found(void **state)
{
	struct state *s OWNED(state_drop) = NULL;
	size_t at = 0;

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, "failures vm1 al 1 8; failures vm1 - 2 8;"
	    "failures vm2 al 3 8; failures vm1 bo 4 8"), ERR_OK);
	assert_int_equal(state_failures(s, span_text("vm1"),
	    span_text(""))->total, 2);
	assert_int_equal(state_failures(s, span_text("vm2"),
	    span_text("al"))->total, 3);
	assert_null(state_failures(s, span_text("vm2"), span_text("bo")));
	assert_int_equal(state_failures_next(s, span_text("al"), &at)->total,
	    1);
	assert_int_equal(state_failures_next(s, span_text("al"), &at)->total,
	    3);
	assert_null(state_failures_next(s, span_text("al"), &at));
}

int
main(void)
{
	const struct CMUnitTest alone[] = {
		cmocka_unit_test(test_a_channel_of_nobody_is_told),
		cmocka_unit_test(test_a_key_signs_in_its_time),
		cmocka_unit_test(test_what_was_seen_is_known_until_then),
		cmocka_unit_test(test_requests_and_nonces_are_apart),
		cmocka_unit_test(test_a_full_ring_refuses),
		cmocka_unit_test(test_two_keys_of_one_tpm_are_read_back),
	cmocka_unit_test(test_failures_keep_the_last_twenty),
		cmocka_unit_test(test_buckets_are_found),
	};
	struct CMUnitTest tests[ROWS(matches)];

	for (size_t i = 0; i < ROWS(matches); i++)
		tests[i] = ROW_TEST(matches[i].name, test_match, &matches[i]);
	return cmocka_run_group_tests_name("find", alone, NULL, NULL) +
	    cmocka_run_group_tests_name("find a rule", tests, NULL, NULL);
}
