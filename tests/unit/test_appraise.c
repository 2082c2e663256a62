/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "tests/court.h"

/* ---- before it is made ---- */

CHANGE(no_magic, s->q.magic = 0)
CHANGE(certify, s->q.type = 0x8017)
CHANGE(time_stamp, s->q.type = 0x8019)

static void
without(struct court *s, uint32_t attribute)
{
	s->q.attributes &= ~attribute;
}

CHANGE(no_restricted, without(s, ATTEST_RESTRICTED))
CHANGE(no_fixed_tpm, without(s, ATTEST_FIXED_TPM))
CHANGE(no_parent, without(s, ATTEST_FIXED_PARENT))
CHANGE(no_origin, without(s, ATTEST_ORIGIN))
CHANGE(no_sign, without(s, ATTEST_SIGN))
CHANGE(decrypts, s->q.attributes |= ATTEST_DECRYPT)
CHANGE(any_scheme, s->q.scheme = ATTEST_NULL)
CHANGE(storage, s->q.symmetric = ATTEST_AES)

static void
another_challenge(struct court *s)
{
	court_qualify(s, span_text("guest"), SPAN(court_other));
}

static void
for_another_vm(struct court *s)
{
	court_qualify(s, span_text("guesu"), SPAN(court_challenge));
}

CHANGE(short_nonce, s->q.extra.len = 31)
CHANGE(no_nonce, s->q.extra.len = 0)
CHANGE(as_another_vm, s->q.vm_id = "guesu")

static void
bound_otherwise(struct court *s)
{
	static const uint8_t otherwise[] = { 0xa1, 0x61, 'x', 0x02 };

	s->q.bound = SPAN(otherwise);
}

static void
more_pcrs(struct court *s)
{
	quoter_select(&s->q, ATTEST_SHA256, 1u << 0 | 1u << 7 | 1u << 15 |
	    1u << 4, 0x5a);
}

/* As many, so that the values look alike. */
static void
other_pcrs(struct court *s)
{
	quoter_select(&s->q, ATTEST_SHA256, 1u << 16 | 1u << 17 | 1u << 23,
	    0x5a);
}

static void
other_bank(struct court *s)
{
	quoter_select(&s->q, ATTEST_SHA1, 1u << 0 | 1u << 7 | 1u << 15,
	    0x5a);
}

static void
two_banks(struct court *s)
{
	s->q.bank[1] = (struct quote_bank){ ATTEST_SHA1, 1 };
	s->q.banks = 2;
}

CHANGE(no_bank, s->q.banks = 0)

static void
other_digest(struct court *s)
{
	s->q.digest = SPAN(court_other);
}

static void
other_values(struct court *s)
{
	quoter_select(&s->q, ATTEST_SHA256, 1u << 0 | 1u << 7 | 1u << 15,
	    0x5b);
}

static void
with_log_and_set(struct court *s)
{
	s->q.event_log = span_text("a log");
	s->r.rules = span_text("rules");
}

static void
with_log(struct court *s)
{
	other_values(s);
	with_log_and_set(s);
}

/* Other values but those of PCR 15, which no log tells of. */
static void
with_log_and_fixed(struct court *s)
{
	with_log(s);
	s->r.value_len = 32;
	s->r.fixed = 1u << 15;
}

CHANGE(key_of_sha1, s->q.hash = s->q.sig_hash = ATTEST_SHA1)
CHANGE(sha384, s->q.sig_hash = ATTEST_SHA384)
CHANGE(safe_of_two, s->q.safe = 2)

/* ---- after it was made ---- */

CHANGE(another_ak, s->r.ak_name[33] ^= 1)

static void
another_reference(struct court *s)
{
	s->r.vm_id.at[0] = 'G';
}

/* Signed by the enrolled key; the public area sent is a restricted one's. */
static void
another_area(struct court *s)
{
	static struct quoter q;

	q = s->q;
	q.key[0] = 7;
	s->e.ak = quoter_public(&q);
}

CHANGE(cut_ak, s->e.ak.len--)
CHANGE(cut_attest, s->e.attest.len--)

static void
more_attest(struct court *s)
{
	s->e.attest.len++;
	s->e.signature = quoter_sign(&s->q, s->e.attest);
}

static void
flip_signature(struct court *s)
{
	s->q.sig_at[20] ^= 1;
}

static void
flip_attest(struct court *s)
{
	s->q.attest_at[60] ^= 1;	/* the Clock */
}

CHANGE(cut_signature, s->e.signature.len--)

static void
swap_values(struct court *s)
{
	s->e.values[40] ^= 1;
	s->set[1][40] ^= 1;
}

CHANGE(mask_in_evidence, s->e.mask ^= 3)
CHANGE(alg_in_evidence, s->e.alg = ATTEST_SHA384)

/* Of PCRs that anyone may extend, their values shown as those of others. */
CHANGE(said_to_be_ours, s->e.mask = s->r.mask)
CHANGE(said_to_be_sha256, s->e.alg = ATTEST_SHA256)

/* Two PCRs more in the reference's sets than in what is met. */
static void
long_set(struct court *s)
{
	s->r.set[1].len += 64;
}

CHANGE(no_sets, s->r.nsets = 0)

static void
empty_sets(struct court *s)
{
	s->r.set[0].len = s->r.set[1].len = 0;
}

static void
heard(struct court *s, enum appraise_mark replay, enum appraise_mark rules)
{
	s->log = (struct appraise_log){ replay, rules };
	s->c.log = &s->log;
}

static void
good_log(struct court *s)
{
	heard(s, APPRAISE_PASSED, APPRAISE_PASSED);
}

/* PCR 15 as in the first set. */
static void
as_fixed(struct court *s)
{
	memset(s->set[0] + 64, 0x5b, 32);
}

static void
as_fixed_with_a_log(struct court *s)
{
	as_fixed(s);
	good_log(s);
}

static void
as_fixed_with_a_bad_log(struct court *s)
{
	as_fixed(s);
	heard(s, APPRAISE_PASSED, APPRAISE_FAILED);
}

/* Of two that are fixed each is as in some set, and in none both are. */
static void
half_as_fixed(struct court *s)
{
	as_fixed_with_a_log(s);
	s->r.fixed |= 1u << 0;
	memset(s->set[1], 0x5b, 32);
}

static void
as_fixed_in_a_short_set(struct court *s)
{
	as_fixed_with_a_log(s);
	s->r.set[0].len += 32;
}

static void
log_that_does_not_replay(struct court *s)
{
	heard(s, APPRAISE_FAILED, APPRAISE_PASSED);
}

static void
log_that_breaks_a_rule(struct court *s)
{
	heard(s, APPRAISE_PASSED, APPRAISE_FAILED);
}

static void
log_without_rules_looked_at(struct court *s)
{
	heard(s, APPRAISE_PASSED, APPRAISE_NOT_DONE);
}

static void
log_without_replay(struct court *s)
{
	heard(s, APPRAISE_NOT_DONE, APPRAISE_PASSED);
}

static void
log_of_nonsense(struct court *s)
{
	const uint32_t n = 77;

	good_log(s);
	memcpy(&s->log.replay, &n, sizeof(s->log.replay));
}

/* A child's word for a log that nobody sent, and for rules that are none. */
static void
word_for_no_log(struct court *s)
{
	good_log(s);
	s->e.event_log.len = 0;
}

static void
word_for_no_rules(struct court *s)
{
	good_log(s);
	s->r.rules.len = 0;
}

CHANGE(no_reference, s->c.reference = NULL)
CHANGE(no_memory, s->c.last = NULL)
CHANGE(no_challenge, s->c.challenge.len = 0)
CHANGE(no_bound, s->c.bound.len = 0)
CHANGE(no_vm_id, s->c.vm_id.len = 0)
CHANGE(no_mask, s->r.mask = 0)

static void
told_extra(struct court *s)
{
	s->c.vm_id = s->c.challenge = s->c.bound = (struct span){ };
	s->c.extra = SPAN(s->extra);
}

static void
told_another_extra(struct court *s)
{
	told_extra(s);
	s->c.extra = SPAN(court_other);
}

static void
told_the_front(struct court *s)
{
	told_extra(s);
	s->c.extra.len = 31;
}

static const struct court_row rows[] = {
#define R(why) REASON_##why
	{ "all is well", NULL, NULL, "PP PPP P PP --P PPPP", R(none) },
	/* What other verifiers forgot, one check after the other. */
	{ "forgotten: TPM_GENERATED", no_magic, NULL,
	    "PP F-- P -- --P ----", R(quote_magic) },
	{ "forgotten: the type, of a certification", certify, NULL,
	    "PP PF- P -- --P ----", R(quote_type) },
	{ "forgotten: the type, of a time stamp", time_stamp, NULL,
	    "PP PF- P -- --P ----", R(quote_type) },
	{ "forgotten: the nonce", another_challenge, NULL,
	    "PP PPF P PP --P PPPP", R(quote_challenge) },
	{ "forgotten: no nonce is none", no_nonce, NULL,
	    "PP PPF P PP --P PPPP", R(quote_challenge) },
	{ "forgotten: a nonce's front is not it", short_nonce, NULL,
	    "PP PPF P PP --P PPPP", R(quote_challenge) },
	{ "forgotten: the digest of the values", other_digest, NULL,
	    "PP PPP P PF --P PPPP", R(quote_digest) },
	{ "forgotten: the selection, others", other_pcrs, NULL,
	    "PP PPP P FP --P PPPP", R(quote_selection) },
	{ "forgotten: the selection, more", more_pcrs, NULL,
	    "PP PPP P FP --F PPPP", R(quote_selection) },
	{ "forgotten: the bank", other_bank, NULL,
	    "PP PPP P FP --F PPPP", R(quote_bank) },
	{ "forgotten: AK restricted", no_restricted, NULL,
	    "PF PPP P PP --P PPPP", R(quote_attributes) },
	{ "forgotten: AK fixedTPM", no_fixed_tpm, NULL,
	    "PF PPP P PP --P PPPP", R(quote_attributes) },
	{ "forgotten: AK fixedParent", no_parent, NULL,
	    "PF PPP P PP --P PPPP", R(quote_attributes) },
	{ "forgotten: AK sensitiveDataOrigin", no_origin, NULL,
	    "PF PPP P PP --P PPPP", R(quote_attributes) },
	{ "forgotten: AK signs", no_sign, NULL,
	    "PF PPP P PP --P PPPP", R(quote_attributes) },
	{ "forgotten: AK does not decrypt", decrypts, NULL,
	    "PF PPP P PP --P PPPP", R(quote_attributes) },
	{ "forgotten: AK has a scheme", any_scheme, NULL,
	    "PF PPP P PP --P PPPP", R(quote_attributes) },
	{ "forgotten: AK stores nothing", storage, NULL,
	    "PF PPP P PP --P PPPP", R(quote_attributes) },
	{ "forgotten: identity, another TPM", NULL, another_ak,
	    "FP PPP P PP --P PPPP", R(quote_ak) },
	{ "forgotten: identity, another area", NULL, another_area,
	    "FP PPP F PP --P PPPP", R(quote_ak) },
	{ "forgotten: identity, another vm_id's", NULL, another_reference,
	    "FP PPP P PP --P PPPP", R(quote_ak) },
	{ "forgotten: the log, replayed", with_log, log_that_does_not_replay,
	    "PP PPP P PP FPF PPPP", R(quote_log) },
	{ "forgotten: the log, its rules", with_log, log_that_breaks_a_rule,
	    "PP PPP P PP PFF PPPP", R(quote_rule) },
	{ "forgotten: what it is bound to", bound_otherwise, NULL,
	    "PP PPF P PP --P PPPP", R(quote_bound) },
	/* 1 */
	{ "an AK that is cut short", NULL, cut_ak,
	    "FF PPP F PP --P PPPP", R(quote_ak) },
	/* 2 */
	{ "evidence of another vm_id", as_another_vm, NULL,
	    "PP PPF P PP --P PPPP", R(quote_bound) },
	{ "a quote for another vm_id", for_another_vm, NULL,
	    "PP PPF P PP --P PPPP", R(quote_challenge) },
	{ "attest cut short", NULL, cut_attest,
	    "PP F-- F -- --P ----", R(quote_shape) },
	{ "attest with more behind it", NULL, more_attest,
	    "PP F-- P -- --P ----", R(quote_shape) },
	{ "safe that is neither", safe_of_two, NULL,
	    "PP F-- P -- --P ----", R(quote_shape) },
	{ "extraData that was told", NULL, told_extra,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "extraData other than told", NULL, told_another_extra,
	    "PP PPF P PP --P PPPP", R(quote_challenge) },
	{ "extraData longer than told", NULL, told_the_front,
	    "PP PPF P PP --P PPPP", R(quote_challenge) },
	/* 3 */
	{ "a bit of the signature", NULL, flip_signature,
	    "PP PPP F PP --P PPPP", R(quote_signature) },
	{ "a bit of the Clock", NULL, flip_attest,
	    "PP PPP F PP --P PPPP", R(quote_signature) },
	{ "half a signature", NULL, cut_signature,
	    "PP PPP F PP --P PPPP", R(quote_signature) },
	{ "SHA-1, which verifies", key_of_sha1, NULL,
	    "PP PPP F PP --P PPPP", R(quote_sha1) },
	{ "SHA-384", sha384, NULL,
	    "PP PPP F PP --P PPPP", R(quote_scheme) },
	/* 4 */
	{ "two banks", two_banks, NULL,
	    "PP PPP P FF --P PPPP", R(quote_bank) },
	{ "no bank", no_bank, NULL,
	    "PP PPP P FF --P PPPP", R(quote_bank) },
	{ "evidence names other PCRs", NULL, mask_in_evidence,
	    "PP PPP P FP --P PPPP", R(quote_selection) },
	{ "evidence names another bank", NULL, alg_in_evidence,
	    "PP PPP P FP --P PPPP", R(quote_bank) },
	{ "a quote of another bank than it says", other_bank,
	    said_to_be_sha256, "PP PPP P FP --F PPPP", R(quote_bank) },
	{ "a quote of other PCRs than it says", other_pcrs, said_to_be_ours,
	    "PP PPP P FP --P PPPP", R(quote_selection) },
	{ "values other than quoted, known ones", NULL, swap_values,
	    "PP PPP P PF --P PPPP", R(quote_digest) },
	/* 5 */
	{ "values of no set", other_values, NULL,
	    "PP PPP P PP --F PPPP", R(quote_pcr) },
	{ "values and more of them", NULL, long_set,
	    "PP PPP P PP --F PPPP", R(quote_pcr) },
	{ "a log and rules", with_log, good_log,
	    "PP PPP P PP PPP PPPP", R(none) },
	{ "a log that was not read", with_log, NULL,
	    "PP PPP P PP --- PPPP", R(quote_undone) },
	{ "a log whose events were not judged", with_log,
	    log_without_rules_looked_at, "PP PPP P PP P-- PPPP",
	    R(quote_undone) },
	{ "a log that was not replayed", with_log, log_without_replay,
	    "PP PPP P PP -P- PPPP", R(quote_undone) },
	{ "a word that is none", with_log, log_of_nonsense,
	    "PP PPP P PP FPF PPPP", R(quote_log) },
	{ "a word for no log", with_log, word_for_no_log,
	    "PP PPP P PP --F PPPP", R(quote_pcr) },
	{ "a word for no rules", with_log, word_for_no_rules,
	    "PP PPP P PP --F PPPP", R(quote_pcr) },
	{ "a bad log, and a set that is met", with_log_and_set,
	    log_that_does_not_replay,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "what no log tells of, as in a set", with_log_and_fixed,
	    as_fixed_with_a_log, "PP PPP P PP PPP PPPP", R(none) },
	{ "what no log tells of, and a bad log", with_log_and_fixed,
	    as_fixed_with_a_bad_log, "PP PPP P PP PFF PPPP", R(quote_rule) },
	{ "what no log tells of, as in no set", with_log_and_fixed, good_log,
	    "PP PPP P PP --F PPPP", R(quote_pcr) },
	{ "what no log tells of, half of it in each", with_log_and_fixed,
	    half_as_fixed, "PP PPP P PP --F PPPP", R(quote_pcr) },
	{ "what no log tells of, in another set's shape", with_log_and_fixed,
	    as_fixed_in_a_short_set, "PP PPP P PP --F PPPP", R(quote_pcr) },
	{ "neither sets nor rules", NULL, no_sets,
	    "PP PPP P PP --- PPPP", R(quote_undone) },
	{ "sets of nothing", NULL, empty_sets,
	    "PP PPP P PP --F PPPP", R(quote_pcr) },
	/* What is wanting. */
	{ "no reference", NULL, no_reference,
	    "-P PPP P -P --- -PP-", R(quote_undone) },
	{ "a reference of no PCRs", NULL, no_mask,
	    "PP PPP P -P --P PPPP", R(quote_undone) },
	{ "no memory", NULL, no_memory,
	    "PP PPP P PP --P ---P", R(quote_undone) },
	{ "no challenge", NULL, no_challenge,
	    "PP PP- P PP --P PPPP", R(quote_undone) },
	{ "nothing to be bound to", NULL, no_bound,
	    "PP PP- P PP --P PPPP", R(quote_undone) },
	{ "no vm_id", NULL, no_vm_id,
	    "PP PP- P PP --P PPPP", R(quote_undone) },
#undef R
};

/* Every reason about a quote is that of some row, but for step 6. */
static void
test_every_reason(void **state)
{
	(void)state;
	for (unsigned r = REASON_none + 1; r < REASONS; r++) {
		bool met = strncmp(reason_code(r), "quote.", 6) != 0 ||
		    (r >= REASON_quote_reset && r <= REASON_quote_firmware);

		for (size_t i = 0; i < ROWS(rows); i++)
			met = met || rows[i].why == r;
		if (!met)
			fail_msg("%s", reason_code(r));
	}
}

/* Only of who has proven himself a log is read. */
static void
test_when_a_log_is_wanted(void **state)
{
	static const struct {
		void	(*before)(struct court *s);
		void	(*after)(struct court *s);
		bool	 wanted;
	} logs[] = {
		{ with_log, NULL, true },
		{ NULL, NULL, false },
		{ other_values, NULL, false },
		{ with_log, good_log, false },
		{ with_log_and_fixed, as_fixed, true },
		{ with_log_and_fixed, NULL, false },
		{ with_log, log_without_rules_looked_at, false },
		{ with_log_and_set, NULL, false },
		{ with_log, no_reference, false },
		{ with_log, flip_signature, false },
		{ with_log, another_ak, false },
		{ with_log, told_another_extra, false },
		{ with_log, swap_values, false },
		{ with_log, mask_in_evidence, false },
	};
	struct court s;
	struct appraisal a;

	(void)state;
	for (size_t i = 0; i < ROWS(logs); i++) {
		court_play(&s, &(struct court_row){ .before = logs[i].before,
		    .after = logs[i].after }, &a);
		assert_int_equal(appraisal_wants_log(&s.c, &a),
		    logs[i].wanted);
	}
}

int
main(void)
{
	const struct CMUnitTest whole[] = {
		cmocka_unit_test(test_every_reason),
		cmocka_unit_test(test_when_a_log_is_wanted),
	};
	struct CMUnitTest tests[ROWS(whole) + ROWS(rows)];

	memcpy(tests, whole, sizeof(whole));
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[ROWS(whole) + i] = ROW_TEST(rows[i].name, court_test,
		    &rows[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
