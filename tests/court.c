/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/court.h"

#include "tests/unit/unit.h"

const uint8_t court_challenge[32] = { 9, 8, 7 };
const uint8_t court_other[32] = { 9, 8, 6 };

void
court_refer(struct court *s)
{
	struct reference *r = &s->r;

	assert_err(WIRE_SET_TEXT(r->vm_id, span_text("guest")), ERR_OK);
	assert_err(attest_name(quoter_public(&s->q), r->ak_name), ERR_OK);
	r->alg = ATTEST_SHA256;
	r->mask = 1u << 0 | 1u << 7 | 1u << 15;
	memset(s->set[0], 0x11, sizeof(s->set[0]));
	memset(s->set[1], 0x5a, sizeof(s->set[1]));
	r->nsets = 2;
	r->set[0] = (struct span){ s->set[0], 96 };
	r->set[1] = (struct span){ s->set[1], 96 };
	r->firmware_floor = 0x10002;
}

void
court_qualify(struct court *s, struct span vm_id, struct span asked)
{
	assert_err(evidence_qualifying(vm_id, asked, s->q.bound, s->extra),
	    ERR_OK);
	s->q.extra = SPAN(s->extra);
}

void
court_begin(struct court *s)
{
	*s = (struct court){ };
	quoter_begin(&s->q);
	court_qualify(s, span_text("guest"), SPAN(court_challenge));
	s->last = (struct appraised){ true, 4000, 3, 1, false, false, 0 };
	s->c = (struct appraise_case){ .evidence = &s->e,
		.reference = &s->r, .vm_id = span_text("guest"),
		.challenge = SPAN(court_challenge), .bound = s->q.bound,
		.last = &s->last };
}

void
court_spell(const struct appraisal *a, char out[static 32])
{
	static const uint8_t blank_before[] = {
		APPRAISE_magic, APPRAISE_signature, APPRAISE_selection,
		APPRAISE_replay, APPRAISE_reset
	};
	size_t n = 0;

	for (unsigned s = 0; s < APPRAISE_STEPS; s++) {
		if (memchr(blank_before, (int)s, sizeof(blank_before)) !=
		    NULL)
			out[n++] = ' ';
		out[n++] = "-PF"[a->step[s]];
	}
	out[n] = '\0';
}

void
court_play(struct court *s, const struct court_row *row, struct appraisal *a)
{
	court_begin(s);
	if (row->before != NULL)
		row->before(s);
	court_refer(s);
	quoter_evidence(&s->q, &s->e);
	if (row->after != NULL)
		row->after(s);
	memset(a, 0xa5, sizeof(*a));
	appraise(&s->c, a);
}

void
court_test(void **state)
{
	const struct court_row *row = *state;
	struct court s;
	struct appraisal a;
	char vector[32];

	court_play(&s, row, &a);
	court_spell(&a, vector);
	assert_string_equal(vector, row->vector);
	assert_string_equal(reason_code(appraisal_reason(&a)),
	    reason_code(row->why));
	assert_int_equal(appraisal_good(&a), row->why == REASON_none);
}
