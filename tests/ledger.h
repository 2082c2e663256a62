/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LEDGER_H
#define TESTS_LEDGER_H

/*
 * An audit log of one test, with all that it stands on: a store, segments,
 * audit keys, a root key, and keys.cbor beside the segments.
 */

#include "audit/segment.h"
#include "audit/verify.h"
#include "cose/sign1.h"
#include "tests/place.h"

#define LEDGER_KEYS 3
#define LEDGER_CAP 65536
#define LEDGER_NOW 1700000000

struct ledger {
	struct place	*place;
	struct state	*state;
	struct store	*store;
	struct segments	*segments;
	int		 dir;			/* of the segments */
	struct secret	*seeds[LEDGER_KEYS + 1];	/* the last: root's */
	struct signer	 keys[LEDGER_KEYS];
	struct signer	 root;
	size_t		 key;			/* that signs now */
};

/* For cmocka; the ledger is *state. */
int ledger_begin(void **state);
int ledger_end(void **state);

/* Write n entries, in one commit; metadata may be empty. */
void ledger_write(struct ledger *l, size_t n, struct span metadata);

/* Hand over to the next audit key. */
void ledger_rotate(struct ledger *l);

/* Sign what the log is now. */
struct span ledger_checkpoint(struct ledger *l, const struct signer *root,
    uint8_t *buf, size_t cap);

/* Key metadata with the audit key that signs now, and a token key. */
struct span ledger_metadata(struct ledger *l, const struct signer *root,
    const char *issuer, uint64_t version, uint8_t *buf, size_t cap);

/* Close all but the keys, and open again what the disk has. */
enum err ledger_reopen(struct ledger *l);

/* Verify, with or without a checkpoint. */
enum err ledger_verify(struct ledger *l, struct span checkpoint,
    struct audit_verdict *v);

/* The first segment as bytes. */
size_t ledger_load(struct ledger *l, uint8_t *buf);
void ledger_save(struct ledger *l, const uint8_t *buf, size_t len);

#endif
