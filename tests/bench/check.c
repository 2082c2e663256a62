/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/bench.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "enforce/trust.h"
#include "enforce/verify.h"
#include "link/call.h"
#include "tests/careless.h"

#define WAIT_MS 10000
#define BATCH 32
#define SIG_STRUCTURE 60	/* of a token's bytes are not signed, others
				 * are signed and not in it: about this many */

static enum err
load_keys(const char *path, const struct target *from, uint64_t now,
    struct keyset *out)
{
	struct call c OWNED(call_close) = { 0 };
	struct msg ask = { .type = MSG_key_metadata_req }, answer;
	struct trust trust;

	TRY(trust_load(path, &trust));
	if (trust_parse(&trust) != REASON_none)
		return ERR_MALFORMED;
	TRY(WIRE_SET_TEXT(ask.key_metadata_req.request_id,
	    span_text("00000000-0000-4000-8000-000000000000")));
	TRY(call_open(&c, from->path, geteuid(), WAIT_MS));
	TRY(call_ask(&c, &ask, MSG_key_metadata_resp, &answer, WAIT_MS));
	return enforce_keys_load(answer.key_metadata_resp.object, &trust.root,
	    WIRE_SPAN(trust.set.issuer), 0, now, out) == REASON_none ? ERR_OK :
	    ERR_AUTH;
}

/* The tokens of the answers; they point into these. */
static enum err
find_tokens(const struct kept *kept, struct span *tokens)
{
	struct msg m;

	for (size_t i = 0; i < kept->n; i++) {
		TRY(wire_decode(kept->at[i], &m));
		if (m.type != MSG_token_issue_resp ||
		    !m.token_issue_resp.has_token)
			return ERR_MALFORMED;
		tokens[i] = m.token_issue_resp.token;
	}
	return kept->n > 0 ? ERR_OK : ERR_NOT_FOUND;
}

static enum err
check_batch(const struct verifier *v, const struct target *from,
    const struct span *tokens, size_t n, struct verified *out)
{
	const uint64_t now = clock_now().wall;
	struct lap lap = lap_start();
	enum reason why;
	struct cwt c;

	for (size_t i = 0; i < BATCH; i++) {
		const struct showing s = {
			.token = tokens[(out->count + i) % n],
			.operation = span_text("web:read"),
			.vm_id = span_text(from->vm_id),
		};

		why = enforce_token(v, &s, now, &c);
		if (why != REASON_none)
			return log_err(ERR_AUTH, "a token is refused: %s",
			    reason_code(why));
	}
	lap_stop(&lap);
	out->full.wall += lap.wall;
	out->full.cpu += lap.cpu;
	return ERR_OK;
}

static enum err
bare_batch(struct bare_signed *s, struct verified *out)
{
	struct lap lap = lap_start();

	for (size_t i = 0; i < BATCH; i++)
		TRY(bare_signed_check(s));
	lap_stop(&lap);
	out->bare.wall += lap.wall;
	out->bare.cpu += lap.cpu;
	return ERR_OK;
}

enum err
verify_run(const char *trust, const struct target *from,
    const struct kept *kept, unsigned ms, struct verified *out)
{
	static struct keyset keys;
	static uint64_t counts[REASONS];
	const struct revocations revocations = {
		.next_update = UINT64_MAX, .find = careless_find,
	};
	const struct verifier v = {
		.me = span_text(from->vm_id), .keys = &keys,
		.revocations = &revocations, .spend = careless_spend,
		.counts = counts,
	};
	const uint64_t end = lap_now() + (uint64_t)ms * 1000000;
	struct span tokens[KEPT_MAX];
	struct bare_signed *bare;

	*out = (struct verified){ 0 };
	TRY(load_keys(trust, from, clock_now().wall, &keys));
	TRY(find_tokens(kept, tokens));
	TRY(bare_signed_new(tokens[0].len - SIG_STRUCTURE, &bare));
	do {
		TRY(check_batch(&v, from, tokens, kept->n, out));
		TRY(bare_batch(bare, out));
		out->count += BATCH;
	} while (lap_now() < end);
	free(bare);
	return ERR_OK;
}
