/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/hash.h"

#include <string.h>

#include "base/own.h"
#include "crypto/check.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/hmac.h>

/* wolfSSL counts in 32 bits. */
#define PIECE_MAX (1U << 30)

static const struct {
	size_t			len;
	int			hmac;
	enum wc_HashType	hash;
} algs[] = {
	[HASH_SHA1]   = { 20, WC_SHA, WC_HASH_TYPE_SHA },
	[HASH_SHA256] = { 32, WC_SHA256, WC_HASH_TYPE_SHA256 },
	[HASH_SHA384] = { 48, WC_SHA384, WC_HASH_TYPE_SHA384 },
	[HASH_SHA512] = { 64, WC_SHA512, WC_HASH_TYPE_SHA512 },
};

size_t
hash_len(enum hash_alg alg)
{
	return algs[alg].len;
}

/* The next bytes of *part that one call takes; none at its end. */
static struct span
piece(struct span *part)
{
	const size_t n = part->len < PIECE_MAX ? part->len : PIECE_MAX;
	const struct span head = { part->at, n };

	if (n > 0)
		*part = (struct span){ part->at + n, part->len - n };
	return head;
}

struct hashing {
	enum wc_HashType	type;
	wc_HashAlg		ctx;
};

static void
drop_hashing(struct hashing *h)
{
	(void)!wc_HashFree(&h->ctx, h->type);
	explicit_bzero(h, sizeof(*h));
}

static enum err
feed_hash(struct hashing *h, struct span part)
{
	for (struct span p = piece(&part); p.len > 0; p = piece(&part))
		TRY(crypto_check(wc_HashUpdate(&h->ctx, h->type, p.at,
		    (word32)p.len), "wc_HashUpdate"));
	return ERR_OK;
}

enum err
hash_parts(enum hash_alg alg, const struct span *parts, size_t n,
    uint8_t *out)
{
	struct hashing h OWNED(drop_hashing) = { .type = algs[alg].hash };

	TRY(crypto_ready());
	TRY(crypto_check(wc_HashInit(&h.ctx, h.type), "wc_HashInit"));
	for (size_t i = 0; i < n; i++)
		TRY(feed_hash(&h, parts[i]));
	return crypto_check(wc_HashFinal(&h.ctx, h.type, out),
	    "wc_HashFinal");
}

enum err
sha256(const struct span *parts, size_t n, uint8_t out[static SHA256_LEN])
{
	return hash_parts(HASH_SHA256, parts, n, out);
}

static void
drop_hmac(Hmac *ctx)
{
	wc_HmacFree(ctx);
	explicit_bzero(ctx, sizeof(*ctx));
	crypto_scrub_hash();
}

static enum err
feed_hmac(Hmac *ctx, struct span part)
{
	for (struct span p = piece(&part); p.len > 0; p = piece(&part))
		TRY(crypto_check(wc_HmacUpdate(ctx, p.at, (word32)p.len),
		    "wc_HmacUpdate"));
	return ERR_OK;
}

enum err
hmac(enum hash_alg alg, struct span key, const struct span *parts, size_t n,
    uint8_t *out)
{
	Hmac ctx OWNED(drop_hmac) = { };

	TRY(crypto_ready());
	if (key.len > PIECE_MAX)
		return ERR_LIMIT;
	TRY(crypto_check(wc_HmacInit(&ctx, NULL, INVALID_DEVID),
	    "wc_HmacInit"));
	TRY(crypto_check(wc_HmacSetKey(&ctx, algs[alg].hmac,
	    key.len > 0 ? key.at : (const uint8_t *)"", (word32)key.len),
	    "wc_HmacSetKey"));
	for (size_t i = 0; i < n; i++)
		TRY(feed_hmac(&ctx, parts[i]));
	return crypto_check(wc_HmacFinal(&ctx, out), "wc_HmacFinal");
}

/* The text before T(1) is empty, before T(i + 1) it is T(i). */
static enum err
expand(enum hash_alg alg, const uint8_t *prk, struct span info, uint8_t *out,
    size_t len)
{
	const size_t whole = hash_len(alg);
	uint8_t t[HASH_LEN_MAX];
	uint8_t count = 0;
	enum err e = ERR_OK;

	for (size_t at = 0; e == ERR_OK && at < len; at += whole) {
		const struct span parts[] = {
			{ t, count == 0 ? 0 : whole },
			info,
			{ &count, 1 },
		};
		const size_t left = len - at;

		count++;
		e = hmac(alg, (struct span){ prk, whole }, parts, 3, t);
		memcpy(out + at, t, left < whole ? left : whole);
	}
	explicit_bzero(t, sizeof(t));
	return e;
}

enum err
hkdf(enum hash_alg alg, struct span salt, struct span ikm, struct span info,
    uint8_t *out, size_t len)
{
	uint8_t prk[HASH_LEN_MAX];
	enum err e;

	if (len > 255 * hash_len(alg))
		return ERR_LIMIT;
	e = hmac(alg, salt, &ikm, 1, prk);
	if (e == ERR_OK)
		e = expand(alg, prk, info, out, len);
	explicit_bzero(prk, sizeof(prk));
	if (e != ERR_OK)
		explicit_bzero(out, len);
	return e;
}

enum err
hkdf_sha256(struct span salt, struct span ikm, struct span info, uint8_t *out,
    size_t len)
{
	return hkdf(HASH_SHA256, salt, ikm, info, out, len);
}
