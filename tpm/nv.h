/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_NV_H
#define TPM_NV_H

/*
 * Two counters in the TPM's NV memory, which go up only.
 *
 *	index	stepped under	read by
 *	version	raise		anyone
 *	epoch	use, its auth	who has its auth
 *
 * Neither has an owner's or platform's right to write, nor the protection
 * against dictionary attacks, which a crash would count against.  A public
 * area that is not the one made here under this K is STATE, and so its Name is
 * known before the TPM says it; what is read comes in a salted session, so the
 * bus can neither make up a value nor show one of another index.
 *
 * The owner can remove an index.  One that is made anew begins above every
 * counter that the TPM ever had: he can stop the appliance, not turn it back.
 *
 * The first write changes the Name.  In order: tpm_version_define,
 * tpm_version_raise (0), then approvals that name V, tpm_epoch_define,
 * tpm_epoch_step.  Errors as in tpm/custody.h; STATE also for an index that is
 * there already or was never written.
 */

#include "tpm/custody.h"

#define TPM_VERSION_INDEX 0x01800100u
#define TPM_EPOCH_INDEX 0x01800101u

/* The Name of the version index once it was written, which approvals need;
 * computed without a TPM. */
enum err tpm_version_name(const struct tpm_point *k, struct tpm_name *out);

enum err tpm_version_define(struct tpm *t, const struct tpm_point *k);
enum err tpm_version_read(struct tpm *t, const struct tpm_point *k,
    uint64_t *now);

/* One step under an approval from exactly the present value (0: never
 * written), which is good for no second one. */
enum err tpm_version_raise(struct tpm *t, const struct tpm_point *k,
    const struct tpm_approval *a, uint64_t *now);

/* auth is 1 to TPM_AUTH_MAX bytes. */
enum err tpm_epoch_define(struct tpm *t, const struct tpm_point *k,
    const struct secret *auth);
enum err tpm_epoch_read(struct tpm *t, const struct tpm_point *k,
    const struct secret *auth, uint64_t *now);

/* After an error other than DENIED, AUTH and STATE it may have stepped. */
enum err tpm_epoch_step(struct tpm *t, const struct tpm_point *k,
    const struct tpm_approval *a, const struct secret *auth, uint64_t *now);

/* Undo a definition; for a ceremony that fails.  NOT_FOUND without one. */
enum err tpm_nv_remove(struct tpm *t, uint32_t index);

#endif
