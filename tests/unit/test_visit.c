/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/fill.h"
#include "wire/map.h"
#include "wire/visit.h"

static struct msg m;

static char *
print(void)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	wire_print(f, &m);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void
expect_line(const char *want)
{
	char *text = print();

	assert_string_equal(text, want);
	free(text);
}

static void
test_codes_and_secrets_are_not_printed(void **state)
{
	(void)state;
	fill(&m, MSG_totp_validate_req, SMALLEST);
	memset(m.totp_validate_req.client_nonce.at, 0xab, 16);
	expect_line("totp_validate_req device_id=\"x\" timestamp=0"
	    " totp_code=(6 bytes)"
	    " request_id=\"3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17\""
	    " operator_id=\"x\""
	    " client_nonce=h'abababababababababababababababab'");

	fill(&m, MSG_entropy_pub, SMALLEST);
	expect_line("entropy_pub nonce=h'78787878787878787878787878787878'"
	    " sequence=0 signature=h'78' timestamp=\"1970-01-01T00:00:00Z\""
	    " drbg_version=\"x\" entropy_chunk=(64 bytes)");
}

/* Every field that is hidden, in every message, wherever it stands. */
static const uint8_t *shown;

static void
look(void *self, struct span name, const struct wire_value *v)
{
	(void)self;
	(void)name;
	if (v->hidden)
		assert_null(v->bytes.at);
	else if (v->kind == ITEM_BYTES && v->bytes.len == 64)
		shown = v->bytes.at;
}

static void
pass_open(void *self, struct span name, enum item_kind kind)
{
	(void)name;
	(void)kind;
	*(int *)self += 1;
}

static void
pass_close(void *self, enum item_kind kind)
{
	(void)kind;
	*(int *)self -= 1;
}

static void
test_a_visitor_sees_no_hidden_bytes(void **state)
{
	int depth = 0;
	const struct visitor v = { pass_open, look, pass_close, &depth };

	(void)state;
	for (unsigned type = 1; type < wire_nspecs; type++) {
		fill(&m, (enum msg_type)type, LARGEST);
		wire_visit(&m, &v);
		assert_int_equal(depth, 0);
	}
	assert_non_null(shown);
}

/* Text that only looks like a time is none. */
static void
count_times(void *self, struct span name, const struct wire_value *v)
{
	(void)name;
	if (!v->time)
		return;
	assert_int_equal(v->n, 86400);
	*(int *)self += 1;
}

static void
expect_times(int want)
{
	int n = 0;
	const struct visitor v = { pass_open, count_times, pass_close, &n };

	wire_visit(&m, &v);
	assert_int_equal(n, want);
}

static void
test_times_are_told_from_text_and_numbers(void **state)
{
	(void)state;
	fill(&m, MSG_challenge_resp, SMALLEST);
	m.challenge_resp.expires_at = 86400;
	expect_times(1);

	fill(&m, MSG_totp_validate_req, SMALLEST);
	m.totp_validate_req.timestamp = (struct wire_time){ 86400, true };
	expect_times(1);
	m.totp_validate_req.timestamp = (struct wire_time){ 86400, false };
	expect_times(1);

	fill(&m, MSG_error, SMALLEST);
	assert_err(WIRE_SET_TEXT(m.error.reason,
	    span_text("1970-01-02T00:00:00Z")), ERR_OK);
	m.error.has_retry_after = true;
	m.error.retry_after = 86400;
	expect_times(0);
}

static void
test_lists_and_maps_are_shown(void **state)
{
	static struct map_maker maker;
	static uint8_t buf[256];
	const struct span two[] = { span_text("x"), span_text("y") };

	(void)state;
	map_begin(&maker);
	map_put_texts(&maker, "list", two, 2);
	map_put_bool(&maker, "yes", 1);
	map_put_bytes(&maker, "raw", span_text("\x01"));
	fill(&m, MSG_status_resp, SMALLEST);
	assert_err(map_end(&maker, buf, sizeof(buf), &m.status_resp.detail),
	    ERR_OK);
	expect_line("status_resp state=\"ok\" detail={ raw=h'01' yes=true"
	    " list=[ \"x\" \"y\" ] }"
	    " request_id=\"3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17\"");

	fill(&m, MSG_subscribe_req, SMALLEST);
	expect_line("subscribe_req topics=[ \"keys\" ]"
	    " request_id=\"3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17\"");

	fill_with(&m, MSG_revocation_page, wire_field(wire_spec(
	    MSG_revocation_page), "subjects"), SMALLEST);
	expect_line("revocation_page since=0 revoked=[ ] subjects=[ ]");
}

static void
test_a_line_cannot_be_forged(void **state)
{
	(void)state;
	fill(&m, MSG_error, SMALLEST);
	assert_err(WIRE_SET_TEXT(m.error.reason,
	    span_text("a\n\" b=\"\\\x1b\x7f\xc3\xa9")), ERR_OK);
	expect_line("error code=\"malformed\" reason=\"a\\x0a\\x22 b=\\x22"
	    "\\x5c\\x1b\\x7f\\xc3\\xa9\"");
}

static void
test_what_is_no_message_is_none(void **state)
{
	(void)state;
	wire_wipe(&m);
	expect_line("none");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_and_secrets_are_not_printed),
		cmocka_unit_test(test_a_visitor_sees_no_hidden_bytes),
		cmocka_unit_test(test_times_are_told_from_text_and_numbers),
		cmocka_unit_test(test_lists_and_maps_are_shown),
		cmocka_unit_test(test_a_line_cannot_be_forged),
		cmocka_unit_test(test_what_is_no_message_is_none),
	};

	return cmocka_run_group_tests_name("visit", tests, NULL, NULL);
}
