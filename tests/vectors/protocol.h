/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_PROTOCOL_H
#define TESTS_VECTORS_PROTOCOL_H

/* What the two files of known answers share. */

#include "cose/cwt.h"
#include "tests/vectors/learnt.h"

/* "anchorhold/1 " and a name. */
struct aad {
	char at[64];
};

struct aad aad_of(const char *name);

/* Sign again and compare, when the private key is known and the algorithm
 * gives one answer. */
bool	same_signature(struct tally *t, const struct pair *p,
	    enum sign1_profile profile, const char *aad, struct span payload,
	    struct span want);

/* Parse a token, verify it with the key of its kid, make it again. */
bool	token_as_told(struct tally *t, struct span token, struct cwt *c);

/* Some recipient of ours opens it; the secret is want, if that is told. */
bool	wrapped_as_told(struct tally *t, struct span wrapped, struct span id,
	    const uint8_t request[static 32], struct span want);

/* A case with a frame. */
void	run_frame(struct tally *t, const json_t *c);

#endif
