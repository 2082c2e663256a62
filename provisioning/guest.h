/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_GUEST_H
#define PROVISIONING_GUEST_H

/*
 * The domain's half of its enrolment (attest/enrol.h), beside its TPM: it
 * asks, and it proves.  It needs neither the appliance nor its state.
 *
 * Knows the TPM, and the file of the domain's attestation key.  Does not know
 * who is believed.
 */

#include "attest/enrol.h"
#include "provisioning/mint.h"
#include "tpm/ek.h"

struct guest {
	const struct mint_options	*options;
	struct tpm			*tpm;
	struct tpm_blob			 ak;
};

/* Reach the TPM of the options; made for OWNED. */
enum err guest_open(struct guest *g, const struct mint_options *o);
void guest_drop(struct guest *g);

/* The one of its EKs that has a certificate; of two the one of P-256.
 * NOT_FOUND without one. */
struct guest_ek {
	struct tpm_public	public;
	size_t			cert_len;
	uint8_t			cert[TPM_EK_CERT_MAX];
};
enum err guest_find_ek(struct tpm *t, struct guest_ek *out);

/* A vm_request; the attestation key is made, and its file, if there is
 * none. */
enum err guest_ask(struct guest *g, uint8_t buf[static ENROL_REQUEST_MAX],
    size_t *len);

/* A vm_proof, to a challenge for this domain.  DENIED for one that is another
 * domain's, AUTH for one that this TPM does not open. */
enum err guest_prove(struct guest *g, struct span challenge,
    uint8_t buf[static ENROL_REQUEST_MAX], size_t *len);

#endif
