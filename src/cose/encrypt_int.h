/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COSE_ENCRYPT_INT_H
#define COSE_ENCRYPT_INT_H

/* For src/cose/ and its tests only: cose_wrap() without chance, so that known
 * answers can be made.  Who reuses a sender or an iv gives the secret away. */

#include "cose/encrypt.h"

/* What both sides know of the exchange. */
struct wrap_request {
	const uint8_t	*hash;		/* 32 bytes */
	const char	*id;		/* COSE_REQUEST_ID_LEN characters */
};

enum err wrap_with(const struct cose_pair *sender,
    const uint8_t iv[static 12], const struct cose_key *to,
    struct wrap_request request, struct span secret, struct writer *w);

#endif
