/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_TOKEN_H
#define ANCHOR_TOKEN_H

/*
 * The keys of the state, wherever their private halves live: in memory, as
 * seeds of Ed25519, or (custody = tpm) in the TPM, for ES256.  What the state
 * calls the seed of one in the TPM is what authorises its use, beside the
 * officers' approval.
 *
 * Knows root.h and the state.  Does not know when a key signs.
 */

#include "anchor/root.h"
#include "store/state.h"

/* Whether its private half is in the TPM. */
static inline bool
key_in_tpm(const struct msg_key *row)
{
	return row->has_priv;
}

/* Its public half. */
enum err key_public(const struct key *k, struct cose_key *out);

/* Let the TPM make one, to be used with auth: its parts in *row.  BUSY while
 * it does other work. */
enum err key_make_in_tpm(struct root *root, const struct secret *auth,
    struct msg_key *row, struct cose_key *public);

/* One in the TPM at work; it borrows root. */
struct token_key {
	struct root	*root;
	struct tpm_blob	 blob;
	struct cose_key	 public;
};

enum err token_key_load(struct root *root, const struct key *k,
    struct token_key *out);

/* r || s; verified before it is given out. */
enum err token_key_sign(const struct token_key *key,
    const struct secret *auth, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN]);

#endif
