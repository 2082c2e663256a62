/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_ROOT_INT_H
#define ANCHOR_ROOT_INT_H

/* What opening and making a root share; private to src/anchor. */

#include "anchor/root.h"

/* What approvals are held against: the version and the PCRs of now. */
struct look {
	uint64_t	version;
	struct tpm_pcrs	pcrs;
};

enum err root_look(struct root *root, const struct approvals *list,
    struct look *out);

/* The approval of this kind that holds; DENIED, and why in the log. */
enum err root_permit(const struct look *l, const struct approvals *list,
    enum tpm_policy kind, const struct tpm_approval **out);

/* What is sealed: the store key and the seed behind it. */
enum err root_unseal(struct root *root, const struct root_source *from,
    const struct look *l, struct secret **plain);

/* The store key, and root's authorisations, out of it. */
enum err root_split(struct root *root, const struct secret *plain,
    struct secret **store_key);

/* ES256 by a key in the TPM, verified before it is given out. */
enum err root_sign(struct root *root, const struct tpm_blob *blob,
    const struct secret *auth, const struct cose_key *key, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN]);

/* Let root->signer sign as this key. */
enum err root_signer(struct root *root, const struct cose_key *key);

#endif
