/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_ENROL_H
#define ATTEST_ENROL_H

/*
 * Enrolment: which TPM speaks for a domain.
 *
 * Who enrols makes a secret and puts it into a credential for an EK and an
 * AK's Name (attest/credential.h).  A TPM that opens it has both; it answers
 * with a proof, which is of this vm_id and this EK too, so that an answer
 * given for one domain is none for another.
 *
 * Knows base, crypto and objects.  Does not know how the two talk.
 */

#include <stdint.h>

#include "attest/object.h"
#include "base/err.h"
#include "base/span.h"

#define ENROL_SECRET 32
#define ENROL_PROOF 32

/* A key that can be a domain's AK: it signs, and nothing but what its TPM
 * says (restricted), with ECDSA and SHA-256; it was made in its TPM and never
 * leaves it.  Else DENIED. */
enum err enrol_ak(const struct attest_public *ak);

/* HMAC-SHA-256 under the secret of
 *	"anchorhold/1 enrol" || vm_id || 00 || Name || ek
 * where ek is the SHA-256 of the EK's TPM2B_PUBLIC. */
enum err enrol_proof(const uint8_t secret[static ENROL_SECRET],
    struct span vm_id, const uint8_t name[static ATTEST_NAME_LEN],
    const uint8_t ek[static 32], uint8_t out[static ENROL_PROOF]);

#endif
