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

/* Is extra made of this one? */
static bool
is_under(const struct challenge *c, struct span vm_id, struct span bound,
    struct span extra)
{
	uint8_t want[EVIDENCE_QUALIFYING_LEN];

	return evidence_qualifying(vm_id, SPAN(c->at), bound, want) ==
	    ERR_OK && span_equal(SPAN(want), extra);
}

bool
challenge_take(struct challenges *c, size_t peer, uint64_t now_ms,
    struct span vm_id, struct span evidence, uint8_t out[static CHALLENGE_LEN])
{
	struct evidence e;
	struct quote q;

	if (evidence_read(evidence, &e) != ERR_OK ||
	    quote_read(e.attest, &q) != ERR_OK)
		return false;
	for (size_t i = 0; i < CHALLENGES_OPEN; i++) {
		struct challenge *at = &c->of[peer][i];

		if (!is_open(at, now_ms) ||
		    !is_under(at, vm_id, e.bound, q.extra))
			continue;
		memcpy(out, at->at, CHALLENGE_LEN);
		*at = (struct challenge){ 0 };
		return true;
	}
	return false;
}
