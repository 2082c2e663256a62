/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "wire/reasons.h"

#define EACH_REASON(r) \
	enum reason r = (enum reason)1; r < REASONS; r++

static void
test_codes_are_found(void **state)
{
	enum reason found;

	(void)state;
	for (EACH_REASON(r)) {
		assert_err(reason_find(span_text(reason_code(r)), &found),
		    ERR_OK);
		assert_int_equal(found, r);
	}
	assert_err(reason_find(span_text("totp"), &found), ERR_NOT_FOUND);
	assert_err(reason_find(span_text("none"), &found), ERR_NOT_FOUND);
}

/* The symbol is the code with its dot made an underscore. */
static void
test_symbols_are_the_codes(void **state)
{
	static const char *const symbols[] = {
		"none",
#define REASON(symbol, code, answer, text, help) #symbol,
#include "wire/reasons.def"
#undef REASON
	};

	(void)state;
	for (EACH_REASON(r)) {
		const char *code = reason_code(r);
		const char *dot = strchr(code, '.');
		char symbol[64];

		assert_non_null(dot);
		snprintf(symbol, sizeof(symbol), "%.*s_%s",
		    (int)(dot - code), code, dot + 1);
		assert_string_equal(symbol, symbols[r]);
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz_"),
		    dot - code);
		assert_int_equal(strspn(dot + 1,
		    "abcdefghijklmnopqrstuvwxyz_0123456789"),
		    strlen(dot + 1));
	}
}

static void
test_each_says_what_happened_and_what_to_do(void **state)
{
	(void)state;
	for (EACH_REASON(r)) {
		const char *text = reason_text(r), *help = reason_help(r);

		assert_true(strlen(text) > 10 && strlen(help) > 5);
		assert_int_equal(text[strlen(text) - 1], '.');
		assert_int_equal(help[strlen(help) - 1], '.');
	}
}

static void
test_each_has_an_answer_that_is_not_ok(void **state)
{
	(void)state;
	for (EACH_REASON(r)) {
		assert_true(reason_totp(r) > WIRE_totp_ok);
		assert_true(reason_token(r) > WIRE_token_ok);
		assert_true(reason_outcome(r) > WIRE_outcome_ok);
	}
	assert_int_equal(reason_totp(REASON_none), WIRE_totp_ok);
	assert_int_equal(reason_token(REASON_none), WIRE_token_ok);
	assert_int_equal(reason_outcome(REASON_none), WIRE_outcome_ok);
	assert_int_equal(reason_error(REASON_none), WIRE_code_none);
}

/* What each answer becomes in each set. */
static const struct row {
	enum reason		reason;
	enum wire_code		code;	/* of an error made for it */
	enum wire_totp		totp;
	enum wire_token		token;
	enum wire_outcome	outcome;
} rows[] = {
#define ROW(reason, code, totp, token, outcome)                         \
	{ REASON_##reason, WIRE_code_##code, WIRE_totp_##totp,          \
	  WIRE_token_##token, WIRE_outcome_##outcome },
	ROW(totp_refused, not_authorized, fail, denied, denied)
	ROW(limit_operator, busy, rate_limited, rate_limited, denied)
	ROW(request_nonce, replayed, replay, denied, denied)
	ROW(admin_failed, not_authorized, fail, denied, failed)
	ROW(message_malformed, malformed, fail, denied, denied)
	ROW(message_type, unsupported, fail, denied, denied)
	ROW(message_length, too_large, fail, denied, denied)
	ROW(request_vm, not_authorized, fail, denied, denied)
	ROW(limit_rate, busy, rate_limited, rate_limited, failed)
	ROW(request_stale, stale, fail, denied, denied)
	ROW(state_damaged, unavailable, fail, denied, failed)
	ROW(internal_fault, internal, fail, denied, failed)
#undef ROW
};

static void
test_answers_are_the_nearest_words(void **state)
{
	struct wire_uuid id = { 36, "3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17" };
	uint8_t buf[1024];
	struct msg m;
	size_t len;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct row *row = &rows[i];

		assert_int_equal(reason_totp(row->reason), row->totp);
		assert_int_equal(reason_token(row->reason), row->token);
		assert_int_equal(reason_outcome(row->reason), row->outcome);
		reason_refuse(row->reason, i % 2 ? &id : NULL, &m);
		assert_int_equal(m.error.code, row->code);
		assert_string_equal(m.error.reason.at,
		    reason_code(row->reason));
		assert_err(wire_encode(&m, buf, sizeof(buf), &len), ERR_OK);
		assert_err(wire_decode((struct span){ buf, len }, &m),
		    ERR_OK);
		assert_int_equal(m.error.has_request_id, i % 2);
	}
}

static void
test_what_is_no_reason_is_a_fault(void **state)
{
	(void)state;
	assert_string_equal(reason_code(REASONS), "internal.fault");
	assert_int_equal(reason_error(REASONS), WIRE_code_internal);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_are_found),
		cmocka_unit_test(test_symbols_are_the_codes),
		cmocka_unit_test(test_each_says_what_happened_and_what_to_do),
		cmocka_unit_test(test_each_has_an_answer_that_is_not_ok),
		cmocka_unit_test(test_answers_are_the_nearest_words),
		cmocka_unit_test(test_what_is_no_reason_is_a_fault),
	};

	return cmocka_run_group_tests_name("reasons", tests, NULL, NULL);
}
