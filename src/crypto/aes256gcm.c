/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/own.h"
#include "crypto/aead.h"
#include "crypto/check.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/aes.h>

static void
drop_aes(Aes *aes)
{
	wc_AesFree(aes);
	explicit_bzero(aes, sizeof(*aes));
	crypto_scrub();
}

static enum err
set_key(Aes *aes, const uint8_t *key)
{
	TRY(crypto_ready());
	TRY(crypto_check(wc_AesInit(aes, NULL, INVALID_DEVID), "wc_AesInit"));
	return crypto_check(wc_AesGcmSetKey(aes, key, AEAD_KEY_LEN),
	    "wc_AesGcmSetKey");
}

enum err
aes256gcm_seal(const uint8_t key[static AEAD_KEY_LEN],
    const uint8_t iv[static AES256GCM_IV_LEN], struct span aad,
    struct span in, uint8_t *out)
{
	Aes aes OWNED(drop_aes) = { };

	if (in.len > AEAD_TEXT_MAX || aad.len > AEAD_TEXT_MAX)
		return ERR_LIMIT;
	TRY(set_key(&aes, key));
	return crypto_check(wc_AesGcmEncrypt(&aes, out, in.at, (word32)in.len,
	    iv, AES256GCM_IV_LEN, out + in.len, AEAD_TAG_LEN, aad.at,
	    (word32)aad.len), "wc_AesGcmEncrypt");
}

enum err
aes256gcm_open(const uint8_t key[static AEAD_KEY_LEN],
    const uint8_t iv[static AES256GCM_IV_LEN], struct span aad,
    struct span in, uint8_t *out)
{
	const size_t len = in.len - AEAD_TAG_LEN;
	Aes aes OWNED(drop_aes) = { };
	enum err e;

	if (in.len < AEAD_TAG_LEN)
		return ERR_AUTH;
	if (len > AEAD_TEXT_MAX || aad.len > AEAD_TEXT_MAX)
		return ERR_LIMIT;
	e = set_key(&aes, key);
	if (e == ERR_OK)
		e = crypto_check(wc_AesGcmDecrypt(&aes, out, in.at,
		    (word32)len, iv, AES256GCM_IV_LEN, in.at + len,
		    AEAD_TAG_LEN, aad.at, (word32)aad.len),
		    "wc_AesGcmDecrypt");
	if (e != ERR_OK)
		explicit_bzero(out, len);
	return e;
}
