/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/challenge.h"

static bool
is_open(const struct challenge *c, uint64_t now_ms)
{
	return now_ms < c->until_ms;
}

struct challenge *
challenge_room(struct challenges *c, size_t peer, uint64_t now_ms,
    uint64_t *left_s)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < CHALLENGES_OPEN; i++) {
		struct challenge *at = &c->of[peer][i];

		if (!is_open(at, now_ms))
			return at;
		if (at->until_ms < first)
			first = at->until_ms;
	}
	*left_s = (first - now_ms + 999) / 1000;
	return NULL;
}

size_t
challenge_find(const struct challenges *c, size_t peer, uint64_t now_ms,
    struct span vm_id, struct span bound, struct span extra)
{
	uint8_t want[EVIDENCE_QUALIFYING_LEN];

	for (size_t i = 0; i < CHALLENGES_OPEN; i++) {
		const struct challenge *at = &c->of[peer][i];

		if (is_open(at, now_ms) && evidence_qualifying(vm_id,
		    SPAN(at->at), bound, want) == ERR_OK &&
		    span_equal(SPAN(want), extra))
			return i + 1;
	}
	return 0;
}

void
challenge_spend(struct challenges *c, size_t peer, size_t which)
{
	c->of[peer][which - 1] = (struct challenge){ 0 };
}
