/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tests/court.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/quote_flags.h"

/* Which doors let something in, and how each step of an appraisal ended. */
enum { PUBLIC_RSA, PUBLIC_ECC, QUOTE, SIGNATURE, EVIDENCE, BOUND, DOORS };
static struct reach taken[DOORS] = {
	[PUBLIC_RSA]	= { "public-rsa", 0 },
	[PUBLIC_ECC]	= { "public-ecc", 0 },
	[QUOTE]		= { "quote", 0 },
	[SIGNATURE]	= { "signature", 0 },
	[EVIDENCE]	= { "evidence", 0 },
	[BOUND]		= { "bound", 0 },
};
static struct reach passed[APPRAISE_STEPS + 1], failed[APPRAISE_STEPS];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	for (unsigned s = 0; s < APPRAISE_STEPS; s++)
		passed[s].name = failed[s].name = appraise_step_name(s);
	passed[APPRAISE_STEPS].name = "all";
	reach("taken", taken, DOORS);
	reach("passed", passed, APPRAISE_STEPS + 1);
	reach("failed", failed, APPRAISE_STEPS);
	return 0;
}

static int
within(struct span piece, struct span whole)
{
	return piece.len == 0 || (piece.at >= whole.at &&
	    piece.at + piece.len <= whole.at + whole.len);
}

static void
check_public(struct span in)
{
	uint8_t name[ATTEST_NAME_LEN];
	struct attest_public p;

	if (attest_public_read(in, &p) != ERR_OK)
		return;
	must(within(p.policy, in) && within(p.modulus, in), "spans of a key");
	must(attest_name(in, name) == ERR_OK, "a Name");
	must(memcmp(name, p.name, sizeof(name)) == 0, "another Name");
	must(p.type == ATTEST_ECC || p.modulus.len * 8 == p.bits, "bits");
	taken[p.type == ATTEST_ECC ? PUBLIC_ECC : PUBLIC_RSA].times++;
}

static void
check_quote(struct span in)
{
	struct quote q;

	if (quote_read(in, &q) != ERR_OK)
		return;
	must(within(q.signer, in) && within(q.extra, in) &&
	    within(q.digest, in), "spans of a quote");
	must(q.banks <= QUOTE_BANKS && q.extra.len <= 66 &&
	    q.digest.len <= 64, "sizes of a quote");
	for (size_t i = 0; i < q.banks; i++)
		must(q.bank[i].mask >> QUOTE_PCRS == 0, "a PCR above 23");
	taken[QUOTE].times++;
}

static void
check_signature(struct span in)
{
	struct quote_signature s;

	if (quote_signature_read(in, &s) != ERR_OK)
		return;
	must(within(s.r, in) && within(s.s, in), "spans of a signature");
	taken[SIGNATURE].times++;
}

static void
check_bound(struct span in)
{
	uint8_t metadata[32], head[32], buf[EVIDENCE_BOUND_MAX];
	struct span again;

	if (evidence_bound_keys(in, metadata, head) != ERR_OK)
		return;
	must(evidence_bind_keys(metadata, head, buf, &again) == ERR_OK &&
	    span_equal(again, in), "another bound");
	taken[BOUND].times++;
}

/* What an appraisal says is good has all that it must, looked at anew. */
static void
check_good(const struct court *c, const struct appraisal *a)
{
	const struct evidence *e = &c->e;
	struct attest_public ak;

	must(c->c.reference != NULL && c->c.last != NULL, "good of nothing");
	must(attest_public_read(e->ak, &ak) == ERR_OK &&
	    memcmp(ak.name, c->r.ak_name, sizeof(ak.name)) == 0 &&
	    quote_signed(&ak, e->attest, e->signature) == ERR_OK,
	    "good of another key");
	must(span_equal(a->quote.extra, SPAN(c->extra)), "good of another");
	must(a->quote.banks == 1 && a->quote.bank[0].mask == c->r.mask,
	    "good of other PCRs");
	must(a->quote.firmware >= c->r.firmware_floor &&
	    a->quote.reset_count >= c->last.reset_count, "good of the past");
}

static void
check_appraisal(uint8_t flags, struct span in)
{
	static struct court c;
	struct appraisal a;

	court_begin(&c);
	court_refer(&c);
	if (evidence_read(in, &c.e) != ERR_OK)
		return;
	court_flags(&c, flags);
	appraise(&c.c, &a);
	must(appraisal_good(&a) == (appraisal_reason(&a) == REASON_none),
	    "good, and a reason");
	for (unsigned s = 0; s < APPRAISE_STEPS; s++) {
		passed[s].times += a.step[s] == APPRAISE_PASSED;
		failed[s].times += a.step[s] == APPRAISE_FAILED;
		must(a.step[s] != APPRAISE_FAILED || !appraisal_good(&a),
		    "good with a failed step");
	}
	if (!appraisal_good(&a))
		return;
	check_good(&c, &a);
	passed[APPRAISE_STEPS].times++;
}

/* What is read is written again to the byte. */
static void
check_evidence(struct span in)
{
	static uint8_t again[196608];
	static struct evidence e;
	size_t len;

	if (evidence_read(in, &e) != ERR_OK)
		return;
	must(evidence_encode(&e, again, sizeof(again), &len) == ERR_OK,
	    "encode evidence");
	must(span_equal(in, (struct span){ again, len }), "other evidence");
	taken[EVIDENCE].times++;
}

/* A door, for appraisals flags, and what comes through it. */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	const struct span rest = { in + 1, len - 1 };

	if (len < 2)
		return 0;
	switch (in[0]) {
	case 'p':
		check_public(rest);
		break;
	case 'q':
		check_quote(rest);
		break;
	case 's':
		check_signature(rest);
		break;
	case 'b':
		check_bound(rest);
		break;
	case 'e':
		check_evidence(rest);
		break;
	default:
		check_appraisal(in[1], (struct span){ in + 2, len - 2 });
	}
	return 0;
}
