/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "attest/admission.h"
#include "wire/map.h"

static const struct attest_public good = {
	.type = ATTEST_ECC, .scheme = ATTEST_ECDSA, .hash = ATTEST_SHA256,
	.symmetric = ATTEST_NULL,
	.attributes = ATTEST_FIXED_TPM | ATTEST_FIXED_PARENT |
	    ATTEST_ORIGIN | ATTEST_USER_AUTH | ATTEST_RESTRICTED |
	    ATTEST_SIGN,
};

static const struct row {
	const char	*name;
	uint32_t	 cleared, set;
	uint16_t	 type, scheme, hash;
	enum err	 want;
} rows[] = {
	{ "an AK", 0, 0, ATTEST_ECC, ATTEST_ECDSA, ATTEST_SHA256, ERR_OK },
	{ "one that is not restricted", ATTEST_RESTRICTED, 0,
	    ATTEST_ECC, ATTEST_ECDSA, ATTEST_SHA256, ERR_DENIED },
	{ "one that may leave", ATTEST_FIXED_TPM, 0,
	    ATTEST_ECC, ATTEST_ECDSA, ATTEST_SHA256, ERR_DENIED },
	{ "one whose parent may", ATTEST_FIXED_PARENT, 0,
	    ATTEST_ECC, ATTEST_ECDSA, ATTEST_SHA256, ERR_DENIED },
	{ "one from outside", ATTEST_ORIGIN, 0,
	    ATTEST_ECC, ATTEST_ECDSA, ATTEST_SHA256, ERR_DENIED },
	{ "one that does not sign", ATTEST_SIGN, 0,
	    ATTEST_ECC, ATTEST_ECDSA, ATTEST_SHA256, ERR_DENIED },
	{ "one that decrypts", 0, ATTEST_DECRYPT,
	    ATTEST_ECC, ATTEST_ECDSA, ATTEST_SHA256, ERR_DENIED },
	{ "one of RSA", 0, 0,
	    ATTEST_RSA, ATTEST_ECDSA, ATTEST_SHA256, ERR_DENIED },
	{ "one of any scheme", 0, 0,
	    ATTEST_ECC, ATTEST_NULL, ATTEST_SHA256, ERR_DENIED },
	{ "one of another hash", 0, 0,
	    ATTEST_ECC, ATTEST_ECDSA, ATTEST_SHA1, ERR_DENIED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct attest_public ak = good;

	ak.attributes = (ak.attributes & ~row->cleared) | row->set;
	ak.type = row->type;
	ak.scheme = row->scheme;
	ak.hash = row->hash;
	assert_err(enrol_ak(&ak), row->want);
}

/* Appraisal would refuse it, so enrolment does. */
static void
test_one_that_encrypts(void **state)
{
	struct attest_public ak = good;

	(void)state;
	ak.symmetric = ATTEST_AES;
	assert_err(enrol_ak(&ak), ERR_DENIED);
}

static void
test_a_proof_is_of_all_that_it_names(void **state)
{
	uint8_t secret[ENROL_SECRET] = { 1 }, name[ATTEST_NAME_LEN] = { 2 };
	uint8_t ek[32] = { 3 }, first[ENROL_PROOF], other[ENROL_PROOF];
	uint8_t *const parts[] = { secret, name, ek };

	(void)state;
	assert_err(enrol_proof(secret, span_text("web"), name, ek, first),
	    ERR_OK);
	for (size_t i = 0; i < ROWS(parts); i++) {
		parts[i][31] ^= 1;
		assert_err(enrol_proof(secret, span_text("web"), name, ek,
		    other), ERR_OK);
		assert_memory_not_equal(first, other, sizeof(first));
		parts[i][31] ^= 1;
	}
	assert_err(enrol_proof(secret, span_text("we"), name, ek, other),
	    ERR_OK);
	assert_memory_not_equal(first, other, sizeof(first));
}

/* What is kept of a challenge is a file, too: each entry of it is missing,
 * or of another kind. */
static enum err
read_without(unsigned left_out, unsigned odd)
{
	static const uint8_t bytes[34] = { 1 };
	const size_t lens[] = { 34, 32, 32 };
	const char *const names[] = { "ak", "ek", "proof" };
	uint8_t room[ADMISSION_MAX];
	struct admission a;
	struct map_maker m;
	struct span map;

	map_begin(&m);
	for (unsigned i = 0; i < 3; i++)
		if (i != left_out)
			map_put_bytes(&m, names[i], (struct span){ bytes,
			    lens[i] - (i == odd) });
	if (left_out != 3 && odd != 3)
		map_put_uint(&m, "until", 9);
	if (odd == 3)
		map_put_bool(&m, "until", 1);
	if (left_out != 4 && odd != 4)
		map_put_bool(&m, "any_time", 1);
	if (odd == 4)
		map_put_uint(&m, "any_time", 1);
	assert_err(map_end(&m, room, sizeof(room), &map), ERR_OK);
	return admission_read(map, &a);
}

static void
test_what_is_kept_of_a_challenge(void **state)
{
	struct admission a = { .ak_name = { 1 }, .ek = { 2 }, .want = { 3 },
		.until = UINT64_MAX, .any_time = true };
	uint8_t room[ADMISSION_MAX];
	struct admission b;
	struct map_maker m;
	struct span map;

	(void)state;
	assert_err(admission_write(&a, room, &map), ERR_OK);
	assert_err(admission_read(map, &b), ERR_OK);
	assert_memory_equal(a.ak_name, b.ak_name, sizeof(a.ak_name));
	assert_memory_equal(a.ek, b.ek, sizeof(a.ek));
	assert_memory_equal(a.want, b.want, sizeof(a.want));
	assert_true(b.until == a.until && b.any_time);
	assert_int_equal(b.vm.len, 0);
	assert_err(WIRE_SET_TEXT(a.vm, span_text("web")), ERR_OK);
	assert_err(admission_write(&a, room, &map), ERR_OK);
	assert_err(admission_read(map, &b), ERR_OK);
	assert_true(span_equal(WIRE_SPAN(b.vm), span_text("web")));
	map_begin(&m);
	map_put_uint(&m, "vm", 1);
	assert_err(map_end(&m, room, sizeof(room), &map), ERR_OK);
	assert_err(admission_read(map, &b), ERR_MALFORMED);
	assert_err(read_without(5, 5), ERR_OK);
	for (unsigned i = 0; i < 5; i++) {
		assert_err(read_without(i, 5), ERR_MALFORMED);
		assert_err(read_without(5, i), ERR_MALFORMED);
	}
	assert_err(admission_read(span_text("nonsense"), &b), ERR_MALFORMED);
}

int
main(void)
{
	struct CMUnitTest tests[3 + ROWS(rows)] = {
		cmocka_unit_test(test_a_proof_is_of_all_that_it_names),
		cmocka_unit_test(test_one_that_encrypts),
		cmocka_unit_test(test_what_is_kept_of_a_challenge),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[3 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("enrol", tests, NULL, NULL);
}
