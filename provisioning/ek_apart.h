/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_EK_APART_H
#define PROVISIONING_EK_APART_H

/*
 * A certificate looked at by a process of its own, which may be lost.  To be
 * asked before there is any secret in this one, since the child is its copy.
 *
 * Knows crypto/x509.h.  Does not know whose certificate it is.
 */

#include "crypto/x509.h"

/* Of a certificate as it lay in NV and the key that its TPM tells, by the
 * directory of who is believed.  DENIED for a verdict that is not good, said
 * in the log; INTERNAL when the child was lost, HARDWARE when it cannot be
 * begun.  What else the child met is said there, and DENIED here. */
enum err ek_judge_apart(const char *anchors, struct span cert,
    const struct x509_key *key, int64_t when);

#endif
