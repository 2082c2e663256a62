/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/throttle.h"

/* What still counts at now began after this. */
static uint64_t
window_start(uint64_t window, uint64_t now)
{
	return now >= window ? now - window + 1 : 0;
}

static uint64_t
wait_of(const struct throttle_limits *l, uint64_t level)
{
	uint64_t wait = l->first_wait;

	while (level-- > 0 && wait < l->longest_wait)
		wait *= 2;
	return wait < l->longest_wait ? wait : l->longest_wait;
}

void
throttle_fail(struct msg_failures *f, const struct throttle_limits *l,
    uint64_t now)
{
	failures_add(f, now);
	if (failures_since(f, window_start(l->window, now)) >= l->burst)
		f->wait_until = now + wait_of(l, f->level++);
}

/* How many failures the operator had since then, on all channels. */
static uint64_t
failed_since(const struct state *s, struct span operator_id, uint64_t since)
{
	const struct msg_failures *f;
	uint64_t n = 0;
	size_t at = 0;

	while ((f = state_failures_next(s, operator_id, &at)) != NULL)
		n += failures_since(f, since);
	return n;
}

/*
 * The end of the global wait; 0 if there is none.  It ends when the youngest
 * failure that has global_burst - 1 beside or after it leaves the window.
 */
static uint64_t
global_until(const struct state *s, struct span operator_id,
    const struct throttle_limits *l, uint64_t now)
{
	const uint64_t start = window_start(l->global_window, now);
	const struct msg_failures *f;
	uint64_t t, last = 0;
	size_t at = 0;

	if (failed_since(s, operator_id, start) < l->global_burst)
		return 0;
	while ((f = state_failures_next(s, operator_id, &at)) != NULL)
		for (size_t i = f->times.len / 8; i-- > 0;) {
			t = failures_at(f, i);
			if (t >= start && t > last && failed_since(s,
			    operator_id, t) >= l->global_burst)
				last = t;
		}
	return last + l->global_window;
}

enum reason
throttle_check(const struct state *s, struct span channel,
    struct span operator_id, const struct throttle_limits *l, uint64_t now,
    uint64_t *retry_after)
{
	const struct msg_failures *own = state_failures(s, channel,
	    operator_id);
	uint64_t until, own_until;

	*retry_after = 0;
	if (own == NULL || own->times.len == 0)
		return REASON_none;
	if (own->total >= l->give_up)
		return REASON_limit_channel;
	if (own->wait_until > now) {
		*retry_after = own->wait_until - now;
		return REASON_limit_operator;
	}
	own_until = failures_at(own, (own->times.len / 8) - 1) +
	    l->global_window;
	until = global_until(s, operator_id, l, now);
	if (own_until < until)
		until = own_until;
	if (until <= now)
		return REASON_none;
	*retry_after = until - now;
	return REASON_limit_global;
}
