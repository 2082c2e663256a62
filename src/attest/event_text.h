/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_EVENT_TEXT_H
#define ATTEST_EVENT_TEXT_H

/*
 * Rules for events (attest/event_rule.h) as people write them: one rule a
 * line, # begins a comment.
 *
 *	PCR TIMES WHERE WHAT "WORDS"
 *
 *	TIMES	1, 0..1, 1..: how many events must and may meet it
 *	WHERE	ordered: behind the ordered rules of this PCR that stand
 *		before it; or anywhere
 *	WHAT	digests DIGEST...
 *		data BYTES
 *		prefix BYTES
 *		variable GUID NAME, or variable BYTES
 *	WORDS	printable ASCII, which decide nothing
 *
 * BYTES and a NAME are hexadecimal digits or printable ASCII in quotes, a
 * DIGEST and a GUID digits; a NAME of letters and digits needs no quotes.
 * Nothing is escaped: what has a quote in it is written in digits.
 *
 * Knows wire and the other rules' header.  Does not know files or logs.
 */

#include "attest/event_rule.h"
#include "wire/wire.h"

#define EVENT_RULES_BYTES 16384	/* that a reference has room for */
#define EVENT_TEXT_VALUE 1024
#define EVENT_TEXT_LINE (2 * EVENT_TEXT_VALUE + 512)

struct event_text {
	struct span	 rest;
	uint16_t	 alg;		/* of the bank that they are for */
	unsigned	 line;		/* of what was read last, from 1 */
	const char	*why;		/* after MALFORMED or LIMIT */
	uint8_t		 value[EVENT_TEXT_VALUE];
};

/* The next rule, which points into t->value.  NOT_FOUND at the end;
 * MALFORMED, and why, for a line that is none. */
enum err event_text_next(struct event_text *t, struct msg_event_rule *rule);

/* All that is left as an object event_rules.  LIMIT, and why, if there is no
 * room for it in buf; MALFORMED also for a text without a rule. */
enum err event_text_encode(struct event_text *t, uint8_t *buf, size_t cap,
    size_t *len);

/* The line of a rule, without a line end.  In words a byte that cannot stand
 * there is a dot; all else is read back as it was.  Returns out. */
const char *event_text_put(const struct msg_event_rule *rule, uint16_t alg,
    char out[static EVENT_TEXT_LINE]);

#endif
