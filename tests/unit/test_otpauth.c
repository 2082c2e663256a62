/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "provisioning/otpauth.h"

/* RFC 6238's keys, and names that must not break the URI. */
#define ASCII20 "12345678901234567890"
#define ASCII32 ASCII20 "123456789012"
#define ASCII64 ASCII20 ASCII20 ASCII20 "1234"

static const struct row {
	const char	*name;
	struct otpauth	 what;
	const char	*key;
	const char	*uri;
} rows[] = {
	{ "the usual", { "cryptod.home", "alice", HASH_SHA1, 6, 30 }, ASCII20,
	    "otpauth://totp/cryptod.home:alice"
	    "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=cryptod.home"
	    "&algorithm=SHA1&digits=6&period=30" },
	{ "SHA256, eight digits", { "a", "b", HASH_SHA256, 8, 60 }, ASCII32,
	    "otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	    "GEZDGNBVGY3TQOJQGEZA&issuer=a"
	    "&algorithm=SHA256&digits=8&period=60" },
	{ "SHA512", { "a", "b", HASH_SHA512, 6, 30 }, ASCII64,
	    "otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	    "GEZDGNA&issuer=a&algorithm=SHA512&digits=6&period=30" },
	{ "what separates is escaped",
	    { "A&B: c/d?", "x=y#z%", HASH_SHA1, 6, 30 }, "1234567890",
	    "otpauth://totp/A%26B%3A%20c%2Fd%3F:x%3Dy%23z%25"
	    "?secret=GEZDGNBVGY3TQOJQ&issuer=A%26B%3A%20c%2Fd%3F"
	    "&algorithm=SHA1&digits=6&period=30" },
	{ "other letters, byte by byte",
	    { "K\xc3\xb6ln", "a-b._~", HASH_SHA1, 6, 30 }, "1234567890",
	    "otpauth://totp/K%C3%B6ln:a-b._~?secret=GEZDGNBVGY3TQOJQ"
	    "&issuer=K%C3%B6ln&algorithm=SHA1&digits=6&period=30" },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct secret *key OWNED(secret_drop) = NULL;
	struct secret *uri OWNED(secret_drop) = NULL;
	char text[1024];

	assert_err(secret_copy(span_text(row->key), &key), ERR_OK);
	assert_err(otpauth_make(&row->what, key, &uri), ERR_OK);
	assert_true(secret_len(uri) < sizeof(text));
	memcpy(text, secret_span(uri).at, secret_len(uri));
	text[secret_len(uri)] = '\0';
	assert_string_equal(text, row->uri);
}

static void
test_names_that_are_too_long(void **state)
{
	struct secret *key OWNED(secret_drop) = NULL;
	struct secret *uri OWNED(secret_drop) = NULL;
	char name[257];
	const struct otpauth o = { name, "alice", HASH_SHA1, 6, 30 };

	(void)state;
	memset(name, '/', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_err(secret_copy(span_text(ASCII20), &key), ERR_OK);
	assert_err(otpauth_make(&o, key, &uri), ERR_LIMIT);
	assert_null(uri);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 1] = {
		cmocka_unit_test(test_names_that_are_too_long),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[1 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("otpauth", tests, NULL, NULL);
}
