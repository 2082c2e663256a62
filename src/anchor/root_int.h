/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_ROOT_INT_H
#define ANCHOR_ROOT_INT_H

/* What opening and making a root share; private to src/anchor. */

#include "anchor/root.h"

/* The store key, and root->auth, out of what is sealed. */
enum err root_split(struct root *root, const struct secret *plain,
    struct secret **store_key);

/* Let root->signer sign as this key. */
enum err root_signer(struct root *root, const struct cose_key *key);

#endif
