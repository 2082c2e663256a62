/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "enforce/explain.h"
#include "tests/trial.h"

/* What enforce_explain() said: a letter for each check. */
struct heard {
	char		 checks[32];
	size_t		 n;
	const char	*last;
	enum reason	 why;
};

static void
hear(void *self, const char *check, enum explained how, enum reason why)
{
	struct heard *h = self;

	h->checks[h->n++] = "+x-"[how];
	h->last = check;
	h->why = why;
}

static void
assert_explained(struct trial *x, const char *checks, const char *last,
    enum reason why)
{
	struct heard h = { .n = 0 };
	struct cwt c;

	(void)trial_play(x, &c);
	assert_int_equal(enforce_explain(&x->keys, x->v.me, &x->s, TRIAL_NOW,
	    hear, &h), why);
	assert_string_equal(h.checks, checks);
	assert_string_equal(h.last, last);
	assert_int_equal(h.why, why);
}

static void
test_checks_are_explained_up_to_the_first_that_fails(void **state)
{
	struct trial x;

	(void)state;
	trial_set(&x);
	assert_explained(&x, "++++++++--++-", "spent", REASON_none);
	x.s.operation.len = 0;
	x.s.arguments = (struct span){ NULL, 0 };
	assert_explained(&x, "++++++++-----", "spent", REASON_none);
	trial_set(&x);
	x.s.arguments.len = 3;
	assert_explained(&x, "++++++++--+x", "arguments",
	    REASON_token_arguments);
	x.s.operation = span_text("net:close");
	assert_explained(&x, "++++++++--x", "scope", REASON_token_scope);
	x.keys.policy_floor = 4;
	assert_explained(&x, "+++++++x", "policy", REASON_token_policy);
	x.c.exp = TRIAL_NOW - 30;
	assert_explained(&x, "++++++x", "time", REASON_token_expired);
	x.v.me = span_text("ivm_pd");
	assert_explained(&x, "+++++x", "audience", REASON_token_audience);
	x.keys.issuer.at[0] = 'C';
	assert_explained(&x, "++++x", "issuer", REASON_token_issuer);
	x.flip = 1;
	assert_explained(&x, "+++x", "signature", REASON_token_signature);
	x.keys.keys[0].sign_until = 0;
	assert_explained(&x, "++x", "window", REASON_token_window);
	x.keys.keys[0].use = WIRE_use_audit;
	assert_explained(&x, "+x", "key", REASON_token_use);
	x.tail = 1;
	assert_explained(&x, "x", "shape", REASON_token_shape);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_checks_are_explained_up_to_the_first_that_fails),
	};

	return cmocka_run_group_tests_name("explain", tests, trial_begin,
	    trial_end);
}
