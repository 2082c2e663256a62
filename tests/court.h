/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_COURT_H
#define TESTS_COURT_H

/*
 * Evidence and all that it is held against, in order unless a row of the test
 * changes something before it is made or after.
 */

#include "attest/appraise.h"
#include "tests/quoter.h"

struct court {
	struct quoter		q;
	struct evidence		e;
	struct reference	r;
	struct appraised	last;
	struct appraise_log	log;
	struct appraise_case	c;
	uint8_t			extra[32], set[2][QUOTE_VALUES_MAX];
};

struct court_row {
	const char	*name;
	void		(*before)(struct court *s);
	void		(*after)(struct court *s);
	const char	*vector;	/* as court_spell() has it */
	enum reason	 why;
};

/* What a row changes, where that is one thing. */
#define CHANGE(name, what)      \
	static void             \
	name(struct court *s)   \
	{                       \
		what;           \
	}

/* The challenge that was issued, and another. */
extern const uint8_t court_challenge[32], court_other[32];

/* extraData for these, and what it is bound to. */
void court_qualify(struct court *s, struct span vm_id, struct span asked);

/* In steps: all in order; the reference to this AK. */
void court_begin(struct court *s);
void court_refer(struct court *s);

/* Appraise what the row makes of it. */
void court_play(struct court *s, const struct court_row *row,
    struct appraisal *a);

/*
 * The steps, in order: ak, attributes; magic, type, nonce; signature;
 * selection, digest; replay, rules, values; reset, clock, safe, firmware.
 * P: passed, F: failed, -: not done.  "PP PPP P PP --P PPPP" is good.
 */
void court_spell(const struct appraisal *a, char out[static 32]);

/* The row's vector and reason; for ROW_TEST. */
void court_test(void **state);

#endif
