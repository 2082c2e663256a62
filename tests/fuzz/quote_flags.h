/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_QUOTE_FLAGS_H
#define TESTS_FUZZ_QUOTE_FLAGS_H

/* What of a scene of tests/court.h an input of fuzz_quote may change. */

#include "tests/court.h"

enum {
	FLAG_NO_REFERENCE = 1, FLAG_NO_MEMORY = 2, FLAG_RULES = 4,
	FLAG_LOG = 8, FLAG_NO_REPLAY = 16, FLAG_NO_RULES = 32,
	FLAG_STRICT = 64, FLAG_UNSAFE = 128,
};

static inline void
court_flags(struct court *c, uint8_t flags)
{
	c->c.reference = (flags & FLAG_NO_REFERENCE) != 0 ? NULL : &c->r;
	c->c.last = (flags & FLAG_NO_MEMORY) != 0 ? NULL : &c->last;
	if ((flags & FLAG_RULES) != 0)
		c->r.rules = span_text("rules");
	c->log = (struct appraise_log){
		(flags & FLAG_NO_REPLAY) != 0 ? APPRAISE_FAILED :
		    APPRAISE_PASSED,
		(flags & FLAG_NO_RULES) != 0 ? APPRAISE_FAILED :
		    APPRAISE_PASSED,
	};
	c->c.log = (flags & FLAG_LOG) != 0 ? &c->log : NULL;
	c->r.strict_reset = (flags & FLAG_STRICT) != 0;
	c->last.unsafe = (flags & FLAG_UNSAFE) != 0;
}

#endif
