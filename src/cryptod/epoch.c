/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/epoch.h"

#define DAY 86400

/* What is remembered of this day; a clock that is set back begins none. */
static struct msg_steps
of_day(const struct msg_steps *had, uint64_t wall)
{
	if (wall / DAY <= had->day)
		return *had;
	return (struct msg_steps){ .day = wall / DAY, .loose = had->loose };
}

/* Kept free of codes: what starts and ticks of this day may still need. */
static uint64_t
reserve(const struct epoch_policy *p, const struct msg_steps *today)
{
	const uint64_t all = (DAY + p->every - 1) / p->every + EPOCH_STARTS;

	return all > today->routine ? all - today->routine : 0;
}

static uint64_t
left(const struct epoch_policy *p, const struct msg_steps *today)
{
	const uint64_t gone = today->total + reserve(p, today);

	return p->budget > gone ? p->budget - gone : 0;
}

uint64_t
epoch_left(const struct epoch_policy *p, const struct msg_steps *had,
    uint64_t wall)
{
	const struct msg_steps today = of_day(had, wall);

	return left(p, &today);
}

/* No code goes without a step before a frame has said that they may. */
static bool
is_due(const struct epoch_policy *p, const struct msg_steps *today,
    unsigned causes)
{
	if ((causes & (EPOCH_START | EPOCH_TICK | EPOCH_CHANGE)) != 0)
		return true;
	if ((causes & EPOCH_CODE) != 0 &&
	    (!today->loose || (p->strict && left(p, today) > 0)))
		return true;
	return (causes & EPOCH_TRIP) != 0 && today->trips < EPOCH_TRIPS &&
	    left(p, today) > 0;
}

bool
epoch_steps(const struct epoch_policy *p, const struct msg_steps *had,
    unsigned causes, uint64_t wall, struct msg_steps *out)
{
	*out = of_day(had, wall);
	if (!is_due(p, out, causes))
		return false;
	out->total++;
	if ((causes & (EPOCH_START | EPOCH_TICK)) != 0)
		out->routine++;
	if (causes == EPOCH_TRIP)
		out->trips++;
	out->loose = !p->strict || left(p, out) == 0;
	return true;
}

enum epoch_fate
epoch_judge(uint64_t epoch, uint64_t counter)
{
	if (epoch == counter)
		return EPOCH_SAME;
	return epoch > counter && epoch - counter == 1 ? EPOCH_OWED :
	    EPOCH_OTHER;
}

/* It was not told what became of its step: the counter itself is asked. */
static enum err
ask_again(const struct epoch_counter *c, uint64_t epoch, bool *done)
{
	uint64_t now;

	TRY(c->read(c->self, &now));
	*done = now == epoch;
	return *done || epoch_judge(epoch, now) == EPOCH_OWED ? ERR_OK :
	    ERR_STATE;
}

enum err
epoch_follow(const struct epoch_counter *c, uint64_t epoch, bool *tried)
{
	bool done = false;
	uint64_t now;

	if (*tried)
		TRY(ask_again(c, epoch, &done));
	if (done)
		return ERR_OK;
	*tried = true;
	TRY(c->step(c->self, &now));
	return now == epoch ? ERR_OK : ERR_STATE;
}
