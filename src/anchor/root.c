/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/root.h"

#include "base/log.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"

#include "anchor/root_int.h"

static const char auth_info[] = "anchorhold/1 auth root";

#define COPY_BLOB(blob, half, from) \
	copy_half((blob)->half, sizeof((blob)->half), &(blob)->half##_len, \
	    WIRE_SPAN(from))

static enum err
copy_half(uint8_t *to, size_t cap, size_t *len, struct span from)
{
	if (from.len > cap)
		return log_err(ERR_MALFORMED, "anchor: an object is too large");
	memcpy(to, from.at, from.len);
	*len = from.len;
	return ERR_OK;
}

static enum err
pin(struct tpm *tpm, const struct msg_anchor *anchor)
{
	struct tpm_name name = { .len = anchor->srk_name.len };

	if (name.len > sizeof(name.at))
		return log_err(ERR_MALFORMED, "anchor: no Name of an SRK");
	memcpy(name.at, anchor->srk_name.at, name.len);
	return tpm_srk_pin(tpm, &name);
}

enum err
root_split(struct root *r, const struct secret *plain,
    struct secret **store_key)
{
	struct secret *key OWNED(secret_drop) = NULL;
	struct secret *auth OWNED(secret_drop) = NULL;
	const struct span s = secret_span(plain);

	if (s.len != STORE_KEY_LEN + AUTH_SEED_LEN)
		return log_err(ERR_MALFORMED, "the store object is not ours");
	TRY(secret_copy((struct span){ s.at, STORE_KEY_LEN }, &key));
	TRY(secret_new(TPM_AUTH_MAX, &auth));
	TRY(hkdf_sha256((struct span){ 0 },
	    (struct span){ s.at + STORE_KEY_LEN, AUTH_SEED_LEN },
	    span_text(auth_info), secret_expose(auth), TPM_AUTH_MAX));
	r->auth = GIVE(auth, NULL);
	*store_key = GIVE(key, NULL);
	return ERR_OK;
}

static enum err
unseal(struct root *r, const struct msg_anchor *anchor,
    struct secret **store_key)
{
	struct secret *plain OWNED(secret_drop) = NULL;
	struct tpm_blob blob;

	TRY(COPY_BLOB(&blob, pub, anchor->store_pub));
	TRY(COPY_BLOB(&blob, priv, anchor->store_priv));
	TRY(tpm_unseal(r->tpm, r->select, &blob, &plain));
	return root_split(r, plain, store_key);
}

/* A signature that a faulty TPM makes must not get out. */
static enum err
sign(const struct signer *s, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN])
{
	struct root *r = s->self;
	const struct cose_key *key = &r->signer.key;
	uint8_t digest[SHA256_LEN];

	TRY(sha256(&tbs, 1, digest));
	TRY(tpm_root_sign(r->tpm, r->select, &r->blob, r->auth, digest, sig));
	if (p256_verify(key->x, key->y, digest, sig) != ERR_OK)
		return log_err(ERR_HARDWARE, "the TPM's signature is wrong");
	return ERR_OK;
}

enum err
root_signer(struct root *root, const struct cose_key *key)
{
	root->signer.sign = sign;
	root->signer.self = root;
	return signer_name(&root->signer, key);
}

enum err
root_open(struct tpm **tpm, const struct msg_anchor *anchor,
    struct root *root, struct secret **store_key)
{
	struct cose_key key;

	*root = (struct root){
		.tpm = GIVE(*tpm, NULL),
		.select = { (uint16_t)anchor->bank, (uint32_t)anchor->pcrs },
	};
	memcpy(root->issuer, anchor->issuer.at, anchor->issuer.len + 1);
	TRY(pin(root->tpm, anchor));
	TRY(COPY_BLOB(&root->blob, pub, anchor->root_pub));
	TRY(COPY_BLOB(&root->blob, priv, anchor->root_priv));
	TRY(cose_key_decode(WIRE_SPAN(anchor->root_key), &key));
	TRY(root_signer(root, &key));
	return unseal(root, anchor, store_key);
}

void
root_drop(struct root *root)
{
	secret_drop(&root->auth);
	tpm_drop(&root->tpm);
}

enum err
root_drbg(struct root *root, struct drbg **out)
{
	uint8_t seed[48];
	enum err e = tpm_random(root->tpm, seed, sizeof(seed));

	if (e == ERR_OK)
		e = drbg_from_system(span_text("anchorhold/1 drbg"),
		    SPAN(seed), out);
	explicit_bzero(seed, sizeof(seed));
	return e;
}
