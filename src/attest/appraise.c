/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/appraise.h"

#define PASSED REASON_none
#define NOT_DONE REASON_quote_undone

/* One appraisal, and what was read for all of its steps. */
struct work {
	const struct appraise_case	*c;
	const struct quote		*quote;		/* NULL: none */
	const struct appraised		*last;		/* NULL: not known */
	const struct reference		*reference;	/* NULL: none */
	enum err			 quote_err, ak_err;
	struct attest_public		 ak;
	bool				 met;		/* a set of values, */
	bool				 fixed;		/* as far as it is */
};

static enum reason
look_ak(const struct work *w)
{
	uint8_t name[ATTEST_NAME_LEN];

	if (w->reference == NULL)
		return NOT_DONE;
	/* Whoever asks may have looked up another's. */
	if (w->c->vm_id.len > 0 && !span_equal(w->c->vm_id,
	    WIRE_SPAN(w->reference->vm_id)))
		return REASON_quote_ak;
	if (attest_name(w->c->evidence->ak, name) != ERR_OK ||
	    !span_equal(SPAN(name), SPAN(w->reference->ak_name)))
		return REASON_quote_ak;
	return PASSED;
}

static enum reason
look_attributes(const struct work *w)
{
	/* An area that could not be read is all zero. */
	return attest_is_ak(&w->ak) ? PASSED : REASON_quote_attributes;
}

static enum reason
look_magic(const struct work *w)
{
	if (w->quote_err == ERR_AUTH)
		return REASON_quote_magic;
	return w->quote_err == ERR_OK || w->quote_err == ERR_NOT_FOUND ?
	    PASSED : REASON_quote_shape;
}

static enum reason
look_type(const struct work *w)
{
	if (w->quote_err == ERR_NOT_FOUND)
		return REASON_quote_type;
	return w->quote == NULL ? NOT_DONE : PASSED;
}

/* A quote that is no evidence: its extraData was told. */
static enum reason
look_extra(const struct work *w)
{
	return span_equal(w->quote->extra, w->c->extra) ? PASSED :
	    REASON_quote_challenge;
}

static enum reason
look_nonce(const struct work *w)
{
	const struct appraise_case *c = w->c;
	uint8_t want[EVIDENCE_QUALIFYING_LEN];

	if (w->quote == NULL)
		return NOT_DONE;
	if (c->extra.len > 0)
		return look_extra(w);
	if (c->vm_id.len == 0 || c->challenge.len == 0 || c->bound.len == 0)
		return NOT_DONE;
	if (!span_equal(c->vm_id, WIRE_SPAN(c->evidence->vm_id)) ||
	    !span_equal(c->bound, c->evidence->bound))
		return REASON_quote_bound;
	if (evidence_qualifying(c->vm_id, c->challenge, c->bound,
	    want) != ERR_OK || !span_equal(w->quote->extra, SPAN(want)))
		return REASON_quote_challenge;
	return PASSED;
}

static enum reason
look_signature(const struct work *w)
{
	const enum err e = w->ak_err != ERR_OK ? w->ak_err :
	    quote_signed(&w->ak, w->c->evidence->attest,
	    w->c->evidence->signature);

	return e == ERR_OK ? PASSED : e == ERR_DENIED ? REASON_quote_sha1 :
	    e == ERR_LIMIT ? REASON_quote_scheme : REASON_quote_signature;
}

static enum reason
look_selection(const struct work *w)
{
	const struct reference *r = w->reference;
	const struct quote *q = w->quote;

	if (q == NULL || r == NULL || r->mask == 0)
		return NOT_DONE;
	if (q->banks != 1 || q->bank[0].alg != r->alg ||
	    w->c->evidence->alg != r->alg)
		return REASON_quote_bank;
	return q->bank[0].mask == r->mask &&
	    w->c->evidence->mask == r->mask ? PASSED :
	    REASON_quote_selection;
}

static struct span
values_of(const struct evidence *e)
{
	return (struct span){ e->values, e->values_len };
}

static enum reason
look_digest(const struct work *w)
{
	if (w->quote == NULL)
		return NOT_DONE;
	return quote_covers(w->quote, values_of(w->c->evidence)) == ERR_OK ?
	    PASSED : REASON_quote_digest;
}

static bool
meets_a_set(const struct work *w)
{
	const struct reference *r = w->reference;
	bool met = false;

	for (size_t i = 0; r != NULL && i < r->nsets; i++)
		met = met ||
		    span_equal(values_of(w->c->evidence), r->set[i]);
	return met;
}

static bool
is_as_fixed(const struct work *w, struct span set)
{
	const struct reference *r = w->reference;
	const struct span values = values_of(w->c->evidence);
	bool same = values.len == set.len;

	for (unsigned i = 0; i < REFERENCE_PCRS && same; i++)
		same = (r->fixed >> i & 1) == 0 ||
		    span_equal(reference_value(r, values, i),
		    reference_value(r, set, i));
	return same;
}

/* What no log tells of: as in one set, all of it. */
static bool
meets_what_is_fixed(const struct work *w)
{
	const struct reference *r = w->reference;
	bool met = r == NULL || r->fixed == 0;

	for (size_t i = 0; r != NULL && i < r->nsets; i++)
		met = met || is_as_fixed(w, r->set[i]);
	return met;
}

/* A log is needed where no set is met, there are rules, and there is one; and
 * it is for those PCRs that are not fixed. */
static bool
log_counts(const struct work *w)
{
	return !w->met && w->fixed && w->reference != NULL &&
	    w->reference->rules.len > 0 && w->c->evidence->event_log.len > 0;
}

/* What another process has found; from one that is not trusted with more. */
static enum reason
heard(const struct work *w, enum appraise_mark mark, enum reason why)
{
	if (!log_counts(w) || mark == APPRAISE_NOT_DONE)
		return NOT_DONE;
	return mark == APPRAISE_PASSED ? PASSED : why;
}

static enum reason
look_replay(const struct work *w)
{
	return w->c->log == NULL ? NOT_DONE :
	    heard(w, w->c->log->replay, REASON_quote_log);
}

static enum reason
look_rules(const struct work *w)
{
	return w->c->log == NULL ? NOT_DONE :
	    heard(w, w->c->log->rules, REASON_quote_rule);
}

static enum reason
look_values(const struct work *w)
{
	enum reason why;

	if (w->reference == NULL ||
	    (w->reference->nsets == 0 && w->reference->rules.len == 0))
		return NOT_DONE;
	if (w->met)
		return PASSED;
	if (!log_counts(w))
		return REASON_quote_pcr;
	why = look_replay(w);
	return why != PASSED ? why : look_rules(w);
}

static enum reason
look_reset(const struct work *w)
{
	if (w->quote == NULL || w->last == NULL || w->reference == NULL)
		return NOT_DONE;
	return w->reference->strict_reset && w->last->seen &&
	    w->quote->reset_count > w->last->reset_count ?
	    REASON_quote_reset : PASSED;
}

static enum reason
look_clock(const struct work *w)
{
	const struct appraised *last = w->last;
	const struct quote *q = w->quote;

	if (q == NULL || last == NULL)
		return NOT_DONE;
	if (!last->seen || q->reset_count > last->reset_count)
		return PASSED;
	return q->reset_count == last->reset_count &&
	    q->restart_count >= last->restart_count &&
	    q->clock_ms >= last->clock_ms ? PASSED : REASON_quote_clock;
}

static bool
same_reset(const struct work *w)
{
	return w->last->seen && w->last->reset_count == w->quote->reset_count;
}

/* What was accepted is still going on, by the TPM's own counts. */
static bool
goes_on(const struct work *w)
{
	return w->quote->restart_count == w->last->restart_count &&
	    w->quote->clock_ms <= w->c->unsure_ms;
}

static enum reason
look_safe(const struct work *w)
{
	if (w->quote == NULL || w->last == NULL)
		return NOT_DONE;
	return !w->quote->safe && same_reset(w) && w->last->unsafe &&
	    !goes_on(w) ? REASON_quote_unsafe : PASSED;
}

static enum reason
look_firmware(const struct work *w)
{
	if (w->quote == NULL || w->reference == NULL)
		return NOT_DONE;
	return w->quote->firmware >= w->reference->firmware_floor ? PASSED :
	    REASON_quote_firmware;
}

static const struct {
	enum reason	(*look)(const struct work *w);
	bool		 must;
	const char	*name, *text;
} steps[APPRAISE_STEPS] = {
#define STEP(name, must, text) \
	[APPRAISE_##name] = { look_##name, must, #name, text },
#include "attest/steps.def"
#undef STEP
};

/* Whose quote it is and that it was asked for; what it says is another
 * matter. */
static bool
is_authentic(const struct appraisal *a)
{
	bool all = true;

	for (int s = APPRAISE_ak; s <= APPRAISE_signature; s++)
		all = all && a->step[s] == APPRAISE_PASSED;
	return all;
}

static void
remember(const struct work *w, struct appraisal *a)
{
	const struct quote *q = w->quote;

	if (q == NULL || w->last == NULL)
		return;
	a->reset = w->last->seen && is_authentic(a) &&
	    q->reset_count > w->last->reset_count;
	a->next = (struct appraised){ .seen = true,
		.clock_ms = q->clock_ms, .reset_count = q->reset_count,
		.restart_count = q->restart_count,
		.unsafe = !q->safe || (same_reset(w) && w->last->unsafe) };
}

static bool
is_accepted(const struct work *w)
{
	return w->quote != NULL && w->last != NULL && w->last->accepted &&
	    w->last->accept == w->quote->reset_count;
}

void
appraise(const struct appraise_case *c, struct appraisal *a)
{
	static const struct appraised nothing;
	struct work w = { .c = c, .last = c->last, .reference =
	    c->reference };

	*a = (struct appraisal){ .why = REASON_none };
	w.ak_err = attest_public_read(c->evidence->ak, &w.ak);
	w.quote_err = quote_read(c->evidence->attest, &a->quote);
	w.quote = w.quote_err == ERR_OK ? &a->quote : NULL;
	if (is_accepted(&w))
		w.last = &nothing;
	w.met = meets_a_set(&w);
	w.fixed = meets_what_is_fixed(&w);
	for (int s = 0; s < APPRAISE_STEPS; s++) {
		const enum reason why = steps[s].look(&w);

		if (why == PASSED)
			a->step[s] = APPRAISE_PASSED;
		else if (why != NOT_DONE)
			a->step[s] = APPRAISE_FAILED;
		if (a->step[s] == APPRAISE_FAILED && a->why == REASON_none)
			a->why = why;
	}
	remember(&w, a);
}

bool
appraisal_good(const struct appraisal *a)
{
	bool good = true;

	for (int s = 0; s < APPRAISE_STEPS; s++)
		good = good && (a->step[s] == APPRAISE_PASSED ||
		    (a->step[s] == APPRAISE_NOT_DONE && !steps[s].must));
	return good;
}

enum reason
appraisal_reason(const struct appraisal *a)
{
	if (appraisal_good(a))
		return REASON_none;
	return a->why != REASON_none ? a->why : REASON_quote_undone;
}

bool
appraisal_wants_log(const struct appraise_case *c, const struct appraisal *a)
{
	bool proven = c->log == NULL && c->reference != NULL &&
	    c->reference->rules.len > 0 && c->evidence->event_log.len > 0 &&
	    a->step[APPRAISE_values] == APPRAISE_NOT_DONE;

	for (int s = APPRAISE_ak; s <= APPRAISE_digest; s++)
		proven = proven && a->step[s] == APPRAISE_PASSED;
	return proven;
}

const char *
appraise_step_name(enum appraise_step s)
{
	return steps[s].name;
}

const char *
appraise_step_text(enum appraise_step s)
{
	return steps[s].text;
}

bool
appraise_step_must(enum appraise_step s)
{
	return steps[s].must;
}

const char *
appraise_mark_name(enum appraise_mark m)
{
	return m == APPRAISE_PASSED ? "passed" :
	    m == APPRAISE_NOT_DONE ? "not done" : "failed";
}
