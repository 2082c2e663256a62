/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

/*
 * The messages of wire/messages.def as C values and as bytes.
 *
 * A MESSAGE travels in an envelope, {"body": map, "type": tstr}; an OBJECT is
 * published or embedded, a RECORD is kept, and both are the bare map.  The
 * decoder accepts exactly the bytes that the encoder makes: one value, one
 * encoding.  On any error the caller holds an empty message.  Nothing here
 * allocates; spans in a decoded message point into the bytes it came from.
 *
 * Knows base and libcbor.  Does not know sockets, COSE, keys or daemons.
 */

#include <assert.h>
#include <stdio.h>

#include "wire/item.h"
#include "wire/types.h"

/* The longest envelope of all. */
#define WIRE_MAX 262144

/* Sets of words: WIRE_use_token of enum wire_use; 0 is none of them. */
#define SET(name, doc) enum wire_##name { WIRE_##name##_none,
#define VALUE(set, name) WIRE_##set##_##name,
#define END_SET(name) };
#include "wire/messages.def"

enum msg_type {
	MSG_NONE,
#define ENTRY(class, name, bound, doc) MSG_##name,
#include "wire/messages.def"
};

#define ENTRY(class, name, bound, doc) struct msg_##name {
#define FIELD(of, need, kind, name, doc) HAS_##need(name) TYPE_##kind name;
#define END(name) };
#include "wire/messages.def"

struct msg {
	enum msg_type type;
	union {
		uint64_t body;	/* where all of them begin */
#define ENTRY(class, name, bound, doc) struct msg_##name name;
#include "wire/messages.def"
	};
};
static_assert(sizeof(struct msg) <= 16384, "a message is too large");

/* MALFORMED unless it is exactly one envelope in its only encoding;
 * NOT_FOUND if there is no such type; LIMIT if it is longer than its type
 * may be. */
enum err wire_decode(struct span envelope, struct msg *m);

/* A bare map: an object, a record, or the body of a message. */
enum err wire_decode_object(enum msg_type type, struct span map,
    struct msg *m);

/* The next map of a LONG list of GROUP type. */
enum err wire_next(struct reader *items, enum msg_type type, struct msg *m);

/* The body's bytes as received: what `request` is the hash of. */
enum err wire_body(struct span envelope, struct span *body);

/* INTERNAL if m breaks its own rows, LIMIT if buf is too small or the message
 * longer than its type may be. */
enum err wire_encode(const struct msg *m, uint8_t *buf, size_t cap,
    size_t *len);
enum err wire_encode_object(const struct msg *m, uint8_t *buf, size_t cap,
    size_t *len);

/* The body without the field of that name, which need not be filled in:
 * what is signed.  INTERNAL if there is no such field. */
enum err wire_encode_body(const struct msg *m, const char *without,
    uint8_t *buf, size_t cap, size_t *len);

/* The most bytes that an envelope, or a bare map, of this type may have. */
size_t wire_bound(enum msg_type type);

/* "totp_validate_req"; "none" for what is no type. */
const char *wire_name(enum msg_type type);
enum err wire_find(struct span name, enum msg_type *type);

/* The fields that many messages have; NULL where this one has not. */
struct wire_uuid *wire_request_id(struct msg *m);
struct wire_digest *wire_request_hash(struct msg *m);
struct wire_sig *wire_signature(struct msg *m);

/* Forget every byte of m; call it when a message has been handled. */
void wire_wipe(struct msg *m);

/* One line without its newline; what is secret appears as its length. */
void wire_print(FILE *f, const struct msg *m);

/* The whole protocol as CDDL (RFC 8610): docs/protocol.cddl. */
void wire_cddl(FILE *f);

#endif
