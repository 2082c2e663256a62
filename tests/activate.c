/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/activate.h"

#include <string.h>

/* OpenSSL has a type of that name. */
#define ERR_STATE openssl_state
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#undef ERR_STATE

#include "base/own.h"
#include "crypto/kdf.h"
#include "crypto/oaep.h"

bool
key_is_rsa(const EVP_PKEY *key)
{
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
}

EVP_PKEY *
key_new(unsigned bits)
{
	return bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(bits);
}

void
key_drop(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

EVP_PKEY *
key_of_pem(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	if (key == NULL) {
		(void)BIO_reset(bio);
		key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	}
	BIO_free(bio);
	return key;
}

/* A number of the key, filled up from the left to len bytes. */
static bool
number_of_key(const EVP_PKEY *key, const char *name, uint8_t *out, int len)
{
	BIGNUM *n = NULL;
	const bool got = EVP_PKEY_get_bn_param(key, name, &n) == 1 &&
	    BN_bn2binpad(n, out, len) == len;

	BN_free(n);
	return got;
}

static enum err
public_of_rsa(const EVP_PKEY *key, uint8_t room[static 512],
    struct attest_public *out)
{
	const int len = EVP_PKEY_get_bits(key) / 8;
	uint8_t e[4];

	if (len > 512 ||
	    !number_of_key(key, OSSL_PKEY_PARAM_RSA_N, room, len) ||
	    !number_of_key(key, OSSL_PKEY_PARAM_RSA_E, e, sizeof(e)))
		return ERR_LIMIT;
	out->type = ATTEST_RSA;
	out->bits = (uint16_t)(8 * len);
	out->modulus = (struct span){ room, (size_t)len };
	out->exponent = (uint32_t)e[0] << 24 | (uint32_t)e[1] << 16 |
	    (uint32_t)e[2] << 8 | e[3];
	return ERR_OK;
}

enum err
public_of_key(const EVP_PKEY *key, uint8_t room[static 512],
    struct attest_public *out)
{
	*out = (struct attest_public){ .scheme = ATTEST_NULL,
	    .symmetric = ATTEST_AES, .symmetric_bits = 128,
	    .symmetric_mode = ATTEST_CFB,
	    .attributes = ATTEST_FIXED_TPM | ATTEST_FIXED_PARENT |
	    ATTEST_ORIGIN | ATTEST_ADMIN_POLICY | ATTEST_RESTRICTED |
	    ATTEST_DECRYPT };
	if (key_is_rsa(key))
		return public_of_rsa(key, room, out);
	out->type = ATTEST_ECC;
	out->bits = 256;
	return number_of_key(key, OSSL_PKEY_PARAM_EC_PUB_X, out->x, 32) &&
	    number_of_key(key, OSSL_PKEY_PARAM_EC_PUB_Y, out->y, 32) ?
	    ERR_OK : ERR_LIMIT;
}

bool
raw_rsa(EVP_PKEY *key, struct span in, uint8_t *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t len = (size_t)EVP_PKEY_get_size(key);
	const bool worked = in.len == len &&
	    EVP_PKEY_decrypt_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
	    EVP_PKEY_decrypt(ctx, out, &len, in.at, in.len) == 1;

	EVP_PKEY_CTX_free(ctx);
	return worked && len == in.len;
}

/* MGF1 over what lies there. */
static void
unmask(enum hash_alg alg, struct span seed, uint8_t *over, size_t len)
{
	const size_t whole = hash_len(alg);
	uint8_t t[HASH_LEN_MAX] = { 0 }, counter[4] = { 0 };
	const struct span parts[] = { seed, SPAN(counter) };

	for (size_t at = 0; at < len; at++) {
		if (at % whole == 0) {
			if (hash_parts(alg, parts, 2, t) != ERR_OK)
				return;
			counter[3]++;
		}
		over[at] ^= t[at % whole];
	}
}

bool
oaep_apart(EVP_PKEY *key, enum hash_alg alg, struct span in, uint8_t *room,
    uint8_t salt[static HASH_LEN_MAX], struct span *msg)
{
	const size_t h = hash_len(alg);
	uint8_t *seed = room + 1, *db = seed + h;
	size_t at = h, len;

	if (in.len < 2 * h + 2 || !raw_rsa(key, in, room))
		return false;
	len = in.len - 1 - h;
	unmask(alg, (struct span){ db, len }, seed, h);
	unmask(alg, (struct span){ seed, h }, db, len);
	memcpy(salt, seed, h);
	while (at < len && db[at] == 0)
		at++;
	if (at == len)
		return false;
	*msg = (struct span){ db + at + 1, len - at - 1 };
	return true;
}

static bool
affine(const EC_GROUP *group, const EC_POINT *p, uint8_t *out_x,
    uint8_t *out_y)
{
	const int len = (EC_GROUP_get_degree(group) + 7) / 8;
	BIGNUM *x = BN_new(), *y = BN_new();
	const bool got = EC_POINT_get_affine_coordinates(group, p, x, y,
	    NULL) == 1 && BN_bn2binpad(x, out_x, len) == len &&
	    BN_bn2binpad(y, out_y, len) == len;

	BN_free(x);
	BN_free(y);
	return got;
}

static BIGNUM *
number(struct span s)
{
	return BN_bin2bn(s.at, (int)s.len, NULL);
}

/* TPM_ECC_CURVE. */
enum { P256 = 3, P384, P521 };

bool
point_times(uint16_t curve, struct span k, struct span x, struct span y,
    uint8_t *out_x, uint8_t *out_y)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(curve == P256 ?
	    NID_X9_62_prime256v1 : curve == P384 ? NID_secp384r1 :
	    NID_secp521r1);
	EC_POINT *p = EC_POINT_new(group);
	BIGNUM *bk = number(k), *bx = number(x), *by = number(y);
	const bool based = x.len == 0;
	const bool made = (based ||
	    EC_POINT_set_affine_coordinates(group, p, bx, by, NULL) == 1) &&
	    EC_POINT_mul(group, p, based ? bk : NULL, based ? NULL : p,
	    based ? NULL : bk, NULL) == 1 && affine(group, p, out_x, out_y);

	BN_free(bk);
	BN_free(bx);
	BN_free(by);
	EC_POINT_free(p);
	EC_GROUP_free(group);
	return made;
}

/* A TPM2B at the front of *in, which moves behind it. */
static bool
take(struct span *in, struct span *out)
{
	size_t len;

	if (in->len < 2)
		return false;
	len = (size_t)in->at[0] << 8 | in->at[1];
	if (len > in->len - 2)
		return false;
	*out = (struct span){ in->at + 2, len };
	*in = (struct span){ in->at + 2 + len, in->len - 2 - len };
	return true;
}

static enum err
seed_by_ecc(const EVP_PKEY *ek, struct span in, uint8_t out[static 32])
{
	uint8_t z[32], y[32], priv[32], pub[32];
	struct span px, py;

	if (!take(&in, &px) || !take(&in, &py) || in.len != 0 ||
	    !number_of_key(ek, OSSL_PKEY_PARAM_PRIV_KEY, priv, 32) ||
	    !number_of_key(ek, OSSL_PKEY_PARAM_EC_PUB_X, pub, 32) ||
	    !point_times(P256, SPAN(priv), px, py, z, y))
		return ERR_AUTH;
	return kdfe(HASH_SHA256, SPAN(z), "IDENTITY", px, SPAN(pub), 256,
	    out);
}

static enum err
seed_by_rsa(EVP_PKEY *ek, struct span in, uint8_t out[static 32])
{
	const struct span label = { (const uint8_t *)"IDENTITY", 9 };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ek, NULL);
	uint8_t room[512];
	size_t len = sizeof(room);
	const bool opened = EVP_PKEY_decrypt_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_CTX_set0_rsa_oaep_label(ctx,
	    OPENSSL_memdup(label.at, label.len), (int)label.len) == 1 &&
	    EVP_PKEY_decrypt(ctx, room, &len, in.at, in.len) == 1;

	EVP_PKEY_CTX_free(ctx);
	if (!opened || len != 32)
		return ERR_AUTH;
	memcpy(out, room, 32);
	return ERR_OK;
}

static bool
cfb_decrypt(const uint8_t key[static 16], struct span in, uint8_t *out)
{
	static const uint8_t zero[16];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;
	const bool done = EVP_DecryptInit_ex(ctx, EVP_aes_128_cfb128(), NULL,
	    key, zero) == 1 && EVP_DecryptUpdate(ctx, out, &len, in.at,
	    (int)in.len) == 1;

	EVP_CIPHER_CTX_free(ctx);
	return done;
}

static enum err
unprotect(struct span seed, struct span name, struct span mac,
    struct span hidden, uint8_t out[static 64], size_t *len)
{
	const struct span none = { }, parts[] = { hidden, name };
	uint8_t storage[16], integrity[32], want[32], plain[66];
	struct span rest = { plain, hidden.len }, secret;

	TRY(kdfa(HASH_SHA256, seed, "STORAGE", name, none, 128, storage));
	TRY(kdfa(HASH_SHA256, seed, "INTEGRITY", none, none, 256,
	    integrity));
	TRY(hmac(HASH_SHA256, SPAN(integrity), parts, 2, want));
	if (!span_equal(SPAN(want), mac) || hidden.len > sizeof(plain) ||
	    !cfb_decrypt(storage, hidden, plain) ||
	    !take(&rest, &secret) || rest.len != 0)
		return ERR_AUTH;
	memcpy(out, secret.at, secret.len);
	*len = secret.len;
	return ERR_OK;
}

enum err
activate(EVP_PKEY *ek, struct span name, struct span id_object,
    struct span seed, uint8_t out[static 64], size_t *len)
{
	struct span inner, secret, mac;
	uint8_t s[32];

	if (!take(&id_object, &inner) || id_object.len != 0 ||
	    !take(&inner, &mac) || !take(&seed, &secret) || seed.len != 0)
		return ERR_AUTH;
	TRY(key_is_rsa(ek) ?
	    seed_by_rsa(ek, secret, s) : seed_by_ecc(ek, secret, s));
	return unprotect(SPAN(s), name, mac, inner, out, len);
}
