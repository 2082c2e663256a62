/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/event_rule.h"

#include "attest/bytes.h"
#include "wire/wire.h"

/* Exactly one of these. */
static bool
says_one_thing(const struct msg_event_rule *m)
{
	return m->has_data + m->has_prefix + m->has_digests +
	    m->has_variable == 1;
}

static enum err
take_rule(const struct msg_event_rule *m, const struct event_rules *rules,
    struct event_rule *out)
{
	struct event_rule r = {
		.pcr = (uint8_t)m->pcr, .ordered = m->ordered,
		.least = (uint16_t)m->least, .most = (uint16_t)m->most,
		.match = m->has_prefix ? MATCH_PREFIX :
		    m->has_variable ? MATCH_VARIABLE : MATCH_DIGESTS,
		.of = m->has_prefix ? m->prefix :
		    m->has_variable ? m->variable :
		    m->has_digests ? m->digests : (struct span){ },
	};
	enum hash_alg hash;

	if (!says_one_thing(m) || m->least > m->most ||
	    (m->has_digests && m->digests.len % rules->len != 0) ||
	    (m->has_variable && m->variable.len % 2 != 0))
		return ERR_MALFORMED;
	if (m->has_data) {
		TRY(bank_hash(rules->alg, &hash));
		TRY(hash_parts(hash, &m->data, 1, r.digest));
	}
	*out = r;
	return ERR_OK;
}

enum err
event_rules_read(struct span object, uint16_t alg, struct event_rules *out)
{
	struct reader items;
	enum hash_alg hash;
	struct msg m;

	TRY(bank_hash(alg, &hash));
	TRY(wire_decode_object(MSG_event_rules, object, &m));
	*out = (struct event_rules){ .alg = alg, .len = hash_len(hash) };
	items = reader_of(m.event_rules.rules.items);
	for (size_t n = m.event_rules.rules.count; n > 0; n--) {
		TRY(wire_next(&items, MSG_event_rule, &m));
		TRY(take_rule(&m.event_rule, out, &out->at[out->count]));
		out->count++;
	}
	return ERR_OK;
}

static bool
is_one_of(struct span digests, struct span digest)
{
	for (size_t i = 0; i + digest.len <= digests.len; i += digest.len)
		if (memcmp(digests.at + i, digest.at, digest.len) == 0)
			return true;
	return false;
}

static bool
begins(struct span data, struct span with)
{
	return data.len >= with.len &&
	    memcmp(data.at, with.at, with.len) == 0;
}

/* GUID[16] | characters u64 | bytes u64 | name | value */
static bool
is_variable(struct span data, struct span of)
{
	const size_t head = 16 + 8 + 8, name = of.len - 16;

	return data.len >= head + name &&
	    memcmp(data.at, of.at, 16) == 0 &&
	    little(data, 16, 8) == name / 2 &&
	    little(data, 24, 8) == data.len - head - name &&
	    memcmp(data.at + head, of.at + 16, name) == 0;
}

/* Everything that is asked of one log. */
struct judgement {
	struct eventlog			 log;
	size_t				 bank;
	const struct event_goal		*goal;
	const struct event_rules	*rules;
	struct event_finding		*f;
	uint16_t			 met[EVENT_RULES_MAX];
	size_t				 last[BANK_PCRS];	/* ordered */
};

static enum err
refuse_event(struct judgement *j, const struct event *at, const char *why)
{
	j->f->why = why;
	j->f->about = ABOUT_EVENT;
	j->f->pcr = at->pcr;
	j->f->event = at->index;
	j->f->at = at->at;
	return ERR_DENIED;
}

static enum err
refuse_rule(struct judgement *j, size_t i, enum err e, const char *why)
{
	j->f->why = why;
	j->f->about = ABOUT_RULE;
	j->f->pcr = j->rules->at[i].pcr;
	j->f->rule = i;
	return e;
}

static bool
content_meets(const struct judgement *j, const struct event_rule *r,
    const struct event *e)
{
	const struct span digest = e->digest[j->bank];

	switch (r->match) {
	case MATCH_DIGESTS:
		return is_one_of(r->of.len > 0 ? r->of : (struct span){
		    r->digest, j->rules->len }, digest);
	case MATCH_PREFIX:
		return begins(e->data, r->of) &&
		    event_covers(&j->log, e, j->bank);
	case MATCH_VARIABLE:
		return is_variable(e->data, r->of) &&
		    event_covers(&j->log, e, j->bank);
	}
	return false;
}

/* The first that has room for it. */
static enum err
meet(struct judgement *j, const struct event *e)
{
	for (size_t i = 0; i < j->rules->count; i++) {
		const struct event_rule *r = &j->rules->at[i];

		if (r->pcr != e->pcr || j->met[i] == r->most ||
		    (r->ordered && i < j->last[e->pcr]) ||
		    !content_meets(j, r, e))
			continue;
		j->met[i]++;
		if (r->ordered)
			j->last[e->pcr] = i;
		return ERR_OK;
	}
	return refuse_event(j, e, "no rule has room for this event");
}

static enum err
all_were_met(struct judgement *j)
{
	for (size_t i = 0; i < j->rules->count; i++) {
		if (j->met[i] < j->rules->at[i].least)
			return refuse_rule(j, i, ERR_DENIED,
			    "no event, or too few, met this rule");
	}
	return ERR_OK;
}

static enum err
rules_fit_goal(struct judgement *j)
{
	for (size_t i = 0; i < j->rules->count; i++) {
		if ((j->goal->mask >> j->rules->at[i].pcr & 1) == 0)
			return refuse_rule(j, i, ERR_MALFORMED,
			    "a rule for a PCR that is not asked for");
	}
	return j->rules->alg == j->goal->alg ? ERR_OK : ERR_INTERNAL;
}

enum err
eventlog_leads(const struct eventlog *log, const struct event_goal *goal,
    struct event_finding *f)
{
	const uint8_t *value = goal->values.at;
	struct eventlog_pcrs p;

	if (eventlog_replay(log, goal->alg, &p) != ERR_OK) {
		f->why = "the log does not replay in this bank";
		return ERR_AUTH;
	}
	if (goal->values.len != p.len *
	    (size_t)__builtin_popcount(goal->mask) ||
	    goal->mask >> BANK_PCRS != 0)
		return ERR_INTERNAL;
	for (f->pcr = 0; f->pcr < BANK_PCRS; f->pcr++) {
		if ((goal->mask >> f->pcr & 1) == 0)
			continue;
		if (memcmp(value, p.value[f->pcr], p.len) != 0) {
			f->why = "the log leads to another value";
			f->about = ABOUT_PCR;
			return ERR_AUTH;
		}
		value += p.len;
	}
	f->replays = true;
	return ERR_OK;
}

static enum err
judge_events(struct judgement *j)
{
	struct event e = { .next = 0 };

	TRY(rules_fit_goal(j));
	while (eventlog_next(&j->log, &e))
		if (event_extends(&e) && (j->goal->mask >> e.pcr & 1) != 0)
			TRY(meet(j, &e));
	return all_were_met(j);
}

enum err
eventlog_judge(struct span log, const struct event_goal *goal,
    const struct event_rules *rules, struct event_finding *f)
{
	struct judgement j = { .goal = goal, .rules = rules, .f = f };
	struct eventlog_flaw flaw = { 0, NULL };
	enum err e = eventlog_open(log, &j.log, &flaw);

	*f = (struct event_finding){ .at = flaw.at, .why = flaw.why,
	    .about = ABOUT_BYTE };
	if (e != ERR_OK)
		return e;
	f->about = ABOUT_LOG;
	TRY(eventlog_leads(&j.log, goal, f));
	j.bank = eventlog_bank(&j.log, goal->alg);
	TRY(judge_events(&j));
	f->fits = true;
	return ERR_OK;
}
