/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "attest/event_diff.h"
#include "provisioning/reference_rules.h"

/* A rule, and its bytes. */
struct rule {
	struct msg_event_rule	r;
	struct span		whole;
	bool			told;
	size_t			was;	/* told: which one, of those before */
};

struct rules {
	size_t		n;
	struct rule	at[EVENT_RULES_MAX];
};

static bool
take(const struct msg_reference *from, struct rules *out)
{
	struct reader r;
	struct msg m;

	out->n = 0;
	if (!from->has_rules)
		return true;
	if (wire_decode_object(MSG_event_rules, from->rules, &m) != ERR_OK)
		return false;
	r = reader_of(m.event_rules.rules.items);
	while (item_done(&r) != ERR_OK) {
		struct rule *one = &out->at[out->n];
		const uint8_t *at = r.at;

		if (out->n == EVENT_RULES_MAX ||
		    wire_next(&r, MSG_event_rule, &m) != ERR_OK)
			return false;
		*one = (struct rule){ m.event_rule,
			{ at, (size_t)(r.at - at) }, false, 0 };
		out->n++;
	}
	return true;
}

static void
pair(struct rules *is, size_t i, struct rules *was, size_t k)
{
	is->at[i].told = was->at[k].told = true;
	is->at[i].was = k;
}

/* What both have is not told. */
static void
leave_out_same(struct rules *is, struct rules *was)
{
	for (size_t i = 0; i < is->n; i++)
		for (size_t k = 0; k < was->n && !is->at[i].told; k++)
			if (!was->at[k].told && span_equal(is->at[i].whole,
			    was->at[k].whole))
				pair(is, i, was, k);
}

/* What has to be so, in words. */
static const char *
describe(const struct msg_event_rule *r, char out[static 128])
{
	const char *what = r->has_data ? "exactly its data" :
	    r->has_prefix ? "anything that begins like it" :
	    r->has_variable ? "any value of the variable" : "a digest";
	size_t n = (size_t)snprintf(out, 128, "%s", what);

	if (r->has_digests)
		n += (size_t)snprintf(out + n, 128 - n, " (%02x%02x%02x%02x"
		    "...)", r->digests.at[0], r->digests.at[1],
		    r->digests.at[2], r->digests.at[3]);
	if (r->least == r->most)
		n += (size_t)snprintf(out + n, 128 - n, " %" PRIu64 "x",
		    r->least);
	else
		n += (size_t)snprintf(out + n, 128 - n, " %" PRIu64 " to %"
		    PRIu64 "x", r->least, r->most);
	(void)!snprintf(out + n, 128 - n, r->ordered ? ", in order" :
	    ", anywhere");
	return out;
}

/* Rules with the same words for the same PCR, in turn: one has become the
 * other. */
static size_t
tell_changed(struct findings *f, const char *vm, struct rules *was,
    struct rules *is)
{
	char before[128], now[128];
	size_t n = 0;

	for (size_t i = 0; i < is->n; i++)
		for (size_t k = 0; k < was->n && !is->at[i].told; k++) {
			struct rule *a = &was->at[k], *b = &is->at[i];

			if (a->told || a->r.pcr != b->r.pcr ||
			    !span_equal(WIRE_SPAN(a->r.words),
			    WIRE_SPAN(b->r.words)))
				continue;
			pair(is, i, was, k);
			n++;
			finding(f, "event.changed", "%s: PCR %" PRIu64
			    ", event \"%s\" has to be %s; it was %s", vm,
			    b->r.pcr, b->r.words.at, describe(&b->r, now),
			    describe(&a->r, before));
		}
	return n;
}

/* Does one of this PCR stand before one that it stood behind? */
static bool
is_moved(const struct rules *is, unsigned pcr)
{
	size_t last = 0;

	for (size_t i = 0; i < is->n; i++) {
		const struct rule *one = &is->at[i];

		if (one->r.pcr != pcr || !one->told)
			continue;
		if (one->was < last)
			return true;
		last = one->was;
	}
	return false;
}

static size_t
tell_order(struct findings *f, const char *vm, const struct rules *is)
{
	size_t n = 0;

	for (unsigned pcr = 0; pcr < BANK_PCRS; pcr++)
		if (is_moved(is, pcr)) {
			n++;
			finding(f, "event.order", "%s: PCR %u: its rules "
			    "stand in another order, and the first that has "
			    "room takes an event", vm, pcr);
		}
	return n;
}

static size_t
tell_rest(struct findings *f, const char *vm, const struct rules *rules,
    bool added)
{
	char what[128];
	size_t n = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *one = &rules->at[i];

		if (one->told)
			continue;
		n++;
		finding(f, added ? "event.added" : "event.removed", "%s: "
		    "PCR %" PRIu64 ", event \"%s\" is %s that may be "
		    "measured: %s", vm, one->r.pcr, one->r.words.at,
		    added ? "now one" : "none any more",
		    describe(&one->r, what));
	}
	return n;
}

void
diff_rules(struct findings *f, const struct msg_reference *old,
    const struct msg_reference *new)
{
	static struct rules was, is;
	size_t n = 0;

	if (old->has_rules == new->has_rules &&
	    span_equal(old->rules, new->rules))
		return;
	if (take(old, &was) && take(new, &is)) {
		leave_out_same(&is, &was);
		n = tell_changed(f, new->vm_id.at, &was, &is);
		n += tell_order(f, new->vm_id.at, &is);
		n += tell_rest(f, new->vm_id.at, &is, true);
		n += tell_rest(f, new->vm_id.at, &was, false);
	}
	if (n == 0)
		finding(f, "event.order", "%s: the rules for its event log "
		    "differ, in their order or in bytes that are none",
		    new->vm_id.at);
}

/* ---- events that make other values ---- */

struct telling {
	struct findings	*f;
	const char	*vm;
	uint32_t	 pcr;
};

static void
tell_event(void *self, const struct event_difference *d)
{
	const struct telling *t = self;
	char was[EVENT_WORDS_MAX] = "", now[EVENT_WORDS_MAX] = "";

	if (d->was != NULL)
		(void)event_words(d->was, was);
	if (d->now != NULL)
		(void)event_words(d->now, now);
	if (d->change == EVENT_CHANGED && strcmp(was, now) != 0)
		finding(t->f, "log.changed", "%s: PCR %u: \"%s\" is measured "
		    "in the place of \"%s\"", t->vm, t->pcr, now, was);
	else if (d->change == EVENT_CHANGED)
		finding(t->f, "log.changed", "%s: PCR %u: what is measured as "
		    "\"%s\" is another", t->vm, t->pcr, now);
	else
		finding(t->f, d->now != NULL ? "log.new" : "log.gone",
		    "%s: PCR %u: \"%s\" is %s", t->vm, t->pcr,
		    d->now != NULL ? now : was, d->now != NULL ?
		    "measured from now on" : "not measured any more");
}

/* Does any set have this value of the PCR? */
static bool
has_value(const struct msg_reference *r, unsigned pcr, struct span value)
{
	const size_t before = value.len * (size_t)__builtin_popcountll(
	    r->mask & ((UINT64_C(1) << pcr) - 1));

	for (size_t i = 0; r->has_sets && i < r->sets.count; i++)
		if ((r->mask >> pcr & 1) != 0 &&
		    before + value.len <= r->sets.at[i].len &&
		    memcmp(r->sets.at[i].at + before, value.at,
		    value.len) == 0)
			return true;
	return false;
}

void
diff_events(struct findings *f, const struct eventlog *was,
    const struct eventlog *now, const struct msg_reference *old,
    const struct msg_reference *new)
{
	struct eventlog_pcrs from, to;
	struct telling t = { f, new->vm_id.at, 0 };

	if (old->alg != new->alg ||
	    eventlog_replay(was, (uint16_t)old->alg, &from) != ERR_OK ||
	    eventlog_replay(now, (uint16_t)new->alg, &to) != ERR_OK)
		return;
	for (t.pcr = 0; t.pcr < BANK_PCRS; t.pcr++)
		if (memcmp(from.value[t.pcr], to.value[t.pcr], to.len) != 0 &&
		    has_value(old, t.pcr, (struct span){ from.value[t.pcr],
		    from.len }) && has_value(new, t.pcr, (struct span){
		    to.value[t.pcr], to.len }))
			(void)eventlog_diff(was, now, to.alg, 1U << t.pcr,
			    tell_event, &t);
}
