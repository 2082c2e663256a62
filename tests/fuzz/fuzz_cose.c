/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "cose/cwt.h"
#include "cose/encrypt.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

static void
must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* What the readers take, the writers give back unchanged. */
static void
check_key(struct span in)
{
	uint8_t out[COSE_KEY_MAX];
	struct cose_key key;
	size_t n;

	if (cose_key_decode(in, &key) != ERR_OK)
		return;
	must(cose_key_encode(&key, out, &n) == ERR_OK, "encode a key");
	must(span_equal(in, (struct span){ out, n }), "another key");
}

static void
check_claims(struct span in)
{
	static uint8_t out[262144];
	struct cwt c;
	size_t n;

	if (cwt_decode(in, &c) != ERR_OK)
		return;
	must(cwt_encode(&c, out, sizeof(out), &n) == ERR_OK, "encode claims");
	must(span_equal(in, (struct span){ out, n }), "other claims");
	must(cwt_decode_foreign(in, &c) == ERR_OK, "ours, read leniently");
}

/* A signer that gives the signature that self points to. */
static enum err
repeat(void *self, struct span tbs, uint8_t sig[static COSE_SIGNATURE_LEN])
{
	(void)tbs;
	memcpy(sig, self, COSE_SIGNATURE_LEN);
	return ERR_OK;
}

/* EdDSA only: what says ES256 is verified before it is given away. */
static void
check_sign1(struct span in, enum sign1_profile profile)
{
	static uint8_t out[262144], sig[COSE_SIGNATURE_LEN];
	struct signer signer = { .sign = repeat, .self = sig };
	struct sign1 s;
	size_t n;

	if (cose_sign1_parse(in, profile, &s) != ERR_OK ||
	    profile == SIGN1_FOREIGN || s.alg != COSE_EDDSA)
		return;
	signer.alg = s.alg;
	memcpy(signer.kid, s.kid.at, COSE_KID_LEN);
	memcpy(sig, s.signature.at, sizeof(sig));
	must(cose_sign(&signer, profile, "", s.payload, out, sizeof(out),
	    &n) == ERR_OK, "sign");
	must(span_equal(in, (struct span){ out, n }), "another object");
}

/* The private key is 32 times 01; nothing that was not made for it opens. */
static void
check_wrapped(struct span in)
{
	static const uint8_t request[32];
	struct secret *d OWNED(secret_drop) = NULL;
	struct secret *plain OWNED(secret_drop) = NULL;
	struct cose_pair to OWNED(cose_pair_drop) = { .priv = NULL };

	must(secret_new(32, &d) == ERR_OK, "secret");
	memset(secret_expose(d), 1, 32);
	must(cose_pair_of(COSE_X25519, &d, &to) == ERR_OK, "pair");
	(void)!cose_unwrap(&to, in, request,
	    "6f1c0a57-0d0b-4bd4-8d1e-0c9a6f0f2a11", &plain);
}

/* The first byte chooses the door. */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct span rest = { in + 1, len - 1 };
	struct cwt c;

	if (len == 0)
		return 0;
	switch (in[0]) {
	case 'k':
		check_key(rest);
		break;
	case 'c':
		check_claims(rest);
		(void)!cwt_decode_foreign(rest, &c);
		break;
	case 'w':
		check_wrapped(rest);
		break;
	default:
		check_sign1(rest, (enum sign1_profile)(in[0] % 4));
	}
	return 0;
}
