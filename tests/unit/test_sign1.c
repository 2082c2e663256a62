/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/sign1.h"
#include "crypto/ed25519.h"

#define AAD "anchorhold/1 test"

/* The kid of the key that start() makes from the seed 00 01 .. 1f. */
#define KID "50be5de2f4bcdc383add3fc9827d345f1a"

static struct signer signer;
static struct secret *seed;
static const struct span payload = { (const uint8_t *)"payload", 7 };

static int
start(void **state)
{
	(void)state;
	if (secret_new(32, &seed) != ERR_OK)
		return -1;
	for (uint8_t i = 0; i < 32; i++)
		secret_expose(seed)[i] = i;
	return signer_ed25519(seed, &signer) == ERR_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	secret_drop(&seed);
	return 0;
}

/* An object put together from hex, over a signature that is always good:
 * "@" stands for its head and bytes. */
struct built {
	uint8_t	at[512];
	size_t	len;
};

static struct span
build(struct built *b, const char *before, const char *signed_header,
    const char *after)
{
	uint8_t header[256], tbs[512], sig[COSE_SIGNATURE_LEN];
	struct writer w = writer_of(tbs, sizeof(tbs));
	size_t n = unhex(signed_header, header, sizeof(header));

	assert_err(item_put_array(&w, 4), ERR_OK);
	assert_err(item_put_key(&w, "Signature1"), ERR_OK);
	assert_err(item_put_bytes(&w, (struct span){ header, n }), ERR_OK);
	assert_err(item_put_bytes(&w, span_text(AAD)), ERR_OK);
	assert_err(item_put_bytes(&w, payload), ERR_OK);
	assert_err(ed25519_sign(secret_expose(seed), signer.key.x,
	    (struct span){ tbs, (size_t)(w.at - tbs) }, sig), ERR_OK);

	b->len = unhex(before, b->at, sizeof(b->at));
	memcpy(b->at + b->len, sig, sizeof(sig));
	b->len += sizeof(sig);
	b->len += unhex(after, b->at + b->len, sizeof(b->at) - b->len);
	return (struct span){ b->at, b->len };
}

#define OURS	"a20127 04" KID			/* {1: -8, 4: kid} */
#define TOKEN	"a30127 04" KID "10183d"	/* and 16: 61 */
#define BODY	"477061796c6f6164"		/* h'payload' */

/* Everything before the signature, the header that is signed, what follows
 * the signature. */
static const struct shape {
	const char		*name;
	enum sign1_profile	 profile;
	const char		*before;
	const char		*header;
	const char		*after;
	enum err		 want;
} shapes[] = {
	{ "detached", SIGN1_DETACHED, "d284 55" OURS "a0 f6 5840", OURS, "", ERR_OK },
	{ "embedded", SIGN1_EMBEDDED, "d284 55" OURS "a0" BODY "5840", OURS, "", ERR_OK },
	{ "token", SIGN1_TOKEN, "d83d d284 5818" TOKEN "a0" BODY "5840", TOKEN, "", ERR_OK },
	{ "no tag", SIGN1_DETACHED, "84 55" OURS "a0 f6 5840", OURS, "", ERR_MALFORMED },
	{ "tag 98", SIGN1_DETACHED, "d862 84 55" OURS "a0 f6 5840", OURS, "", ERR_MALFORMED },
	{ "a token's tag", SIGN1_EMBEDDED, "d83d d284 55" OURS "a0" BODY "5840", OURS, "", ERR_MALFORMED },
	{ "a token without its tag", SIGN1_TOKEN, "d284 5818" TOKEN "a0" BODY "5840", TOKEN, "", ERR_MALFORMED },
	{ "a token without a type", SIGN1_TOKEN, "d83d d284 55" OURS "a0" BODY "5840", OURS, "", ERR_MALFORMED },
	{ "a token of another type", SIGN1_TOKEN, "d83d d284 5818" "a30127 04" KID "10183c" "a0" BODY "5840", "a30127 04" KID "10183c", "", ERR_MALFORMED },
	{ "a type that is no token's", SIGN1_DETACHED, "d284 5818" TOKEN "a0 f6 5840", TOKEN, "", ERR_MALFORMED },
	{ "a token without payload", SIGN1_TOKEN, "d83d d284 5818" TOKEN "a0 f6 5840", TOKEN, "", ERR_MALFORMED },
	{ "embedded where detached is meant", SIGN1_DETACHED, "d284 55" OURS "a0" BODY "5840", OURS, "", ERR_MALFORMED },
	{ "detached where embedded is meant", SIGN1_EMBEDDED, "d284 55" OURS "a0 f6 5840", OURS, "", ERR_MALFORMED },
	{ "an array of five", SIGN1_DETACHED, "d285 55" OURS "a0 f6 5840", OURS, "f6", ERR_MALFORMED },
	{ "something unprotected", SIGN1_DETACHED, "d284 55" OURS "a1 0441aa f6 5840", OURS, "", ERR_MALFORMED },
	{ "kid before alg", SIGN1_DETACHED, "d284 55" "a204" KID "0127" "a0 f6 5840", "a204" KID "0127", "", ERR_MALFORMED },
	{ "a header that says three", SIGN1_DETACHED, "d284 55" "a30127 04" KID "a0 f6 5840", "a30127 04" KID, "", ERR_MALFORMED },
	{ "no kid", SIGN1_DETACHED, "d284 43a10127 a0 f6 5840", "a10127", "", ERR_MALFORMED },
	{ "a short kid", SIGN1_DETACHED, "d284 46a20127 0441aa a0 f6 5840", "a20127 0441aa", "", ERR_MALFORMED },
	{ "an empty header", SIGN1_DETACHED, "d284 40 a0 f6 5840", "", "", ERR_MALFORMED },
	{ "a byte after the header", SIGN1_DETACHED, "d284 56" OURS "00 a0 f6 5840", OURS "00", "", ERR_MALFORMED },
	{ "a header that is no string", SIGN1_DETACHED, "d284" OURS "a0 f6 5840", OURS, "", ERR_MALFORMED },
	{ "RFC 9864's -19", SIGN1_DETACHED, "d284 55" "a20132 04" KID "a0 f6 5840", "a20132 04" KID, "", ERR_NOT_FOUND },
	{ "ES384", SIGN1_DETACHED, "d284 56" "a2013822 04" KID "a0 f6 5840", "a2013822 04" KID, "", ERR_NOT_FOUND },
	{ "63 bytes of signature", SIGN1_DETACHED, "d284 55" OURS "a0 f6 583f", OURS, "", ERR_MALFORMED },
	{ "65 bytes of signature", SIGN1_DETACHED, "d284 55" OURS "a0 f6 5841", OURS, "00", ERR_MALFORMED },
	{ "a byte after all", SIGN1_DETACHED, "d284 55" OURS "a0 f6 5840", OURS, "00", ERR_MALFORMED },
	{ "alg of another key", SIGN1_DETACHED, "d284 55" "a20126 04" KID "a0 f6 5840", "a20126 04" KID, "", ERR_AUTH },
	{ "another kid", SIGN1_DETACHED, "d284 55" "a20127 0450000102030405060708090a0b0c0d0e0f" "a0 f6 5840", "a20127 0450000102030405060708090a0b0c0d0e0f", "", ERR_AUTH },

	{ "foreign: ours", SIGN1_FOREIGN, "d284 55" OURS "a0" BODY "5840", OURS, "", ERR_OK },
	{ "foreign: a token", SIGN1_FOREIGN, "d83d d284 5818" TOKEN "a0" BODY "5840", TOKEN, "", ERR_OK },
	{ "foreign: no tag", SIGN1_FOREIGN, "84 55" OURS "a0" BODY "5840", OURS, "", ERR_OK },
	{ "foreign: another tag", SIGN1_FOREIGN, "d862 84 55" OURS "a0" BODY "5840", OURS, "", ERR_MALFORMED },
	{ "foreign: all unprotected", SIGN1_FOREIGN, "d284 40 a2 04" KID "0127" BODY "5840", "", "", ERR_OK },
	{ "foreign: h'a0' is h''", SIGN1_FOREIGN, "d284 41a0 a2 0127 04" KID BODY "5840", "", "", ERR_OK },
	{ "foreign: h'a0' is not h'a0'", SIGN1_FOREIGN, "d284 41a0 a2 0127 04" KID BODY "5840", "a0", "", ERR_AUTH },
	{ "foreign: kid unprotected", SIGN1_FOREIGN, "d284 43a10127 a1 04" KID BODY "5840", "a10127", "", ERR_OK },
	{ "foreign: as received", SIGN1_FOREIGN, "d284 55" "a204" KID "0127" "a0" BODY "5840", "a204" KID "0127", "", ERR_OK },
	{ "foreign: content type", SIGN1_FOREIGN, "d284 45a20127 0300 a1 04" KID BODY "5840", "a20127 0300", "", ERR_OK },
	{ "foreign: -19", SIGN1_FOREIGN, "d284 43a10132 a1 04" KID BODY "5840", "a10132", "", ERR_OK },
	{ "foreign: ES384", SIGN1_FOREIGN, "d284 44a1013822 a1 04" KID BODY "5840", "a1013822", "", ERR_NOT_FOUND },
	{ "foreign: alg by name", SIGN1_FOREIGN, "d284 46a1016345503a a0" BODY "5840", "a1016345503a", "", ERR_MALFORMED },
	{ "foreign: no alg", SIGN1_FOREIGN, "d284 40 a1 04" KID BODY "5840", "", "", ERR_NOT_FOUND },
	{ "foreign: alg twice", SIGN1_FOREIGN, "d284 43a10127 a2 0127 04" KID BODY "5840", "a10127", "", ERR_MALFORMED },
	{ "foreign: kid twice", SIGN1_FOREIGN, "d284 55" OURS "a1 04" KID BODY "5840", OURS, "", ERR_MALFORMED },
	{ "foreign: a byte after the header", SIGN1_FOREIGN, "d284 44a10127 00 a1 04" KID BODY "5840", "a1012700", "", ERR_MALFORMED },
	{ "foreign: something critical", SIGN1_FOREIGN, "d284 47a30127 028103 0300 a1 04" KID BODY "5840", "a30127 028103 0300", "", ERR_NOT_FOUND },
};

static void
test_shape(void **state)
{
	const struct shape *row = *state;
	struct built b;
	struct span whole = build(&b, row->before, row->header, row->after);
	struct sign1 s;
	enum err e = cose_sign1_parse(whole, row->profile, &s);

	if (e == ERR_OK && row->profile == SIGN1_DETACHED)
		e = cose_check_detached(whole, &signer.key, AAD, payload);
	else if (e == ERR_OK)
		e = cose_sign1_verify(&s, &signer.key, span_text(AAD),
		    (struct span){ NULL, 0 });
	assert_err(e, row->want);
	if (row->want != ERR_OK)
		return;
	assert_int_equal(s.detached, row->profile == SIGN1_DETACHED);
	if (!s.detached)
		assert_true(span_equal(s.payload, payload));
	assert_true(span_equal(s.kid, SPAN(signer.kid)));
}

/* What we sign is byte for byte the shape above. */
static void
test_what_is_signed_is_what_is_read(void **state)
{
	static const enum sign1_profile profiles[] = {
		SIGN1_DETACHED, SIGN1_EMBEDDED, SIGN1_TOKEN
	};
	uint8_t out[512];
	struct built b;
	size_t len;

	(void)state;
	for (size_t i = 0; i < ROWS(profiles); i++) {
		struct span want = build(&b, shapes[i].before,
		    shapes[i].header, "");

		assert_err(cose_sign(&signer, profiles[i], AAD, payload, out,
		    sizeof(out), &len), ERR_OK);
		assert_int_equal(len, want.len);
		assert_memory_equal(out, want.at, len);
		for (size_t cap = 0; cap < len; cap += 7)
			assert_err(cose_sign(&signer, profiles[i], AAD,
			    payload, out, cap, &len), ERR_LIMIT);
	}
	assert_true(sizeof(out) > COSE_DETACHED_MAX);
}

static void
test_every_flipped_bit_is_refused(void **state)
{
	uint8_t out[512];
	struct span inside;
	size_t len;

	(void)state;
	assert_err(cose_sign_embedded(&signer, AAD, payload, out, sizeof(out),
	    &len), ERR_OK);
	assert_err(cose_check_embedded((struct span){ out, len },
	    &signer.key, AAD, &inside), ERR_OK);
	assert_true(span_equal(inside, payload));
	for (size_t i = 0; i < len * 8; i++) {
		out[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_true(cose_check_embedded((struct span){ out, len },
		    &signer.key, AAD, &inside) != ERR_OK);
		out[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t cut = 0; cut < len; cut++)
		assert_err(cose_check_embedded((struct span){ out, cut },
		    &signer.key, AAD, &inside), ERR_MALFORMED);
}

static void
test_a_signature_is_for_its_context_and_payload(void **state)
{
	uint8_t out[COSE_DETACHED_MAX];
	struct span whole = { out, 0 };
	struct cose_key other = signer.key;
	struct sign1 s;

	(void)state;
	assert_err(cose_sign_detached(&signer, AAD, payload, out, sizeof(out),
	    &whole.len), ERR_OK);
	assert_err(cose_check_detached(whole, &signer.key, AAD, payload),
	    ERR_OK);
	assert_err(cose_check_detached(whole, &signer.key,
	    "anchorhold/1 tesu", payload), ERR_AUTH);
	assert_err(cose_check_detached(whole, &signer.key, "", payload),
	    ERR_AUTH);
	assert_err(cose_check_detached(whole, &signer.key, AAD,
	    span_text("payloae")), ERR_AUTH);
	assert_err(cose_sign1_parse(whole, SIGN1_DETACHED, &s), ERR_OK);
	assert_err(cose_sign1_verify(&s, &other, span_text(AAD), payload),
	    ERR_OK);
	other.kind = COSE_X25519;
	assert_err(cose_sign1_verify(&s, &other, span_text(AAD), payload),
	    ERR_AUTH);
}

/* A payload that is cut to fit would be signed for another. */
static void
test_what_is_too_long_is_not_signed(void **state)
{
	static uint8_t big[262144 + 512], out[sizeof(big) + 512];
	struct sign1 s = { .alg = COSE_EDDSA, .detached = true };
	size_t len;

	(void)state;
	assert_err(cose_sign_detached(&signer, AAD, SPAN(big), out,
	    sizeof(out), &len), ERR_LIMIT);
	assert_err(cose_sign_detached(&signer, AAD,
	    (struct span){ big, 262144 }, out, sizeof(out), &len), ERR_OK);
	assert_err(cose_check_detached((struct span){ out, len },
	    &signer.key, AAD, (struct span){ big, 262144 }), ERR_OK);
	s.signature = (struct span){ out, COSE_SIGNATURE_LEN };
	assert_err(cose_sign1_verify(&s, &signer.key, span_text(AAD),
	    SPAN(big)), ERR_LIMIT);
}

/* The key is SHA-256("es256"); signed outside this tree. */
static const char es256_key[] = "a4010220012158"
    "20cd005348b0fe4d0ee0619d18f128850da9f5ba459bfe81a7bb2cdf4d145e3888"
    "225820"
    "e760436bf4b9b7700fa77bc5746a5eeb1269192f502aa2ef36e322a35c18c547";
static const char es256_signed[] =
    "d28455a201260450160066451b17c6185e8eff3dbd333225a0f65840"
    "277cbde4d2b5f5ee939417e5f3243294fc33a5d91daa5205f8949dd637cb8f40"
    "5d61eb9de8d0c1254cab5d19ad3e98c92d9a05c02af5741263433781b822d5e6";
/* The same r with n - s. */
static const char es256_high_s[] =
    "a29e1461172f3edbb354a2e652c167368f4cf4ed7c222a729076934144404f6b";

/* The same key has signed with ECDSA what says that it is EdDSA. */
static const char es256_misnamed[] =
    "d28455a201270450160066451b17c6185e8eff3dbd333225a0f65840"
    "e3ccbe11cc28ba5842aac654666ac626657122fc124d60c201f0b1c98f58434a"
    "7d9cd19312cb9334428dca3fe6444fee36258889ad699b2f726305ba3ba8e8b5";

static struct cose_key
es256(uint8_t out[static COSE_DETACHED_MAX], size_t *len)
{
	uint8_t bytes[COSE_KEY_MAX];
	struct cose_key key;

	assert_err(cose_key_decode((struct span){ bytes,
	    unhex(es256_key, bytes, sizeof(bytes)) }, &key), ERR_OK);
	*len = unhex(es256_signed, out, COSE_DETACHED_MAX);
	return key;
}

static void
test_es256_verifies_with_either_s(void **state)
{
	uint8_t out[COSE_DETACHED_MAX];
	size_t len;
	struct cose_key key = es256(out, &len);
	struct sign1 s;

	(void)state;
	assert_err(cose_check_detached((struct span){ out, len }, &key, AAD,
	    payload), ERR_OK);
	for (size_t i = 0; i < len; i++) {
		out[i] ^= (uint8_t)(1 << i % 8);
		assert_true(cose_check_detached((struct span){ out, len },
		    &key, AAD, payload) != ERR_OK);
		out[i] ^= (uint8_t)(1 << i % 8);
	}
	assert_err(cose_sign1_parse((struct span){ out, len }, SIGN1_FOREIGN,
	    &s), ERR_OK);
	assert_err(cose_sign1_verify(&s, &key, span_text(AAD), payload),
	    ERR_OK);
	key.kind = COSE_X25519;
	assert_err(cose_sign1_verify(&s, &key, span_text(AAD), payload),
	    ERR_AUTH);
	key.kind = COSE_P256;
	unhex(es256_high_s, out + len - 32, 32);
	assert_err(cose_check_detached((struct span){ out, len }, &key, AAD,
	    payload), ERR_OK);
	len = unhex(es256_misnamed, out, sizeof(out));
	assert_err(cose_check_detached((struct span){ out, len }, &key, AAD,
	    payload), ERR_AUTH);
}

/* A signer elsewhere: it answers with what self points to, or fails. */
static enum err
answer(const struct signer *s, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN])
{
	(void)tbs;
	if (s->self == NULL)
		return ERR_HARDWARE;
	memcpy(sig, s->self, COSE_SIGNATURE_LEN);
	return ERR_OK;
}

static void
test_what_a_tpm_signed_is_looked_at(void **state)
{
	uint8_t good[COSE_DETACHED_MAX], out[COSE_DETACHED_MAX];
	size_t len, n;
	struct cose_key key = es256(good, &len);
	struct signer tpm = { .sign = answer, .self = NULL };

	(void)state;
	assert_err(signer_name(&tpm, &key), ERR_OK);
	assert_int_equal(tpm.alg, COSE_ES256);
	assert_err(cose_sign_detached(&tpm, AAD, payload, out, sizeof(out),
	    &n), ERR_HARDWARE);
	tpm.self = good + len - COSE_SIGNATURE_LEN;
	assert_err(cose_sign_detached(&tpm, AAD, payload, out, sizeof(out),
	    &n), ERR_OK);
	assert_int_equal(n, len);
	assert_memory_equal(out, good, len);
	good[len - 1] ^= 1;
	assert_err(cose_sign_detached(&tpm, AAD, payload, out, sizeof(out),
	    &n), ERR_AUTH);
}

static void
test_a_signer_has_a_key_that_signs(void **state)
{
	struct secret *small OWNED(secret_drop) = NULL;
	struct cose_key key = { .kind = COSE_X25519 };
	struct signer s = { 0 };

	(void)state;
	assert_err(signer_name(&s, &key), ERR_INTERNAL);
	assert_err(secret_new(31, &small), ERR_OK);
	assert_err(signer_ed25519(small, &s), ERR_INTERNAL);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(shapes) + 7] = {
		cmocka_unit_test(test_what_is_signed_is_what_is_read),
		cmocka_unit_test(test_every_flipped_bit_is_refused),
		cmocka_unit_test(
		    test_a_signature_is_for_its_context_and_payload),
		cmocka_unit_test(test_what_is_too_long_is_not_signed),
		cmocka_unit_test(test_es256_verifies_with_either_s),
		cmocka_unit_test(test_what_a_tpm_signed_is_looked_at),
		cmocka_unit_test(test_a_signer_has_a_key_that_signs),
	};

	for (size_t i = 0; i < ROWS(shapes); i++)
		tests[7 + i] = ROW_TEST(shapes[i].name, test_shape,
		    &shapes[i]);
	return cmocka_run_group_tests_name("sign1", tests, start, stop);
}
