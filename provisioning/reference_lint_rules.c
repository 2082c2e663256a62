/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "provisioning/reference_rules.h"

/* Firmware measures something into each of these, a separator at least. */
#define PCRS_FIRMWARE	0x0000ffu
#define OFTEN		UINT16_MAX	/* no log has so many events */

/* What is said of all of them. */
struct look {
	struct findings			*f;
	const struct msg_reference	*r;
	const struct event_rules	*rules;
	size_t				 alone;		/* digests */
	uint32_t			 named, needed;	/* PCRs */
};

static const char *
words_of(const struct look *l, size_t i, char words[static EVENT_WORDS_MAX])
{
	return rules_words(l->r->rules, i, words);
}

/* Data leave nothing open, so they are as good as a digest. */
static struct span
digests_of(const struct look *l, size_t i)
{
	const struct event_rule *r = &l->rules->at[i];

	return r->of.len > 0 ? r->of :
	    (struct span){ r->digest, l->rules->len };
}

/* Whatever meets the one meets the other. */
static bool
is_within(const struct look *l, size_t one, size_t other)
{
	const struct event_rule *a = &l->rules->at[one];
	const struct event_rule *b = &l->rules->at[other];

	if (a->pcr != b->pcr || a->match != b->match)
		return false;
	if (a->match == MATCH_VARIABLE)
		return span_equal(a->of, b->of);
	if (a->match == MATCH_PREFIX)
		return b->of.len <= a->of.len &&
		    memcmp(a->of.at, b->of.at, b->of.len) == 0;
	return span_equal(digests_of(l, one), digests_of(l, other));
}

/* A rule before it that has room for all of its events leaves it none. */
static void
look_shadow(struct look *l, size_t i)
{
	char words[EVENT_WORDS_MAX], before[EVENT_WORDS_MAX];
	const struct event_rule *r = &l->rules->at[i];

	for (size_t k = 0; k < i; k++) {
		const struct event_rule *b = &l->rules->at[k];

		if (b->most != OFTEN || b->ordered || !is_within(l, i, k))
			continue;
		if (r->least > 0)
			fault(l->f, "rule.never", "%s: PCR %u, rule \"%s\" "
			    "can never be met: \"%s\" before it takes all of "
			    "its events", l->r->vm_id.at, r->pcr,
			    words_of(l, i, words), words_of(l, k, before));
		else
			finding(l->f, "rule.twice", "%s: PCR %u, rule \"%s\" "
			    "says nothing that \"%s\" before it does not",
			    l->r->vm_id.at, r->pcr, words_of(l, i, words),
			    words_of(l, k, before));
		return;
	}
}

/* An ordered rule of its PCR behind it that some event has to meet leaves it no
 * event from there on. */
static bool
is_ended(const struct look *l, size_t i)
{
	const struct event_rule *r = &l->rules->at[i], *b;

	for (size_t k = i + 1; r->ordered && k < l->rules->count; k++) {
		b = &l->rules->at[k];
		if (b->pcr == r->pcr && b->ordered && b->least > 0)
			return true;
	}
	return false;
}

/* Whoever may extend a PCR can extend it with what has an open rule, as long
 * as that is not over. */
static void
look_open(struct look *l, size_t i)
{
	const struct event_rule *r = &l->rules->at[i];
	const char *what = r->match == MATCH_PREFIX ?
	    "whatever begins like it" : "any value of it";
	const char *when = r->ordered ? "with none behind it to end that" :
	    "at any time";
	char words[EVENT_WORDS_MAX];

	if (r->match == MATCH_DIGESTS || is_ended(l, i))
		return;
	if (r->most == OFTEN)
		fault(l->f, "rule.anything", "%s: PCR %u, rule \"%s\" lets "
		    "pass %s, %s and as often as anybody likes",
		    l->r->vm_id.at, r->pcr, words_of(l, i, words), what, when);
	else
		finding(l->f, "rule.open", "%s: PCR %u, rule \"%s\" lets pass "
		    "%s, %s", l->r->vm_id.at, r->pcr, words_of(l, i, words),
		    what, when);
}

static void
look_rule(struct look *l, size_t i)
{
	const struct event_rule *r = &l->rules->at[i];
	const uint32_t bit = 1U << r->pcr;
	char words[EVENT_WORDS_MAX];

	if ((l->r->mask & ~l->r->fixed & bit) == 0)
		fault(l->f, "rule.pcr", "%s: rule \"%s\" is for PCR %u, which "
		    "is %s: no log is ever good", l->r->vm_id.at,
		    words_of(l, i, words), r->pcr,
		    (l->r->mask & bit) != 0 ? "fixed" : "not quoted");
	l->alone += r->match == MATCH_DIGESTS && r->of.len > 0;
	l->named |= bit;
	l->needed |= r->least > 0 ? bit : 0;
	look_shadow(l, i);
	look_open(l, i);
}

/* PCRs that nobody speaks of, or that nothing has to be measured into. */
static void
look_pcrs(struct look *l)
{
	const uint32_t asked = (uint32_t)(l->r->mask & ~l->r->fixed);
	const char *vm = l->r->vm_id.at;

	for (unsigned i = 0; i < BANK_PCRS; i++) {
		if ((asked >> i & 1) == 0)
			continue;
		if ((l->named >> i & 1) == 0 && (PCRS_FIRMWARE >> i & 1) != 0)
			fault(l->f, "rule.none", "%s: PCR %u has no rule, and "
			    "firmware always measures something into it: no "
			    "log is ever good", vm, i);
		else if ((l->named >> i & 1) == 0)
			finding(l->f, "rule.empty", "%s: PCR %u has no rule: "
			    "nothing may be measured into it", vm, i);
		else if ((l->needed >> i & 1) == 0)
			finding(l->f, "rule.optional", "%s: PCR %u: nothing "
			    "has to be measured into it", vm, i);
	}
	if (l->needed == 0)
		fault(l->f, "rule.nothing", "%s: a log without an event meets "
		    "the rules", vm);
}

void
lint_rules(struct findings *f, const struct msg_reference *r)
{
	static struct event_rules rules;
	struct look l = { .f = f, .r = r, .rules = &rules };

	if (!r->has_rules)
		return;
	if (event_rules_read(r->rules, (uint16_t)r->alg, &rules) != ERR_OK) {
		fault(f, "rules", "%s: its rules make no sense, so no log "
		    "meets them", r->vm_id.at);
		return;
	}
	for (size_t i = 0; i < rules.count; i++)
		look_rule(&l, i);
	look_pcrs(&l);
	if (l.alone > 0)
		finding(f, "rule.digest", "%s: %zu of %zu rules name digests "
		    "without data: what these are of, only their words say",
		    r->vm_id.at, l.alone, rules.count);
}
