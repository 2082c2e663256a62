/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/mac0.h"

#include "crypto/hash.h"
#include "wire/item.h"

enum { ALG = 1, TAG_MAC0 = 17, PART_MAX = 2048 };

static const struct row {
	enum mac_alg	alg;
	enum hash_alg	hash;
	size_t		len;
} rows[] = {
	{ MAC_HS256_64,	HASH_SHA256,	8 },
	{ MAC_HS256,	HASH_SHA256,	32 },
	{ MAC_HS384,	HASH_SHA384,	48 },
	{ MAC_HS512,	HASH_SHA512,	64 },
};

static const struct row *
find_row(int64_t alg)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((int64_t)rows[i].alg == alg)
			return &rows[i];
	return NULL;
}

size_t
mac_len(int64_t alg)
{
	const struct row *row = find_row(alg);

	return row != NULL ? row->len : 0;
}

/* All of MAC_structure but the payload's bytes. */
static enum err
put_head(struct writer *w, const struct mac_input *in)
{
	TRY(item_put_array(w, 4));
	TRY(item_put_key(w, in->what));
	TRY(item_put_bytes(w, in->protected));
	TRY(item_put_bytes(w, in->aad));
	return item_put_bytes_head(w, in->payload.len);
}

static enum err
make_tag(const struct row *row, struct span key, const struct mac_input *in,
    uint8_t tag[static HASH_LEN_MAX])
{
	uint8_t head[2 * PART_MAX + 64];
	struct writer w = writer_of(head, sizeof(head));

	if (in->protected.len > PART_MAX || in->aad.len > PART_MAX)
		return ERR_MALFORMED;
	TRY(put_head(&w, in));
	return hmac(row->hash, key, (struct span[]){
	    { head, (size_t)(w.at - head) }, in->payload }, 2, tag);
}

enum err
mac_check(int64_t alg, struct span key, const struct mac_input *in,
    struct span tag)
{
	const struct row *row = find_row(alg);
	uint8_t right[HASH_LEN_MAX];
	enum err e;

	if (row == NULL)
		return ERR_NOT_FOUND;
	e = make_tag(row, key, in, right);
	if (e == ERR_OK && (tag.len != row->len ||
	    !secret_equal(right, tag.at, row->len)))
		e = ERR_AUTH;
	explicit_bzero(right, sizeof(right));
	return e;
}

/* The only protected header there is. */
static struct span
header_of(enum mac_alg alg, uint8_t out[static 3])
{
	out[0] = 0xa1;
	out[1] = ALG;
	out[2] = (uint8_t)alg;
	return (struct span){ out, 3 };
}

enum err
cose_mac0(enum mac_alg alg, const struct secret *key, const char *aad,
    struct span payload, bool detached, uint8_t *out, size_t cap, size_t *len)
{
	const struct row *row = find_row(alg);
	uint8_t header[3], tag[HASH_LEN_MAX];
	const struct span protected = header_of(alg, header);
	struct writer w = writer_of(out, cap);

	if (row == NULL)
		return ERR_INTERNAL;
	TRY(make_tag(row, secret_span(key), &(struct mac_input){ "MAC0",
	    protected, span_text(aad), payload }, tag));
	TRY(item_put_tag(&w, TAG_MAC0));
	TRY(item_put_array(&w, 4));
	TRY(item_put_bytes(&w, protected));
	TRY(item_put_map(&w, 0));
	if (detached)
		TRY(item_put_null(&w));
	else
		TRY(item_put_bytes(&w, payload));
	TRY(item_put_bytes(&w, (struct span){ tag, row->len }));
	*len = (size_t)(w.at - out);
	return ERR_OK;
}

static enum err
get_header(struct reader *r, enum mac_alg alg, struct span *protected)
{
	size_t entries;

	TRY(item_bytes(r, 3, 3, protected));
	if (protected->at[0] != 0xa1 || protected->at[1] != ALG)
		return ERR_MALFORMED;
	if (protected->at[2] != (uint8_t)alg)
		return ERR_NOT_FOUND;
	TRY(item_map(r, &entries));
	return entries == 0 ? ERR_OK : ERR_MALFORMED;
}

enum err
cose_mac0_check(struct span bytes, enum mac_alg alg,
    const struct secret *key, const char *aad, bool detached,
    struct span *payload)
{
	struct mac_input in = { .what = "MAC0", .aad = span_text(aad) };
	struct reader r = reader_of(bytes);
	struct span tag;
	size_t n;

	TRY(item_tag(&r, TAG_MAC0));
	TRY(item_array(&r, &n));
	if (n != 4)
		return ERR_MALFORMED;
	TRY(get_header(&r, alg, &in.protected));
	in.payload = *payload;
	if (detached)
		TRY(item_null(&r));
	else
		TRY(item_bytes(&r, 0, SIZE_MAX, &in.payload));
	TRY(item_bytes(&r, 1, MAC_LEN_MAX, &tag));
	TRY(item_done(&r));
	TRY(mac_check(alg, secret_span(key), &in, tag));
	*payload = in.payload;
	return ERR_OK;
}
