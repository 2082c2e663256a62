/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/times.h"

#include "cryptod/decide.h"

/* Between two resets nothing takes from the Clock; over one, only what safe
 * tells of. */
static bool
goes_on(const struct msg_mark *was, const struct tpm_life *is)
{
	return is->resets == was->reset ||
	    (is->resets > was->reset && is->safe);
}

static bool
is_put_back(const struct msg_mark *was, const struct tpm_life *is)
{
	return is->resets < was->reset ||
	    (goes_on(was, is) && is->clock_ms < was->clock);
}

/* The seconds that must have passed since that mark; a part of one counts,
 * since the wall clock is told in whole ones. */
static uint64_t
least(const struct msg_mark *was, const struct times *now)
{
	const uint64_t ran = now->tpm.clock_ms - was->clock + now->since_ms;
	const uint64_t sure = ran / 100 * (100 - TIMES_RATE);

	return sure > TIMES_SKEW_MS ? (sure - TIMES_SKEW_MS) / 1000 : 0;
}

enum reason
times_start(const struct state *stored, const struct times *now)
{
	const struct msg_mark *tpm = &stored->tpm;

	if (is_put_back(tpm, &now->tpm))
		return REASON_clock_tpm;
	if (now->wall < stored->wall)
		return REASON_clock_back;
	if (tpm->has_clock && goes_on(tpm, &now->tpm) &&
	    now->wall - tpm->wall < least(tpm, now))
		return REASON_clock_behind;
	return REASON_none;
}

/* How far b is from a. */
static uint64_t
apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

enum reason
times_run(struct moment began, struct moment now)
{
	const uint64_t ran = now.boot_ms - began.boot_ms;

	if (now.boot_ms < began.boot_ms || now.wall > UINT64_MAX / 1000 ||
	    apart(now.wall * 1000, began.wall * 1000 + ran) >
	    CLOCK_LEAP * 1000)
		return REASON_clock_jumped;
	return REASON_none;
}
