/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/root_int.h"

/* 64 random bytes: the store key and the seed of the authorisations. */
static enum err
make_store(struct root *r, struct msg_anchor *a, struct secret **store_key)
{
	struct secret *plain OWNED(secret_drop) = NULL;
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	struct tpm_blob blob;

	TRY(root_drbg(r, &drbg));
	TRY(secret_new(STORE_KEY_LEN + AUTH_SEED_LEN, &plain));
	TRY(drbg_generate(drbg, (struct span){ 0 }, secret_expose(plain),
	    secret_len(plain)));
	TRY(tpm_seal(r->tpm, r->select, plain, &blob));
	TRY(WIRE_SET_BYTES(a->store_pub,
	    ((struct span){ blob.pub, blob.pub_len })));
	TRY(WIRE_SET_BYTES(a->store_priv,
	    ((struct span){ blob.priv, blob.priv_len })));
	return root_split(r, plain, store_key);
}

static enum err
make_root(struct root *r, struct msg_anchor *a)
{
	struct cose_key key = { .kind = COSE_P256 };

	TRY(tpm_root_create(r->tpm, r->select, r->auth, &r->blob, key.x,
	    key.y));
	TRY(root_signer(r, &key));
	TRY(WIRE_SET_BYTES(a->root_pub,
	    ((struct span){ r->blob.pub, r->blob.pub_len })));
	TRY(WIRE_SET_BYTES(a->root_priv,
	    ((struct span){ r->blob.priv, r->blob.priv_len })));
	return cose_key_encode(&key, a->root_key.at, &a->root_key.len);
}

enum err
root_make(struct tpm **tpm, struct tpm_pcr_select select, const char *issuer,
    struct msg *anchor, struct root *root, struct secret **store_key)
{
	struct msg_anchor *a = &anchor->anchor;
	struct secret *key OWNED(secret_drop) = NULL;
	struct tpm_name name;

	*root = (struct root){ .tpm = GIVE(*tpm, NULL), .select = select };
	*anchor = (struct msg){ .type = MSG_anchor };
	a->bank = select.bank;
	a->pcrs = select.mask;
	a->version = 1;
	TRY(WIRE_SET_TEXT(a->issuer, span_text(issuer)));
	memcpy(root->issuer, a->issuer.at, a->issuer.len + 1);
	TRY(tpm_srk_create(root->tpm, &name));
	TRY(WIRE_SET_BYTES(a->srk_name, ((struct span){ name.at, name.len })));
	TRY(make_store(root, a, &key));
	TRY(make_root(root, a));
	*store_key = GIVE(key, NULL);
	return ERR_OK;
}
