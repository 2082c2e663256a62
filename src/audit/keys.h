/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AUDIT_KEYS_H
#define AUDIT_KEYS_H

/*
 * The file `keys.cbor` beside the segments: the key metadata, signed by the
 * root key, in which the first audit key stood, and the latest.  With it and
 * the root key the log is verified by whoever has a copy.
 *
 * Knows base, wire, cose and files.  Does not know the keys' other uses.
 */

#include "cose/key.h"
#include "wire/wire.h"

#define AUDIT_KEYS_MAX 16	/* as many as one object has */

struct audit_keys {
	size_t		count;
	struct cose_key	at[AUDIT_KEYS_MAX];
};

/* Keep this object, a COSE_Sign1 over key_metadata, behind the first one that
 * was kept; dir is that of the segments.  What root did not sign vouches for
 * nothing, and is not kept. */
enum err audit_keys_save(int dir, const struct cose_key *root,
    struct span object);

/* The audit keys of the first object.  AUTH, MALFORMED or DENIED if one of the
 * objects is not of this root key and issuer, NOT_FOUND if there is no file. */
enum err audit_keys_load(int dir, const struct cose_key *root,
    struct span issuer, struct audit_keys *out);

/* The same of what was in such a file. */
enum err audit_keys_take(struct span bytes, const struct cose_key *root,
    struct span issuer, struct audit_keys *out);

/* The one with this kid; NULL if there is none. */
const struct cose_key *audit_keys_find(const struct audit_keys *keys,
    struct span kid);

#endif
