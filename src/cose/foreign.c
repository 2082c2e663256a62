/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/foreign.h"

#include <inttypes.h>
#include <stdio.h>

#include "cose/mac0.h"
#include "crypto/ecdh.h"
#include "crypto/foreign.h"
#include "crypto/hash.h"
#include "wire/item.h"

/* What an algorithm does; NAMED is known by its name alone. */
enum role {
	NAMED, GCM, CCM, MAC, DIRECT, DERIVE, WRAP, AGREE, ECDSA, PSS
};

static const struct alg {
	int64_t		id;
	const char	*name;
	enum role	role;
	size_t		key;		/* bytes of its key */
	size_t		nonce, tag;	/* of GCM and CCM */
	enum hash_alg	hash;		/* of DERIVE, AGREE, ECDSA and PSS */
	int64_t		wrap;		/* with which AGREE wraps; 0: not */
} algs[] = {
	{ 1, "A128GCM", GCM, 16, 12, 16, 0, 0 },
	{ 2, "A192GCM", GCM, 24, 12, 16, 0, 0 },
	{ 3, "A256GCM", GCM, 32, 12, 16, 0, 0 },
	{ 4, "HMAC 256/64", MAC, 32, 0, 0, 0, 0 },
	{ 5, "HMAC 256/256", MAC, 32, 0, 0, 0, 0 },
	{ 6, "HMAC 384/384", MAC, 48, 0, 0, 0, 0 },
	{ 7, "HMAC 512/512", MAC, 64, 0, 0, 0, 0 },
	{ 10, "AES-CCM-16-64-128", CCM, 16, 13, 8, 0, 0 },
	{ 11, "AES-CCM-16-64-256", CCM, 32, 13, 8, 0, 0 },
	{ 12, "AES-CCM-64-64-128", CCM, 16, 7, 8, 0, 0 },
	{ 13, "AES-CCM-64-64-256", CCM, 32, 7, 8, 0, 0 },
	{ 14, "AES-MAC 128/64", NAMED, 0, 0, 0, 0, 0 },
	{ 15, "AES-MAC 256/64", NAMED, 0, 0, 0, 0, 0 },
	{ 24, "ChaCha20/Poly1305", NAMED, 0, 0, 0, 0, 0 },
	{ 25, "AES-MAC 128/128", NAMED, 0, 0, 0, 0, 0 },
	{ 26, "AES-MAC 256/128", NAMED, 0, 0, 0, 0, 0 },
	{ 30, "AES-CCM-16-128-128", CCM, 16, 13, 16, 0, 0 },
	{ 31, "AES-CCM-16-128-256", CCM, 32, 13, 16, 0, 0 },
	{ 32, "AES-CCM-64-128-128", CCM, 16, 7, 16, 0, 0 },
	{ 33, "AES-CCM-64-128-256", CCM, 32, 7, 16, 0, 0 },
	{ -7, "ES256", ECDSA, 0, 0, 0, HASH_SHA256, 0 },
	{ -8, "EdDSA", NAMED, 0, 0, 0, 0, 0 },
	{ -35, "ES384", ECDSA, 0, 0, 0, HASH_SHA384, 0 },
	{ -36, "ES512", ECDSA, 0, 0, 0, HASH_SHA512, 0 },
	{ -37, "PS256", PSS, 0, 0, 0, HASH_SHA256, 0 },
	{ -38, "PS384", PSS, 0, 0, 0, HASH_SHA384, 0 },
	{ -39, "PS512", PSS, 0, 0, 0, HASH_SHA512, 0 },
	{ -3, "A128KW", WRAP, 16, 0, 0, 0, 0 },
	{ -4, "A192KW", WRAP, 24, 0, 0, 0, 0 },
	{ -5, "A256KW", WRAP, 32, 0, 0, 0, 0 },
	{ -6, "direct", DIRECT, 0, 0, 0, 0, 0 },
	{ -10, "direct+HKDF-SHA-256", DERIVE, 0, 0, 0, HASH_SHA256, 0 },
	{ -11, "direct+HKDF-SHA-512", DERIVE, 0, 0, 0, HASH_SHA512, 0 },
	{ -12, "direct+HKDF-AES-128", NAMED, 0, 0, 0, 0, 0 },
	{ -13, "direct+HKDF-AES-256", NAMED, 0, 0, 0, 0, 0 },
	{ -25, "ECDH-ES + HKDF-256", AGREE, 0, 0, 0, HASH_SHA256, 0 },
	{ -26, "ECDH-ES + HKDF-512", AGREE, 0, 0, 0, HASH_SHA512, 0 },
	{ -27, "ECDH-SS + HKDF-256", AGREE, 0, 0, 0, HASH_SHA256, 0 },
	{ -28, "ECDH-SS + HKDF-512", AGREE, 0, 0, 0, HASH_SHA512, 0 },
	{ -29, "ECDH-ES + A128KW", AGREE, 0, 0, 0, HASH_SHA256, -3 },
	{ -30, "ECDH-ES + A192KW", AGREE, 0, 0, 0, HASH_SHA256, -4 },
	{ -31, "ECDH-ES + A256KW", AGREE, 0, 0, 0, HASH_SHA256, -5 },
	{ -32, "ECDH-SS + A128KW", AGREE, 0, 0, 0, HASH_SHA256, -3 },
	{ -33, "ECDH-SS + A192KW", AGREE, 0, 0, 0, HASH_SHA256, -4 },
	{ -34, "ECDH-SS + A256KW", AGREE, 0, 0, 0, HASH_SHA256, -5 },
};

static const struct alg *
find_alg(int64_t id)
{
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (algs[i].id == id)
			return &algs[i];
	return NULL;
}

const char *
foreign_alg_name(int64_t id)
{
	const struct alg *alg = find_alg(id);
	static char number[32];

	(void)!snprintf(number, sizeof(number), "%" PRId64, id);
	return alg != NULL ? alg->name : number;
}

/* The one that a header names, if it can be used here. */
static enum err
alg_of(struct foreign_object *o, int64_t id, const struct alg **out)
{
	*out = find_alg(id);
	if (*out != NULL && (*out)->role != NAMED)
		return ERR_OK;
	(void)!snprintf(o->why, sizeof(o->why), "the algorithm %s",
	    foreign_alg_name(id));
	return ERR_NOT_FOUND;
}

static struct span
either(struct span sent, struct span known)
{
	return sent.at != NULL ? sent : known;
}

static enum err
put_told(struct writer *w, struct span s)
{
	return s.at == NULL ? item_put_null(w) : item_put_bytes(w, s);
}

/* COSE_KDF_Context (RFC 9053, 5.2) for a key of this algorithm. */
static enum err
put_context(struct writer *w, const struct alg *alg,
    const struct foreign_header *h, const struct foreign_keys *k)
{
	const bool has_public = k->public_other.at != NULL;
	const bool has_private = k->private_other.at != NULL;

	TRY(item_put_array(w, has_private ? 5 : 4));
	TRY(item_put_int(w, alg->id));
	for (int party = 0; party < PARTIES; party++) {
		TRY(item_put_array(w, 3));
		for (int i = 0; i < 3; i++)
			TRY(put_told(w, either(h->parties[party].told[i],
			    k->parties[party].told[i])));
	}
	TRY(item_put_array(w, has_public ? 3 : 2));
	TRY(item_put_uint(w, alg->key * 8));
	TRY(item_put_bytes(w, h->protected));
	if (has_public)
		TRY(item_put_bytes(w, k->public_other));
	return has_private ? item_put_bytes(w, k->private_other) : ERR_OK;
}

static enum err
derive(enum hash_alg hash, const struct alg *alg, struct span secret,
    const struct foreign_header *h, const struct foreign_keys *k,
    struct foreign_trace *t, uint8_t *out)
{
	struct writer w = writer_of(t->context, sizeof(t->context));

	TRY(put_context(&w, alg, h, k));
	t->context_len = (size_t)(w.at - t->context);
	return hkdf(hash, either(h->salt, k->salt), secret,
	    (struct span){ t->context, t->context_len }, out, alg->key);
}

static enum err
agree(const struct foreign_header *h, const struct foreign_keys *k,
    struct foreign_trace *t)
{
	const struct cose_key *sender = h->has_sender ? &h->sender :
	    k->sender;

	if (sender == NULL || k->private == NULL || sender->kind != k->kind)
		return ERR_AUTH;
	t->secret_len = sizeof(t->secret);
	if (k->kind == COSE_X25519)
		return x25519_shared(k->private, sender->x, t->secret);
	return p256_shared(k->private, sender->x, sender->y, t->secret);
}

static enum err
unwrap(struct span kek, struct span key, struct foreign_trace *t)
{
	if (key.len != t->cek_len + 8)
		return ERR_AUTH;
	return foreign_unwrap(kek, key, t->cek);
}

/* The key that both sides have: for a MAC it may have any length. */
static enum err
shared_key(const struct alg *alg, struct span key, struct foreign_trace *t)
{
	if (key.len == 0 || key.len > sizeof(t->cek) ||
	    (alg->role != MAC && key.len != alg->key))
		return ERR_AUTH;
	memcpy(t->cek, key.at, key.len);
	t->cek_len = key.len;
	return ERR_OK;
}

/* Without a key of its own a recipient must not carry one. */
static enum err
content_key(struct foreign_object *o, const struct foreign_recipient *to,
    const struct alg *content, const struct foreign_keys *k,
    struct foreign_trace *t)
{
	const struct foreign_header *h = &to->header;
	const struct span secret = { t->secret, sizeof(t->secret) };
	const struct alg *alg, *wrap;

	TRY(alg_of(o, h->alg, &alg));
	t->cek_len = content->key;
	if (alg->role == WRAP)
		return k->shared.len != alg->key || h->protected.len > 0 ?
		    ERR_AUTH : unwrap(k->shared, to->key, t);
	if (alg->role == AGREE) {
		TRY(agree(h, k, t));
		if (alg->wrap != 0) {
			TRY(alg_of(o, alg->wrap, &wrap));
			t->kek_len = wrap->key;
			TRY(derive(alg->hash, wrap, secret, h, k, t, t->kek));
			return unwrap((struct span){ t->kek, t->kek_len },
			    to->key, t);
		}
	}
	if (to->key.len > 0)
		return ERR_MALFORMED;
	if (alg->role == AGREE)
		return derive(alg->hash, content, secret, h, k, t, t->cek);
	if (alg->role == DERIVE)
		return derive(alg->hash, content, k->shared, h, k, t, t->cek);
	if (alg->role != DIRECT || h->protected.len > 0 ||
	    o->recipients != 1)
		return ERR_AUTH;
	return shared_key(content, k->shared, t);
}

static const char *
context_of(enum foreign_kind kind)
{
	switch (kind) {
	case FOREIGN_ENCRYPT0:
		return "Encrypt0";
	case FOREIGN_MAC0:
		return "MAC0";
	case FOREIGN_SIGN1:
		return "Signature1";
	case FOREIGN_ENCRYPT:
		return "Encrypt";
	case FOREIGN_MAC:
		return "MAC";
	}
	return "";
}

/* Enc_structure, or with a payload MAC_structure and Sig_structure. */
static enum err
put_structure(const struct foreign_object *o, struct span aad,
    const struct span *payload, struct foreign_trace *t)
{
	struct writer w = writer_of(t->structure, sizeof(t->structure));

	TRY(item_put_array(&w, payload != NULL ? 4 : 3));
	TRY(item_put_key(&w, context_of(o->kind)));
	TRY(item_put_bytes(&w, o->header.protected));
	TRY(item_put_bytes(&w, aad));
	if (payload != NULL)
		TRY(item_put_bytes(&w, *payload));
	t->structure_len = (size_t)(w.at - t->structure);
	return ERR_OK;
}

static enum err
check_mac(const struct foreign_object *o, const struct alg *alg,
    const struct foreign_keys *k, struct foreign_trace *t)
{
	const struct span payload = o->detached ? k->content : o->content;

	TRY(put_structure(o, k->aad, &payload, t));
	return mac_check(alg->id, (struct span){ t->cek, t->cek_len },
	    &(struct mac_input){ context_of(o->kind), o->header.protected,
	    k->aad, payload }, o->tag);
}

static enum err
decrypt(const struct foreign_object *o, const struct alg *alg,
    const struct foreign_keys *k, struct foreign_trace *t, uint8_t *out,
    size_t *len)
{
	const struct span key = { t->cek, t->cek_len };
	const struct span in = o->detached ? k->content : o->content;
	const struct span iv = o->header.partial_iv.len > 0 &&
	    o->header.iv.len == 0 ? k->iv : o->header.iv;
	struct span aad;

	TRY(put_structure(o, k->aad, NULL, t));
	aad = (struct span){ t->structure, t->structure_len };
	if (iv.len != alg->nonce)
		return ERR_AUTH;
	TRY(alg->role == GCM ?
	    foreign_gcm_open(key, iv, aad, in, alg->tag, out) :
	    foreign_ccm_open(key, iv, aad, in, alg->tag, out));
	*len = in.len - alg->tag;
	return ERR_OK;
}

/* With the key that this recipient gives, or that both sides have. */
static enum err
open_for(struct foreign_object *o, const struct foreign_recipient *to,
    const struct foreign_keys *k, struct foreign_trace *t, uint8_t *out,
    size_t *len)
{
	const bool is_mac = o->kind == FOREIGN_MAC0 || o->kind == FOREIGN_MAC;
	const struct alg *alg;

	*t = (struct foreign_trace){ 0 };
	TRY(alg_of(o, o->header.alg, &alg));
	if (is_mac ? alg->role != MAC : alg->role != GCM && alg->role != CCM)
		return ERR_MALFORMED;
	TRY(to != NULL ? content_key(o, to, alg, k, t) :
	    shared_key(alg, k->shared, t));
	return is_mac ? check_mac(o, alg, k, t) :
	    decrypt(o, alg, k, t, out, len);
}

enum err
foreign_open(struct foreign_object *o, const struct foreign_keys *k,
    struct foreign_trace *t, uint8_t *out, size_t *len)
{
	enum err e = ERR_AUTH;

	*len = 0;
	if (o->kind == FOREIGN_MAC0 || o->kind == FOREIGN_ENCRYPT0)
		return open_for(o, NULL, k, t, out, len);
	for (size_t i = 0; i < o->recipients; i++) {
		e = open_for(o, &o->to[i], k, t, out, len);
		if (e == ERR_OK)
			break;
	}
	return e;
}

enum err
foreign_verify(struct foreign_object *o, const struct foreign_public *key,
    struct span aad, struct span payload, struct foreign_trace *t)
{
	const struct span what = o->detached ? payload : o->content;
	const struct alg *alg;
	struct span tbs;

	TRY(alg_of(o, o->header.alg, &alg));
	TRY(put_structure(o, aad, &what, t));
	tbs = (struct span){ t->structure, t->structure_len };
	if (alg->role == PSS && key->is_rsa)
		return foreign_pss_verify(key->n, key->e, alg->hash, tbs,
		    o->tag);
	if (alg->role == ECDSA && !key->is_rsa)
		return foreign_ecdsa_verify(key->x, key->y, alg->hash, tbs,
		    o->tag);
	return ERR_AUTH;
}
