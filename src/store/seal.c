/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/seal.h"

#include <assert.h>

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "wire/item.h"

#define KEY_LEN 32
#define CHECK_LEN 16
#define NONCE_LEN 24
#define AAD_MAX (1 + 1 + 1 + SEAL_ID_LEN + 9 + 1 + SEAL_TAG_LEN)

#define NONCE_AT SEAL_HEAD_LEN
#define TEXT_AT (NONCE_AT + NONCE_LEN)

static_assert(TEXT_AT + SEAL_TAG_LEN == SEAL_OVER, "a frame's own bytes");

enum err
seal_keys(struct span store_key, struct secret **out)
{
	struct secret *keys OWNED(secret_drop) = NULL;
	const struct span none = { NULL, 0 };

	TRY(secret_new(2 * KEY_LEN, &keys));
	TRY(hkdf_sha256(none, store_key, span_text("anchorhold/1 frame"),
	    secret_expose(keys), KEY_LEN));
	TRY(hkdf_sha256(none, store_key, span_text("anchorhold/1 check"),
	    secret_expose(keys) + KEY_LEN, KEY_LEN));
	*out = GIVE(keys, NULL);
	return ERR_OK;
}

enum err
seal_begin(struct drbg *d, struct chain *c)
{
	*c = (struct chain){ .index = 0 };
	return drbg_generate(d, (struct span){ NULL, 0 }, c->id, SEAL_ID_LEN);
}

static enum err
make_check(const struct secret *keys, const uint8_t length[static 4],
    uint8_t check[static CHECK_LEN])
{
	const struct span key = { secret_span(keys).at + KEY_LEN, KEY_LEN };
	const struct span part = { length, 4 };
	uint8_t mac[32];

	TRY(hmac(HASH_SHA256, key, &part, 1, mac));
	memcpy(check, mac, CHECK_LEN);
	return ERR_OK;
}

static enum err
make_aad(const struct chain *c, uint8_t buf[static AAD_MAX], struct span *aad)
{
	struct writer w = writer_of(buf, AAD_MAX);

	TRY(item_put_array(&w, 4));
	TRY(item_put_uint(&w, SEAL_FORMAT));
	TRY(item_put_bytes(&w, SPAN(c->id)));
	TRY(item_put_uint(&w, c->index));
	TRY(item_put_bytes(&w, SPAN(c->previous)));
	*aad = (struct span){ buf, (size_t)(w.at - buf) };
	return ERR_OK;
}

enum err
seal_frame(const struct secret *keys, const struct chain *c, struct drbg *d,
    struct span plain, uint8_t *frame)
{
	uint8_t buf[AAD_MAX];
	struct span aad;

	if (plain.len == 0 || plain.len > SEAL_PLAIN_MAX)
		return ERR_LIMIT;
	for (int i = 0; i < 4; i++)
		frame[i] = (uint8_t)(plain.len >> (24 - 8 * i));
	TRY(make_check(keys, frame, frame + 4));
	TRY(drbg_generate(d, (struct span){ NULL, 0 }, frame + NONCE_AT,
	    NONCE_LEN));
	TRY(make_aad(c, buf, &aad));
	return xchacha_seal(secret_span(keys).at, frame + NONCE_AT, aad, plain,
	    frame + TEXT_AT);
}

enum err
seal_length(const struct secret *keys, const uint8_t *head, size_t *len)
{
	uint8_t check[CHECK_LEN];
	size_t n = 0;

	for (int i = 0; i < 4; i++)
		n = n << 8 | head[i];
	if (n == 0 || n > SEAL_PLAIN_MAX)
		return ERR_AUTH;
	TRY(make_check(keys, head, check));
	if (!secret_equal(check, head + 4, CHECK_LEN))
		return ERR_AUTH;
	*len = n;
	return ERR_OK;
}

enum err
seal_open(const struct secret *keys, const struct chain *c, struct span frame,
    uint8_t *plain)
{
	uint8_t buf[AAD_MAX];
	struct span aad;

	if (frame.len <= SEAL_OVER)
		return ERR_AUTH;
	TRY(make_aad(c, buf, &aad));
	return xchacha_open(secret_span(keys).at, frame.at + NONCE_AT, aad,
	    (struct span){ frame.at + TEXT_AT, frame.len - TEXT_AT }, plain);
}

void
seal_advance(struct chain *c, struct span frame)
{
	memcpy(c->previous, frame.at + frame.len - SEAL_TAG_LEN, SEAL_TAG_LEN);
	c->index++;
}
