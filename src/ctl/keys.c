/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"
#include "base/own.h"
#include "ctl/known.h"
#include "ctl/show.h"
#include "ctl/words.h"

static void
put_key(struct sheet *s, const struct known_key *k)
{
	sheet_open(s, NULL, SHEET_MAP);
	sheet_say(s, "use", "%s", word_use(k->use));
	sheet_say(s, "state", "%s", word_phase(k->phase));
	show_key(s, &k->key);
	sheet_time(s, "not_before|good from", k->not_before);
	sheet_time(s, "sign_until|signs until", k->sign_until);
	sheet_time(s, "not_after|good until", k->not_after);
	sheet_close(s);
}

static void
put_set(struct sheet *s, const struct keyset *set)
{
	sheet_text(s, "issuer", WIRE_SPAN(set->issuer));
	sheet_uint(s, "version", set->version);
	sheet_time(s, "next_update|next update", set->next_update);
	sheet_uint(s, "policy_floor|policy floor", set->policy_floor);
	sheet_uint(s, "revocation_version|revocation version",
	    set->revocation_version);
	sheet_open(s, "keys", SHEET_LIST);
	for (size_t i = 0; i < set->count; i++)
		put_key(s, &set->keys[i]);
	sheet_close(s);
}

static void
put_proof(struct sheet *s, const struct known *k)
{
	if (!k->asked) {
		sheet_tell(s, "proven", "not asked: %s",
		    "no cryptod, or no reference for it");
		return;
	}
	sheet_bool(s, "proven|cryptod has proven what it runs",
	    k->proof == REASON_none);
	if (k->proof == REASON_none)
		return;
	sheet_open(s, "proof", SHEET_MAP);
	known_put_reason(s, k->proof);
	sheet_close(s);
}

enum ends
keys_run(const struct args *a)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	const uint64_t now = clock_now().wall;
	struct known k = { .asked = false };
	const enum ends e = known_prove(a, now, &k);

	if (e != ENDS_ok)
		return e;
	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	sheet_set_now(s, now);
	sheet_bool(s, "verified|signed by the root key",
	    k.why == REASON_none);
	put_proof(s, &k);
	if (k.why != REASON_none)
		known_put_reason(s, k.why);
	else
		put_set(s, &k.set);
	known_put_trust(s, &k);
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	return k.why == REASON_none && k.proof == REASON_none ? ENDS_ok :
	    ENDS_no;
}
