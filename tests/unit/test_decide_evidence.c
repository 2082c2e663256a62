/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/hash.h"
#include "cryptod/challenge.h"
#include "tests/clerk.h"
#include "tests/quoter.h"

/*
 * A token_issue_req of web with evidence, decided.  Each row spoils one thing;
 * the challenge is spent or not, and what is to be remembered comes out only
 * where the evidence was good.
 */

#define PEER 3
#define BOOT_MS UINT64_C(900000)
#define T clerk.request.token_issue_req

static const char id[] = "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c11";
static const char other_id[] = "7a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c11";

static struct desk {
	struct quoter		q;
	struct challenges	challenges;
	size_t			peer;
	struct wire_long	references;
	struct msg_reference	r;
	struct msg_vm		vm;
	const char		*vm_id, *request, *claims;
	struct span		cnf;
	struct appraiser_answer	read;		/* when there is one */
	uint8_t			challenge[32], extra[32];
	uint8_t			bound[EVIDENCE_BOUND_MAX], set[96];
	uint8_t			evidence[2048], items[1024];
} d;

static void
refer(void)
{
	struct msg m = { .type = MSG_reference, .reference = d.r };
	size_t len = 0;

	m.reference.has_sets = true;
	m.reference.sets.count = 1;
	m.reference.sets.at[0] = SPAN(d.set);
	assert_err(wire_encode_object(&m, d.items, sizeof(d.items), &len),
	    ERR_OK);
	d.references = (struct wire_long){ 1, { d.items, len } };
	clerk.view.references = &d.references;
}

static void
begin(void)
{
	struct challenge *c;

	d = (struct desk){ .peer = PEER, .vm_id = "web", .request = id,
	    .claims = "web" };
	quoter_begin(&d.q);
	quoter_select(&d.q, ATTEST_SHA256, 0x8081, 0x5a);
	memset(d.set, 0x5a, sizeof(d.set));
	memset(d.challenge, 7, sizeof(d.challenge));
	c = &d.challenges.of[PEER][1];
	c->until_ms = BOOT_MS + 1;
	memset(c->at, 7, sizeof(c->at));
	assert_err(WIRE_SET_TEXT(d.r.vm_id, span_text("web")), ERR_OK);
	d.r.alg = ATTEST_SHA256;
	d.r.mask = 0x8081;
	assert_err(attest_name(quoter_public(&d.q), d.r.ak_name.at), ERR_OK);
	d.r.ak_name.len = 34;
	assert_err(WIRE_SET_TEXT(d.vm.vm_id, span_text("web")), ERR_OK);
	assert_err(WIRE_SET_TEXT(d.vm.by, span_text("ceremony")), ERR_OK);
	d.vm.ek.len = 32;
	d.vm.ak_name.len = 34;
	memcpy(d.vm.ak_name.at, d.r.ak_name.at, 34);
	clerk.view.vm_id = span_text("web");
	clerk_rule(WIRE_rule_attest, "web", "web:*", 0);
}

/* What the row has left of it. */
static void
show(void)
{
	struct msg m = { .type = MSG_vm, .vm = d.vm };
	struct evidence e;
	struct span bound;
	size_t len = 0;

	if (d.vm.ak_name.len > 0)
		clerk_apply(&m);
	refer();
	assert_err(evidence_bind_request(d.cnf, d.request, d.bound, &bound),
	    ERR_OK);
	assert_err(evidence_qualifying(span_text(d.vm_id), SPAN(d.challenge),
	    bound, d.extra), ERR_OK);
	d.q.extra = SPAN(d.extra);
	d.q.bound = bound;
	d.q.vm_id = d.claims;
	quoter_evidence(&d.q, &e);
	assert_err(evidence_encode(&e, d.evidence, sizeof(d.evidence), &len),
	    ERR_OK);
	clerk.request = (struct msg){ .type = MSG_token_issue_req };
	assert_err(WIRE_SET_TEXT(T.request_id, span_text(id)), ERR_OK);
	assert_err(WIRE_SET_TEXT(T.vm_id, span_text("web")), ERR_OK);
	T.nonce.len = 16;
	T.timestamp.seconds = CLERK_NOW;
	T.requested_scope.count = 1;
	assert_err(WIRE_SET_TEXT(T.requested_scope.at[0],
	    span_text("web:read")), ERR_OK);
	T.has_attestation = true;
	T.attestation = (struct span){ d.evidence, len };
}

static const uint8_t thumb[32] = { 1 };

static void nothing(void) { }
static void other_challenge(void) { d.challenge[0] = 8; }
static void expired(void) { d.challenges.of[PEER][1].until_ms = BOOT_MS; }
static void other_peer(void) { d.peer = PEER + 1; }
static void other_request(void) { d.request = other_id; }
static void other_key(void) { d.cnf = SPAN(thumb); }
static void other_vm(void) { d.vm_id = d.claims = "unlocker"; }
static void renamed(void) { d.claims = "unlocker"; }
static void other_ak(void) { d.q.attributes ^= ATTEST_NO_DA; }
static void other_tpm(void) { d.vm.ak_name.at[5] ^= 1; }
static void no_tpm(void) { d.vm.ak_name.len = 0; }
static void no_reference(void) { d.r.vm_id.at[0] = 'x'; }
static void other_values(void) { d.set[40] ^= 1; }
/* Of values that are in no set but for PCR 15, which is fixed. */
static void
rules(void)
{
	d.q.event_log = span_text("a log");
	d.r.has_rules = true;
	d.r.rules = span_text("rules");
	d.r.has_fixed = true;
	d.r.fixed = 1 << 15;
	d.set[40] ^= 1;
}

static void
read_as(enum reason lost, enum appraise_mark replay,
    enum appraise_mark events)
{
	rules();
	d.read.reason = lost;
	d.read.log = (struct appraise_log){ replay, events };
	clerk.view.read = &d.read;
}

static void
good_log(void)
{
	read_as(REASON_none, APPRAISE_PASSED, APPRAISE_PASSED);
}

static void
other_log(void)
{
	read_as(REASON_none, APPRAISE_FAILED, APPRAISE_NOT_DONE);
}

static void
bad_event(void)
{
	read_as(REASON_none, APPRAISE_PASSED, APPRAISE_FAILED);
}

static void
no_rules_read(void)
{
	read_as(REASON_none, APPRAISE_NOT_DONE, APPRAISE_NOT_DONE);
}

static void
lost_reader(void)
{
	read_as(REASON_attest_reader, APPRAISE_NOT_DONE, APPRAISE_NOT_DONE);
}

static void
lost_zygote(void)
{
	read_as(REASON_attest_zygote, APPRAISE_NOT_DONE, APPRAISE_NOT_DONE);
}

/* Its word counts for what it was asked, and for nothing else. */
static void
lost_and_old(void)
{
	lost_reader();
	d.r.firmware_floor = UINT64_MAX;
}

static void
good_and_not_fixed(void)
{
	good_log();
	d.set[70] ^= 1;
}

static void
good_and_of_nobody(void)
{
	good_log();
	d.challenge[0] = 8;
}

static void
log_and_not_fixed(void)
{
	rules();
	d.set[70] ^= 1;
}

static void
log_and_a_set(void)
{
	rules();
	d.set[40] ^= 1;
}

static void no_quote(void) { d.q.type = 0x8014; }
static void no_tpms(void) { d.q.magic = 0xff544348; }
static void old_firmware(void) { d.r.firmware_floor = UINT64_MAX; }

static void
seen(uint64_t reset, uint64_t restart, uint64_t clock)
{
	d.vm.has_reset = d.vm.has_restart = d.vm.has_clock =
	    d.vm.has_unsafe = true;
	d.vm.reset = reset;
	d.vm.restart = restart;
	d.vm.clock = clock;
}

static void
as_before(void)
{
	seen(d.q.reset_count, d.q.restart_count, d.q.clock_ms);
}

static void
later_reset(void)
{
	seen(d.q.reset_count + 1, 0, 0);
}

static void
later_clock(void)
{
	seen(d.q.reset_count, d.q.restart_count, d.q.clock_ms + 1);
}

static void
strict(void)
{
	seen(d.q.reset_count - 1, 0, 0);
	d.r.strict_reset = true;
}

static void
accepted(void)
{
	later_reset();
	d.vm.has_accept = true;
	d.vm.accept = d.q.reset_count;
}

static void
strict_accepted(void)
{
	strict();
	d.vm.has_accept = true;
	d.vm.accept = d.q.reset_count;
}

static void
strict_accepted_before(void)
{
	strict_accepted();
	d.vm.accept--;
}

static void
reset(void)
{
	seen(d.q.reset_count - 1, 0, 0);
}

static const struct row {
	const char	*name;
	void		(*alter)(void);
	enum reason	 want;
	bool		 spent;
} rows[] = {
	{ "good",		nothing,	REASON_none,		true },
	{ "seen before",	as_before,	REASON_none,		true },
	{ "after a reset",	reset,		REASON_none,		true },
	{ "a challenge of nobody's", other_challenge, REASON_quote_challenge, false },
	{ "one that is over",	expired,	REASON_quote_challenge,	false },
	{ "another peer's",	other_peer,	REASON_quote_challenge,	false },
	{ "of another request",	other_request,	REASON_quote_bound,	true },
	{ "of another key",	other_key,	REASON_quote_bound,	true },
	{ "of another domain",	other_vm,	REASON_quote_challenge,	false },
	{ "under another name",	renamed,	REASON_quote_bound,	true },
	{ "another AK",		other_ak,	REASON_quote_ak,	true },
	{ "another TPM enrolled", other_tpm,	REASON_quote_ak,	true },
	{ "no TPM enrolled",	no_tpm,		REASON_quote_ak,	true },
	{ "no reference",	no_reference,	REASON_quote_undone,	true },
	{ "other values",	other_values,	REASON_quote_pcr,	true },
	{ "a good log",		good_log,	REASON_none,		true },
	{ "a log that leads elsewhere", other_log, REASON_quote_log,	true },
	{ "a log with a bad event", bad_event,	REASON_quote_rule,	true },
	{ "a log without a finding", no_rules_read, REASON_quote_undone, true },
	{ "a reader that was lost", lost_reader, REASON_attest_reader,	true },
	{ "a zygote that was lost", lost_zygote, REASON_attest_zygote,	true },
	{ "a lost reader, old firmware", lost_and_old, REASON_quote_firmware, true },
	{ "a good log, another fixed value", good_and_not_fixed, REASON_quote_pcr, true },
	{ "a good log, over no challenge", good_and_of_nobody, REASON_quote_challenge, false },
	{ "a log, another fixed value", log_and_not_fixed, REASON_quote_pcr, true },
	{ "a log, and a set that is met", log_and_a_set, REASON_none,	true },
	{ "something else signed", no_quote,	REASON_quote_type,	false },
	{ "made by no TPM",	no_tpms,	REASON_quote_magic,	false },
	{ "firmware too old",	old_firmware,	REASON_quote_firmware,	true },
	{ "before a reset",	later_reset,	REASON_quote_clock,	true },
	{ "before itself",	later_clock,	REASON_quote_clock,	true },
	{ "a reset that takes an act", strict,	REASON_quote_reset,	true },
	{ "put back, by an act", accepted,	REASON_none,		true },
	{ "a reset with its act", strict_accepted, REASON_none,		true },
	{ "a reset with another's", strict_accepted_before,
						REASON_quote_reset,	true },
};

/* As cryptod does it; *spent is whether it had a challenge. */
static void
decide(struct effects *fx, bool *spent)
{
	uint8_t taken[CHALLENGE_LEN];

	*spent = challenge_take(&d.challenges, d.peer, BOOT_MS,
	    clerk.view.vm_id, evidence_of(&clerk.request), taken);
	clerk.view.challenge = *spent ? SPAN(taken) : (struct span){ 0 };
	assert_err(decide_token(&clerk.view, &clerk.request, fx), ERR_OK);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t ak[32];
	struct effects fx;
	bool spent;

	begin();
	row->alter();
	show();
	decide(&fx, &spent);
	assert_string_equal(reason_code(fx.reason), reason_code(row->want));
	assert_int_equal(spent, row->spent);
	assert_int_equal(fx.grants, row->want == REASON_none);
	assert_int_equal(fx.appraised.seen, row->want == REASON_none);
	assert_int_equal(fx.permit.has_att, row->want == REASON_none);
	if (!fx.grants)
		return;
	assert_int_equal(fx.permit.reset, d.q.reset_count);
	assert_int_equal(fx.appraised.clock_ms, d.q.clock_ms);
	assert_err(sha256(&WIRE_SPAN(d.vm.ak_name), 1, ak), ERR_OK);
	assert_memory_equal(fx.permit.ak, ak, sizeof(ak));
}

/* Required where a line says so, of this domain and scope, and optional
 * elsewhere; what is no evidence is refused all the same. */
static void
test_whether_it_is_required(void **state)
{
	struct effects fx;

	(void)state;
	begin();
	show();
	T.has_attestation = false;
	assert_err(decide_token(&clerk.view, &clerk.request, &fx), ERR_OK);
	assert_string_equal(reason_code(fx.reason), "acl.attestation");
	T.has_attestation = true;
	T.attestation.len--;
	assert_err(decide_token(&clerk.view, &clerk.request, &fx), ERR_OK);
	assert_string_equal(reason_code(fx.reason), "evidence.shape");
}

static void
test_whom_it_is_required_of(void **state)
{
	struct effects fx;

	(void)state;
	begin();
	show();
	T.has_attestation = false;
	clerk.state->nrules--;		/* the line of begin() */
	clerk_rule(WIRE_rule_attest, "unlocker", "web:*", 0);
	clerk_rule(WIRE_rule_attest, "web", "luks:*", 0);
	assert_err(decide_token(&clerk.view, &clerk.request, &fx), ERR_OK);
	assert_string_equal(reason_code(fx.reason), "none");
	assert_true(fx.grants);
	assert_false(fx.permit.has_att);
}

static void old_and_log(void) { rules(); old_firmware(); }
static void nobodys_log(void) { rules(); other_challenge(); }
static void other_aks_log(void) { rules(); other_ak(); }
static void other_keys_log(void) { rules(); other_key(); }

/* Only of who has proven that it is he, and what he sent. */
static void
test_when_a_log_is_waited_for(void **state)
{
	static const struct {
		void	(*alter)(void);
		bool	 waits;
	} logs[] = {
		{ rules, true }, { old_and_log, true }, { nothing, false },
		{ nobodys_log, false }, { other_aks_log, false },
		{ other_keys_log, false }, { log_and_not_fixed, false },
		{ log_and_a_set, false }, { good_log, false },
		{ bad_event, false }, { lost_reader, false },
		{ no_rules_read, false },
	};
	struct effects fx;
	bool spent;

	(void)state;
	for (size_t i = 0; i < ROWS(logs); i++) {
		clerk_end(state);
		clerk_begin(state);
		begin();
		logs[i].alter();
		show();
		decide(&fx, &spent);
		assert_int_equal(fx.waits, logs[i].waits);
		if (!fx.waits)
			continue;
		assert_false(fx.grants);
		assert_true(span_equal(fx.log.log, span_text("a log")));
		assert_true(span_equal(fx.log.rules, span_text("rules")));
		assert_int_equal(fx.log.alg, ATTEST_SHA256);
		assert_int_equal(fx.log.mask, 0x81);
		assert_int_equal(fx.log.len, 64);
		assert_memory_equal(fx.log.values, d.q.values, 64);
	}
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 3];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	tests[ROWS(rows)] = (struct CMUnitTest)cmocka_unit_test(
	    test_whether_it_is_required);
	tests[ROWS(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(
	    test_whom_it_is_required_of);
	tests[ROWS(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(
	    test_when_a_log_is_waited_for);
	for (size_t i = 0; i < ROWS(rows) + 3; i++) {
		tests[i].setup_func = clerk_begin;
		tests[i].teardown_func = clerk_end;
	}
	return cmocka_run_group_tests_name("decide evidence", tests, NULL,
	    NULL);
}
