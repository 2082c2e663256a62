/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_DEED_H
#define CRYPTOD_DEED_H

/*
 * What an act of the officers has cryptod do, as a value: decided by
 * decide_act.c, made records by effects_act.c, and where it touches more than
 * the state, finished by admin.c once it is durable.
 *
 * Knows wire.  Does not know who approved, or how.
 */

#include <stdbool.h>

#include "wire/wire.h"

enum deed_kind {
	DEED_NONE,
	DEED_ACCEPT_ROLLBACK,	/* go on from the state that is there */
	DEED_SET_CLOCK,		/* it is as late as the clock says */
	DEED_OPEN_CHANNEL,	/* forget what failed there */
	DEED_SET_ACL,
	DEED_SET_OPERATOR,	/* enabled, or not */
	DEED_ROTATE_KEY,	/* announce the next one now */
	DEED_REVOKE_KEY,
	DEED_ENROL_VM,		/* a TPM, for the first time or another */
	DEED_ACCEPT_VM,		/* it goes on at a reset */
};

struct deed {
	enum deed_kind	kind;
	struct wire_id	channel;	/* OPEN_CHANNEL */
	/* Of that channel's count; "" are those that are not known. */
	struct wire_id	operator_id;	/* and SET_OPERATOR */
	bool		enabled;
	struct span	acl;		/* SET_ACL: text; the request's */
	uint64_t	policy_floor;
	enum wire_use	use;		/* ROTATE_KEY: token or audit */
	struct wire_kid	kid;		/* REVOKE_KEY */
	struct msg_vm	vm;		/* ENROL_VM */
	struct msg_accepted accepted;	/* ACCEPT_VM */
};

/* The act that came with a request, as far as it could be read. */
struct act_seen {
	bool			 decoded;
	struct wire_uuid	 act_id;
	uint64_t		 epoch;
	uint8_t			 digest[32];	/* of its bytes */
	uint16_t		 officers;	/* who approved, by rows */
	unsigned		 approvals;	/* different ones */
	unsigned		 line;		/* of an ACL that is none */
	const char		*command;	/* NULL: none of ours */
};

#endif
