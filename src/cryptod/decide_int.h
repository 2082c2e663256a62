/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_DECIDE_INT_H
#define CRYPTOD_DECIDE_INT_H

/* What the decisions share; private to src/cryptod/decide_*.c. */

#include "cryptod/decide.h"

/* Is the request of now, and seen for the first time? */
enum reason fresh_check(const struct view *v, const struct wire_uuid *id,
    const struct wire_nonce *nonce, const struct wire_time *timestamp);

/* The holder's key of a request and the proof that the asker has it. */
struct holder {
	const struct wire_key	*key;		/* NULL: none is named */
	const struct wire_sig	*proof;		/* NULL: none is there */
};

/* Fills *out when there is a key; INTERNAL only for faults of ours. */
enum err holder_check(const struct msg *request, const struct holder *h,
    struct cose_key *out, enum reason *reason);

/* Appraise the evidence that came with a request, if there is any, over the
 * challenge that was taken by it.  The key is the holder's, NULL for none. */
struct shown {
	struct span		 evidence;	/* empty: none */
	const struct cose_key	*key;
	const struct wire_uuid	*request_id;
};

enum err evidence_check(const struct view *v, const struct shown *s,
    struct effects *out);

/* What is asked for, before anybody has looked at the ACL. */
struct ask {
	struct span			 operator_id;	/* empty: the domain */
	const struct wire_scopes	*scopes;
	const struct wire_audience	*audience;	/* NULL: the asker */
	const struct wire_nonce		*nonce;
	const struct wire_digest	*arg;		/* NULL: none */
};

/* Fill all of out but its key, or say why not. */
enum reason permit_check(const struct view *v, const struct ask *ask,
    struct permit *out);

/* What the officers have the command do; REASON_none, or why that cannot be.
 * name is NULL for a command that there is not. */
enum reason deed_decide(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line);
const char *deed_name(struct span command);

#endif
