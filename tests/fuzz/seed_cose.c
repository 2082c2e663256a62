/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Something good for each door of fuzz_cose. */

#include <stdio.h>

#include "base/own.h"
#include "cose/encrypt.h"
#include "cose/mac0.h"
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

/* Others' objects, as in tests/unit/test_foreign.c; the second byte is the
 * kind (see fuzz_cose.c). */
static const struct {
	uint8_t		 who;
	const char	*hex;
} foreign[] = {
	{ 0, "d08343a10103a1054c040404040404040404040404581d81a256851dec83080f"
	    "8994fb0d5d57d4fdc3433c29dd677b500901443f" },
	{ 1, "d18443a10105a04d636f727265637420686f7273655820819d0f0a8ce5b340"
	    "0edf43de3ae50fa9f9ad9b3b20b6f61ea30d63fb02ef7336" },
	{ 2, "d8608443a10102a1054c040404040404040404040404581ddbd8b97c5116b4"
	    "712e3d286c0d1b6af5f8fdc303520e8100824697b519818340a10124582093"
	    "f5afbaa7658ff2deeda7c7596d3b73d9451b792b8f1c90c71c50f86c9511c5" },
	{ 2, "d8608444a1011821a1054707070707070707581d1c6cbf55653f21816f9415"
	    "f58993ef4693164d5007b546e39f07705953818344a101381ea120a3010120"
	    "04215820ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05"
	    "870e587d595828f7079b5569a2cc7301deccbd41038788cb1be334ac8d27ea"
	    "bd885f2fb3473f1fd8c72bdb2b463dd8" },
	{ 3, "d8618543a10106a04d636f727265637420686f7273655830917918e6aa576c"
	    "6717461cd6beaf7bbd0cc49865b9bcd16c7603366d24f38dcce02d34b6d0f1"
	    "59be0cb967020b0f4d6e818340a101245838b2730a2787e1b95ec12f79d38e"
	    "7abbc657236c9542d47286ce513c81edf364d7927d20aed3e9b997d6d7499d"
	    "56d65ed4c6fab1c9ef8e8263" },
};

static const char foreign_sign1[] =
    "d28444a1013823a04d636f727265637420686f7273655840f90290906db0a80b"
    "4a619cf73a2bdafbbb601b51334e1a1b7dbf07e9edcb8b17a96b7b29e6733f50"
    "824bd119943e4ffab143133a7a4dd2b4c84e7eb832a2bbb0";

static size_t
unhex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;
	unsigned byte;

	while (n < cap && sscanf(hex + 2 * n, "%2x", &byte) == 1)
		out[n++] = (uint8_t)byte;
	return n;
}

static enum err
put_foreign(const char *dir)
{
	uint8_t sign1[256];

	TRY(put(dir, 's', "foreign", (struct span){ sign1,
	    unhex(foreign_sign1, sign1, sizeof(sign1)) }));
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		const char suffix[] = { (char)('0' + i), '\0' };
		uint8_t out[512] = { foreign[i].who };

		TRY(put(dir, 'f', suffix, (struct span){ out, 1 +
		    unhex(foreign[i].hex, out + 1, sizeof(out) - 1) }));
	}
	return ERR_OK;
}

static enum err
put_mac0(const char *dir)
{
	struct secret *key OWNED(secret_drop) = NULL;
	uint8_t out[128];
	size_t n;

	TRY(secret_new(32, &key));
	memset(secret_expose(key), 0x22, 32);
	TRY(cose_mac0(MAC_HS256, key, "", SPAN(bytes), false, out,
	    sizeof(out), &n));
	return put(dir, 'm', "mac0", (struct span){ out, n });
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
	TRY(put_mac0(dir));
	TRY(put_foreign(dir));
	TRY(drbg_new(SPAN(bytes), SPAN(bytes), SPAN(bytes), &drbg));
	TRY(put_wrapped(dir, COSE_X25519, drbg));
	return put_wrapped(dir, COSE_P256, drbg);
}
