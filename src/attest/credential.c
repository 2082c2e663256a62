/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/credential.h"

#include <string.h>

#include "base/own.h"
#include "crypto/cfb.h"
#include "crypto/ecdh.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/oaep.h"

/* With its NUL, as OAEP takes it. */
static const char label[] = "IDENTITY";

enum { SEED = SHA256_LEN };

/* Wiped at its end: what both sides know of one credential. */
struct keys {
	uint8_t	seed[SEED];
	uint8_t	z[ECDH_LEN];
	uint8_t	storage[CFB_KEY_LEN];
	uint8_t	integrity[SHA256_LEN];
};

static void
drop_keys(struct keys *k)
{
	explicit_bzero(k, sizeof(*k));
}

static uint8_t *
put16(uint8_t *at, size_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return at + 2;
}

static uint8_t *
put(uint8_t *at, struct span bytes)
{
	at = put16(at, bytes.len);
	memcpy(at, bytes.at, bytes.len);
	return at + bytes.len;
}

enum err
credential_ek(const struct attest_public *ek)
{
	const uint32_t is = ATTEST_FIXED_TPM | ATTEST_FIXED_PARENT |
	    ATTEST_ORIGIN | ATTEST_RESTRICTED | ATTEST_DECRYPT;

	if ((ek->attributes & (is | ATTEST_SIGN)) != is ||
	    ek->symmetric != ATTEST_AES || ek->symmetric_bits != 128 ||
	    ek->symmetric_mode != ATTEST_CFB)
		return ERR_DENIED;
	return ERR_OK;
}

enum err
credential_draw(struct drbg *d, struct credential_random *out)
{
	TRY(p256_make(d, out->key));
	return drbg_generate(d, (struct span){ 0 }, out->salt,
	    sizeof(out->salt));
}

/* Part 1, C.6.1: what the one-time key and the EK agree on. */
static enum err
seed_by_ecc(const struct attest_public *ek,
    const struct credential_random *random, struct keys *k,
    struct credential *out)
{
	uint8_t x[ECDH_LEN], y[ECDH_LEN], *at = out->seed + 2;

	TRY(p256_public(random->key, x, y));
	TRY(p256_shared(random->key, ek->x, ek->y, k->z));
	TRY(kdfe(HASH_SHA256, SPAN(k->z), label, SPAN(x), SPAN(ek->x),
	    8 * SEED, k->seed));
	at = put(put(at, SPAN(x)), SPAN(y));
	out->seed_len = (size_t)(at - out->seed);
	put16(out->seed, out->seed_len - 2);
	return ERR_OK;
}

/* Part 1, B.10.4. */
static enum err
seed_by_rsa(const struct attest_public *ek,
    const struct credential_random *random, struct keys *k,
    struct credential *out)
{
	const struct rsa_public to = { ek->modulus, ek->exponent };
	const struct span whole = { (const uint8_t *)label, sizeof(label) };

	memcpy(k->seed, random->key, SEED);
	out->seed_len = 2 + ek->modulus.len;
	return rsa_oaep_encrypt(&to, HASH_SHA256, whole, SPAN(k->seed),
	    random->salt, put16(out->seed, ek->modulus.len));
}

/* Part 1, 24.4 to 24.6: encrypted with its size, and an HMAC of that and the
 * Name before it. */
static enum err
protect(struct keys *k, struct span name, struct span secret,
    struct credential *out)
{
	static const uint8_t zero[CFB_IV_LEN];
	const struct span none = { };
	uint8_t *mac = out->id_object + 4, *hidden = mac + SHA256_LEN;
	const struct span plain = { hidden, 2 + secret.len };
	const struct span parts[] = { plain, name };

	TRY(kdfa(HASH_SHA256, SPAN(k->seed), "STORAGE", name, none,
	    8 * sizeof(k->storage), k->storage));
	TRY(kdfa(HASH_SHA256, SPAN(k->seed), "INTEGRITY", none, none,
	    8 * sizeof(k->integrity), k->integrity));
	put(hidden, secret);
	TRY(aes128cfb_encrypt(k->storage, zero, plain, hidden));
	TRY(hmac(HASH_SHA256, SPAN(k->integrity), parts, 2, mac));
	put16(out->id_object + 2, SHA256_LEN);
	out->id_len = 4 + SHA256_LEN + plain.len;
	put16(out->id_object, out->id_len - 2);
	return ERR_OK;
}

static void
drop_made(struct credential *c)
{
	explicit_bzero(c, sizeof(*c));
}

enum err
credential_make(const struct attest_public *ek,
    const uint8_t name[static ATTEST_NAME_LEN], struct span secret,
    const struct credential_random *random, struct credential *out)
{
	struct credential made OWNED(drop_made) = { };
	struct keys k OWNED(drop_keys) = { };

	TRY(credential_ek(ek));
	if (secret.len == 0 || secret.len > CREDENTIAL_SECRET_MAX)
		return ERR_LIMIT;
	TRY(ek->type == ATTEST_ECC ? seed_by_ecc(ek, random, &k, &made) :
	    seed_by_rsa(ek, random, &k, &made));
	TRY(protect(&k, (struct span){ name, ATTEST_NAME_LEN }, secret,
	    &made));
	*out = made;
	return ERR_OK;
}
