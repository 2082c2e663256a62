/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

/*
 * Is this copy of the audit log whole?  Every entry is read once, in order,
 * from the segments of a directory: it must be the next by number, name the
 * one before by its digest, and be signed by the audit key of its time.
 *
 * The first key is vouched for by the root key (audit/keys.h), each later one
 * by the entry with which the key before handed over.  A checkpoint says
 * which entries there must be at least.
 *
 * Knows base, wire, crypto, cose and the segments.  Does not know a running
 * cryptod.
 */

#include "cose/key.h"
#include "wire/reasons.h"

/* All borrowed until the call returns. */
struct audit_claim {
	int			 dir;
	const struct cose_key	*root;
	struct span		 issuer;
	struct span		 checkpoint;	/* empty: none */
	struct span		 keys;		/* empty: dir's keys.cbor */
	/* Told of every entry that is right, in order; may be NULL. */
	enum err		(*entry)(void *self, const struct msg *entry,
				    struct span body);
	void			*self;
};

struct audit_verdict {
	enum reason	flaw;		/* audit.*; REASON_none: sound */
	uint64_t	sequence;	/* of the first that is wrong */
	uint64_t	entries;	/* that are right, before it */
	uint8_t		head[32];	/* SHA-256 of the last of them */
	uint64_t	until;		/* its time */
};

/* AUTH when a flaw was found, OK when none was.  Another error is that of a
 * file that cannot be read, or of entry(). */
enum err audit_verify(const struct audit_claim *claim,
    struct audit_verdict *verdict);

#endif
