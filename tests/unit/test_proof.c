/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/hash.h"
#include "enforce/proof.h"
#include "tests/quoter.h"

/* cryptod's answer to an evidence_req, and how it may be spoiled. */

static struct answer {
	struct quoter			q;
	struct msg_reference		r;
	struct wire_long		references;
	struct appraised		last;
	struct msg_evidence_resp	m;
	struct span			object;		/* that was hashed */
	uint8_t				nonce[32], extra[32], set[96];
	uint8_t				bound[EVIDENCE_BOUND_MAX];
	uint8_t				evidence[2048], items[1024];
	bool				foreign;	/* another bound */
	const char			*vm_id;
} t;

static void
begin(void)
{
	t = (struct answer){ .vm_id = EVIDENCE_CRYPTOD,
		.object = span_text("metadata") };
	quoter_begin(&t.q);
	quoter_select(&t.q, ATTEST_SHA256, 0x8081, 0x5a);
	memset(t.set, 0x5a, sizeof(t.set));
	memset(t.nonce, 9, sizeof(t.nonce));
	t.r.alg = ATTEST_SHA256;
	t.r.mask = 0x8081;
	t.r.ak_name.len = 34;
	assert_err(attest_name(quoter_public(&t.q), t.r.ak_name.at), ERR_OK);
	assert_err(WIRE_SET_TEXT(t.r.vm_id, span_text("cryptod")), ERR_OK);
	t.m.has_object = true;
	t.m.object = t.object;
}

static void
answer(void)
{
	struct msg m = { .type = MSG_reference, .reference = t.r };
	uint8_t keys[32], head[32] = { 3 };
	struct evidence e;
	struct span bound;
	size_t len = 0;

	m.reference.has_sets = true;
	m.reference.sets.count = 1;
	m.reference.sets.at[0] = SPAN(t.set);
	assert_err(wire_encode_object(&m, t.items, sizeof(t.items), &len),
	    ERR_OK);
	t.references = (struct wire_long){ 1, { t.items, len } };
	assert_err(sha256(&t.object, 1, keys), ERR_OK);
	if (t.foreign)
		assert_err(evidence_bind_request((struct span){ 0 }, "x",
		    t.bound, &bound), ERR_OK);
	else
		assert_err(evidence_bind_keys(keys, head, t.bound, &bound),
		    ERR_OK);
	assert_err(evidence_qualifying(span_text(t.vm_id), SPAN(t.nonce),
	    bound, t.extra), ERR_OK);
	t.q.extra = SPAN(t.extra);
	t.q.bound = bound;
	t.q.vm_id = t.vm_id;
	quoter_evidence(&t.q, &e);
	assert_err(evidence_encode(&e, t.evidence, sizeof(t.evidence), &len),
	    ERR_OK);
	t.m.evidence = (struct span){ t.evidence, len };
}

static void nothing(void) { }
static void cut(void) { t.m.evidence.len--; }
static void no_object(void) { t.m.has_object = false; }
static void other_object(void) { t.m.object = span_text("others"); }
static void bound_as_a_clients(void) { t.foreign = true; }
static void other_nonce(void) { t.nonce[0] ^= 1; }
static void other_machine(void) { t.vm_id = "web"; }
static void no_reference(void) { t.r.vm_id.at[0] = 'x'; }
static void other_values(void) { t.set[95] ^= 1; }
static void other_ak(void) { t.r.ak_name.at[9] ^= 1; }

static void
went_back(void)
{
	t.last = (struct appraised){ .seen = true,
		.reset_count = t.q.reset_count + 1 };
}

static const struct row {
	const char	*name;
	void		(*before)(void), (*after)(void);
	enum reason	 want;
} rows[] = {
	{ "proven",		nothing,	nothing, REASON_none },
	{ "no evidence",	nothing,	cut, REASON_evidence_shape },
	{ "no metadata",	nothing,	no_object, REASON_quote_bound },
	{ "other metadata",	nothing,	other_object, REASON_quote_bound },
	{ "bound as a client's", bound_as_a_clients, nothing, REASON_quote_bound },
	{ "another nonce",	nothing,	other_nonce, REASON_quote_challenge },
	{ "another machine's",	other_machine,	nothing, REASON_quote_bound },
	{ "no reference",	no_reference,	nothing, REASON_quote_undone },
	{ "other values",	other_values,	nothing, REASON_quote_pcr },
	{ "another key",	other_ak,	nothing, REASON_quote_ak },
	{ "before a reset",	went_back,	nothing, REASON_quote_clock },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct appraisal a;
	enum reason why;

	begin();
	row->before();
	answer();
	row->after();
	why = enforce_proof(&t.references, SPAN(t.nonce), &t.m, &t.last, &a);
	assert_string_equal(reason_code(why), reason_code(row->want));
	if (why == REASON_none)
		assert_true(a.next.seen);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("proof", tests, NULL, NULL);
}
