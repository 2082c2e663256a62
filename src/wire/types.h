/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_TYPES_H
#define WIRE_TYPES_H

/*
 * What a field of each kind is in C.  A string has .len and .at; in text a
 * NUL stands behind the last byte.  A span points into the bytes that were
 * decoded, or at what the caller will have encoded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define WIRE_STRING(type, max)	{ size_t len; type at[max]; }

struct wire_text	WIRE_STRING(char, 256 + 1);
struct wire_id		WIRE_STRING(char, 64 + 1);
struct wire_uuid	WIRE_STRING(char, 36 + 1);
struct wire_scope	WIRE_STRING(char, 64 + 1);
struct wire_digits	WIRE_STRING(char, 8 + 1);
struct wire_nonce	WIRE_STRING(uint8_t, 64);
struct wire_digest	WIRE_STRING(uint8_t, 32);
struct wire_kid		WIRE_STRING(uint8_t, 16);
struct wire_key		WIRE_STRING(uint8_t, 128);
struct wire_sig		WIRE_STRING(uint8_t, 256);

/* A time as a request gave it: 20 characters, or a number. */
struct wire_time {
	uint64_t	seconds;
	bool		as_number;
};

/* Items that were checked and left where they are; reader_of(items). */
struct wire_long {
	size_t		count;
	struct span	items;
};

struct wire_scopes { size_t count; struct wire_scope at[8]; };
struct wire_audience { size_t count; struct wire_text at[8]; };

#define TYPE_UINT(min, max)		uint64_t
#define TYPE_BOOL			bool
#define TYPE_TEXT			struct wire_text
#define TYPE_TEXT_OF(min, max)		struct WIRE_STRING(char, (max) + 1)
#define TYPE_ID				struct wire_id
#define TYPE_UUID			struct wire_uuid
#define TYPE_SCOPE			struct wire_scope
#define TYPE_CODE			struct wire_digits
#define TYPE_WHEN			uint64_t
#define TYPE_TIME			struct wire_time
#define TYPE_BYTES(min, max)		struct WIRE_STRING(uint8_t, max)
#define TYPE_NONCE			struct wire_nonce
#define TYPE_DIGEST			struct wire_digest
#define TYPE_KID			struct wire_kid
#define TYPE_COSE_KEY			struct wire_key
#define TYPE_SIGNATURE			struct wire_sig
#define TYPE_SECRET(min, max)		struct WIRE_STRING(uint8_t, max)
#define TYPE_SPAN(min, max)		struct span
#define TYPE_SECRET_SPAN(min, max)	struct span
#define TYPE_TOKEN			struct span
#define TYPE_PCR_SET			struct span
#define TYPE_EVIDENCE			struct span
#define TYPE_MAP			struct span
#define TYPE_ENUM(set)			enum wire_##set
#define TYPE_GROUP_OF(name)		struct msg_##name
#define TYPE_LONG(least, most, kind)	struct wire_long
#define TYPE_SCOPES			struct wire_scopes
#define TYPE_AUDIENCE			struct wire_audience
#define TYPE_LIST(least, most, kind) \
	struct { size_t count; TYPE_##kind at[most]; }

#define HAS_REQ(name)
#define HAS_OPT(name)			bool has_##name;

/* Fill a string; LIMIT if it is too long for it. */
#define WIRE_SET_TEXT(string, span) \
	wire_copy(&(string).len, (string).at, sizeof((string).at), 1, (span))
#define WIRE_SET_BYTES(string, span) \
	wire_copy(&(string).len, (string).at, sizeof((string).at), 0, (span))
enum err wire_copy(size_t *len, void *at, size_t cap, size_t nul,
    struct span from);

/* The bytes of a string; borrowed from the message. */
#define WIRE_SPAN(string) \
	((struct span){ (const uint8_t *)(string).at, (string).len })

#endif
