/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_REASONS_H
#define WIRE_REASONS_H

/*
 * Why something was refused, and what a peer is told about it.  One table,
 * wire/reasons.def, has the stable code ("totp.refused"), the answer, one
 * plain sentence and what to do next.
 *
 * Knows the words of the messages.  Does not know who asks; whether a peer is
 * entitled to a reason is for the caller.
 */

#include "wire/wire.h"

enum reason {
	REASON_none,	/* nothing was refused */
#define REASON(symbol, code, answer, text, help) REASON_##symbol,
#include "wire/reasons.def"
#undef REASON
	REASONS
};

/* "totp.refused"; "none" for none. */
const char *reason_code(enum reason r);

/* What happened, in one sentence, and what to do next. */
const char *reason_text(enum reason r);
const char *reason_help(enum reason r);

/* NOT_FOUND if no reason has this code. */
enum err reason_find(struct span code, enum reason *r);

/* The code of the error that says it; WIRE_code_none for what is said as a
 * result. */
enum wire_code reason_error(enum reason r);

/* The word for it in each set of results; ok for none. */
enum wire_totp reason_totp(enum reason r);
enum wire_token reason_token(enum reason r);
enum wire_outcome reason_outcome(enum reason r);

/* Make *m the error that says it; id is the request's, or NULL. */
void reason_refuse(enum reason r, const struct wire_uuid *id, struct msg *m);

#endif
