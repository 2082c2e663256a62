/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/sign1.h"

#include "crypto/ecdsa.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"

/* Header labels, tags and the one type of RFC 9596 that is used. */
enum {
	ALG = 1, CRIT = 2, KID = 4, TYP = 16,
	TAG_SIGN1 = 18, TAG_CWT = 61, TYP_CWT = 61
};

#define ALG_ED25519	-19		/* RFC 9864's name of COSE_EDDSA */
#define PROTECTED_MAX	64		/* of ours */
#define FOREIGN_MAX	2048		/* any string of a foreign header */
#define TBS_MAX		(262144 + 512)	/* a whole envelope's body */

/* Sig_structure (RFC 9052, 4.4). */
static enum err
put_tbs(struct writer *w, struct span protected, struct span aad,
    struct span payload)
{
	TRY(item_put_array(w, 4));
	TRY(item_put_key(w, "Signature1"));
	TRY(item_put_bytes(w, protected));
	TRY(item_put_bytes(w, aad));
	return item_put_bytes(w, payload);
}

static enum err
verify_tbs(const struct cose_key *key, enum cose_alg alg, struct span tbs,
    const uint8_t sig[static COSE_SIGNATURE_LEN])
{
	uint8_t digest[32];

	if (alg == COSE_EDDSA && key->kind == COSE_ED25519)
		return ed25519_verify(key->x, tbs, sig);
	if (alg != COSE_ES256 || key->kind != COSE_P256)
		return ERR_AUTH;
	TRY(sha256(&tbs, 1, digest));
	return p256_verify(key->x, key->y, digest, sig);
}

/* A body that is signed may hold a one-time code: the copy is wiped.  It is
 * large, so that only its length is set to nothing. */
struct tbs {
	size_t	len;
	uint8_t	at[TBS_MAX];
};

static void
tbs_drop(struct tbs *t)
{
	explicit_bzero(t->at, t->len);
}

static enum err
make_tbs(struct tbs *t, struct span protected, struct span aad,
    struct span payload)
{
	struct writer w = writer_of(t->at, sizeof(t->at));
	enum err e = put_tbs(&w, protected, aad, payload);

	t->len = (size_t)(w.at - t->at);
	return e;
}

static enum err
sign_seed(const struct signer *s, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN])
{
	return ed25519_sign(secret_expose(s->self), s->key.x, tbs, sig);
}

enum err
signer_name(struct signer *s, const struct cose_key *key)
{
	if (key->kind == COSE_X25519)
		return ERR_INTERNAL;
	s->alg = key->kind == COSE_P256 ? COSE_ES256 : COSE_EDDSA;
	s->key = *key;
	return cose_key_kid(key, s->kid);
}

enum err
signer_ed25519(struct secret *seed, struct signer *out)
{
	struct cose_key key = { .kind = COSE_ED25519 };

	if (secret_len(seed) != 32)
		return ERR_INTERNAL;
	TRY(ed25519_public(secret_expose(seed), key.x));
	*out = (struct signer){ .sign = sign_seed, .self = seed };
	return signer_name(out, &key);
}

static enum err
put_protected(struct writer *w, const struct signer *s,
    enum sign1_profile profile)
{
	/* Nothing else: a MAC, say, is not a signature. */
	if (s->alg != (s->key.kind == COSE_P256 ? COSE_ES256 : COSE_EDDSA))
		return ERR_INTERNAL;
	TRY(item_put_map(w, profile == SIGN1_TOKEN ? 3 : 2));
	TRY(item_put_int(w, ALG));
	TRY(item_put_int(w, s->alg));
	TRY(item_put_int(w, KID));
	TRY(item_put_bytes(w, SPAN(s->kid)));
	if (profile != SIGN1_TOKEN)
		return ERR_OK;
	TRY(item_put_int(w, TYP));
	return item_put_int(w, TYP_CWT);
}

static enum err
put_sign1(struct writer *w, enum sign1_profile profile, struct span protected,
    struct span payload, struct span sig)
{
	if (profile == SIGN1_TOKEN)
		TRY(item_put_tag(w, TAG_CWT));
	TRY(item_put_tag(w, TAG_SIGN1));
	TRY(item_put_array(w, 4));
	TRY(item_put_bytes(w, protected));
	TRY(item_put_map(w, 0));
	if (profile == SIGN1_DETACHED)
		TRY(item_put_null(w));
	else
		TRY(item_put_bytes(w, payload));
	return item_put_bytes(w, sig);
}

enum err
cose_sign(const struct signer *s, enum sign1_profile profile, const char *aad,
    struct span payload, uint8_t *out, size_t cap, size_t *len)
{
	struct tbs tbs OWNED(tbs_drop);
	uint8_t header[PROTECTED_MAX], sig[COSE_SIGNATURE_LEN];
	struct writer h = writer_of(header, sizeof(header));
	struct writer w = writer_of(out, cap);
	struct span protected = { header, 0 };

	tbs.len = 0;
	TRY(put_protected(&h, s, profile));
	protected.len = (size_t)(h.at - header);
	TRY(make_tbs(&tbs, protected, span_text(aad), payload));
	TRY(s->sign(s, (struct span){ tbs.at, tbs.len }, sig));

	/* A TPM's answer came over a bus; ed25519_sign looked by itself. */
	if (s->alg == COSE_ES256)
		TRY(verify_tbs(&s->key, s->alg,
		    (struct span){ tbs.at, tbs.len }, sig));
	TRY(put_sign1(&w, profile, protected, payload, SPAN(sig)));
	*len = (size_t)(w.at - out);
	return ERR_OK;
}

enum err
cose_sign_detached(const struct signer *s, const char *aad,
    struct span payload, uint8_t *out, size_t cap, size_t *len)
{
	return cose_sign(s, SIGN1_DETACHED, aad, payload, out, cap, len);
}

enum err
cose_sign_embedded(const struct signer *s, const char *aad,
    struct span payload, uint8_t *out, size_t cap, size_t *len)
{
	return cose_sign(s, SIGN1_EMBEDDED, aad, payload, out, cap, len);
}

static enum err
get_alg(struct reader *r, enum cose_alg *alg)
{
	int64_t n;

	TRY(item_int(r, &n));
	if (n != COSE_EDDSA && n != COSE_ES256)
		return ERR_NOT_FOUND;
	*alg = (enum cose_alg)n;
	return ERR_OK;
}

static enum err
get_protected(struct span bytes, enum sign1_profile profile, struct sign1 *s)
{
	struct reader r = reader_of(bytes);
	size_t n;

	TRY(item_map(&r, &n));
	if (n != (profile == SIGN1_TOKEN ? 3 : 2))
		return ERR_MALFORMED;
	TRY(item_label(&r, ALG));
	TRY(get_alg(&r, &s->alg));
	TRY(item_label(&r, KID));
	TRY(item_bytes(&r, COSE_KID_LEN, COSE_KID_LEN, &s->kid));
	if (profile == SIGN1_TOKEN) {
		TRY(item_label(&r, TYP));
		TRY(item_label(&r, TYP_CWT));
	}
	return item_done(&r);
}

/* One bucket of a foreign object: any order, any label, but alg and kid once
 * in both buckets together and nothing critical. */
static enum err
get_foreign_header(struct reader *r, int64_t *alg, struct span *kid)
{
	size_t n;

	TRY(item_map(r, &n));
	for (; n > 0; n--) {
		if (*alg == 0 && item_label(r, ALG) == ERR_OK) {
			TRY(item_int(r, alg));
		} else if (kid->at == NULL && item_label(r, KID) == ERR_OK) {
			TRY(item_bytes(r, 0, FOREIGN_MAX, kid));
		} else if (item_label(r, ALG) == ERR_OK ||
		    item_label(r, KID) == ERR_OK) {
			return ERR_MALFORMED;
		} else if (item_label(r, CRIT) == ERR_OK) {
			return ERR_NOT_FOUND;
		} else {
			TRY(item_skip(r, 4, NULL));
			TRY(item_skip(r, 4, NULL));
		}
	}
	return ERR_OK;
}

/* An empty header comes as h'' or as h'a0', and is signed as h''. */
static enum err
get_foreign(struct reader *r, struct sign1 *s)
{
	struct reader p;
	int64_t alg = 0;

	TRY(item_bytes(r, 0, FOREIGN_MAX, &s->protected));
	if (s->protected.len == 1 && s->protected.at[0] == 0xa0)
		s->protected.len = 0;
	if (s->protected.len > 0) {
		p = reader_of(s->protected);
		TRY(get_foreign_header(&p, &alg, &s->kid));
		TRY(item_done(&p));
	}
	TRY(get_foreign_header(r, &alg, &s->kid));
	if (alg != COSE_EDDSA && alg != COSE_ES256 && alg != ALG_ED25519)
		return ERR_NOT_FOUND;
	s->alg = alg == COSE_ES256 ? COSE_ES256 : COSE_EDDSA;
	return ERR_OK;
}

static enum err
get_ours(struct reader *r, enum sign1_profile profile, struct sign1 *s)
{
	size_t n;

	TRY(item_bytes(r, 0, PROTECTED_MAX, &s->protected));
	TRY(get_protected(s->protected, profile, s));
	TRY(item_map(r, &n));
	return n == 0 ? ERR_OK : ERR_MALFORMED;
}

static enum err
get_tags(struct reader *r, enum sign1_profile profile)
{
	if (profile == SIGN1_FOREIGN) {
		(void)!item_tag(r, TAG_CWT);	/* either may be left out */
		(void)!item_tag(r, TAG_SIGN1);
		return ERR_OK;
	}
	if (profile == SIGN1_TOKEN)
		TRY(item_tag(r, TAG_CWT));
	return item_tag(r, TAG_SIGN1);
}

enum err
cose_sign1_parse(struct span bytes, enum sign1_profile profile,
    struct sign1 *out)
{
	struct reader r = reader_of(bytes);
	struct sign1 s = { 0 };
	size_t n;

	TRY(get_tags(&r, profile));
	TRY(item_array(&r, &n));
	if (n != 4)
		return ERR_MALFORMED;
	TRY(profile == SIGN1_FOREIGN ? get_foreign(&r, &s) :
	    get_ours(&r, profile, &s));

	s.detached = item_null(&r) == ERR_OK;
	if (!s.detached)
		TRY(item_bytes(&r, 0, SIZE_MAX, &s.payload));
	if (profile != SIGN1_FOREIGN &&
	    s.detached != (profile == SIGN1_DETACHED))
		return ERR_MALFORMED;
	TRY(item_bytes(&r, COSE_SIGNATURE_LEN, COSE_SIGNATURE_LEN,
	    &s.signature));
	TRY(item_done(&r));
	*out = s;
	return ERR_OK;
}

enum err
cose_sign1_verify(const struct sign1 *s, const struct cose_key *key,
    struct span aad, struct span payload)
{
	struct tbs tbs OWNED(tbs_drop);

	tbs.len = 0;
	TRY(make_tbs(&tbs, s->protected, aad,
	    s->detached ? payload : s->payload));
	return verify_tbs(key, s->alg, (struct span){ tbs.at, tbs.len },
	    s->signature.at);
}

static enum err
check(struct span bytes, enum sign1_profile profile,
    const struct cose_key *key, const char *aad, struct span *payload)
{
	struct sign1 s;
	uint8_t kid[COSE_KID_LEN];

	TRY(cose_sign1_parse(bytes, profile, &s));
	TRY(cose_key_kid(key, kid));
	if (!span_equal(s.kid, SPAN(kid)))
		return ERR_AUTH;
	TRY(cose_sign1_verify(&s, key, span_text(aad), *payload));
	*payload = s.detached ? *payload : s.payload;
	return ERR_OK;
}

enum err
cose_check_detached(struct span bytes, const struct cose_key *key,
    const char *aad, struct span payload)
{
	return check(bytes, SIGN1_DETACHED, key, aad, &payload);
}

enum err
cose_check_embedded(struct span bytes, const struct cose_key *key,
    const char *aad, struct span *payload)
{
	struct span inside = { NULL, 0 };

	TRY(check(bytes, SIGN1_EMBEDDED, key, aad, &inside));
	*payload = inside;
	return ERR_OK;
}
