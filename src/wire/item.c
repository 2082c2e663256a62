/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/item.h"

#include <cbor.h>

/* What libcbor said about one head; nothing is said about the kinds that
 * have no callback here, and so they are refused. */
struct heard {
	struct item	item;
	int		any;
};

#define HEAR_NUMBER(name, type, kind)                                   \
	static void name(void *h, type n)                               \
	{                                                               \
		*(struct heard *)h = (struct heard){                    \
			{ (kind), n, NULL }, 1 };                       \
	}
#define HEAR_STRING(name, kind)                                         \
	static void name(void *h, cbor_data data, size_t n)             \
	{                                                               \
		*(struct heard *)h = (struct heard){                    \
			{ (kind), n, data }, 1 };                       \
	}

HEAR_NUMBER(hear_u8, uint8_t, ITEM_UINT)
HEAR_NUMBER(hear_u16, uint16_t, ITEM_UINT)
HEAR_NUMBER(hear_u32, uint32_t, ITEM_UINT)
HEAR_NUMBER(hear_u64, uint64_t, ITEM_UINT)
HEAR_NUMBER(hear_n8, uint8_t, ITEM_NINT)
HEAR_NUMBER(hear_n16, uint16_t, ITEM_NINT)
HEAR_NUMBER(hear_n32, uint32_t, ITEM_NINT)
HEAR_NUMBER(hear_n64, uint64_t, ITEM_NINT)
HEAR_NUMBER(hear_array, size_t, ITEM_ARRAY)
HEAR_NUMBER(hear_map, size_t, ITEM_MAP)
HEAR_NUMBER(hear_tag, uint64_t, ITEM_TAG)
HEAR_NUMBER(hear_bool, bool, ITEM_BOOL)
HEAR_STRING(hear_bytes, ITEM_BYTES)
HEAR_STRING(hear_text, ITEM_TEXT)

static void
hear_null(void *h)
{
	*(struct heard *)h = (struct heard){ { ITEM_NULL, 0, NULL }, 1 };
}

static struct cbor_decoder_result
listen(const struct reader *r, struct heard *h)
{
	struct cbor_callbacks on = cbor_empty_callbacks;

	/* To libcbor 0.8 the tags 6 to 20 are errors; COSE's are among them. */
	if (*r->at >> 5 == 6 && (*r->at & 0x1f) < 24) {
		hear_tag(h, *r->at & 0x1f);
		return (struct cbor_decoder_result){ .read = 1,
		    .status = CBOR_DECODER_FINISHED };
	}
	on.uint8 = hear_u8;
	on.uint16 = hear_u16;
	on.uint32 = hear_u32;
	on.uint64 = hear_u64;
	on.negint8 = hear_n8;
	on.negint16 = hear_n16;
	on.negint32 = hear_n32;
	on.negint64 = hear_n64;
	on.array_start = hear_array;
	on.map_start = hear_map;
	on.tag = hear_tag;
	on.boolean = hear_bool;
	on.null = hear_null;
	on.byte_string = hear_bytes;
	on.string = hear_text;
	return cbor_stream_decode(r->at, (size_t)(r->end - r->at), &on, h);
}

/* The only length that the head of this item may have. */
static size_t
head_len(const struct item *i)
{
	if (i->kind == ITEM_BOOL || i->kind == ITEM_NULL)
		return 1;
	return i->n < 24 ? 1 : i->n <= UINT8_MAX ? 2 :
	    i->n <= UINT16_MAX ? 3 : i->n <= UINT32_MAX ? 5 : 9;
}

/* An item of a container is a byte at least. */
static int
can_hold(const struct item *i, size_t left)
{
	return i->kind == ITEM_ARRAY ? i->n <= left :
	    i->kind == ITEM_MAP ? i->n <= left / 2 : 1;
}

struct reader
reader_of(struct span bytes)
{
	return (struct reader){ bytes.at,
	    bytes.len > 0 ? bytes.at + bytes.len : bytes.at };
}

enum err
item_next(struct reader *r, struct item *out)
{
	size_t left = (size_t)(r->end - r->at), head;
	struct heard h = { 0 };
	struct cbor_decoder_result got;
	struct item *i = &h.item;

	if (left == 0)
		return ERR_MALFORMED;
	got = listen(r, &h);
	if (got.status != CBOR_DECODER_FINISHED || !h.any)
		return ERR_MALFORMED;

	/* What libcbor read is believed only as far as it adds up. */
	head = head_len(i);
	if (got.read > left || got.read < head ||
	    got.read - head != (i->data != NULL ? i->n : 0))
		return ERR_MALFORMED;
	if (!can_hold(i, left - got.read))
		return ERR_MALFORMED;
	/* A big number (tags 2 and 3) has more than one way to be written. */
	if (i->kind == ITEM_TAG && (i->n == 2 || i->n == 3))
		return ERR_MALFORMED;
	if (i->kind == ITEM_TEXT && !item_is_text(
	    (struct span){ i->data, i->n }))
		return ERR_MALFORMED;

	*out = *i;
	r->at += got.read;
	return ERR_OK;
}

enum err
item_expect(struct reader *r, enum item_kind kind, struct item *out)
{
	struct reader ahead = *r;
	struct item i;

	TRY(item_next(&ahead, &i));
	if (i.kind != kind)
		return ERR_MALFORMED;
	*out = i;
	*r = ahead;
	return ERR_OK;
}

enum err
item_uint(struct reader *r, uint64_t *n)
{
	struct item i;

	TRY(item_expect(r, ITEM_UINT, &i));
	*n = i.n;
	return ERR_OK;
}

enum err
item_int(struct reader *r, int64_t *n)
{
	struct reader ahead = *r;
	struct item i;

	TRY(item_next(&ahead, &i));
	if ((i.kind != ITEM_UINT && i.kind != ITEM_NINT) || i.n > INT64_MAX)
		return ERR_MALFORMED;
	*n = i.kind == ITEM_UINT ? (int64_t)i.n : -1 - (int64_t)i.n;
	*r = ahead;
	return ERR_OK;
}

enum err
item_bool(struct reader *r, int *yes)
{
	struct item i;

	TRY(item_expect(r, ITEM_BOOL, &i));
	*yes = i.n != 0;
	return ERR_OK;
}

enum err
item_null(struct reader *r)
{
	struct item i;

	return item_expect(r, ITEM_NULL, &i);
}

static enum err
get_string(struct reader *r, enum item_kind kind, size_t min, size_t max,
    struct span *s)
{
	struct reader ahead = *r;
	struct item i;

	TRY(item_expect(&ahead, kind, &i));
	if (i.n < min || i.n > max)
		return ERR_MALFORMED;
	*s = (struct span){ i.data, i.n };
	*r = ahead;
	return ERR_OK;
}

enum err
item_bytes(struct reader *r, size_t min, size_t max, struct span *s)
{
	return get_string(r, ITEM_BYTES, min, max, s);
}

enum err
item_text(struct reader *r, size_t min, size_t max, struct span *s)
{
	return get_string(r, ITEM_TEXT, min, max, s);
}

enum err
item_array(struct reader *r, size_t *n)
{
	struct item i;

	TRY(item_expect(r, ITEM_ARRAY, &i));
	*n = i.n;
	return ERR_OK;
}

enum err
item_map(struct reader *r, size_t *n)
{
	struct item i;

	TRY(item_expect(r, ITEM_MAP, &i));
	*n = i.n;
	return ERR_OK;
}

enum err
item_key(struct reader *r, const char *key)
{
	struct reader ahead = *r;
	struct span s;

	TRY(item_text(&ahead, 0, SIZE_MAX, &s));
	if (!span_equal(s, span_text(key)))
		return ERR_MALFORMED;
	*r = ahead;
	return ERR_OK;
}

enum err
item_label(struct reader *r, int64_t label)
{
	struct reader ahead = *r;
	int64_t n;

	TRY(item_int(&ahead, &n));
	if (n != label)
		return ERR_MALFORMED;
	*r = ahead;
	return ERR_OK;
}

enum err
item_tag(struct reader *r, uint64_t tag)
{
	struct reader ahead = *r;
	struct item i;

	TRY(item_expect(&ahead, ITEM_TAG, &i));
	if (i.n != tag)
		return ERR_MALFORMED;
	*r = ahead;
	return ERR_OK;
}

/* Encodings of whole items: none is the beginning of another. */
static int
in_order(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n > 0 ? memcmp(a.at, b.at, n) : 0;

	return c < 0 || (c == 0 && a.len < b.len);
}

static enum err
skip_map(struct reader *r, unsigned depth, uint64_t pairs)
{
	struct span last = { NULL, 0 }, key;

	for (; pairs > 0; pairs--) {
		TRY(item_skip(r, depth, &key));
		if (!in_order(last, key))
			return ERR_MALFORMED;
		last = key;
		TRY(item_skip(r, depth, NULL));
	}
	return ERR_OK;
}

enum err
item_skip(struct reader *r, unsigned depth, struct span *whole)
{
	struct reader ahead = *r;
	struct item i;
	int holds;

	TRY(item_next(&ahead, &i));
	holds = i.kind == ITEM_ARRAY || i.kind == ITEM_MAP ||
	    i.kind == ITEM_TAG;
	if (holds && depth == 0)
		return ERR_MALFORMED;
	if (i.kind == ITEM_MAP)
		TRY(skip_map(&ahead, depth - 1, i.n));
	for (uint64_t n = i.kind == ITEM_ARRAY ? i.n : i.kind == ITEM_TAG;
	    n > 0; n--)
		TRY(item_skip(&ahead, depth - 1, NULL));

	if (whole != NULL)
		*whole = (struct span){ r->at, (size_t)(ahead.at - r->at) };
	*r = ahead;
	return ERR_OK;
}

enum err
item_done(const struct reader *r)
{
	return r->at == r->end ? ERR_OK : ERR_MALFORMED;
}
