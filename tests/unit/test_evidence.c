/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "attest/evidence.h"
#include "tests/quoter.h"
#include "wire/map.h"

static void
test_there_and_back(void **state)
{
	uint8_t buf[8192], again[8192];
	struct evidence e, out;
	struct quoter q;
	size_t len, more;

	(void)state;
	quoter_begin(&q);
	for (int with_log = 0; with_log < 2; with_log++) {
		for (size_t i = 0; i < q.values_len; i++)
			q.values[i] = (uint8_t)i;
		if (with_log)
			q.event_log = span_text("log");
		quoter_evidence(&q, &e);
		assert_err(evidence_encode(&e, buf, sizeof(buf), &len),
		    ERR_OK);
		memset(&out, 0xa5, sizeof(out));
		assert_err(evidence_read((struct span){ buf, len }, &out),
		    ERR_OK);
		assert_string_equal(out.vm_id.at, "guest");
		assert_true(span_equal(out.ak, e.ak));
		assert_true(span_equal(out.attest, e.attest));
		assert_true(span_equal(out.signature, e.signature));
		assert_true(span_equal(out.bound, e.bound));
		assert_true(span_equal(out.event_log, e.event_log));
		assert_int_equal(out.alg, ATTEST_SHA256);
		assert_int_equal(out.mask, 1u << 0 | 1u << 7 | 1u << 15);
		assert_int_equal(out.values_len, 96);
		assert_memory_equal(out.values, q.values, 96);
		assert_err(evidence_encode(&out, again, sizeof(again), &more),
		    ERR_OK);
		assert_int_equal(more, len);
		assert_memory_equal(again, buf, len);
	}
}

/* Evidence of 24 PCRs in the longest bank. */
static void
test_the_most(void **state)
{
	uint8_t buf[8192];
	struct evidence e, out;
	struct quoter q;
	size_t len;

	(void)state;
	quoter_begin(&q);
	quoter_select(&q, ATTEST_SHA512, 0xffffff, 3);
	quoter_evidence(&q, &e);
	assert_err(evidence_encode(&e, buf, sizeof(buf), &len), ERR_OK);
	assert_err(evidence_read((struct span){ buf, len }, &out), ERR_OK);
	assert_int_equal(out.mask, 0xffffff);
	assert_int_equal(out.values_len, QUOTE_VALUES_MAX);
}

/* ---- what is not taken ---- */

static void
bad_mask(struct evidence *e)
{
	e->mask |= 1u << 24;
	e->values_len += 32;
}

static void
missing_value(struct evidence *e)
{
	e->values_len -= 32;
}

static void
value_too_many(struct evidence *e)
{
	e->values_len += 32;
}

static void
no_pcr(struct evidence *e)
{
	e->mask = 0;
	e->values_len = 0;
}

static void
no_ak(struct evidence *e)
{
	e->ak.len = 0;
}

static void
no_such_bank(struct evidence *e)
{
	e->alg = 0x0012;
}

static const struct row {
	const char	*name;
	void		(*change)(struct evidence *e);
} rows[] = {
	{ "a PCR 24", bad_mask },
	{ "a value that is missing", missing_value },
	{ "a value too many", value_too_many },
	{ "no PCR", no_pcr },
	{ "no AK", no_ak },
	{ "a bank of SM3", no_such_bank },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t buf[8192];
	struct evidence e;
	struct quoter q;
	size_t len;

	quoter_begin(&q);
	quoter_evidence(&q, &e);
	row->change(&e);
	assert_err(evidence_encode(&e, buf, sizeof(buf), &len),
	    ERR_INTERNAL);
}

/* Built by hand over the wire's table, which knows nothing of banks. */
static void
fill(struct msg *m, struct quoter *q, struct evidence *e)
{
	quoter_begin(q);
	quoter_evidence(q, e);
	*m = (struct msg){ .type = MSG_evidence };
	m->evidence.vm_id = e->vm_id;
	m->evidence.ak = e->ak;
	m->evidence.attest = e->attest;
	m->evidence.signature = e->signature;
	m->evidence.bound = e->bound;
	m->evidence.version = 1;
	m->evidence.alg = ATTEST_SHA256;
	m->evidence.pcrs.count = 2;
	for (unsigned i = 0; i < 2; i++) {
		m->evidence.pcrs.at[i].index = 3 + i;
		m->evidence.pcrs.at[i].value.len = 32;
	}
}

static enum err
read_back(const struct msg *m)
{
	static const struct evidence none;
	uint8_t buf[8192];
	struct evidence out;
	size_t len;
	enum err e;

	assert_err(wire_encode_object(m, buf, sizeof(buf), &len), ERR_OK);
	e = evidence_read((struct span){ buf, len }, &out);
	if (e != ERR_OK)
		assert_memory_equal(&out, &none, sizeof(out));
	return e;
}

static void
test_banks_and_order(void **state)
{
	static const struct {
		uint64_t	alg, first, second;
		size_t		len;
		enum err	want;
	} pcrs[] = {
		{ ATTEST_SHA256, 3, 4, 32, ERR_OK },
		{ ATTEST_SHA256, 0, 23, 32, ERR_OK },
		{ ATTEST_SHA256, 4, 3, 32, ERR_MALFORMED },
		{ ATTEST_SHA256, 3, 3, 32, ERR_MALFORMED },
		{ ATTEST_SHA256, 3, 4, 31, ERR_MALFORMED },
		{ ATTEST_SHA256, 3, 4, 33, ERR_MALFORMED },
		{ ATTEST_SHA256, 3, 4, 20, ERR_MALFORMED },
		{ ATTEST_SHA1, 3, 4, 20, ERR_OK },
		{ ATTEST_SHA1, 3, 4, 32, ERR_MALFORMED },
		{ ATTEST_SHA384, 3, 4, 48, ERR_OK },
		{ ATTEST_SHA512, 3, 4, 64, ERR_OK },
		{ 0x0012, 3, 4, 32, ERR_MALFORMED },
		{ ATTEST_NULL, 3, 4, 32, ERR_MALFORMED },
	};
	struct quoter q;
	struct evidence e;
	struct msg m;

	(void)state;
	for (size_t i = 0; i < ROWS(pcrs); i++) {
		fill(&m, &q, &e);
		m.evidence.alg = pcrs[i].alg;
		m.evidence.pcrs.at[0].index = pcrs[i].first;
		m.evidence.pcrs.at[1].index = pcrs[i].second;
		m.evidence.pcrs.at[0].value.len = pcrs[i].len;
		m.evidence.pcrs.at[1].value.len = pcrs[i].len;
		assert_err(read_back(&m), pcrs[i].want);
	}
}

static void
test_every_cut(void **state)
{
	uint8_t buf[8192];
	struct evidence e, out;
	struct quoter q;
	size_t len;

	(void)state;
	quoter_begin(&q);
	quoter_evidence(&q, &e);
	assert_err(evidence_encode(&e, buf, sizeof(buf), &len), ERR_OK);
	for (size_t n = 0; n < len; n++)
		assert_err(evidence_read((struct span){ buf, n }, &out),
		    ERR_MALFORMED);
	buf[len] = 0;
	assert_err(evidence_read((struct span){ buf, len + 1 }, &out),
	    ERR_MALFORMED);
	for (size_t cap = 0; cap < len; cap += 7)
		assert_err(evidence_encode(&e, buf, cap, &len), ERR_LIMIT);
}

/* ---- bound ---- */

static const uint8_t one[32] = { 1 }, two[32] = { 2 };

static void
test_bound_of_cryptod(void **state)
{
	uint8_t buf[EVIDENCE_BOUND_MAX], want[128] = { 0 };
	uint8_t metadata[32], head[32];
	struct span bound;
	size_t n;

	(void)state;
	assert_err(evidence_bind_keys(one, two, buf, &bound), ERR_OK);
	/* {"audit_head": two, "key_metadata": one}, by hand. */
	n = unhex("a2 6a 61756469745f68656164 5820 02", want, sizeof(want));
	memset(want + n, 0, 31);
	n += 31;
	n += unhex("6c 6b65795f6d65746164617461 5820 01", want + n,
	    sizeof(want) - n);
	memset(want + n, 0, 31);
	n += 31;
	assert_true(span_equal(bound, (struct span){ want, n }));
	assert_err(evidence_bound_keys(bound, metadata, head), ERR_OK);
	assert_memory_equal(metadata, one, 32);
	assert_memory_equal(head, two, 32);
	for (size_t i = 0; i < n; i++)
		assert_err(evidence_bound_keys((struct span){ want, i },
		    metadata, head), ERR_MALFORMED);
}

static void
test_bound_that_is_not_cryptods(void **state)
{
	static const char *const names[][3] = {
		{ "audit_head", "key_metadata", "more" },
		{ "audit_head", "key_metadat", NULL },
		{ "audit_hea", "key_metadata", NULL },
		{ "key_metadata", NULL, NULL },
	};
	uint8_t buf[EVIDENCE_BOUND_MAX], metadata[32], head[32];
	struct map_maker m;
	struct span bound;

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		map_begin(&m);
		for (size_t j = 0; j < 3 && names[i][j] != NULL; j++)
			map_put_bytes(&m, names[i][j], SPAN(one));
		assert_err(map_end(&m, buf, sizeof(buf), &bound), ERR_OK);
		assert_err(evidence_bound_keys(bound, metadata, head),
		    ERR_MALFORMED);
	}
	map_begin(&m);
	map_put_bytes(&m, "audit_head", SPAN(one));
	map_put_text(&m, "key_metadata",
	    span_text("0123456789abcdef0123456789abcdef"));
	assert_err(map_end(&m, buf, sizeof(buf), &bound), ERR_OK);
	assert_err(evidence_bound_keys(bound, metadata, head), ERR_MALFORMED);
	map_begin(&m);
	map_put_bytes(&m, "audit_head", SPAN(one));
	map_put_uint(&m, "key_metadata", 32);
	assert_err(map_end(&m, buf, sizeof(buf), &bound), ERR_OK);
	assert_err(evidence_bound_keys(bound, metadata, head), ERR_MALFORMED);
}

/* In bytes of its own: a sanitizer sees what is read behind it. */
static void
test_a_bound_digest_that_is_short(void **state)
{
	uint8_t buf[EVIDENCE_BOUND_MAX], metadata[32], head[32], *exact;
	struct map_maker m;
	struct span bound;

	(void)state;
	map_begin(&m);
	map_put_bytes(&m, "audit_head", SPAN(one));
	map_put_bytes(&m, "key_metadata", (struct span){ one, 31 });
	assert_err(map_end(&m, buf, sizeof(buf), &bound), ERR_OK);
	exact = malloc(bound.len);
	assert_non_null(exact);
	memcpy(exact, bound.at, bound.len);
	assert_err(evidence_bound_keys((struct span){ exact, bound.len },
	    metadata, head), ERR_MALFORMED);
	free(exact);
}

static void
test_bound_of_a_client(void **state)
{
	static const char id[] = "24f0c9a4-e7b5-41f2-8d2c-91e0a6d5b8e2";
	uint8_t buf[EVIDENCE_BOUND_MAX], want[128] = { 0 };
	struct span bound;
	size_t n;

	(void)state;
	assert_err(evidence_bind_request((struct span){ }, id, buf, &bound),
	    ERR_OK);
	n = unhex("a2 63 636e66 40 67 72657175657374 7824", want,
	    sizeof(want));
	memcpy(want + n, id, sizeof(id));
	assert_true(span_equal(bound, (struct span){ want, n + 36 }));
	assert_err(evidence_bind_request(SPAN(one), id, buf, &bound), ERR_OK);
	assert_int_equal(bound.len, n + 36 + 33);
	assert_err(evidence_bind_request((struct span){ one, 31 }, id, buf,
	    &bound), ERR_INTERNAL);
}

/* Each input counts, and none flows into the next. */
static void
test_qualifying(void **state)
{
	uint8_t want[32] = { 0 }, got[32];
	/* Made with Python's hashlib. */
	const size_t n = unhex(
	    "acdbc4609109dab6e62b9382a660a779"
	    "638ea73270402e7ff31f246307f9d82e", want, sizeof(want));

	(void)state;
	assert_int_equal(n, 32);
	assert_err(evidence_qualifying(span_text("guest"), SPAN(one),
	    span_text("bound"), got), ERR_OK);
	assert_memory_equal(got, want, 32);
	assert_err(evidence_qualifying(span_text("gues"), SPAN(one),
	    span_text("bound"), got), ERR_OK);
	assert_memory_not_equal(got, want, 32);
	assert_err(evidence_qualifying(span_text("guest"), SPAN(two),
	    span_text("bound"), got), ERR_OK);
	assert_memory_not_equal(got, want, 32);
	assert_err(evidence_qualifying(span_text("guest"), SPAN(one),
	    span_text("boun"), got), ERR_OK);
	assert_memory_not_equal(got, want, 32);
}

int
main(void)
{
	const struct CMUnitTest whole[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_the_most),
		cmocka_unit_test(test_banks_and_order),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_bound_of_cryptod),
		cmocka_unit_test(test_bound_that_is_not_cryptods),
		cmocka_unit_test(test_a_bound_digest_that_is_short),
		cmocka_unit_test(test_bound_of_a_client),
		cmocka_unit_test(test_qualifying),
	};
	struct CMUnitTest tests[ROWS(whole) + ROWS(rows)];

	memcpy(tests, whole, sizeof(whole));
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[ROWS(whole) + i] = ROW_TEST(rows[i].name, test_row,
		    &rows[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
