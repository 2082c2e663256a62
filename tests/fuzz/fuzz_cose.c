/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/own.h"
#include "cose/encrypt.h"
#include "cose/foreign.h"
#include "cose/mac0.h"
#include "cose/sign1.h"
#include "tests/fuzz/fuzz.h"

/* What was taken apart, and what was opened. */
enum {
	KEY_ED25519, KEY_X25519, KEY_P256, DETACHED, EMBEDDED, TOKEN, FOREIGN,
	WRAP_X25519, WRAP_P256, MAC0, OPENED_ENCRYPT0, OPENED_MAC0,
	OPENED_ENCRYPT, OPENED_MAC, VERIFIED, DOORS
};
static struct reach taken[DOORS] = {
	[KEY_ED25519]	= { "key-ed25519", 0 },
	[KEY_X25519]	= { "key-x25519", 0 },
	[KEY_P256]	= { "key-p256", 0 },
	[DETACHED]	= { "sign1-detached", 0 },
	[EMBEDDED]	= { "sign1-embedded", 0 },
	[TOKEN]		= { "sign1-token", 0 },
	[FOREIGN]	= { "sign1-foreign", 0 },
	[WRAP_X25519]	= { "ephemeral-key-x25519", 0 },
	[WRAP_P256]	= { "ephemeral-key-p256", 0 },
	[MAC0]		= { "mac0", 0 },
	[OPENED_ENCRYPT0] = { "foreign-encrypt0", 0 },
	[OPENED_MAC0]	= { "foreign-mac0", 0 },
	[OPENED_ENCRYPT] = { "foreign-encrypt", 0 },
	[OPENED_MAC]	= { "foreign-mac", 0 },
	[VERIFIED]	= { "foreign-sign1", 0 },
};
static struct secret *shared;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	must(secret_new(32, &shared) == ERR_OK, "secret");
	memset(secret_expose(shared), 0x22, 32);
	reach("taken", taken, DOORS);
	return 0;
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
	taken[KEY_ED25519 + key.kind].times++;
}

/* A signer that gives the signature that self points to. */
static enum err
repeat(const struct signer *s, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN])
{
	(void)tbs;
	memcpy(sig, s->self, COSE_SIGNATURE_LEN);
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

	if (cose_sign1_parse(in, profile, &s) != ERR_OK)
		return;
	taken[DETACHED + profile].times++;
	if (profile == SIGN1_FOREIGN || s.alg != COSE_EDDSA)
		return;
	signer.alg = s.alg;
	memcpy(signer.kid, s.kid.at, COSE_KID_LEN);
	memcpy(sig, s.signature.at, sizeof(sig));
	must(cose_sign(&signer, profile, "", s.payload, out, sizeof(out),
	    &n) == ERR_OK, "sign");
	must(span_equal(in, (struct span){ out, n }), "another object");
}

/* The private key is 32 times 01, and one seed of each kind was made for it.
 * Nobody can make another, and that one has one encoding. */
static void
check_same(enum cose_kind kind, struct span in)
{
	static uint8_t first[2][COSE_WRAP_MAX];
	static size_t len[2];
	const int i = kind == COSE_P256;

	must(in.len <= COSE_WRAP_MAX, "too long");
	if (len[i] == 0)
		memcpy(first[i], in.at, len[i] = in.len);
	must(span_equal(in, (struct span){ first[i], len[i] }),
	    "a second one opens");
}

static void
check_wrapped(enum cose_kind kind, struct span in)
{
	static const uint8_t request[32];
	struct secret *d OWNED(secret_drop) = NULL;
	struct secret *plain OWNED(secret_drop) = NULL;
	struct cose_pair to OWNED(cose_pair_drop) = { .priv = NULL };

	must(secret_new(32, &d) == ERR_OK, "secret");
	memset(secret_expose(d), 1, 32);
	must(cose_pair_of(kind, &d, &to) == ERR_OK, "pair");
	if (cose_unwrap(&to, in, request,
	    "6f1c0a57-0d0b-4bd4-8d1e-0c9a6f0f2a11", &plain) != ERR_OK)
		return;
	must(plain != NULL && secret_len(plain) == 32, "a secret");
	check_same(kind, in);
	taken[kind == COSE_P256 ? WRAP_P256 : WRAP_X25519].times++;
}

/* What is taken is made again to the byte. */
static void
check_mac0(struct span in)
{
	static uint8_t out[65536];
	struct span payload = { NULL, 0 };
	size_t n;

	if (cose_mac0_check(in, MAC_HS256, shared, "", false, &payload) !=
	    ERR_OK)
		return;
	must(cose_mac0(MAC_HS256, shared, "", payload, false, out,
	    sizeof(out), &n) == ERR_OK, "make");
	must(span_equal(in, (struct span){ out, n }), "another Mac0");
	taken[MAC0].times++;
}

/* What others make, for the keys that the seeds are for.  A length that comes
 * out is no longer than what went in, and nothing is spoken nameless. */
static void
check_foreign(uint8_t who, struct span in)
{
	static const uint8_t priv[32] = {
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	};
	static const enum foreign_kind kinds[] = {
		FOREIGN_ENCRYPT0, FOREIGN_MAC0, FOREIGN_ENCRYPT, FOREIGN_MAC
	};
	const struct foreign_keys k = {
		.shared = secret_span(shared), .private = priv,
		.kind = who & 4 ? COSE_P256 : COSE_X25519,
	};
	static struct foreign_object o;
	static struct foreign_trace t;
	static uint8_t out[65536];
	size_t len = 0;
	enum err e = foreign_parse(in, kinds[who % 4], &o);

	if (e == ERR_OK)
		e = foreign_open(&o, &k, &t, out, &len);
	must(e != ERR_NOT_FOUND || o.why[0] != '\0', "nothing said");
	must(len <= o.content.len, "longer than it was");
	if (e == ERR_OK)
		taken[OPENED_ENCRYPT0 + who % 4].times++;
}

/* By the number 7 on P-256, as in tests/unit/test_foreign_sign.c. */
static void
check_foreign_sign1(struct span in)
{
	static const uint8_t x[32] = {
		0x8e, 0x53, 0x3b, 0x6f, 0xa0, 0xbf, 0x7b, 0x46,
		0x25, 0xbb, 0x30, 0x66, 0x7c, 0x01, 0xfb, 0x60,
		0x7e, 0xf9, 0xf8, 0xb8, 0xa8, 0x0f, 0xef, 0x5b,
		0x30, 0x06, 0x28, 0x70, 0x31, 0x87, 0xb2, 0xa3,
	};
	static const uint8_t y[32] = {
		0x73, 0xeb, 0x1d, 0xbd, 0xe0, 0x33, 0x18, 0x36,
		0x6d, 0x06, 0x9f, 0x83, 0xa6, 0xf5, 0x90, 0x00,
		0x53, 0xc7, 0x36, 0x33, 0xcb, 0x04, 0x1b, 0x21,
		0xc5, 0x5e, 0x1a, 0x86, 0xc1, 0xf4, 0x00, 0xb4,
	};
	const struct foreign_public key = { .x = SPAN(x), .y = SPAN(y) };
	const struct span none = { NULL, 0 };
	static struct foreign_object o;
	static struct foreign_trace t;

	if (foreign_parse(in, FOREIGN_SIGN1, &o) != ERR_OK ||
	    foreign_verify(&o, &key, none, none, &t) != ERR_OK)
		return;
	must(span_equal(o.content, span_text("correct horse")), "forged");
	taken[VERIFIED].times++;
}

/* The first byte chooses the door. */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct span rest = { in + 1, len - 1 };

	if (len < 2 || len > 65536)
		return 0;
	switch (in[0]) {
	case 'f':
		check_foreign(in[1], (struct span){ in + 2, len - 2 });
		break;
	case 's':
		check_foreign_sign1(rest);
		break;
	case 'k':
		check_key(rest);
		break;
	case 'm':
		check_mac0(rest);
		break;
	case 'p':
		check_wrapped(COSE_P256, rest);
		break;
	case 'w':
		check_wrapped(COSE_X25519, rest);
		break;
	default:
		check_sign1(rest, (enum sign1_profile)(in[0] % 4));
	}
	return 0;
}
