/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The protocol's own table: what docs and other implementations go by. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/fill.h"
#include "wire/map.h"

static uint8_t buf[WIRE_MAX + 1];
static struct msg m;

/* Made by another implementation (Python's cbor2) from the protocol. */
static const char status_req[] =
    "a264626f6479a16a726571756573745f696478243366306339613465"
    "2d376235312d346632642d396331652d306136643562386532663137"
    "64747970656a7374617475735f726571";
static const char totp_validate_req[] =
    "a264626f6479a963636e6641a3686d65746164617461a261618201f5"
    "637474796131696465766963655f69646770686f6e652d316974696d"
    "657374616d701a6955b90069746f74705f636f646566323837303832"
    "6a726571756573745f6964782433663063396134652d376235312d34"
    "6632642d396331652d3061366435623865326631376b6f7065726174"
    "6f725f696465616c6963656c636c69656e745f6e6f6e636550000102"
    "030405060708090a0b0c0d0e0f6f7265717565737465645f73636f70"
    "6582696c756b733a726f6f746a6e65743a6d6f646966796474797065"
    "71746f74705f76616c69646174655f726571";
static const char key_metadata[] =
    "a7646b65797381a7636b657941a3636b696450000000000000000000"
    "000000000000006375736565746f6b656e6573746174656763757272"
    "656e74696e6f745f616674657274323032362d30312d30325430303a"
    "30353a33305a6a6e6f745f6265666f726574323032362d30312d3031"
    "5430303a30303a30305a6a7369676e5f756e74696c74323032362d30"
    "312d30325430303a30303a30305a666973737565726763727970746f"
    "646776657273696f6e03696973737565645f617474323032362d3031"
    "2d30315430303a30303a30305a6b6e6578745f757064617465743230"
    "32362d30312d30315430303a31303a30305a6c706f6c6963795f666c"
    "6f6f7207727265766f636174696f6e5f76657273696f6e01";
static const char revocation_page[] =
    "a36573696e636501677265766f6b656481a3636578701a6955b90063"
    "6a7469500000000000000000000000000000000066726561736f6e66"
    "73746f6c656e687375626a6563747381a263737562686f703a616c69"
    "6365666265666f72651a6955b900";

static struct span
in(const char *hex)
{
	return (struct span){ buf, unhex(hex, buf, sizeof(buf)) };
}

static void
expect_back(struct span want, int envelope)
{
	static uint8_t out[4096];
	size_t len;

	assert_err(envelope ? wire_encode(&m, out, sizeof(out), &len) :
	    wire_encode_object(&m, out, sizeof(out), &len), ERR_OK);
	assert_int_equal(len, want.len);
	assert_memory_equal(out, want.at, len);
}

static void
test_a_request_of_another_implementation(void **state)
{
	const struct msg_totp_validate_req *q = &m.totp_validate_req;
	struct span frame = in(totp_validate_req);
	struct map_entry e;

	(void)state;
	assert_err(wire_decode(frame, &m), ERR_OK);
	assert_int_equal(m.type, MSG_totp_validate_req);
	assert_string_equal(q->operator_id.at, "alice");
	assert_string_equal(q->device_id.at, "phone-1");
	assert_string_equal(q->totp_code.at, "287082");
	assert_false(q->has_totp_code_next);
	assert_true(q->has_requested_scope);
	assert_int_equal(q->requested_scope.count, 2);
	assert_string_equal(q->requested_scope.at[1].at, "net:modify");
	assert_true(q->has_cnf);
	assert_int_equal(q->cnf.len, 1);
	assert_true(q->timestamp.as_number);
	assert_int_equal(q->timestamp.seconds, 1767225600);
	assert_err(map_find(q->metadata, "tty", &e), ERR_OK);
	assert_int_equal(e.value.kind, ITEM_TEXT);
	assert_ptr_equal(wire_request_id(&m), &q->request_id);
	expect_back(frame, 1);
}

static void
test_objects_of_another_implementation(void **state)
{
	struct span map = in(key_metadata);
	struct reader r;
	struct msg got;

	(void)state;
	assert_err(wire_decode_object(MSG_key_metadata, map, &m), ERR_OK);
	assert_int_equal(m.key_metadata.keys.count, 1);
	assert_int_equal(m.key_metadata.keys.at[0].use, WIRE_use_token);
	assert_int_equal(m.key_metadata.keys.at[0].state, WIRE_phase_current);
	assert_int_equal(m.key_metadata.issued_at, 1767225600);
	expect_back(map, 0);

	map = in(revocation_page);
	assert_err(wire_decode_object(MSG_revocation_page, map, &m), ERR_OK);
	r = reader_of(m.revocation_page.subjects.items);
	assert_err(wire_next(&r, MSG_revoked_subject, &got), ERR_OK);
	assert_string_equal(got.revoked_subject.sub.at, "op:alice");
	assert_err(item_done(&r), ERR_OK);
	expect_back(map, 0);
}

static void
test_the_body_is_as_received(void **state)
{
	struct span frame = in(status_req), body;

	(void)state;
	assert_err(wire_body(frame, &body), ERR_OK);
	assert_ptr_equal(body.at, frame.at + 6);
	assert_int_equal(body.len, 1 + 11 + 38);
	assert_err(wire_decode_object(MSG_status_req, body, &m), ERR_OK);
	frame.len--;
	assert_err(wire_body(frame, &body), ERR_MALFORMED);
}

/* What is signed is the body without its signature, whatever that holds. */
static void
test_what_is_signed_does_not_hold_the_signature(void **state)
{
	static uint8_t first[2048], second[2048];
	size_t len, len_second;

	(void)state;
	fill(&m, MSG_totp_validate_resp, SMALLEST);
	m.totp_validate_resp.signature.len = 0;
	assert_err(wire_encode_object(&m, first, sizeof(first), &len),
	    ERR_INTERNAL);
	assert_err(wire_encode_body(&m, "signature", first, sizeof(first),
	    &len), ERR_OK);
	m.totp_validate_resp.signature.len = 256;
	assert_err(wire_encode_body(&m, "signature", second, sizeof(second),
	    &len_second), ERR_OK);
	assert_int_equal(len, len_second);
	assert_memory_equal(first, second, len);
	assert_int_equal(first[0], 0xa3);
	assert_null(memmem(first, len, "signature", 9));

	fill(&m, MSG_attest_req, SMALLEST);
	assert_err(wire_encode_body(&m, "pubkey_proof", first, sizeof(first),
	    &len), ERR_OK);
	assert_null(memmem(first, len, "pubkey_proof", 12));
}

/* The bounds of protocol.md: what the longest envelope of each may be. */
static const struct bound {
	enum msg_type	type;
	size_t		longest;	/* with evidence, where it can be */
	size_t		plain;
} bounds[] = {
	{ MSG_entropy_pub,		2048,	2048 },
	{ MSG_totp_validate_req,	204800,	8192 },
	{ MSG_totp_validate_resp,	8192,	8192 },
	{ MSG_token_issue_req,		204800,	8192 },
	{ MSG_token_issue_resp,		8192,	8192 },
	{ MSG_attest_req,		204800,	8192 },
	{ MSG_attestation,		8192,	8192 },
	{ MSG_audit_log,		8192,	8192 },
	{ MSG_challenge_req,		1024,	1024 },
	{ MSG_challenge_resp,		1024,	1024 },
	{ MSG_evidence_req,		262143,	262143 },
	{ MSG_evidence_resp,		262143,	262143 },
	{ MSG_key_metadata_req,		1024,	1024 },
	{ MSG_key_metadata_resp,	66560,	66560 },
	{ MSG_revocation_req,		1024,	1024 },
	{ MSG_revocation_resp,		172032,	172032 },
	{ MSG_subscribe_req,		1024,	1024 },
	{ MSG_subscribe_resp,		1024,	1024 },
	{ MSG_publish,			66560,	66560 },
	{ MSG_enforce_req,		16384,	16384 },
	{ MSG_enforce_resp,		16384,	16384 },
	{ MSG_admin_req,		98304,	98304 },
	{ MSG_admin_resp,		98304,	98304 },
	{ MSG_status_req,		1024,	1024 },
	{ MSG_status_resp,		8192,	8192 },
	{ MSG_error,			1024,	1024 },
};

/* A body that is one long string: its own name is all that is wrong. */
static struct span
long_envelope(enum msg_type type, size_t len)
{
	struct writer w = writer_of(buf, len);
	size_t around = 1 + 5 + 3 + 5 + 1 + strlen(wire_name(type));
	size_t text = len - around - 3;

	text -= text > UINT16_MAX ? 2 : 0;
	assert_err(item_put_map(&w, 2), ERR_OK);
	assert_err(item_put_key(&w, "body"), ERR_OK);
	assert_err(item_put_map(&w, 1), ERR_OK);
	assert_err(item_put_key(&w, "x"), ERR_OK);
	assert_err(item_put_bytes_head(&w, text), ERR_OK);
	memset(w.at, 0, text);
	w.at += text;
	assert_err(item_put_key(&w, "type"), ERR_OK);
	assert_err(item_put_key(&w, wire_name(type)), ERR_OK);
	assert_int_equal(w.at - buf, len);
	return (struct span){ buf, len };
}

static void
test_bounds_are_the_protocol_s(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bounds); i++) {
		enum msg_type type = bounds[i].type;
		size_t most = bounds[i].longest;

		assert_int_equal(wire_bound(type), most);
		assert_int_equal(wire_spec(type)->bound, bounds[i].plain);
		assert_err(wire_decode(long_envelope(type, most), &m),
		    ERR_MALFORMED);
		assert_err(wire_decode(long_envelope(type, most + 1), &m),
		    ERR_LIMIT);
	}
	assert_int_equal(ROWS(bounds), MSG_error);
	assert_err(wire_decode((struct span){ buf, WIRE_MAX + 1 }, &m),
	    ERR_LIMIT);
}

static void
test_the_cddl_is_current(void **state)
{
	const char *top = getenv("top_srcdir");
	static char path[4096], kept[65536];
	char *made = NULL;
	size_t size, n;
	FILE *f = open_memstream(&made, &size);

	(void)state;
	assert_non_null(f);
	wire_cddl(f);
	assert_int_equal(fclose(f), 0);

	snprintf(path, sizeof(path), "%s/docs/protocol.cddl",
	    top != NULL ? top : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(kept, 1, sizeof(kept), f);
	fclose(f);
	n = n == size && memcmp(made, kept, n) == 0;
	free(made);
	if (!n)
		fail_msg("docs/protocol.cddl is old: make update-cddl");
}

static void
test_strings_are_filled_or_refused(void **state)
{
	struct wire_code_and_text {
		struct wire_digits	code;
		struct wire_kid		kid;
	} s = { 0 };

	(void)state;
	assert_err(WIRE_SET_TEXT(s.code, span_text("12345678")), ERR_OK);
	assert_string_equal(s.code.at, "12345678");
	assert_err(WIRE_SET_TEXT(s.code, span_text("123456")), ERR_OK);
	assert_string_equal(s.code.at, "123456");
	assert_err(WIRE_SET_TEXT(s.code, span_text("123456789")), ERR_LIMIT);
	assert_int_equal(s.code.len, 6);
	assert_err(WIRE_SET_BYTES(s.kid, span_text("0123456789abcdef")),
	    ERR_OK);
	assert_true(span_equal(WIRE_SPAN(s.kid),
	    span_text("0123456789abcdef")));
	assert_err(WIRE_SET_BYTES(s.kid, span_text("0123456789abcdef0")),
	    ERR_LIMIT);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_of_another_implementation),
		cmocka_unit_test(test_objects_of_another_implementation),
		cmocka_unit_test(test_the_body_is_as_received),
		cmocka_unit_test(
		    test_what_is_signed_does_not_hold_the_signature),
		cmocka_unit_test(test_bounds_are_the_protocol_s),
		cmocka_unit_test(test_the_cddl_is_current),
		cmocka_unit_test(test_strings_are_filled_or_refused),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
