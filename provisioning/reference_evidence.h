/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_REFERENCE_EVIDENCE_H
#define PROVISIONING_REFERENCE_EVIDENCE_H

/*
 * Evidence that reference values are recorded from: nothing of it is taken
 * before an attestation key has said it.
 *
 * Knows attest.  Does not know which domains are enrolled.
 */

#include "attest/evidence.h"
#include "provisioning/reference.h"

/* That of o: one bank's values, quoted and signed by an attestation key of a
 * TPM, for o's machine, key and challenge where these are named.  Fills in
 * all of r but values, and the floor unless o has one.  Spans of e stay good.
 * Logged; blame is NO for what is not so. */
enum err reference_evidence(struct reference_options *o, struct evidence *e,
    struct msg_reference *r);

/* least to cap bytes, as hexadecimal digits; MALFORMED, logged, by the
 * option's name. */
enum err reference_hex(const char *option, const char *text, size_t least,
    struct span *out, uint8_t *buf, size_t cap);

#endif
