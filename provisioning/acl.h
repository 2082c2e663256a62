/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_ACL_H
#define PROVISIONING_ACL_H

/*
 * The ACL as people write it: one rule a line, # begins a comment.
 *
 *	operator NAME SCOPE	what that operator's tokens may say
 *	vm VM_ID SCOPE		what may be asked for on that channel
 *	audience NAME SCOPE	what a token for that verifier may say
 *	person SCOPE		given to operators only, never to a domain
 *	channel NAME VM_ID	that operator's codes are taken there
 *	release VM_ID SCOPE	the secret of that name may go there
 *
 * A scope is what:which, and which may be *; so may a name.  What no rule
 * allows is refused.
 */

#include "wire/wire.h"

struct acl {
	size_t		 n;
	struct msg_rule	*rules;
};

/* Read the file, which the caller drops whatever comes back.  MALFORMED, with
 * file:line, for whatever is not such a line or stands there twice. */
enum err acl_read(const char *path, struct acl *out);
void acl_drop(struct acl *a);

#endif
