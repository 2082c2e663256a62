/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_QUOTE_H
#define ANCHOR_QUOTE_H

/*
 * The appliance's own TPM quotes what the appliance was started with: the
 * PCRs that approvals are held against, and the cap.
 *
 * Knows root.h and tpm.  Does not know who asks.
 */

#include "anchor/root.h"
#include "tpm/quote.h"

/* By the anchor's attestation key; errors of tpm/quote.h. */
enum err root_quote(struct root *root, const struct msg_anchor *anchor,
    const uint8_t qualifying[static 32], struct tpm_quote *out);

#endif
