/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AUDIT_ENTRY_H
#define AUDIT_ENTRY_H

/*
 * One entry of the audit log: an audit_log body that names the one before it
 * by its SHA-256 and is signed by the audit key.
 *
 * An entry is made for a state and takes effect with it, in one frame: make
 * it, store_put() the record, and it is durable with the decision that it
 * tells of or not at all.
 *
 * Knows base, wire, crypto, cose and the state.  Does not know what happened.
 */

#include "cose/sign1.h"
#include "crypto/drbg.h"
#include "store/state.h"

#define AUDIT_AAD "anchorhold/1 audit_log"

/* The longest body. */
#define AUDIT_BODY_MAX 8192

/* The action of the entry by which one key hands over to the next; what is in
 * its metadata is {"key": COSE_Key, "use": "audit"}.  After one of this use
 * the next entry is signed by that key. */
#define AUDIT_ROTATED "key.rotated"

/* What an entry is to say; empty spans are left out. */
struct audit_event {
	struct span	actor;		/* who */
	struct span	action;		/* did what, as "totp.validate" */
	struct span	target;		/* to what */
	struct span	result;		/* and how it ended: "ok", a reason */
	struct span	request_id;
	struct span	metadata;	/* a map: wire/map.h */
	uint64_t	now;
};

/* Make the entry that comes next in s.  record is a MSG_entry whose body lies
 * in body, AUDIT_BODY_MAX bytes.  LIMIT if it does not fit. */
enum err audit_entry(const struct state *s, const struct audit_event *event,
    const struct signer *signer, struct drbg *drbg, uint8_t *body,
    struct msg *record);

/* The metadata of AUDIT_ROTATED, in buf. */
enum err audit_rotation(const struct cose_key *key, struct span use,
    uint8_t *buf, size_t cap, struct span *map);

#endif
