/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_ACL_H
#define STORE_ACL_H

/*
 * The ACL as people write it: one rule a line, # begins a comment.
 *
 *	operator NAME SCOPE	what that operator's tokens may say
 *	vm VM_ID SCOPE		what may be asked for on that channel
 *	audience NAME SCOPE	what a token for that verifier may say
 *	person SCOPE		given to operators only, never to a domain
 *	channel NAME VM_ID	that operator's codes are taken there
 *	release VM_ID SCOPE	the secret of that name may go there
 *	attest VM_ID SCOPE	asked for on that channel only with evidence
 *	vouch VM_ID SCOPE	that domain's keys are attested for this
 *
 * A scope is what:which, and which may be *; so may a name.  What no rule
 * allows is refused.  The ceremony reads one, and so does cryptod when
 * officers replace it: nothing here allocates.
 *
 * Knows wire.  Does not know files, or which rules there are already.
 */

#include "wire/wire.h"

#define ACL_LINE_MAX 254

struct acl_text {
	struct span	 rest;
	unsigned	 line;		/* of what was read last, from 1 */
	const char	*why;		/* after MALFORMED */
};

/* The next rule.  NOT_FOUND at the end; MALFORMED, and why, for a line that
 * is none. */
enum err acl_next(struct acl_text *t, struct msg_rule *rule);

#endif
