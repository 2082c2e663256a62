/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/ed25519.h"

#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "crypto/check.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

/* wolfSSL counts in 32 bits. */
#define MSG_MAX (1U << 30)

/* p = 2^255 - 19 and the group's order L, the lowest byte first. */
static const uint8_t field[ED25519_LEN] = {
	0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
};

static const uint8_t order[ED25519_LEN] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
	0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	[31] = 0x10,
};

/* The y of the eight points whose order divides 8, sign bit aside. */
static const uint8_t small_order[][ED25519_LEN] = {
	{ 0 },
	{ 1 },
	{
		0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0,
		0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
		0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
	},
	{
		0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f,
		0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6,
		0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
	},
	{
		0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
	},
};

/* a < b, the lowest byte first.  Only for what is public. */
static int
below(const uint8_t *a, const uint8_t *b)
{
	for (size_t i = ED25519_LEN; i-- > 0;)
		if (a[i] != b[i])
			return a[i] < b[i];
	return 0;
}

enum err
ed25519_check(const uint8_t pub[static ED25519_LEN])
{
	uint8_t y[ED25519_LEN];

	TRY(crypto_ready());
	memcpy(y, pub, sizeof(y));
	y[31] &= 0x7f;
	if (!below(y, field))
		return ERR_AUTH;
	for (size_t i = 0; i < sizeof(small_order) / ED25519_LEN; i++)
		if (memcmp(y, small_order[i], sizeof(y)) == 0)
			return ERR_AUTH;
	return ERR_OK;
}

static void
drop_key(ed25519_key *key)
{
	/* Wipes the whole structure. */
	wc_ed25519_free(key);
	crypto_scrub();
}

enum err
ed25519_public(const uint8_t seed[static ED25519_LEN],
    uint8_t pub[static ED25519_LEN])
{
	ed25519_key key OWNED(drop_key) = { };

	TRY(crypto_ready());
	TRY(crypto_check(wc_ed25519_init(&key), "wc_ed25519_init"));
	TRY(crypto_check(wc_ed25519_import_private_only(seed, ED25519_LEN,
	    &key), "wc_ed25519_import_private_only"));
	return crypto_check(wc_ed25519_make_public(&key, pub, ED25519_LEN),
	    "wc_ed25519_make_public");
}

static enum err
sign(const uint8_t *seed, const uint8_t *pub, struct span msg, uint8_t *sig)
{
	ed25519_key key OWNED(drop_key) = { };
	word32 len = ED25519_SIG_LEN;

	TRY(crypto_check(wc_ed25519_init(&key), "wc_ed25519_init"));
	/* Taken at its word: a pub that is not the seed's own does not get
	 * past the verification. */
	TRY(crypto_check(wc_ed25519_import_private_key_ex(seed, ED25519_LEN,
	    pub, ED25519_LEN, &key, 1), "wc_ed25519_import_private_key_ex"));
	return crypto_check(wc_ed25519_sign_msg(
	    msg.len > 0 ? msg.at : (const uint8_t *)"", (word32)msg.len, sig,
	    &len, &key), "wc_ed25519_sign_msg");
}

enum err
ed25519_sign(const uint8_t seed[static ED25519_LEN],
    const uint8_t pub[static ED25519_LEN], struct span msg,
    uint8_t sig[static ED25519_SIG_LEN])
{
	uint8_t made[ED25519_SIG_LEN];
	enum err e;

	TRY(crypto_ready());
	if (msg.len > MSG_MAX)
		return ERR_LIMIT;
	TRY(sign(seed, pub, msg, made));
	e = ed25519_verify(pub, msg, made);
	if (e == ERR_OK)
		memcpy(sig, made, sizeof(made));
	explicit_bzero(made, sizeof(made));
	if (e == ERR_AUTH)
		return log_err(ERR_INTERNAL,
		    "ed25519: a signature of ours does not verify");
	return e;
}

/* wolfSSL says BAD_FUNC_ARG for a key that is no point at all. */
static enum err
verdict(int rc, int good)
{
	if (rc == BAD_FUNC_ARG || (rc == 0 && good != 1))
		return ERR_AUTH;
	return crypto_check(rc, "wc_ed25519_verify_msg");
}

enum err
ed25519_verify(const uint8_t pub[static ED25519_LEN], struct span msg,
    const uint8_t sig[static ED25519_SIG_LEN])
{
	ed25519_key key OWNED(wc_ed25519_free) = { };
	int rc, good = 0;

	TRY(ed25519_check(pub));
	if (!below(sig + ED25519_LEN, order))
		return ERR_AUTH;
	if (msg.len > MSG_MAX)
		return ERR_LIMIT;
	TRY(crypto_check(wc_ed25519_init(&key), "wc_ed25519_init"));
	TRY(crypto_check(wc_ed25519_import_public(pub, ED25519_LEN, &key),
	    "wc_ed25519_import_public"));
	rc = wc_ed25519_verify_msg(sig, ED25519_SIG_LEN,
	    msg.len > 0 ? msg.at : (const uint8_t *)"", (word32)msg.len,
	    &good, &key);
	return verdict(rc, good);
}
