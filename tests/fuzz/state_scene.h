/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_STATE_SCENE_H
#define TESTS_FUZZ_STATE_SCENE_H

/*
 * What fuzz_state and its seeds agree on.  An input's first letter is its
 * door, the rest one file of a state directory, or what is to be sealed or
 * signed as one:
 *
 *	j	a journal as it is
 *	s	flags, then payloads, each behind its length (u16, big-endian):
 *		the snapshot's, then those of commits, sealed in order
 *	g	an audit segment as it is
 *	h	one whose entries are chained and signed before they are written
 *	k c	keys.cbor and checkpoint.cbor as they are
 *	q d	the objects in them, signed by the root key
 *
 * The store key and the appliance are those of tests/golden/.
 */

#include "cose/sign1.h"
#include "wire/wire.h"

#define SCENE_KEY	{ 1, 2, 3 }	/* of 32 bytes */
#define SCENE_APPLIANCE	{ 9, 8, 7 }	/* of 32 bytes */
#define SCENE_ISSUER	"fuzz"

enum scene_flags {
	SCENE_FOREIGN = 1,	/* another appliance's */
	SCENE_TORN = 2,		/* the last byte is missing */
	SCENE_FORMAT = 4,	/* of another version */
};

/* Fixed keys, for as long as the process. */
struct scene {
	struct signer	root, audit, other;
};

enum err scene_make(struct scene *s);

/* The objects as they stand in their files. */
enum err scene_keys(const struct scene *s, uint8_t *out, size_t cap,
    size_t *len);
enum err scene_signed(const struct scene *s, const char *aad,
    struct span payload, uint8_t *out, size_t cap, size_t *len);

/* The entry, signed, behind the one with this digest, which becomes its
 * own. */
enum err scene_entry(const struct signer *by, struct msg *entry,
    uint8_t head[static 32], uint8_t *out, size_t cap, size_t *len);

#define SCENE_KEYS_AAD "anchorhold/1 key_metadata"

#endif
