/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "attest/reference.h"

/* Two machines: one with sets of two PCRs, one with rules. */
static struct msg_reference refs[2];
static size_t nrefs;
static uint8_t values[8 * 64], buf[8192], file[8192];

static void
setup_good(void)
{
	for (size_t i = 0; i < sizeof(values); i++)
		values[i] = (uint8_t)i;
	memset(refs, 0, sizeof(refs));
	for (size_t i = 0; i < 2; i++) {
		refs[i].alg = 0x000b;
		refs[i].mask = 1 << 4 | 1 << 7;
		refs[i].ak_name.len = sizeof(refs[i].ak_name.at);
		refs[i].ak_name.at[1] = 0x0b;
		refs[i].ak_name.at[2] = (uint8_t)i;
		refs[i].firmware_floor = 0x20220314;
	}
	assert_err(WIRE_SET_TEXT(refs[0].vm_id, span_text("cryptod")),
	    ERR_OK);
	assert_err(WIRE_SET_TEXT(refs[1].vm_id, span_text("web")), ERR_OK);
	refs[0].has_sets = true;
	refs[0].sets.count = 2;
	refs[0].sets.at[0] = (struct span){ values, 64 };
	refs[0].sets.at[1] = (struct span){ values + 64, 64 };
	refs[1].has_rules = true;
	refs[1].rules = span_text("rules");
	refs[1].strict_reset = true;
	nrefs = 2;
}

/* As they lie in a trust file. */
static struct wire_long
encoded(void)
{
	struct wire_long l = { .count = nrefs, .items.at = file };

	for (size_t i = 0; i < nrefs; i++) {
		struct msg m = { .type = MSG_reference };
		size_t len = 0;

		m.reference = refs[i];
		assert_err(wire_encode_object(&m, buf, sizeof(buf), &len),
		    ERR_OK);
		assert_true(l.items.len + len <= sizeof(file));
		memcpy(file + l.items.len, buf, len);
		l.items.len += len;
	}
	return l;
}

static void
test_what_stands_there_is_found(void **state)
{
	struct reference r;
	struct wire_long l;
	struct span v;

	(void)state;
	setup_good();
	l = encoded();
	assert_err(references_check(&l), ERR_OK);
	assert_err(references_find(&l, span_text("web"), &r), ERR_OK);
	assert_int_equal(r.nsets, 0);
	assert_true(span_equal(r.rules, span_text("rules")));
	assert_true(r.strict_reset);
	assert_err(references_find(&l, span_text("cryptod"), &r), ERR_OK);
	assert_int_equal(r.nsets, 2);
	assert_int_equal(r.npcrs, 2);
	assert_int_equal(r.rules.len, 0);
	assert_false(r.strict_reset);
	assert_int_equal(r.firmware_floor, 0x20220314);
	v = reference_value(&r, r.set[1], 7);
	assert_int_equal(v.len, 32);
	assert_memory_equal(v.at, values + 64 + 32, 32);
	v = reference_value(&r, r.set[0], 4);
	assert_memory_equal(v.at, values, 32);
	assert_int_equal(reference_value(&r, r.set[0], 5).len, 0);
	assert_int_equal(reference_value(&r, r.set[0], 24).len, 0);
	assert_int_equal(reference_value(&r, r.set[0], 36).len, 0);
	assert_err(references_find(&l, span_text("we"), &r), ERR_NOT_FOUND);
	assert_err(references_find(&l, span_text("webb"), &r), ERR_NOT_FOUND);
}

static void
test_each_bank_has_its_length(void **state)
{
	static const struct { uint16_t alg; size_t len; } banks[] = {
		{ 0x0004, 20 }, { 0x000b, 32 }, { 0x000c, 48 },
		{ 0x000d, 64 },
	};
	struct reference r;
	struct wire_long l;

	(void)state;
	for (size_t i = 0; i < ROWS(banks); i++) {
		setup_good();
		refs[0].alg = banks[i].alg;
		refs[0].sets.count = 1;
		refs[0].sets.at[0].len = 2 * banks[i].len;
		l = encoded();
		assert_err(references_check(&l), ERR_OK);
		assert_err(references_find(&l, span_text("cryptod"), &r),
		    ERR_OK);
		assert_int_equal(r.value_len, banks[i].len);
	}
}

static void as_is(void) { }
static void sm3(void) { refs[0].alg = 0x0012; }
static void no_bank(void) { refs[1].alg = 0; }
static void short_set(void) { refs[0].sets.at[1].len = 32; }
static void long_set(void) { refs[0].sets.at[1].len = 96; }
static void other_bank(void) { refs[0].alg = 0x0004; }
static void one_more_pcr(void) { refs[0].mask |= 1; }
static void nothing(void) { refs[1].has_rules = false; }
static void sha384_name(void) { refs[1].ak_name.at[1] = 0x0c; }
static void no_name(void) { refs[1].ak_name.at[0] = 0x01; }
static void backwards(void) { refs[0].vm_id.at[0] = 'x'; }
static void twice(void) { refs[1].vm_id = refs[0].vm_id; }

static void
both(void)
{
	refs[0].has_rules = true;
	refs[0].rules = SPAN(values);
}

static void
fixed(uint32_t pcrs)
{
	both();
	refs[0].has_fixed = true;
	refs[0].fixed = pcrs;
}

static void one_fixed(void) { fixed(1 << 7); }
static void all_fixed(void) { fixed(1 << 4 | 1 << 7); }
static void others_fixed(void) { fixed(1 << 7 | 1 << 15); }

static void
fixed_without_rules(void)
{
	one_fixed();
	refs[0].has_rules = false;
}

static void
fixed_without_sets(void)
{
	one_fixed();
	refs[0].has_sets = false;
	refs[0].sets.count = 0;
}

static void
longer(void)
{
	assert_err(WIRE_SET_TEXT(refs[1].vm_id, span_text("cryptod-2")),
	    ERR_OK);
}

static void
shorter(void)
{
	assert_err(WIRE_SET_TEXT(refs[1].vm_id, span_text("crypt")), ERR_OK);
}

static void
same_ak(void)
{
	memcpy(refs[1].ak_name.at, refs[0].ak_name.at, 34);
}

static const struct row {
	const char	*name;
	void		(*change)(void);
	enum err	 want;
} rows[] = {
	{ "as it is", as_is, ERR_OK },
	{ "sets and rules", both, ERR_OK },
	{ "a PCR that no log tells of", one_fixed, ERR_OK },
	{ "a vm_id that goes on", longer, ERR_OK },
	{ "a bank that we do not know", sm3, ERR_MALFORMED },
	{ "no bank", no_bank, ERR_MALFORMED },
	{ "a set with a value too few", short_set, ERR_MALFORMED },
	{ "a set with a value too many", long_set, ERR_MALFORMED },
	{ "values of another bank", other_bank, ERR_MALFORMED },
	{ "a PCR without a value", one_more_pcr, ERR_MALFORMED },
	{ "neither sets nor rules", nothing, ERR_MALFORMED },
	{ "no PCR that a log tells of", all_fixed, ERR_MALFORMED },
	{ "a fixed PCR that is not quoted", others_fixed, ERR_MALFORMED },
	{ "fixed PCRs without rules", fixed_without_rules, ERR_MALFORMED },
	{ "fixed PCRs without sets", fixed_without_sets, ERR_MALFORMED },
	{ "a Name by SHA-384", sha384_name, ERR_MALFORMED },
	{ "a Name by no algorithm", no_name, ERR_MALFORMED },
	{ "vm_ids that do not ascend", backwards, ERR_MALFORMED },
	{ "a vm_id twice", twice, ERR_MALFORMED },
	{ "a vm_id that begins the one before", shorter, ERR_MALFORMED },
	{ "one AK for two", same_ak, ERR_MALFORMED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct wire_long l;

	setup_good();
	row->change();
	l = encoded();
	assert_err(references_check(&l), row->want);
}

static void
test_counts_are_the_bytes(void **state)
{
	struct wire_long l;

	(void)state;
	setup_good();
	l = encoded();
	l.count = 1;
	assert_err(references_check(&l), ERR_MALFORMED);
	l.count = 3;
	assert_err(references_check(&l), ERR_NOT_FOUND);
	l.count = REFERENCES_MAX + 1;
	assert_err(references_check(&l), ERR_MALFORMED);
}

static void
test_what_is_fixed_is_not_the_logs(void **state)
{
	uint8_t room[64];
	struct reference r;
	struct wire_long l;
	uint32_t mask;
	struct span v;

	(void)state;
	setup_good();
	l = encoded();
	assert_err(references_find(&l, span_text("cryptod"), &r), ERR_OK);
	assert_int_equal(r.fixed, 0);
	v = reference_by_log(&r, r.set[1], room, &mask);
	assert_int_equal(mask, 1 << 4 | 1 << 7);
	assert_true(span_equal(v, r.set[1]));
	one_fixed();
	l = encoded();
	assert_err(references_find(&l, span_text("cryptod"), &r), ERR_OK);
	assert_int_equal(r.fixed, 1 << 7);
	v = reference_by_log(&r, r.set[1], room, &mask);
	assert_int_equal(mask, 1 << 4);
	assert_true(span_equal(v, (struct span){ values + 64, 32 }));
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 4] = {
		cmocka_unit_test(test_what_stands_there_is_found),
		cmocka_unit_test(test_each_bank_has_its_length),
		cmocka_unit_test(test_counts_are_the_bytes),
		cmocka_unit_test(test_what_is_fixed_is_not_the_logs),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[4 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
