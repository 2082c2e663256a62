/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_TRUST_H
#define PROVISIONING_TRUST_H

/*
 * The trust file in a ceremony: what the state makes of it, for the officers
 * to sign, and whether what came back is that.
 *
 * Everybody may read it, nobody's is replaced.
 *
 * Knows enforce and files.  Does not know the officers' private keys.
 */

#include "store/state.h"

/* A trust file of version 1 that nobody has signed: issuer, root key,
 * officers, the ACL's digest and version, the reference for cryptod.  One that
 * is there must be of this appliance, and stays.  STATE if there are no
 * officers, or if path holds something else. */
enum err trust_draft(const char *path, const struct msg_anchor *anchor,
    const struct state *s, const struct msg_reference *cryptod);

/* STATE unless what is there says what the state says, has a reference for
 * cryptod with the anchor's attestation key, and as many of the state's
 * officers as it takes have signed it. */
enum err trust_vouched(const char *path, const struct msg_anchor *anchor,
    const struct state *s);

/* Is it there, of this issuer and root key? */
bool trust_is_of(const char *path, const struct msg_anchor *anchor);

/* SHA-256 of the SHA-256s of the rules' encodings, ascending. */
enum err trust_acl_digest(const struct state *s, uint8_t out[static 32]);

#endif
