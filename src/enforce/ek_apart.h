/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_EK_APART_H
#define ENFORCE_EK_APART_H

/*
 * A certificate looked at by a process of its own, which may be lost: it is
 * bounded in time and memory, and once it has read who is believed it can
 * neither open, send nor start anything.  To be asked before there is any
 * secret in this one, since the child is its copy.
 *
 * Knows crypto/x509.h, keys and the sandbox.  Does not know whose certificate
 * it is.
 */

#include "attest/object.h"
#include "crypto/x509.h"

/* What was said of one, and what it says of itself. */
struct ek_said {
	enum x509_verdict	verdict;
	struct x509_about	about;
};

/* Of a certificate as it lay in NV and the key that its TPM tells, by the
 * directory of who is believed.  INTERNAL when the child was lost, HARDWARE
 * when it cannot be begun.  A directory that cannot be read, said in the log,
 * is one that nobody is in. */
enum err ek_verdict_apart(const char *anchors, struct span cert,
    const struct attest_public *ek, int64_t when, struct ek_said *out);

/* The same; DENIED, said in the log, for one that is not good. */
enum err ek_judge_apart(const char *anchors, struct span cert,
    const struct attest_public *ek, int64_t when);

#endif
