/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/foreign.h"

#include <string.h>

#include "base/own.h"
#include "crypto/check.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/rsa.h>

enum { MSG_MAX = 1 << 20, RSA_MAX = 512 };

static const struct {
	enum wc_HashType	type;
	int			mgf;
} hashes[] = {
	[HASH_SHA1]	= { WC_HASH_TYPE_SHA, WC_MGF1SHA1 },
	[HASH_SHA256]	= { WC_HASH_TYPE_SHA256, WC_MGF1SHA256 },
	[HASH_SHA384]	= { WC_HASH_TYPE_SHA384, WC_MGF1SHA384 },
	[HASH_SHA512]	= { WC_HASH_TYPE_SHA512, WC_MGF1SHA512 },
};

static enum err
digest_of(enum hash_alg hash, struct span msg,
    uint8_t out[static HASH_LEN_MAX])
{
	TRY(crypto_ready());
	if (msg.len > MSG_MAX)
		return ERR_LIMIT;
	return crypto_check(wc_Hash(hashes[hash].type, msg.at,
	    (word32)msg.len, out, (word32)hash_len(hash)), "wc_Hash");
}

static void
drop_ecc(ecc_key *key)
{
	wc_ecc_free(key);
}

static int
curve_of(size_t len)
{
	return len == 32 ? ECC_SECP256R1 : len == 48 ? ECC_SECP384R1 :
	    len == 66 ? ECC_SECP521R1 : ECC_CURVE_INVALID;
}

/* Whoever asks believes in the key: it is not looked at further. */
static enum err
load_point(ecc_key *key, struct span x, struct span y)
{
	const int curve = curve_of(x.len);

	if (curve == ECC_CURVE_INVALID || y.len != x.len)
		return ERR_LIMIT;
	TRY(crypto_check(wc_ecc_init(key), "wc_ecc_init"));
	return crypto_check(wc_ecc_import_unsigned(key, x.at, y.at, NULL,
	    curve), "wc_ecc_import_unsigned");
}

enum err
foreign_ecdsa_verify(struct span x, struct span y, enum hash_alg hash,
    struct span msg, struct span sig)
{
	uint8_t digest[HASH_LEN_MAX], der[ECC_MAX_SIG_SIZE];
	ecc_key key OWNED(drop_ecc) = { };
	word32 der_len = sizeof(der);
	int verified = 0;

	TRY(digest_of(hash, msg, digest));
	TRY(load_point(&key, x, y));
	if (sig.len != 2 * x.len ||
	    wc_ecc_rs_raw_to_sig(sig.at, (word32)x.len, sig.at + x.len,
	    (word32)x.len, der, &der_len) != 0)
		return ERR_AUTH;
	return wc_ecc_verify_hash(der, der_len, digest,
	    (word32)hash_len(hash), &verified, &key) == 0 && verified == 1 ?
	    ERR_OK : ERR_AUTH;
}

static void
drop_rsa(RsaKey *key)
{
	wc_FreeRsaKey(key);
}

enum err
foreign_pss_verify(struct span n, struct span e, enum hash_alg hash,
    struct span msg, struct span sig)
{
	uint8_t digest[HASH_LEN_MAX], plain[RSA_MAX];
	RsaKey key OWNED(drop_rsa) = { };

	TRY(digest_of(hash, msg, digest));
	if (n.len < RSA_MAX / 2 || n.len > RSA_MAX || e.len == 0 ||
	    e.len > 8)
		return ERR_LIMIT;
	TRY(crypto_check(wc_InitRsaKey(&key, NULL), "wc_InitRsaKey"));
	TRY(crypto_check(wc_RsaPublicKeyDecodeRaw(n.at, (word32)n.len, e.at,
	    (word32)e.len, &key), "wc_RsaPublicKeyDecodeRaw"));
	return wc_RsaPSS_VerifyCheck((byte *)(uintptr_t)sig.at,
	    (word32)sig.len, plain, sizeof(plain), digest,
	    (word32)hash_len(hash), hashes[hash].type, hashes[hash].mgf,
	    &key) > 0 ? ERR_OK : ERR_AUTH;
}
