/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/ends.h"

#include <string.h>

static void
forget(struct ends *e, uint64_t within_ms, uint64_t now_ms)
{
	size_t old = 0;

	while (old < e->n && e->at[old] + within_ms <= now_ms)
		old++;
	e->n -= old;
	memmove(e->at, e->at + old, e->n * sizeof(e->at[0]));
}

bool
ends_add(struct ends *e, uint64_t most, uint64_t within_ms,
    uint64_t backoff_ms, uint64_t now_ms, uint64_t *wait_ms)
{
	uint64_t wait = backoff_ms;

	forget(e, within_ms, now_ms);
	if (e->n >= most || e->n >= ENDS_MAX)
		return false;
	for (size_t i = 0; i < e->n && wait < ENDS_WAIT_MAX; i++)
		wait *= 2;
	e->at[e->n++] = now_ms;
	*wait_ms = wait < ENDS_WAIT_MAX ? wait : ENDS_WAIT_MAX;
	return true;
}
