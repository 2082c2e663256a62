/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/secret.h"
#include "crypto/check.h"
#include "crypto/ecdh.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/curve25519.h>

static const uint8_t base_point[ECDH_LEN] = { 9 };
static const uint8_t zero[ECDH_LEN];

/* RFC 7748, 5: wolfSSL refuses a scalar that is not clamped already. */
static enum err
multiply(const uint8_t *priv, const uint8_t *point, uint8_t *out)
{
	uint8_t scalar[ECDH_LEN];
	enum err e;

	TRY(crypto_ready());
	memcpy(scalar, priv, sizeof(scalar));
	scalar[0] &= 248;
	scalar[31] = (uint8_t)((scalar[31] & 127) | 64);
	e = crypto_check(wc_curve25519_generic(ECDH_LEN, out, ECDH_LEN,
	    scalar, ECDH_LEN, point), "wc_curve25519_generic");
	explicit_bzero(scalar, sizeof(scalar));
	crypto_scrub();
	return e;
}

enum err
x25519_public(const uint8_t priv[static ECDH_LEN],
    uint8_t pub[static ECDH_LEN])
{
	return multiply(priv, base_point, pub);
}

/* A clamped scalar is a multiple of 8, so that every point of small order,
 * and no other, gives zero. */
enum err
x25519_shared(const uint8_t priv[static ECDH_LEN],
    const uint8_t peer[static ECDH_LEN], uint8_t out[static ECDH_LEN])
{
	TRY(multiply(priv, peer, out));
	return secret_equal(out, zero, sizeof(zero)) ? ERR_AUTH : ERR_OK;
}
