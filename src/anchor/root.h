/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_ROOT_H
#define ANCHOR_ROOT_H

/*
 * Where a start begins, and the root key.
 *
 * The file `anchor` of the state directory says which TPM, which key of the
 * officers (K) and which objects; with the file `approvals` (approvals.h) it
 * is all that a start needs beside the TPM.  Nothing there is secret, and
 * whoever alters it comes no further than a start that is refused.  Unsealing
 * the store object gives the store key and a seed, of which the authorisations
 * of the root key, the epoch and the attestation key are derived.
 *
 * For cryptod, which opens what the ceremony made.  Knows tpm, wire, cose,
 * crypto.  Does not know requests or state.
 */

#include "anchor/approvals.h"
#include "base/secret.h"
#include "cose/sign1.h"
#include "crypto/drbg.h"
#include "tpm/tpm.h"
#include "wire/wire.h"

#define STORE_KEY_LEN	32
#define AUTH_SEED_LEN	32

/* It must stay where it is: its signer points to it. */
struct root {
	struct tpm		*tpm;
	struct tpm_point	 k;
	unsigned		 cap;		/* to be capped; 0: none */
	bool			 mistyped;	/* the attended secret */
	uint64_t		 version;	/* when it was opened */
	struct tpm_approval	 use;		/* of the keys */
	struct tpm_blob		 blob;
	struct secret		*auth, *epoch_auth, *ak_auth;
	char			 issuer[256 + 1];
	struct signer		 signer;	/* ES256, in the TPM */
};

/* What to open; what a person gave for it, what another start of this boot
 * left behind, and where to leave that behind (NULL: nothing, nowhere). */
struct root_source {
	const struct msg_anchor	*anchor;
	const struct approvals	*approvals;
	const struct secret	*attended, *kept;
	struct secret		**keep;
};

/* What is left behind: all that unsealing gives, and which PCR it caps. */
#define ROOT_KEPT_LEN	(STORE_KEY_LEN + AUTH_SEED_LEN + 1)

/* Read and check the anchor below dir.  NOT_FOUND: there is none. */
enum err anchor_read(int dir, struct msg *out);

/* Write the anchor below dir, durably and as a whole or not at all. */
enum err anchor_write(int dir, const struct msg *anchor);

/*
 * Take the TPM (which it owns from here on, also when it fails), find the
 * approvals that hold now, unseal the store object that the anchor names and
 * make *store_key and *root of it.  DENIED: no approval holds, the log says
 * why; AUTH: another TPM, or a wrong attended secret; STATE: the counters of
 * the TPM are not those of this appliance, or a reseal was not finished.
 */
enum err root_open(struct tpm **tpm, const struct root_source *from,
    struct root *root, struct secret **store_key);

/* The authorisation of the store object, out of what a person typed. */
enum err root_attended(const struct secret *typed, struct secret **auth);

/* Wipe and close; an empty one is { 0 }. */
void root_drop(struct root *root);

/* Random bytes of the kernel and of the TPM, mixed. */
enum err root_drbg(struct root *root, struct drbg **out);

/* The epoch in the TPM; to step it by one.  Errors of tpm/nv.h. */
enum err root_epoch_read(struct root *root, uint64_t *now);
enum err root_epoch_step(struct root *root, uint64_t *now);

#endif
