/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_PROOF_H
#define ENFORCE_PROOF_H

/*
 * Whether cryptod has proven what it runs: its evidence over our nonce, held
 * against the reference for it in the trust file, and bound to the key
 * metadata that came with it.  Metadata from elsewhere are not proven by it.
 *
 * Knows attest and trust files.  Does not know links, or what was proven
 * before.
 */

#include "attest/appraise.h"

/* answer is an evidence_resp; last as for appraise(), zeros if nothing is
 * remembered.  REASON_none, and *a has what to remember: its object may be
 * taken for cryptod's key metadata, if the root key signed it. */
enum reason enforce_proof(const struct wire_long *references,
    struct span nonce, const struct msg_evidence_resp *answer,
    const struct appraised *last, struct appraisal *a);

#endif
