/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_TRUST_H
#define PROVISIONING_TRUST_H

/*
 * Writing the trust file: what every verifier of the appliance is given, the
 * issuer, its root key and its officers.  They do not sign it in this
 * version.
 *
 * Everybody may read it, nobody's is replaced: one that is there must be the
 * same.  Knows wire and files.  Does not know who believes it.
 */

#include "store/state.h"

/* STATE if path holds something else. */
enum err trust_write(const char *path, const struct msg_anchor *anchor,
    const struct state *s);

/* Is it there, of this issuer and root key? */
bool trust_is_of(const char *path, const struct msg_anchor *anchor);

#endif
