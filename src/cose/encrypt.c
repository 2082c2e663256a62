/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/encrypt.h"

#include "cose/encrypt_int.h"
#include "crypto/aead.h"
#include "crypto/drbg.h"
#include "crypto/ecdh.h"
#include "crypto/hash.h"

/*
 * 96([<<{1: 3}>>, {5: iv}, ciphertext,
 *     [[<<{1: -25}>>, {-1: COSE_Key}, h'']]])
 */
enum {
	TAG_ENCRYPT = 96, ALG = 1, A256GCM = 3, IV = 5, EPHEMERAL = -1,
	KEY_BITS = 256
};

/* The two protected headers, {1: 3} and {1: -25}: ECDH-ES + HKDF-256. */
static const uint8_t body_header[] = { 0xa1, ALG, A256GCM };
static const uint8_t recipient_header[] = { 0xa1, ALG, 0x38, 24 };

/* What stands in the message beside the fixed parts. */
struct parts {
	struct span	iv;
	struct span	ciphertext;
	struct cose_key	sender;
};

static void
wipe_key(uint8_t (*key)[AEAD_KEY_LEN])
{
	explicit_bzero(*key, sizeof(*key));
}

enum err
cose_pair_of(enum cose_kind kind, struct secret **priv, struct cose_pair *out)
{
	struct cose_pair p = { .key.kind = kind };
	const uint8_t *d = secret_expose(*priv);

	if (secret_len(*priv) != ECDH_LEN || kind == COSE_ED25519)
		return ERR_INTERNAL;
	if (kind == COSE_X25519)
		TRY(x25519_public(d, p.key.x));
	else
		TRY(p256_public(d, p.key.x, p.key.y));
	p.priv = GIVE(*priv, NULL);
	*out = p;
	return ERR_OK;
}

enum err
cose_pair_make(enum cose_kind kind, struct drbg *drbg, struct cose_pair *out)
{
	struct secret *priv OWNED(secret_drop) = NULL;
	const struct span none = { NULL, 0 };

	TRY(secret_new(ECDH_LEN, &priv));
	if (kind == COSE_P256)
		TRY(p256_make(drbg, secret_expose(priv)));
	else
		TRY(drbg_generate(drbg, none, secret_expose(priv), ECDH_LEN));
	return cose_pair_of(kind, &priv, out);
}

void
cose_pair_drop(struct cose_pair *p)
{
	secret_drop(&p->priv);
}

/* COSE_KDF_Context (RFC 9053, 5.2), the request as its SuppPubInfo.other. */
static enum err
put_context(struct writer *w, struct wrap_request request)
{
	TRY(item_put_array(w, 4));
	TRY(item_put_int(w, A256GCM));
	for (int party = 0; party < 2; party++) {
		TRY(item_put_array(w, 3));
		TRY(item_put_null(w));
		TRY(item_put_null(w));
		TRY(item_put_null(w));
	}
	TRY(item_put_array(w, 3));
	TRY(item_put_uint(w, KEY_BITS));
	TRY(item_put_bytes(w, SPAN(recipient_header)));
	return item_put_bytes(w, (struct span){ request.hash, 32 });
}

/* The content key that mine and theirs agree on. */
static enum err
derive(const struct cose_pair *mine, const struct cose_key *theirs,
    struct wrap_request request, uint8_t (*key)[AEAD_KEY_LEN])
{
	uint8_t shared[AEAD_KEY_LEN] OWNED(wipe_key) = { 0 };
	uint8_t info[128];
	struct writer w = writer_of(info, sizeof(info));
	const struct span salt = { NULL, 0 };
	const uint8_t *d = secret_expose(mine->priv);

	if (mine->key.kind != theirs->kind)
		return ERR_AUTH;
	if (theirs->kind == COSE_X25519)
		TRY(x25519_shared(d, theirs->x, shared));
	else
		TRY(p256_shared(d, theirs->x, theirs->y, shared));
	TRY(put_context(&w, request));
	return hkdf_sha256(salt, SPAN(shared),
	    (struct span){ info, (size_t)(w.at - info) }, *key, sizeof(*key));
}

/* Enc_structure (RFC 9052, 5.3). */
static enum err
put_aad(struct writer *w, struct wrap_request request)
{
	static const char what[] = "anchorhold/1 ephemeral_key ";
	uint8_t external[sizeof(what) - 1 + COSE_REQUEST_ID_LEN];

	memcpy(external, what, sizeof(what) - 1);
	memcpy(external + sizeof(what) - 1, request.id, COSE_REQUEST_ID_LEN);
	TRY(item_put_array(w, 3));
	TRY(item_put_key(w, "Encrypt"));
	TRY(item_put_bytes(w, SPAN(body_header)));
	return item_put_bytes(w, SPAN(external));
}

static enum err
put_parts(struct writer *w, const struct parts *p)
{
	TRY(item_put_tag(w, TAG_ENCRYPT));
	TRY(item_put_array(w, 4));
	TRY(item_put_bytes(w, SPAN(body_header)));
	TRY(item_put_map(w, 1));
	TRY(item_put_int(w, IV));
	TRY(item_put_bytes(w, p->iv));
	TRY(item_put_bytes(w, p->ciphertext));
	TRY(item_put_array(w, 1));
	TRY(item_put_array(w, 3));
	TRY(item_put_bytes(w, SPAN(recipient_header)));
	TRY(item_put_map(w, 1));
	TRY(item_put_int(w, EPHEMERAL));
	TRY(cose_key_put(w, &p->sender));
	return item_put_bytes(w, (struct span){ NULL, 0 });
}

static enum err
get_count(struct reader *r, enum item_kind kind, uint64_t want)
{
	struct item i;

	TRY(item_expect(r, kind, &i));
	return i.n == want ? ERR_OK : ERR_MALFORMED;
}

static enum err
get_header(struct reader *r, struct span want)
{
	struct span s;

	TRY(item_bytes(r, want.len, want.len, &s));
	return span_equal(s, want) ? ERR_OK : ERR_MALFORMED;
}

static enum err
get_parts(struct span bytes, struct parts *p)
{
	struct reader r = reader_of(bytes);
	struct span empty;

	TRY(item_tag(&r, TAG_ENCRYPT));
	TRY(get_count(&r, ITEM_ARRAY, 4));
	TRY(get_header(&r, SPAN(body_header)));
	TRY(get_count(&r, ITEM_MAP, 1));
	TRY(item_label(&r, IV));
	TRY(item_bytes(&r, AES256GCM_IV_LEN, AES256GCM_IV_LEN, &p->iv));
	TRY(item_bytes(&r, AEAD_TAG_LEN + 1,
	    AEAD_TAG_LEN + COSE_WRAP_SECRET_MAX, &p->ciphertext));
	TRY(get_count(&r, ITEM_ARRAY, 1));
	TRY(get_count(&r, ITEM_ARRAY, 3));
	TRY(get_header(&r, SPAN(recipient_header)));
	TRY(get_count(&r, ITEM_MAP, 1));
	TRY(item_label(&r, EPHEMERAL));
	TRY(cose_key_get(&r, &p->sender));
	TRY(item_bytes(&r, 0, 0, &empty));
	return item_done(&r);
}

enum err
wrap_with(const struct cose_pair *sender, const uint8_t iv[static 12],
    const struct cose_key *to, struct wrap_request request,
    struct span secret, struct writer *w)
{
	uint8_t key[AEAD_KEY_LEN] OWNED(wipe_key) = { 0 };
	uint8_t sealed[COSE_WRAP_SECRET_MAX + AEAD_TAG_LEN], bytes[128];
	struct writer aad = writer_of(bytes, sizeof(bytes));

	if (secret.len == 0 || secret.len > COSE_WRAP_SECRET_MAX)
		return ERR_LIMIT;
	TRY(derive(sender, to, request, &key));
	TRY(put_aad(&aad, request));
	TRY(aes256gcm_seal(key, iv,
	    (struct span){ bytes, (size_t)(aad.at - bytes) }, secret, sealed));
	return put_parts(w, &(struct parts){
	    { iv, AES256GCM_IV_LEN },
	    { sealed, secret.len + AEAD_TAG_LEN }, sender->key });
}

enum err
cose_wrap(const struct cose_key *to, struct span secret,
    const uint8_t request[static 32],
    const char request_id[static COSE_REQUEST_ID_LEN], struct drbg *drbg,
    uint8_t *out, size_t cap, size_t *len)
{
	struct cose_pair sender OWNED(cose_pair_drop) = { .priv = NULL };
	uint8_t iv[AES256GCM_IV_LEN];
	struct writer w = writer_of(out, cap);

	if (to->kind == COSE_ED25519)
		return ERR_AUTH;
	TRY(cose_pair_make(to->kind, drbg, &sender));
	TRY(drbg_generate(drbg, (struct span){ NULL, 0 }, iv, sizeof(iv)));
	TRY(wrap_with(&sender, iv, to,
	    (struct wrap_request){ request, request_id }, secret, &w));
	*len = (size_t)(w.at - out);
	return ERR_OK;
}

enum err
cose_unwrap(const struct cose_pair *to, struct span wrapped,
    const uint8_t request[static 32],
    const char request_id[static COSE_REQUEST_ID_LEN], struct secret **out)
{
	const struct wrap_request what = { request, request_id };
	uint8_t key[AEAD_KEY_LEN] OWNED(wipe_key) = { 0 };
	struct secret *plain OWNED(secret_drop) = NULL;
	uint8_t bytes[128];
	struct writer aad = writer_of(bytes, sizeof(bytes));
	struct parts p;

	TRY(get_parts(wrapped, &p));
	TRY(derive(to, &p.sender, what, &key));
	TRY(put_aad(&aad, what));
	TRY(secret_new(p.ciphertext.len - AEAD_TAG_LEN, &plain));
	TRY(aes256gcm_open(key, p.iv.at,
	    (struct span){ bytes, (size_t)(aad.at - bytes) }, p.ciphertext,
	    secret_expose(plain)));
	*out = GIVE(plain, NULL);
	return ERR_OK;
}
