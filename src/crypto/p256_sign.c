/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "crypto/check.h"
#include "crypto/drbg.h"
#include "crypto/ecdh.h"
#include "crypto/ecdsa.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>

/*
 * Not by wc_ecc_sign_hash(): that wants a random generator, and wolfSSL's
 * opens /dev/urandom.
 *
 *	r = (k G).x mod n	s = (k b)^-1 (z b + r d b) mod n
 *
 * b is a random factor, so that what wolfSSL's arithmetic takes time for is
 * neither k nor d.
 */
struct signing {
	mp_int	 n, k, b, d, z, r, s;
	uint8_t	 nonce[P256_LEN], blind[P256_LEN];
	uint8_t	 x[P256_LEN], y[P256_LEN];
};

static void
drop_signing(struct signing *s)
{
	explicit_bzero(s, sizeof(*s));
	crypto_scrub();
}

static enum err
number(mp_int *m, const uint8_t *from)
{
	TRY(crypto_check(mp_init(m), "mp_init"));
	return crypto_check(mp_read_unsigned_bin(m, from, P256_LEN),
	    "mp_read_unsigned_bin");
}

static enum err
load(struct signing *s, const uint8_t *priv, const uint8_t *digest)
{
	static const uint8_t order[P256_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
		0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
	};

	TRY(number(&s->n, order));
	TRY(number(&s->k, s->nonce));
	TRY(number(&s->b, s->blind));
	TRY(number(&s->d, priv));
	TRY(number(&s->z, digest));
	TRY(number(&s->r, s->x));
	return crypto_check(mp_init(&s->s), "mp_init");
}

/* What is signed and the key go into the nonce, beside the kernel's random
 * bytes: a generator that repeats itself does not repeat it. */
static enum err
draw(struct signing *s, const uint8_t *priv, const uint8_t *digest)
{
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	uint8_t extra[2 * P256_LEN];
	enum err e;

	memcpy(extra, priv, P256_LEN);
	memcpy(extra + P256_LEN, digest, P256_LEN);
	e = drbg_from_system(span_text("anchorhold/1 ecdsa nonce"),
	    SPAN(extra), &drbg);
	explicit_bzero(extra, sizeof(extra));
	TRY(e);
	TRY(p256_make(drbg, s->nonce));
	return p256_make(drbg, s->blind);
}

static enum err
solve(struct signing *s)
{
	TRY(crypto_check(mp_mod(&s->r, &s->n, &s->r), "mp_mod"));
	TRY(crypto_check(mp_mulmod(&s->d, &s->b, &s->n, &s->d), "mp_mulmod"));
	TRY(crypto_check(mp_mulmod(&s->d, &s->r, &s->n, &s->d), "mp_mulmod"));
	TRY(crypto_check(mp_mulmod(&s->z, &s->b, &s->n, &s->z), "mp_mulmod"));
	TRY(crypto_check(mp_addmod(&s->z, &s->d, &s->n, &s->z), "mp_addmod"));
	TRY(crypto_check(mp_mulmod(&s->k, &s->b, &s->n, &s->k), "mp_mulmod"));
	TRY(crypto_check(mp_invmod(&s->k, &s->n, &s->k), "mp_invmod"));
	return crypto_check(mp_mulmod(&s->k, &s->z, &s->n, &s->s),
	    "mp_mulmod");
}

enum err
p256_sign(const uint8_t priv[static P256_LEN],
    const uint8_t digest[static P256_LEN], uint8_t sig[static P256_SIG_LEN])
{
	struct signing s OWNED(drop_signing) = { };
	uint8_t x[P256_LEN], y[P256_LEN];

	TRY(p256_public(priv, x, y));
	TRY(draw(&s, priv, digest));
	TRY(p256_public(s.nonce, s.x, s.y));
	TRY(load(&s, priv, digest));
	TRY(solve(&s));
	TRY(crypto_check(mp_to_unsigned_bin_len(&s.r, sig, P256_LEN),
	    "mp_to_unsigned_bin_len"));
	TRY(crypto_check(mp_to_unsigned_bin_len(&s.s, sig + P256_LEN,
	    P256_LEN), "mp_to_unsigned_bin_len"));
	/* One of 2^255 has an r or s of zero; that one does not verify. */
	if (p256_low_s(sig) != ERR_OK ||
	    p256_verify(x, y, digest, sig) != ERR_OK) {
		explicit_bzero(sig, P256_SIG_LEN);
		return log_err(ERR_INTERNAL, "a signature did not verify");
	}
	return ERR_OK;
}
