/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AUDIT_CHECKPOINT_H
#define AUDIT_CHECKPOINT_H

/*
 * A checkpoint: the root key's word that the audit log had this entry at this
 * place.  Whoever keeps one finds out when the log ends before it.
 *
 * Knows base, wire, cose and the state.  Does not know who keeps them.
 */

#include "cose/sign1.h"
#include "store/state.h"

#define CHECKPOINT_AAD "anchorhold/1 checkpoint"
#define CHECKPOINT_NAME "checkpoint.cbor"
#define CHECKPOINT_MAX 1280

/* Sign where the log of s is now. */
enum err checkpoint_make(const struct state *s, uint64_t epoch, uint64_t now,
    const struct signer *root, uint8_t *out, size_t cap, size_t *len);

/* AUTH or MALFORMED unless root signed it, DENIED if it is of another
 * issuer. */
enum err checkpoint_read(struct span bytes, const struct cose_key *root,
    struct span issuer, struct msg_checkpoint *out);

/* STATE when the one that is kept in dir says more than s knows.  One that
 * cannot be read, or that root did not sign, says nothing. */
enum err checkpoint_hold(int dir, const struct cose_key *root,
    const struct state *s);

#endif
