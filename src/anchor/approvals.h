/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_APPROVALS_H
#define ANCHOR_APPROVALS_H

/*
 * The approvals that the officers' key K has signed: the file `approvals` of
 * a state directory, and what is carried from the machine that signs.
 *
 * Several boot states may be approved at once, the old kernel and the new
 * one.  Nothing here is secret, and whoever alters it comes no further than a
 * start that is refused: K's signature and the digest are checked whenever
 * approvals are read, and by the TPM.
 *
 * Knows wire, cose and policy.h.  Does not know who holds K.
 */

#include "anchor/policy.h"
#include "base/span.h"
#include "cose/key.h"

#define APPROVALS_MAX 16
#define APPROVALS_BYTES 16384

struct approvals {
	struct cose_key	k;
	size_t		count;
	struct approval	at[APPROVALS_MAX];
};

/* Why an approval does not hold now; all clear when it does. */
struct approval_fit {
	bool		raised_past;	/* its version is below the TPM's */
	uint32_t	differs;	/* a bit for each boot PCR that is not
					 * as it was approved */
	bool		capped;		/* the cap PCR is not zero */
};

struct tpm_point approvals_point(const struct cose_key *k);

/* AUTH unless each is signed by the key that the bytes name, over what it
 * says; MALFORMED for what is no such object. */
enum err approvals_decode(struct span bytes, struct approvals *out);
enum err approvals_encode(const struct approvals *a,
    uint8_t out[static APPROVALS_BYTES], size_t *len);

/* The file below dir: NOT_FOUND (not logged) if there is none, AUTH if it is
 * another K's; with NULL any K will do. */
enum err approvals_read(int dir, const struct cose_key *k,
    struct approvals *out);

/* Whole or not at all, durably. */
enum err approvals_write(int dir, const struct approvals *a);

/* Take what is new in from; *taken says how much that was.  AUTH for another
 * K's, LIMIT when there are too many. */
enum err approvals_merge(struct approvals *into, const struct approvals *from,
    size_t *taken);

/* Forget those that the version in the TPM has gone past. */
void approvals_prune(struct approvals *a, uint64_t version);

/* The PCRs that some of them look at, the caps included. */
uint32_t approvals_mask(const struct approvals *a);

/* Hold one against the version and the PCRs of a TPM. */
struct approval_fit approval_fits(const struct approval *a, uint64_t version,
    const struct tpm_pcrs *present);
bool approval_holds(const struct approval_fit *f);

/* The one of this kind that holds, the highest version first; NULL if none
 * does. */
const struct approval *approvals_find(const struct approvals *a,
    enum tpm_policy kind, uint64_t version, const struct tpm_pcrs *present);

#endif
