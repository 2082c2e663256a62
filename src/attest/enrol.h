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
 * The two talk by three objects, vm_request, vm_challenge and vm_proof, which
 * may lie in files: none of them is secret, and whoever changes one has spoilt
 * it.  What is kept in between is the hash of the proof that is awaited, so
 * that whoever reads that cannot make one.
 *
 * Knows base, wire, crypto and objects.  Does not know who carries them, nor
 * who is believed to have made a TPM.
 */

#include <stdint.h>

#include "attest/object.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/drbg.h"
#include "wire/wire.h"

#define ENROL_SECRET 32
#define ENROL_PROOF 32
#define ENROL_REQUEST_MAX 8192
#define ENROL_CHALLENGE_MAX 2048

/* What a domain asks with; spans point into its bytes.  Nothing in it has
 * been proved, and nobody has looked at the certificate. */
struct enrol_request {
	struct wire_id		vm_id;
	struct attest_public	ek, ak;
	uint8_t			ek_digest[32];	/* of ek's TPM2B_PUBLIC */
	struct span		certificate;
};

struct enrol_challenge {
	size_t	len;
	uint8_t	bytes[ENROL_CHALLENGE_MAX];	/* a vm_challenge */
	uint8_t	want[32];		/* SHA-256 of the proof awaited */
};

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

/* MALFORMED or LIMIT for what is none, DENIED for keys that cannot be what
 * they are said to be. */
enum err enrol_request_read(struct span bytes, struct enrol_request *out);

/* The secret in it is drawn here and forgotten. */
enum err enrol_challenge_make(const struct enrol_request *r, struct drbg *d,
    struct enrol_challenge *out);

/* Whether these bytes are the vm_proof that is awaited of this domain.
 * MALFORMED when they are none; AUTH. */
enum err enrol_check(struct span bytes, struct span vm_id,
    const uint8_t want[static 32]);

#endif
