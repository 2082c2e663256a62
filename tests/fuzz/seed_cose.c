/* SPDX-License-Identifier: GPL-2.0-or-later */

/* seed_cose DIR: something good for each door of fuzz_cose. */

#include <stdio.h>
#include <stdlib.h>

#include "cose/cwt.h"
#include "cose/encrypt.h"
#include "crypto/drbg.h"

static const uint8_t bytes[32] = { 0, 1, 2, 3, 4, 5, 0x46, 7, 0x88 };

static enum err
put(const char *dir, char door, struct span seed)
{
	char path[4096];
	FILE *f;
	int ok;

	if ((size_t)snprintf(path, sizeof(path), "%s/cose-%c-%zu", dir, door,
	    seed.len) >= sizeof(path) || (f = fopen(path, "wb")) == NULL)
		return ERR_HARDWARE;
	ok = fputc(door, f) == door &&
	    fwrite(seed.at, 1, seed.len, f) == seed.len;
	return fclose(f) == 0 && ok ? ERR_OK : ERR_HARDWARE;
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
		TRY(put(dir, 'k', (struct span){ out, n }));
	}
	return ERR_OK;
}

static enum err
put_signed(const char *dir, const struct signer *s)
{
	const struct cwt c = {
		.has = CWT_BIT(CWT_CNF) | CWT_BIT(CWT_ARG) |
		    CWT_BIT(CWT_ATT) | CWT_BIT(CWT_NBF),
		.iss = span_text("cryptod"), .sub = span_text("op:alice"),
		.auds = 2, .aud = { span_text("a"), span_text("b") },
		.exp = 1700000120, .nbf = 1, .iat = 1700000000, .pol = 3,
		.jti = { bytes, 16 }, .cnf = s->key,
		.scope = span_text("log:read log:tail"),
		.nonce = SPAN(bytes), .arg = SPAN(bytes),
		.att = { SPAN(bytes), 1, 2 },
	};
	uint8_t out[TOKEN_MAX];
	size_t n;

	TRY(cwt_encode(&c, out, sizeof(out), &n));
	TRY(put(dir, 'c', (struct span){ out, n }));
	TRY(token_sign(s, &c, out, &n));
	TRY(put(dir, '0' + SIGN1_TOKEN, (struct span){ out, n }));
	TRY(put(dir, '0' + SIGN1_FOREIGN, (struct span){ out, n }));
	TRY(cose_sign_detached(s, "", SPAN(bytes), out, sizeof(out), &n));
	TRY(put(dir, '0' + SIGN1_DETACHED, (struct span){ out, n }));
	TRY(cose_sign_embedded(s, "", SPAN(bytes), out, sizeof(out), &n));
	return put(dir, '0' + SIGN1_EMBEDDED, (struct span){ out, n });
}

static enum err
put_all(const char *dir)
{
	struct secret *seed OWNED(secret_drop) = NULL;
	struct secret *priv OWNED(secret_drop) = NULL;
	struct cose_pair to OWNED(cose_pair_drop) = { .priv = NULL };
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	uint8_t out[COSE_WRAP_MAX];
	struct signer signer;
	size_t n;

	TRY(secret_copy(SPAN(bytes), &seed));
	TRY(signer_ed25519(seed, &signer));
	TRY(put_keys(dir));
	TRY(put_signed(dir, &signer));
	TRY(drbg_new(SPAN(bytes), SPAN(bytes), SPAN(bytes), &drbg));
	TRY(secret_new(32, &priv));
	memset(secret_expose(priv), 1, 32);
	TRY(cose_pair_of(COSE_X25519, &priv, &to));
	TRY(cose_wrap(&to.key, SPAN(bytes), (const uint8_t[32]){ 0 },
	    "6f1c0a57-0d0b-4bd4-8d1e-0c9a6f0f2a11", drbg, out, sizeof(out),
	    &n));
	return put(dir, 'w', (struct span){ out, n });
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seed_cose DIR\n");
		return 2;
	}
	return put_all(argv[1]) == ERR_OK ? 0 : 1;
}
