/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_EK_H
#define TPM_EK_H

/*
 * The endorsement key, which says which TPM this is, and what was encrypted to
 * it.
 *
 *	key		template	certificate (X.509, DER) in NV
 *	RSA 2048	L-1		0x01c00002
 *	ECC P-256	L-2		0x01c0000a
 *
 * as the low range of TCG's EK credential profile has them (2.3; 2.2.1.4, B.3).
 * The key comes out of the endorsement seed anew for each use, the same each
 * time, and is flushed.  A maker may have changed the template by a nonce or a
 * template in NV; that is not looked at, and his certificate is then of another
 * key than this one, which whoever compares the two sees.
 *
 * Needs a pinned SRK, since nothing is asked but in sessions salted to it, and
 * the empty authorisation of the endorsement hierarchy.  Errors as in
 * tpm/custody.h.
 */

#include <stdbool.h>

#include "base/span.h"
#include "tpm/tpm.h"

enum tpm_ek { TPM_EK_RSA, TPM_EK_ECC };
#define TPM_EKS 2

#define TPM_EK_CERT_MAX 4096

struct tpm_public {
	struct tpm_name	name;
	size_t		len;
	uint8_t		at[320];	/* TPM2B_PUBLIC */
};

/* What was encrypted to an EK for one object, by its Name (TPM 2.0, part 1,
 * 24): whole structures, their sizes before them. */
struct tpm_credential {
	enum tpm_ek	ek;
	struct span	id_object;	/* TPM2B_ID_OBJECT */
	struct span	enc_secret;	/* TPM2B_ENCRYPTED_SECRET */
};

enum err tpm_ek_public(struct tpm *t, enum tpm_ek which,
    struct tpm_public *out);

/* Which of them have a certificate, as the TPM says without a session. */
enum err tpm_ek_certificates(struct tpm *t, bool has[static TPM_EKS]);

/* The certificate as it lies in NV: there may be padding behind it.  NOT_FOUND
 * without one, LIMIT when it is larger than TPM_EK_CERT_MAX. */
enum err tpm_ek_certificate(struct tpm *t, enum tpm_ek which,
    uint8_t cert[static TPM_EK_CERT_MAX], size_t *len);

/* What an AK of this TPM (tpm/ak.h) and this EK open together: 1 to 32 bytes.
 * auth is the AK's, NULL for none.  AUTH for a wrong auth, and for a credential
 * that was changed or made for another object or another TPM; MALFORMED for
 * what is none. */
enum err tpm_activate(struct tpm *t, const struct tpm_blob *ak,
    const struct secret *auth, const struct tpm_credential *c,
    struct secret **out);

#endif
