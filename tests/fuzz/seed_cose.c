/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Something good for each door of fuzz_cose. */

#include "base/own.h"
#include "cose/encrypt.h"
#include "cose/sign1.h"
#include "crypto/drbg.h"
#include "tests/fuzz/seed.h"

static const uint8_t bytes[32] = { 0, 1, 2, 3, 4, 5, 0x46, 7, 0x88 };

static enum err
put(const char *dir, char door, const char *suffix, struct span seed)
{
	const char name[] = { door, '\0' };

	return seed_write(dir, name, suffix,
	    (struct span[]){ span_text(name), seed }, 2);
}

static enum err
put_keys(const char *dir)
{
	static const struct cose_key keys[] = {
		{ .kind = COSE_X25519, .x = { 9 } },
		{ .kind = COSE_ED25519, .x = { 3, 0xa1, 7, 0xbf, 0xf3, 0xce,
		    0x10, 0xbe, 0x1d, 0x70, 0xdd, 0x18, 0xe7, 0x4b, 0xc0,
		    0x99, 0x67, 0xe4, 0xd6, 0x30, 0x9b, 0xa5, 0x0d, 0x5f,
		    0x1d, 0xdc, 0x86, 0x64, 0x12, 0x55, 0x31, 0xb8 } },
	};
	uint8_t out[COSE_KEY_MAX];
	size_t n;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		TRY(cose_key_encode(&keys[i], out, &n));
		TRY(put(dir, 'k', i == 0 ? "x25519" : "ed25519",
		    (struct span){ out, n }));
	}
	return ERR_OK;
}

static enum err
put_signed(const char *dir, const struct signer *s)
{
	uint8_t out[1024];
	size_t n;

	for (int profile = 0; profile < SIGN1_FOREIGN; profile++) {
		TRY(cose_sign(s, (enum sign1_profile)profile, "", SPAN(bytes),
		    out, sizeof(out), &n));
		TRY(put(dir, (char)('0' + profile), "signed",
		    (struct span){ out, n }));
		TRY(put(dir, '0' + SIGN1_FOREIGN,
		    (const char[]){ (char)('0' + profile), '\0' },
		    (struct span){ out, n }));
	}
	return ERR_OK;
}

/* To the private key of fuzz_cose. */
static enum err
put_wrapped(const char *dir, enum cose_kind kind, struct drbg *drbg)
{
	struct secret *priv OWNED(secret_drop) = NULL;
	struct cose_pair to OWNED(cose_pair_drop) = { .priv = NULL };
	const char door = kind == COSE_P256 ? 'p' : 'w';
	uint8_t out[COSE_WRAP_MAX];
	size_t n;

	TRY(secret_new(32, &priv));
	memset(secret_expose(priv), 1, 32);
	TRY(cose_pair_of(kind, &priv, &to));
	TRY(cose_wrap(&to.key, SPAN(bytes), (const uint8_t[32]){ 0 },
	    "6f1c0a57-0d0b-4bd4-8d1e-0c9a6f0f2a11", drbg, out, sizeof(out),
	    &n));
	TRY(put(dir, door, "wrapped", (struct span){ out, n }));
	TRY(cose_key_encode(&to.key, out, &n));
	return put(dir, 'k', kind == COSE_P256 ? "p256" : "other",
	    (struct span){ out, n });
}

enum err
seed_all(const char *dir)
{
	struct secret *seed OWNED(secret_drop) = NULL;
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	struct signer signer;

	TRY(secret_copy(SPAN(bytes), &seed));
	TRY(signer_ed25519(seed, &signer));
	TRY(put_keys(dir));
	TRY(put_signed(dir, &signer));
	TRY(drbg_new(SPAN(bytes), SPAN(bytes), SPAN(bytes), &drbg));
	TRY(put_wrapped(dir, COSE_X25519, drbg));
	return put_wrapped(dir, COSE_P256, drbg);
}
