/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "ctl/input.h"
#include "ctl/known.h"
#include "ctl/show.h"
#include "enforce/explain.h"


static void
put_check(void *self, const char *check, enum explained how, enum reason why)
{
	struct sheet *s = self;

	if (how == CHECK_FAILED)
		sheet_say(s, check, "failed: %s", reason_code(why));
	else
		sheet_say(s, check, "%s", how == CHECK_PASSED ? "passed" :
		    "not checked offline");
}

static enum reason
put_checks(struct sheet *s, const struct args *a, const struct known *k,
    struct span token, uint64_t now)
{
	const struct showing shown = {
		.token = token,
		.operation = a->operation == NULL ? (struct span){ NULL, 0 } :
		    span_text(a->operation),
	};
	enum reason why;

	sheet_open(s, "checks", SHEET_MAP);
	why = enforce_explain(&k->set, span_text(a->audience), &shown, now,
	    put_check, s);
	sheet_close(s);
	return why;
}

static void
put_claims(struct sheet *s, struct span token)
{
	struct sign1 by;
	struct cwt c;

	if (token_parse(token, &by, &c) != ERR_OK)
		return;
	show_signer(s, &by);
	sheet_open(s, "claims", SHEET_MAP);
	show_claims(s, &c);
	sheet_close(s);
}

static void
put_verdict(struct sheet *s, enum reason why)
{
	sheet_bool(s, "verified", why == REASON_none);
	if (why != REASON_none)
		known_put_reason(s, why);
	else
		sheet_tell(s, "note", "whether it was revoked or spent, and "
		    "who shows it, was not checked");
}

static enum ends
print(const struct args *a, const struct known *k, struct span token,
    uint64_t now)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	enum reason why = k->why;

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	sheet_set_now(s, now);
	if (why == REASON_none)
		why = put_checks(s, a, k, token, now);
	put_verdict(s, why);
	put_claims(s, token);
	known_put_trust(s, k);
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	return why == REASON_none ? ENDS_ok :
	    why == REASON_token_shape ? ENDS_malformed : ENDS_no;
}

enum ends
token_verify_run(const struct args *a)
{
	struct input in OWNED(input_drop) = { 0 };
	const uint64_t now = clock_now().wall;
	struct known k;
	enum ends ends;
	enum err e;

	if (a->audience == NULL) {
		log_line("token verify: --audience is missing: whom is the "
		    "token for?");
		return ENDS_usage;
	}
	if (a->operation != NULL && !scope_valid(span_text(a->operation))) {
		log_line("--operation %s: not a scope, like luks:root",
		    a->operation);
		return ENDS_usage;
	}
	e = input_read(a->operand[0], TOKEN_MAX, a->hex, &in);
	if (e != ERR_OK)
		return ends_of(e);
	ends = known_load(a, now, &k);
	return ends != ENDS_ok ? ends : print(a, &k, input_span(&in), now);
}
