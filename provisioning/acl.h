/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_ACL_H
#define PROVISIONING_ACL_H

/* A file with an ACL, as store/acl.h reads it, and all of it at once. */

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
