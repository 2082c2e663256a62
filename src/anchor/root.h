/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_ROOT_H
#define ANCHOR_ROOT_H

/*
 * Where a start begins, and the root key.
 *
 * The file `anchor` of the state directory says which TPM and which objects
 * in it; nothing there is secret, and whoever alters it comes no further than
 * a start that is refused.  Unsealing the store object gives the store key
 * and the authorisation of the root key, which signs what is published and
 * never leaves the TPM.
 *
 * For cryptod, which opens what the ceremony made.  Knows tpm, wire, cose,
 * crypto.  Does not know requests or state.
 */

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
	struct tpm_pcr_select	 select;
	struct tpm_blob		 blob;
	struct secret		*auth;
	char			 issuer[256 + 1];
	struct signer		 signer;	/* ES256, in the TPM */
};

/* Read and check the anchor below dir.  NOT_FOUND: there is none. */
enum err anchor_read(int dir, struct msg *out);

/*
 * Take the TPM (which it owns from here on, also when it fails), unseal the
 * store object that the anchor names and make *store_key and *root of it.
 * DENIED: the PCRs are not those of the ceremony; AUTH: another TPM.
 */
enum err root_open(struct tpm **tpm, const struct msg_anchor *anchor,
    struct root *root, struct secret **store_key);

/*
 * The ceremony's half: take the TPM likewise, make the SRK, the store object
 * and the root key in it under the present values of the selected PCRs, and
 * fill the anchor that root_open() will want.
 */
enum err root_make(struct tpm **tpm, struct tpm_pcr_select select,
    const char *issuer, struct msg *anchor, struct root *root,
    struct secret **store_key);

/* Write the anchor below dir, durably and as a whole or not at all. */
enum err anchor_write(int dir, const struct msg *anchor);

/* Wipe and close; an empty one is { 0 }. */
void root_drop(struct root *root);

/* Random bytes of the kernel and of the TPM, mixed. */
enum err root_drbg(struct root *root, struct drbg **out);

#endif
