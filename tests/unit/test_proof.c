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
	struct proof_seen		seen;
	struct msg_evidence_resp	m;
	struct span			object;		/* that was hashed */
	uint8_t				nonce[32], extra[32], set[96];
	uint8_t				bound[EVIDENCE_BOUND_MAX];
	uint8_t				evidence[2048], items[1024];
	bool				foreign;	/* another bound */
	bool				nothing;	/* bound to zeros */
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
	if (t.nothing)
		memset(keys, 0, sizeof(keys));
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
static void bound_to_nothing(void) { t.nothing = true; }
static void other_nonce(void) { t.nonce[0] ^= 1; }
static void other_machine(void) { t.vm_id = "web"; }
static void no_reference(void) { t.r.vm_id.at[0] = 'x'; }
static void other_values(void) { t.set[95] ^= 1; }
static void other_ak(void) { t.r.ak_name.at[9] ^= 1; }

/* The TPM as it was seen before: so much less of each count. */
static void
saw(uint32_t resets, uint32_t restarts, uint64_t clock_ms)
{
	t.seen.tpm = (struct appraised){ .seen = true,
		.clock_ms = t.q.clock_ms - clock_ms,
		.reset_count = t.q.reset_count - resets,
		.restart_count = t.q.restart_count - restarts };
}

static void seen(void) { saw(0, 0, 0); }
static void seen_later(void) { saw(0, 0, UINT64_MAX); }
static void went_back(void) { saw(UINT32_MAX, 0, 0); }

static void
not_sure(void)
{
	t.q.safe = 0;
}

static void
not_sure_after_reset(void)
{
	saw(1, 0, 0);
	not_sure();
}

static void
not_sure_after_sure(void)
{
	seen();
	not_sure();
}

static void
not_sure_still(void)
{
	not_sure_after_sure();
	t.seen.unsure_ms = t.q.clock_ms;
}

static void
not_sure_too_long(void)
{
	not_sure_after_sure();
	t.seen.unsure_ms = t.q.clock_ms - 1;
}

static void
not_sure_after_restart(void)
{
	not_sure_still();
	saw(0, 1, 0);
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
	{ "seen before",	seen,		nothing, REASON_none },
	{ "Clock went back",	seen_later,	nothing, REASON_quote_clock },
	{ "not sure, at first",	not_sure,	nothing, REASON_none },
	{ "not sure, after a reset", not_sure_after_reset, nothing,
	    REASON_none },
	{ "not sure, still",	not_sure_still,	nothing, REASON_none },
	{ "not sure for too long", not_sure_too_long, nothing,
	    REASON_quote_unsafe },
	{ "not sure after a restart", not_sure_after_restart, nothing,
	    REASON_quote_unsafe },
	{ "not sure any more",	not_sure_after_sure, nothing,
	    REASON_quote_unsafe },
};

static enum reason
prove(const struct row *row, struct proof *p)
{
	begin();
	row->before();
	answer();
	row->after();
	return enforce_proof(&t.references, SPAN(t.nonce), &t.m, &t.seen, p);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct proof p;
	const enum reason why = prove(row, &p);

	assert_string_equal(reason_code(why), reason_code(row->want));
	if (why == REASON_none)
		assert_true(p.next.tpm.seen);
}

/* Only metadata that came between are worth asking for again. */
static void
test_what_is_apart(void **state)
{
	static const struct row apart = { "", nothing, other_object,
		REASON_none };
	static const struct row others[] = {
		{ "", nothing, no_object, REASON_none },
		{ "", bound_as_a_clients, nothing, REASON_none },
		{ "", bound_to_nothing, nothing, REASON_none },
		{ "", nothing, other_nonce, REASON_none },
		{ "", nothing, nothing, REASON_none },
	};
	struct proof p;

	(void)state;
	assert_int_equal(prove(&apart, &p), REASON_quote_bound);
	assert_true(p.apart);
	for (size_t i = 0; i < ROWS(others); i++) {
		(void)prove(&others[i], &p);
		assert_false(p.apart);
	}
}

/* From the first word after a reset on: how long no is taken, by its Clock. */
static void
test_how_long_it_may_be_unsure(void **state)
{
	static const struct {
		uint32_t	resets, restarts;
		uint64_t	clock_ms;
		uint8_t		safe;
		enum reason	why;
	} words[] = {
		{ 7, 0, 1000, 0, REASON_none },
		{ 7, 0, 1000 + PROOF_UNSURE_MS / 2, 0, REASON_none },
		{ 7, 0, 1000 + PROOF_UNSURE_MS, 0, REASON_none },
		{ 7, 0, 1001 + PROOF_UNSURE_MS, 0, REASON_quote_unsafe },
		{ 7, 0, 1001 + PROOF_UNSURE_MS, 1, REASON_none },
		{ 7, 0, 1002 + PROOF_UNSURE_MS, 0, REASON_quote_unsafe },
		{ 8, 0, 500, 0, REASON_none },
		{ 8, 0, 499, 0, REASON_quote_clock },
		{ 8, 0, 600, 1, REASON_none },
		{ 8, 0, 700, 0, REASON_quote_unsafe },
		{ 8, 1, 700, 0, REASON_quote_unsafe },
		{ 9, 0, 100, 0, REASON_none },
		{ 9, 1, 200, 0, REASON_quote_unsafe },
	};
	struct proof_seen last = { 0 };
	struct proof p;

	(void)state;
	for (size_t i = 0; i < ROWS(words); i++) {
		begin();
		t.q.reset_count = words[i].resets;
		t.q.restart_count = words[i].restarts;
		t.q.clock_ms = words[i].clock_ms;
		t.q.safe = words[i].safe;
		t.seen = last;
		answer();
		assert_string_equal(reason_code(enforce_proof(&t.references,
		    SPAN(t.nonce), &t.m, &t.seen, &p)),
		    reason_code(words[i].why));
		if (words[i].why == REASON_none)
			last = p.next;
	}
}

int
main(void)
{
	const struct CMUnitTest whole[] = {
		cmocka_unit_test(test_what_is_apart),
		cmocka_unit_test(test_how_long_it_may_be_unsure),
	};
	struct CMUnitTest tests[ROWS(whole) + ROWS(rows)];

	memcpy(tests, whole, sizeof(whole));
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[ROWS(whole) + i] = ROW_TEST(rows[i].name, test_row,
		    &rows[i]);
	return cmocka_run_group_tests_name("proof", tests, NULL, NULL);
}
