/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "tests/clerk.h"

#define SET(field, text) \
	assert_err(WIRE_SET_TEXT((field), span_text(text)), ERR_OK)

#define T clerk.request.token_issue_req

static void
fill_token(void)
{
	clerk.view.vm_id = span_text("web");
	clerk.request = (struct msg){ .type = MSG_token_issue_req };
	SET(T.request_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c11");
	SET(T.vm_id, "web");
	T.nonce.len = 16;
	T.timestamp.seconds = CLERK_NOW;
	T.requested_scope.count = 1;
	SET(T.requested_scope.at[0], "web:read");
}

static void
two_audiences(void)
{
	T.has_audience = true;
	T.audience.count = 2;
	SET(T.audience.at[0], "web");
	SET(T.audience.at[1], "api");
}

static void
one_audience_twice(void)
{
	two_audiences();
	SET(T.audience.at[1], "web");
}

static void nothing(void) { }
static void other_vm(void) { SET(T.vm_id, "unlocker"); }
static void for_people(void) { SET(T.requested_scope.at[0], "luks:root"); }
static void not_allowed(void) { SET(T.requested_scope.at[0], "net:eth0"); }
static void admin(void) { SET(T.requested_scope.at[0], "admin:x"); }
static void stale(void) { T.timestamp.seconds = CLERK_NOW - 31; }

static void
admin_with_arg(void)
{
	admin();
	T.has_arg = true;
	T.arg.len = 32;
}

static void
bare_proof(void)
{
	T.has_cnf_proof = true;
	T.cnf_proof.len = 1;
}

static const struct row {
	const char	*name;
	void		(*alter)(void);
	enum reason	 want;
	uint64_t	 lifetime;
} rows[] = {
	{ "a token",		nothing,	REASON_none,	300 },
	{ "two audiences",	two_audiences,	REASON_none,	120 },
	{ "an audience twice",	one_audience_twice, REASON_request_scope, 0 },
	{ "another domain's",	other_vm,	REASON_request_vm, 0 },
	{ "a stale request",	stale,		REASON_request_stale, 0 },
	{ "for people only",	for_people,	REASON_acl_person, 0 },
	{ "not allowed",	not_allowed,	REASON_acl_scope, 0 },
	{ "admin without arg",	admin,		REASON_request_shape, 0 },
	{ "admin with arg",	admin_with_arg,	REASON_none,	300 },
	{ "a proof of no key",	bare_proof,	REASON_request_proof, 0 },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct effects fx;

	fill_token();
	row->alter();
	assert_err(decide_token(&clerk.view, &clerk.request, &fx), ERR_OK);
	assert_string_equal(reason_code(fx.reason), reason_code(row->want));
	assert_int_equal(fx.grants, row->want == REASON_none);
	if (!fx.grants)
		return;
	assert_string_equal(fx.permit.sub, "vm:web");
	assert_int_equal(fx.permit.exp - fx.permit.iat, row->lifetime);
	/* Ascending, whatever the order of the request. */
	if (fx.permit.audience.count == 2)
		assert_string_equal(fx.permit.audience.at[0].at, "api");
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++) {
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
		tests[i].setup_func = clerk_begin;
		tests[i].teardown_func = clerk_end;
	}
	return cmocka_run_group_tests_name("decide token", tests, NULL, NULL);
}
