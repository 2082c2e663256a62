/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/scrypt.h"

#include "crypto/check.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/pwdbased.h>

/* wolfSSL counts in ints. */
#define INPUT_MAX 4096

enum err
scrypt(struct span passphrase, struct span salt,
    const struct scrypt_price *price, uint8_t *out, size_t len)
{
	int rc;

	TRY(crypto_ready());
	if (price->cost < 1 || price->cost > SCRYPT_COST_MAX ||
	    price->block < 1 || price->block > 8 ||
	    price->lanes < 1 || price->lanes > 16 ||
	    passphrase.len > INPUT_MAX || salt.len > INPUT_MAX || len > 64)
		return ERR_LIMIT;
	rc = wc_scrypt(out, passphrase.at, (int)passphrase.len, salt.at,
	    (int)salt.len, (int)price->cost, (int)price->block,
	    (int)price->lanes, (int)len);
	crypto_scrub();
	return crypto_check(rc, "wc_scrypt");
}
