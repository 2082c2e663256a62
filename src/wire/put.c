/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/item.h"

#include <cbor.h>

static size_t
room(const struct writer *w)
{
	return (size_t)(w->end - w->at);
}

/* Step over what libcbor wrote: nothing, when room was short. */
static enum err
wrote(struct writer *w, size_t n)
{
	if (n == 0)
		return ERR_LIMIT;
	w->at += n;
	return ERR_OK;
}

struct writer
writer_of(uint8_t *buf, size_t cap)
{
	return (struct writer){ buf, buf + cap };
}

enum err
item_put_uint(struct writer *w, uint64_t n)
{
	return wrote(w, cbor_encode_uint(n, w->at, room(w)));
}

enum err
item_put_int(struct writer *w, int64_t n)
{
	if (n >= 0)
		return item_put_uint(w, (uint64_t)n);
	return wrote(w, cbor_encode_negint((uint64_t)-(n + 1), w->at,
	    room(w)));
}

enum err
item_put_bool(struct writer *w, int yes)
{
	return wrote(w, cbor_encode_bool(yes != 0, w->at, room(w)));
}

enum err
item_put_null(struct writer *w)
{
	return wrote(w, cbor_encode_null(w->at, room(w)));
}

enum err
item_put_array(struct writer *w, size_t n)
{
	return wrote(w, cbor_encode_array_start(n, w->at, room(w)));
}

enum err
item_put_map(struct writer *w, size_t n)
{
	return wrote(w, cbor_encode_map_start(n, w->at, room(w)));
}

enum err
item_put_tag(struct writer *w, uint64_t tag)
{
	return wrote(w, cbor_encode_tag(tag, w->at, room(w)));
}

enum err
item_put_bytes_head(struct writer *w, size_t len)
{
	return wrote(w, cbor_encode_bytestring_start(len, w->at, room(w)));
}

enum err
item_put_raw(struct writer *w, struct span s)
{
	if (s.len > room(w))
		return ERR_LIMIT;
	if (s.len > 0)
		memcpy(w->at, s.at, s.len);
	w->at += s.len;
	return ERR_OK;
}

enum err
item_put_bytes(struct writer *w, struct span s)
{
	struct writer ahead = *w;

	TRY(item_put_bytes_head(&ahead, s.len));
	TRY(item_put_raw(&ahead, s));
	*w = ahead;
	return ERR_OK;
}

enum err
item_put_text(struct writer *w, struct span s)
{
	struct writer ahead = *w;

	TRY(wrote(&ahead, cbor_encode_string_start(s.len, ahead.at,
	    room(&ahead))));
	TRY(item_put_raw(&ahead, s));
	*w = ahead;
	return ERR_OK;
}

enum err
item_put_key(struct writer *w, const char *key)
{
	return item_put_text(w, span_text(key));
}
