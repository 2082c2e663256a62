/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/selftest.h"

#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/cfb.h"
#include "crypto/check.h"
#include "crypto/drbg.h"
#include "crypto/ecdh.h"
#include "crypto/ecdsa.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/kat.h"
#include "crypto/otp.h"
#include "crypto/rsa.h"

#define ANSWER_MAX 257

/* A text as long as it is. */
#define TEXT(literal) \
	((struct span){ (const uint8_t *)(literal), sizeof(literal) - 1 })

enum state { UNTESTED, TESTING, PASSED, FAILED };

static enum state state;

/* What an operation made is what was expected. */
static enum err
same(struct span made, struct span want)
{
	return span_equal(made, want) ? ERR_OK : ERR_AUTH;
}

/* An operation that must refuse did. */
static enum err
refused(enum err e)
{
	return e == ERR_AUTH ? ERR_OK : ERR_INTERNAL;
}

/* 2n digits to n bytes; what is not a digit spoils the answer. */
static struct span
unhex(const char *hex, uint8_t out[static ANSWER_MAX])
{
	static const char digits[] = "0123456789abcdef";
	const size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n && i < ANSWER_MAX; i++) {
		const char *high = strchr(digits, hex[2 * i]);
		const char *low = strchr(digits, hex[2 * i + 1]);

		if (high == NULL || low == NULL)
			return (struct span){ };
		out[i] = (uint8_t)((high - digits) << 4 | (low - digits));
	}
	return (struct span){ out, n < ANSWER_MAX ? n : 0 };
}

/* Inputs are written in hex as well. */
#define HEX(digits) unhex((digits), (uint8_t[ANSWER_MAX]){ 0 })

static enum err
try_sha256(struct span want)
{
	const struct span parts[] = { TEXT("a"), TEXT(""), TEXT("bc") };
	uint8_t out[SHA256_LEN];

	TRY(sha256(parts, 3, out));
	return same(SPAN(out), want);
}

static enum err
try_hmac(enum hash_alg alg, struct span want)
{
	const struct span parts[] = {
		TEXT("what do ya want "), TEXT("for nothing?"),
	};
	uint8_t out[HASH_LEN_MAX];

	TRY(hmac(alg, TEXT("Jefe"), parts, 2, out));
	return same((struct span){ out, hash_len(alg) }, want);
}

static enum err
try_hmac_sha1(struct span want)
{
	return try_hmac(HASH_SHA1, want);
}

static enum err
try_hmac_sha256(struct span want)
{
	return try_hmac(HASH_SHA256, want);
}

static enum err
try_hmac_sha384(struct span want)
{
	return try_hmac(HASH_SHA384, want);
}

static enum err
try_hmac_sha512(struct span want)
{
	return try_hmac(HASH_SHA512, want);
}

static enum err
try_hkdf_sha256(struct span want)
{
	uint8_t out[42];

	TRY(hkdf_sha256(HEX("000102030405060708090a0b0c"),
	    HEX("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
	    HEX("f0f1f2f3f4f5f6f7f8f9"), out, sizeof(out)));
	return same(SPAN(out), want);
}

static enum err
try_hotp(struct span want)
{
	char codes[6 + OTP_TEXT];

	TRY(hotp(HASH_SHA1, TEXT("12345678901234567890"), 0, 6, codes));
	TRY(hotp(HASH_SHA1, TEXT("12345678901234567890"), 1, 6, codes + 6));
	return same((struct span){ (const uint8_t *)codes, 12 }, want);
}

static enum err
try_aes256gcm(struct span want)
{
	static const uint8_t zero[AEAD_KEY_LEN];
	const struct span none = { }, text = { zero, 16 };
	uint8_t out[32], back[16];

	TRY(aes256gcm_seal(zero, zero, none, text, out));
	TRY(same(SPAN(out), want));
	TRY(aes256gcm_open(zero, zero, none, SPAN(out), back));
	TRY(same(SPAN(back), text));
	out[31] ^= 1;
	return refused(aes256gcm_open(zero, zero, none, SPAN(out), back));
}

static enum err
try_aes128cfb(struct span want)
{
	uint8_t out[16];

	TRY(aes128cfb_encrypt(HEX("2b7e151628aed2a6abf7158809cf4f3c").at,
	    HEX("000102030405060708090a0b0c0d0e0f").at,
	    HEX("6bc1bee22e409f96e93d7e117393172a"), out));
	return same(SPAN(out), want);
}

static enum err
try_xchacha(struct span want)
{
	const uint8_t *key = HEX("808182838485868788898a8b8c8d8e8f"
	    "909192939495969798999a9b9c9d9e9f").at;
	const uint8_t *nonce =
	    HEX("404142434445464748494a4b4c4d4e4f5051525354555657").at;
	const struct span aad = HEX("50515253c0c1c2c3c4c5c6c7");
	const struct span text = TEXT(
	    "Ladies and Gentlemen of the class of '99: If I could offer you "
	    "only one tip for the future, sunscreen would be it.");
	uint8_t out[114 + AEAD_TAG_LEN], back[114];

	TRY(xchacha_seal(key, nonce, aad, text, out));
	TRY(same(SPAN(out), want));
	TRY(xchacha_open(key, nonce, aad, SPAN(out), back));
	TRY(same(SPAN(back), text));
	out[0] ^= 1;
	return refused(xchacha_open(key, nonce, aad, SPAN(out), back));
}

#define ED_SEED HEX("4ccd089b28ff96da9db6c346ec114e0f" \
    "5b8a319f35aba624da8cf6ed4fb8a6fb").at
#define ED_PUB HEX("3d4017c3e843895a92b70aa74d1b7ebc" \
    "9c982ccf2ec4968cc0cd55f12af4660c").at

static enum err
try_ed25519_public(struct span want)
{
	uint8_t pub[ED25519_LEN];

	TRY(ed25519_public(ED_SEED, pub));
	return same(SPAN(pub), want);
}

static enum err
try_ed25519_sign(struct span want)
{
	uint8_t sig[ED25519_SIG_LEN];

	TRY(ed25519_sign(ED_SEED, ED_PUB, TEXT("\x72"), sig));
	return same(SPAN(sig), want);
}

static enum err
try_ed25519_verify(struct span want)
{
	TRY(ed25519_verify(ED_PUB, TEXT("\x72"), want.at));
	return refused(ed25519_verify(ED_PUB, TEXT("\x73"), want.at));
}

static enum err
try_x25519(struct span want)
{
	uint8_t out[ECDH_LEN];

	TRY(x25519_shared(HEX("a546e36bf0527c9d3b16154b82465edd"
	    "62144c0ac1fc5a18506a2244ba449ac4").at,
	    HEX("e6db6867583030db3594c1a424b15f7c"
	    "726624ec26b3353b10a903a6d0ab1c4c").at, out));
	return same(SPAN(out), want);
}

#define CDH_PRIVATE HEX("7d7dc5f71eb29ddaf80d6214632eeae0" \
    "3d9058af1fb6d22ed80badb62bc1a534").at

static enum err
try_p256_public(struct span want)
{
	uint8_t xy[2 * ECDH_LEN];

	TRY(p256_public(CDH_PRIVATE, xy, xy + ECDH_LEN));
	return same(SPAN(xy), want);
}

static enum err
try_p256_shared(struct span want)
{
	const uint8_t *x = HEX("700c48f77f56584c5cc632ca65640db9"
	    "1b6bacce3a4df6b42ce7cc838833d287").at;
	const uint8_t *y = HEX("db71e509e3fd9b060ddb20ba5c51dcc5"
	    "948d46fbf640dfe0441782cab85fa4ac").at;
	uint8_t out[ECDH_LEN];

	TRY(p256_shared(CDH_PRIVATE, x, y, out));
	TRY(same(SPAN(out), want));
	return refused(p256_shared(CDH_PRIVATE, x, x, out));
}

static enum err
try_p256_verify(struct span want)
{
	const uint8_t *x = HEX("60fed4ba255a9d31c961eb74c6356d68"
	    "c049b8923b61fa6ce669622e60f29fb6").at;
	const uint8_t *y = HEX("7903fe1008b8bc99a41ae9e95628bc64"
	    "f2f1b20c2d7e9f5177a3c294d4462299").at;
	const struct span text = TEXT("sample");
	uint8_t digest[P256_LEN];

	TRY(sha256(&text, 1, digest));
	TRY(p256_verify(x, y, digest, want.at));
	digest[0] ^= 1;
	return refused(p256_verify(x, y, digest, want.at));
}

/* OAEP needs no more of RSA than this, and its masks are hashes. */
static enum err
try_rsa_verify(struct span want)
{
	const struct rsa_public key = { HEX(
	    "a1f8160ae2e3c9b465ce8d2d656263362b927dbe29e1f02477fc1625cc90a136"
	    "e38bd93497c5b6ea63dd7711e67c7429f956b0fb8a8f089adc4b69893cc1333f"
	    "53edd019b87784252fec914fe4857769594bea4280d32c0f55bf62944f130396"
	    "bc6e9bdf6ebdd2bda3678eeca0c668f701b38dbffb38c8342ce2fe6d27fade4a"
	    "5a4874979dd4b9cf9adec4c75b05852c2c0f5ef8a5c1750392f944e8ed64c110"
	    "c6b647609aa4783aeb9c6c9ad755313050638b83665c6f6f7a82a396702a1f64"
	    "1b82d3ebf2392219491fb686872c5716f50af8358d9a8b9d17c340728f7f87d8"
	    "9a18d8fcab67ad84590c2ecf759339363c07034d6f606f9e21e05456cae5e9a1"),
	    65537 };
	const struct span text = TEXT("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2Ui"
	    "LA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19y"
	    "b290Ijp0cnVlfQ");
	uint8_t digest[SHA256_LEN];

	TRY(sha256(&text, 1, digest));
	TRY(rsa_v15_verify(&key, HASH_SHA256, digest, want));
	digest[0] ^= 1;
	return refused(rsa_v15_verify(&key, HASH_SHA256, digest, want));
}

/* Instantiate, reseed, generate twice and look at the second answer. */
static enum err
try_drbg(struct span want)
{
	struct drbg *d OWNED(drbg_drop) = NULL;
	const struct span none = { };
	uint8_t out[128];

	TRY(drbg_new(HEX("06032cd5eed33f39265f49ecb142c511"
	    "da9aff2af71203bffaf34a9ca5bd9c0d"),
	    HEX("0e66f71edc43e42a45ad3c6fc6cdc4df"), none, &d));
	TRY(drbg_reseed(d, HEX("01920a4e669ed3a85ae8a33b35a74ad7"
	    "fb2a6bb4cf395ce00334a9c9a5a5d552"), none));
	TRY(drbg_generate(d, none, out, sizeof(out)));
	TRY(drbg_generate(d, none, out, sizeof(out)));
	return same(SPAN(out), want);
}

static const struct {
	const char	*name;
	const char	*source;
	enum err	(*run)(struct span want);
} tests[] = {
#define KAT(name, source, hex) { #name, source, try_##name },
#include "crypto/kat.def"
#undef KAT
};

static enum err
run_all(void)
{
	uint8_t answer[ANSWER_MAX];

	TRY(crypto_heap());
	for (unsigned i = 0; i < KAT_END; i++) {
		const enum err e = tests[i].run(unhex(kat_expect(i), answer));

		if (e != ERR_OK)
			return log_err(ERR_STATE,
			    "crypto: the self-test fails at %s (%s): %s",
			    tests[i].name, tests[i].source, err_name(e));
	}
	return ERR_OK;
}

enum err
crypto_ready(void)
{
	if (state == UNTESTED) {
		state = TESTING;
		state = run_all() == ERR_OK ? PASSED : FAILED;
	}
	return state == FAILED ? ERR_STATE : ERR_OK;
}

enum err
crypto_selftest(void)
{
	return crypto_ready();
}

bool
crypto_ok(void)
{
	return state != FAILED;
}
