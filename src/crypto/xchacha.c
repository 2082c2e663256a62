/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/own.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/check.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/chacha.h>
#include <wolfssl/wolfcrypt/poly1305.h>

/*
 * draft-irtf-cfrg-xchacha-03, 2.3, from wolfSSL's ChaCha and Poly1305.  Its
 * own one-shot call decrypts before it looks at the tag, and in place it
 * would then authenticate the plaintext.
 *
 * Block 0 of the stream gives the one-time key of the tag, the text begins
 * with block 1.
 */
struct stream {
	ChaCha		 chacha;
	Poly1305	 poly;
	uint8_t		 block[CHACHA_CHUNK_BYTES];
};

static void
drop_stream(struct stream *s)
{
	explicit_bzero(s, sizeof(*s));
	crypto_scrub();
}

static enum err
start(struct stream *s, const uint8_t *key, const uint8_t *nonce)
{
	TRY(crypto_ready());
	TRY(crypto_check(wc_XChacha_SetKey(&s->chacha, key, AEAD_KEY_LEN,
	    nonce, XCHACHA_NONCE_LEN, 0), "wc_XChacha_SetKey"));
	TRY(crypto_check(wc_Chacha_Process(&s->chacha, s->block, s->block,
	    sizeof(s->block)), "wc_Chacha_Process"));
	return crypto_check(wc_Poly1305SetKey(&s->poly, s->block, 32),
	    "wc_Poly1305SetKey");
}

/* The additional data padded to a block, the ciphertext likewise, then both
 * lengths.  wolfSSL wants a pointer even to nothing. */
static enum err
tag_of(struct stream *s, struct span aad, struct span cipher, uint8_t *tag)
{
	static const uint8_t nothing[1];

	return crypto_check(wc_Poly1305_MAC(&s->poly,
	    aad.len > 0 ? aad.at : nothing, (word32)aad.len,
	    cipher.len > 0 ? cipher.at : nothing, (word32)cipher.len, tag,
	    AEAD_TAG_LEN), "wc_Poly1305_MAC");
}

static enum err
process(struct stream *s, struct span in, uint8_t *out)
{
	if (in.len == 0)
		return ERR_OK;
	return crypto_check(wc_Chacha_Process(&s->chacha, out, in.at,
	    (word32)in.len), "wc_Chacha_Process");
}

enum err
xchacha_seal(const uint8_t key[static AEAD_KEY_LEN],
    const uint8_t nonce[static XCHACHA_NONCE_LEN], struct span aad,
    struct span in, uint8_t *out)
{
	struct stream s OWNED(drop_stream) = { };

	if (in.len > AEAD_TEXT_MAX || aad.len > AEAD_TEXT_MAX)
		return ERR_LIMIT;
	TRY(start(&s, key, nonce));
	TRY(process(&s, in, out));
	return tag_of(&s, aad, (struct span){ out, in.len }, out + in.len);
}

static enum err
open_stream(struct stream *s, struct span aad, struct span cipher,
    const uint8_t *tag, uint8_t *out)
{
	uint8_t want[AEAD_TAG_LEN];

	TRY(tag_of(s, aad, cipher, want));
	if (!secret_equal(want, tag, sizeof(want)))
		return ERR_AUTH;
	return process(s, cipher, out);
}

enum err
xchacha_open(const uint8_t key[static AEAD_KEY_LEN],
    const uint8_t nonce[static XCHACHA_NONCE_LEN], struct span aad,
    struct span in, uint8_t *out)
{
	const size_t len = in.len - AEAD_TAG_LEN;
	struct stream s OWNED(drop_stream) = { };
	enum err e;

	if (in.len < AEAD_TAG_LEN)
		return ERR_AUTH;
	if (len > AEAD_TEXT_MAX || aad.len > AEAD_TEXT_MAX)
		return ERR_LIMIT;
	e = start(&s, key, nonce);
	if (e == ERR_OK)
		e = open_stream(&s, aad, (struct span){ in.at, len },
		    in.at + len, out);
	if (e != ERR_OK)
		explicit_bzero(out, len);
	return e;
}
