/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_ITEM_H
#define WIRE_ITEM_H

/*
 * CBOR, one item at a time, in deterministic encoding only (RFC 8949, 4.2.1).
 *
 * The reader takes what the writer can make and nothing else: shortest heads,
 * definite lengths, no floats, no undefined, text that is valid UTF-8 without
 * NUL, no count that the bytes left could not hold.  Whatever else comes is
 * MALFORMED, and a call that fails leaves the reader where it was.  Nothing
 * here allocates; spans point into what is being read.
 *
 * Knows base and libcbor.  Does not know messages.
 */

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum item_kind {
	ITEM_UINT, ITEM_NINT, ITEM_BYTES, ITEM_TEXT, ITEM_ARRAY, ITEM_MAP,
	ITEM_TAG, ITEM_BOOL, ITEM_NULL
};

/* One head and, for BYTES and TEXT, the bytes behind it. */
struct item {
	enum item_kind	 kind;
	uint64_t	 n;	/* value, length, count, tag, bool; or -1-n */
	const uint8_t	*data;	/* of BYTES and TEXT; else NULL */
};

struct reader {
	const uint8_t	*at;
	const uint8_t	*end;
};

struct reader reader_of(struct span bytes);

/* The next head, of any kind. */
enum err item_next(struct reader *r, struct item *i);

/* The next head, of this kind alone. */
enum err item_expect(struct reader *r, enum item_kind kind, struct item *i);

enum err item_uint(struct reader *r, uint64_t *n);
enum err item_int(struct reader *r, int64_t *n);
enum err item_bool(struct reader *r, int *yes);
enum err item_null(struct reader *r);

/* A string of min to max bytes. */
enum err item_bytes(struct reader *r, size_t min, size_t max, struct span *s);
enum err item_text(struct reader *r, size_t min, size_t max, struct span *s);

/* The head of an array or a map, and how many items or pairs follow it. */
enum err item_array(struct reader *r, size_t *n);
enum err item_map(struct reader *r, size_t *n);

/* Exactly this text, integer or tag: a map's key, a version, a tag. */
enum err item_key(struct reader *r, const char *key);
enum err item_label(struct reader *r, int64_t label);
enum err item_tag(struct reader *r, uint64_t tag);

/* Step over one whole item, at most depth containers deep (a tag counts as
 * one), keys in bytewise order and each once; whole may be NULL. */
enum err item_skip(struct reader *r, unsigned depth, struct span *whole);

/* MALFORMED if bytes are left. */
enum err item_done(const struct reader *r);

/* True for what may stand in a TEXT: UTF-8, no NUL. */
int item_is_text(struct span s);

struct writer {
	uint8_t	*at;
	uint8_t	*end;
};

struct writer writer_of(uint8_t *buf, size_t cap);

/* Each LIMIT when room is short; then nothing was written. */
enum err item_put_uint(struct writer *w, uint64_t n);
enum err item_put_int(struct writer *w, int64_t n);
enum err item_put_bool(struct writer *w, int yes);
enum err item_put_null(struct writer *w);
enum err item_put_bytes(struct writer *w, struct span s);
enum err item_put_text(struct writer *w, struct span s);
enum err item_put_key(struct writer *w, const char *key);
enum err item_put_array(struct writer *w, size_t n);
enum err item_put_map(struct writer *w, size_t n);
enum err item_put_tag(struct writer *w, uint64_t tag);

/* The head of a string whose bytes the caller will put with item_put_raw. */
enum err item_put_bytes_head(struct writer *w, size_t len);

/* Bytes that are encoded already. */
enum err item_put_raw(struct writer *w, struct span s);

#endif
