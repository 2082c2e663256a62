/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_MAKE_H
#define ANCHOR_MAKE_H

/*
 * The ceremony's half of root.h: what is made in the TPM, once.
 *
 *	root_define	SRK, version index
 *	root_first	its first write
 *	(the officers approve the PCRs at that version)
 *	root_make	store object, root key
 *	root_count	epoch and its first write
 *
 * Each may be called again after a crash: what is there stays.
 */

#include "anchor/root.h"

struct root_plan {
	const char		*issuer;
	const struct secret	*attended;	/* NULL: none */
};

/* The anchor under the name that it has until there is a journal. */
enum err anchor_read_made(int dir, struct msg *out);
enum err anchor_write_made(int dir, const struct msg *anchor);
enum err anchor_finish(int dir);

/* Make the SRK, and the version index under this K: STATE if the TPM has one,
 * of whatever appliance. */
enum err root_define(struct tpm *tpm, const struct tpm_point *k);

/* Write it first, under the raise approval from 0 that is among these; what
 * it then says.  DENIED, STATE if it was written before or is another K's. */
enum err root_first(struct tpm *tpm, const struct approvals *approvals,
    uint64_t *version);

/* Take the TPM, and make the store object and the root key in it, for use
 * under approvals that hold now: DENIED if none does.  Fills the anchor. */
enum err root_make(struct tpm **tpm, const struct root_plan *plan,
    const struct approvals *approvals, struct msg *anchor, struct root *root,
    struct secret **store_key);

/* Define the epoch under its authorisation and write it first; *now is what
 * it says.  AUTH if there is one of another ceremony. */
enum err root_count(struct root *root, uint64_t *now);

/*
 * A new store key, beside the seed that the store object has: sealed into the
 * anchor as what comes next.  When the journal has been rewritten under it
 * the anchor is made to say so.
 */
enum err root_reseal(struct root *root, const struct root_source *from,
    struct drbg *drbg, struct msg_anchor *anchor, struct secret **store_key);
void root_resealed(struct msg_anchor *anchor);

#endif
