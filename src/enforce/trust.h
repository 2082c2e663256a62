/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_TRUST_H
#define ENFORCE_TRUST_H

/*
 * What a verifier believes from the start: the trust file that the ceremony
 * made, {object, signatures}, whose object names the issuer and its root key.
 *
 * No officer signs it yet: it is believed because of where it lies, so it
 * must belong to root or to us, and nobody else may write it.
 *
 * Knows cose and the messages.  Does not know what is verified with it.
 */

#include "base/err.h"
#include "cose/key.h"
#include "wire/wire.h"

struct trust {
	struct wire_text	issuer;
	uint64_t		version;
	struct cose_key		root;
	uint64_t		quorum;		/* 0: there are no officers */
	size_t			nofficers;
	struct wire_key		officers[16];	/* Ed25519 */
};

/* Read the file at path; every fault is one line. */
enum err trust_read(const char *path, struct trust *out);

#endif
