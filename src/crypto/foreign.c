/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/foreign.h"

#include <string.h>

#include "base/own.h"
#include "crypto/aead.h"
#include "crypto/check.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

enum { WRAPPED_MIN = 24, WRAPPED_MAX = 4096, BLOCK = 8 };

static void
drop_aes(Aes *aes)
{
	wc_AesFree(aes);
	explicit_bzero(aes, sizeof(*aes));
}

static bool
is_key(struct span key)
{
	return key.len == 16 || key.len == 24 || key.len == 32;
}

/* The peer's doing, which crypto_check() knows of our own modes only. */
static enum err
check_open(int rc, const char *what)
{
	return rc == AES_CCM_AUTH_E || rc == BAD_KEYWRAP_IV_E ? ERR_AUTH :
	    crypto_check(rc, what);
}

/* What both modes begin with. */
static enum err
begin(Aes *aes, struct span key, struct span aad, struct span in,
    size_t tag_len)
{
	TRY(crypto_ready());
	if (!is_key(key) || aad.len > AEAD_TEXT_MAX ||
	    in.len > AEAD_TEXT_MAX)
		return ERR_LIMIT;
	if (in.len < tag_len)
		return ERR_AUTH;
	return crypto_check(wc_AesInit(aes, NULL, INVALID_DEVID),
	    "wc_AesInit");
}

enum err
foreign_gcm_open(struct span key, struct span nonce, struct span aad,
    struct span in, size_t tag_len, uint8_t *out)
{
	Aes aes OWNED(drop_aes) = { };
	const size_t len = in.len - tag_len;

	if (nonce.len == 0 || tag_len < 12 || tag_len > 16)
		return ERR_LIMIT;
	TRY(begin(&aes, key, aad, in, tag_len));
	TRY(crypto_check(wc_AesGcmSetKey(&aes, key.at, (word32)key.len),
	    "wc_AesGcmSetKey"));
	return crypto_check(wc_AesGcmDecrypt(&aes, out, in.at, (word32)len,
	    nonce.at, (word32)nonce.len, in.at + len, (word32)tag_len,
	    aad.at, (word32)aad.len), "wc_AesGcmDecrypt");
}

enum err
foreign_ccm_open(struct span key, struct span nonce, struct span aad,
    struct span in, size_t tag_len, uint8_t *out)
{
	Aes aes OWNED(drop_aes) = { };
	const size_t len = in.len - tag_len;

	if (nonce.len < 7 || nonce.len > 13 || tag_len < 4 || tag_len > 16 ||
	    tag_len % 2 != 0)
		return ERR_LIMIT;
	TRY(begin(&aes, key, aad, in, tag_len));
	TRY(crypto_check(wc_AesCcmSetKey(&aes, key.at, (word32)key.len),
	    "wc_AesCcmSetKey"));
	return check_open(wc_AesCcmDecrypt(&aes, out, in.at, (word32)len,
	    nonce.at, (word32)nonce.len, in.at + len, (word32)tag_len,
	    aad.at, (word32)aad.len), "wc_AesCcmDecrypt");
}

enum err
foreign_unwrap(struct span kek, struct span in, uint8_t *out)
{
	int n;

	TRY(crypto_ready());
	if (!is_key(kek) || in.len < WRAPPED_MIN || in.len > WRAPPED_MAX ||
	    in.len % BLOCK != 0)
		return ERR_LIMIT;
	n = wc_AesKeyUnWrap(kek.at, (word32)kek.len, in.at, (word32)in.len,
	    out, (word32)(in.len - BLOCK), NULL);
	return n == (int)in.len - BLOCK ? ERR_OK :
	    check_open(n < 0 ? n : BAD_KEYWRAP_IV_E, "wc_AesKeyUnWrap");
}

static void
drop_point(ecc_point **p)
{
	wc_ecc_del_point(*p);
}

enum err
foreign_point(const uint8_t x[static 32], bool odd, uint8_t y[static 32])
{
	ecc_point *p OWNED(drop_point) = wc_ecc_new_point();
	uint8_t bytes[33] = { odd ? 3 : 2 };

	TRY(crypto_ready());
	if (p == NULL)
		return crypto_check(MEMORY_E, "wc_ecc_new_point");
	memcpy(bytes + 1, x, 32);
	if (wc_ecc_import_point_der_ex(bytes, sizeof(bytes),
	    wc_ecc_get_curve_idx(ECC_SECP256R1), p, 0) != 0)
		return ERR_AUTH;
	return crypto_check(mp_to_unsigned_bin_len(p->y, y, 32),
	    "mp_to_unsigned_bin_len");
}
