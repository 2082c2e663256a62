/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_PUBLISH_H
#define ANCHOR_PUBLISH_H

/*
 * What the root key signs for everybody to see: the key metadata, and the
 * checkpoints of the audit log.  Each is signed, kept beside the log as
 * AUDIT/keys.cbor and AUDIT/checkpoint.cbor, and only then shown.
 *
 * A signature takes the TPM up to a second: it is made between turns, never
 * for a request.
 *
 * Knows root.h and the state.  Does not know who fetches it.
 */

#include "anchor/root.h"
#include "store/state.h"

/* Seconds until a verifier wants a newer one. */
#define PUBLISH_FRESH 900

#define METADATA_MAX 8192

struct published {
	uint64_t	issued_at;
	size_t		nkeys;
	uint8_t		kids[STATE_KEYS][COSE_KID_LEN];
	size_t		len;		/* 0: nothing was signed yet */
	uint8_t		at[METADATA_MAX];
};

/* Sign the keys of the state at its metadata_version; what is in *out until
 * then is left alone by a failure. */
enum err publish_keys(struct root *root, const struct state *s, uint64_t now,
    int audit_dir, struct published *out);

/* Sign where the audit log is. */
enum err publish_checkpoint(struct root *root, const struct state *s,
    uint64_t epoch, uint64_t now, int audit_dir);

#endif
