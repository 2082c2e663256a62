/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/event_diff.h"

#define WINDOW 32

/* One log, at an event of the PCR, or behind the last. */
struct side {
	const struct eventlog	*log;
	size_t			 bank;
	uint32_t		 pcr;
	bool			 ended;
	struct event		 e;
};

struct comparison {
	struct side	 was, now;
	void		 (*tell)(void *self, const struct event_difference *d);
	void		*self;
};

static void
advance(struct side *s)
{
	while (!s->ended) {
		s->ended = !eventlog_next(s->log, &s->e);
		if (!s->ended && event_extends(&s->e) &&
		    s->e.pcr == s->pcr)
			return;
	}
}

/* What it measures, from where it is; how many there are, of those that can
 * be in the window. */
static size_t
look(const struct side *s, struct span digest[static WINDOW + 1])
{
	struct side at = *s;
	size_t n = 0;

	for (; n <= WINDOW && !at.ended; advance(&at))
		digest[n++] = at.e.digest[at.bank];
	return n;
}

static bool
agree(const struct side *a, const struct side *b)
{
	return !a->ended && !b->ended &&
	    span_equal(a->e.digest[a->bank], b->e.digest[b->bank]);
}

/* How many of each side until they agree again, the fewest first; one of each
 * where that is too far. */
static void
look_ahead(const struct comparison *c, size_t *was, size_t *now)
{
	struct span w[WINDOW + 1], n[WINDOW + 1];
	const size_t ws = look(&c->was, w), ns = look(&c->now, n);

	for (size_t sum = 1; sum <= WINDOW; sum++)
		for (size_t i = 0; i <= sum; i++)
			if (i < ws && sum - i < ns &&
			    span_equal(w[i], n[sum - i])) {
				*was = i;
				*now = sum - i;
				return;
			}
	*was = *now = 1;
}

/* The next of each side are told, as one if there are both. */
static void
tell_next(struct comparison *c, size_t *was, size_t *now)
{
	struct event_difference d = {
		EVENT_CHANGED,
		*was > 0 && !c->was.ended ? &c->was.e : NULL,
		*now > 0 && !c->now.ended ? &c->now.e : NULL,
	};

	if (d.was == NULL)
		d.change = EVENT_NEW;
	else if (d.now == NULL)
		d.change = EVENT_GONE;
	c->tell(c->self, &d);
	if (*was > 0) {
		advance(&c->was);
		--*was;
	}
	if (*now > 0) {
		advance(&c->now);
		--*now;
	}
}

static void
compare(struct comparison *c)
{
	size_t was, now;

	advance(&c->was);
	advance(&c->now);
	while (!c->was.ended || !c->now.ended) {
		was = now = 1;
		if (agree(&c->was, &c->now)) {
			advance(&c->was);
			advance(&c->now);
			continue;
		}
		look_ahead(c, &was, &now);
		while (was > 0 || now > 0)
			tell_next(c, &was, &now);
	}
}

enum err
eventlog_diff(const struct eventlog *was, const struct eventlog *now,
    uint16_t alg, uint32_t mask,
    void (*tell)(void *self, const struct event_difference *d), void *self)
{
	const size_t a = eventlog_bank(was, alg), b = eventlog_bank(now, alg);

	if (a == was->banks || b == now->banks)
		return ERR_NOT_FOUND;
	for (uint32_t pcr = 0; pcr < BANK_PCRS; pcr++) {
		struct comparison c = {
			.was = { .log = was, .bank = a, .pcr = pcr },
			.now = { .log = now, .bank = b, .pcr = pcr },
			.tell = tell, .self = self,
		};

		if ((mask >> pcr & 1) != 0)
			compare(&c);
	}
	return ERR_OK;
}
