/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/cfb.h"

#include <string.h>

#include "base/own.h"
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

enum err
aes128cfb_encrypt(const uint8_t key[static CFB_KEY_LEN],
    const uint8_t iv[static CFB_IV_LEN], struct span in, uint8_t *out)
{
	Aes aes OWNED(drop_aes) = { };

	TRY(crypto_ready());
	if (in.len > CFB_TEXT_MAX)
		return ERR_LIMIT;
	TRY(crypto_check(wc_AesInit(&aes, NULL, INVALID_DEVID),
	    "wc_AesInit"));
	TRY(crypto_check(wc_AesSetKey(&aes, key, CFB_KEY_LEN, iv,
	    AES_ENCRYPTION), "wc_AesSetKey"));
	return crypto_check(wc_AesCfbEncrypt(&aes, out, in.at,
	    (word32)in.len), "wc_AesCfbEncrypt");
}
