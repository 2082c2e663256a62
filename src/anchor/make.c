/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/make.h"

#include "base/log.h"
#include "tpm/nv.h"

#include "anchor/root_int.h"

/* ---- the version ---- */

enum err
root_define(struct tpm *tpm, const struct tpm_point *k)
{
	struct tpm_name name;

	TRY(tpm_srk_create(tpm, &name));
	return tpm_version_define(tpm, k);
}

enum err
root_first(struct tpm *tpm, const struct approvals *list, uint64_t *version)
{
	const struct tpm_point k = approvals_point(&list->k);

	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].a.policy == TPM_POLICY_RAISE &&
		    list->at[i].a.version == 0)
			return tpm_version_raise(tpm, &k, &list->at[i].a,
			    version);
	return log_err(ERR_DENIED, "there is no approval for the first write "
	    "of the version");
}

/* ---- the objects ---- */

static enum err
seal(struct root *r, const struct secret *attended, struct span seed,
    struct drbg *drbg, struct tpm_blob *out, struct secret **plain)
{
	struct secret *made OWNED(secret_drop) = NULL;

	TRY(secret_new(STORE_KEY_LEN + AUTH_SEED_LEN, &made));
	TRY(drbg_generate(drbg, (struct span){ 0 }, secret_expose(made),
	    secret_len(made)));
	if (seed.len != 0)
		memcpy(secret_expose(made) + STORE_KEY_LEN, seed.at,
		    AUTH_SEED_LEN);
	TRY(tpm_store_seal(r->tpm, &r->k, made, attended, out, NULL));
	*plain = GIVE(made, NULL);
	return ERR_OK;
}

/* 64 random bytes: the store key and the seed of the authorisations. */
static enum err
make_store(struct root *r, const struct secret *attended,
    struct msg_anchor *a, struct secret **store_key)
{
	struct secret *plain OWNED(secret_drop) = NULL;
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	struct tpm_blob blob;

	TRY(root_drbg(r, &drbg));
	TRY(seal(r, attended, (struct span){ 0 }, drbg, &blob, &plain));
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

	TRY(tpm_key_create(r->tpm, &r->k, r->auth, &r->blob, key.x, key.y,
	    NULL));
	TRY(root_signer(r, &key));
	TRY(WIRE_SET_BYTES(a->root_pub,
	    ((struct span){ r->blob.pub, r->blob.pub_len })));
	TRY(WIRE_SET_BYTES(a->root_priv,
	    ((struct span){ r->blob.priv, r->blob.priv_len })));
	return cose_key_encode(&key, a->root_key.at, &a->root_key.len);
}

static enum err
begin_anchor(const struct root_plan *plan, const struct cose_key *k,
    struct msg *anchor)
{
	struct msg_anchor *a = &anchor->anchor;

	*anchor = (struct msg){ .type = MSG_anchor };
	a->version = 2;
	a->has_attended = a->attended = plan->attended != NULL;
	TRY(cose_key_encode(k, a->k.at, &a->k.len));
	return WIRE_SET_TEXT(a->issuer, span_text(plan->issuer));
}

/* That both hold is asked before anything is made that only they open. */
static enum err
find_permits(struct root *r, const struct approvals *list,
    struct msg_anchor *a)
{
	const struct tpm_approval *unseal = NULL, *use = NULL;
	struct look look;

	TRY(root_look(r, list, &look));
	TRY(root_permit(&look, list, TPM_POLICY_UNSEAL, &unseal));
	TRY(root_permit(&look, list, TPM_POLICY_USE, &use));
	r->version = look.version;
	r->use = *use;
	a->cap = r->cap = unseal->cap;
	a->bank = use->pcrs.bank;
	a->pcrs = use->pcrs.mask;
	return ERR_OK;
}

enum err
root_make(struct tpm **tpm, const struct root_plan *plan,
    const struct approvals *approvals, struct msg *anchor, struct root *root,
    struct secret **store_key)
{
	struct msg_anchor *a = &anchor->anchor;
	struct secret *key OWNED(secret_drop) = NULL;
	struct tpm_name name;

	*root = (struct root){
		.tpm = GIVE(*tpm, NULL),
		.k = approvals_point(&approvals->k),
	};
	TRY(begin_anchor(plan, &approvals->k, anchor));
	memcpy(root->issuer, a->issuer.at, a->issuer.len + 1);
	TRY(tpm_srk_create(root->tpm, &name));
	TRY(WIRE_SET_BYTES(a->srk_name, ((struct span){ name.at, name.len })));
	TRY(find_permits(root, approvals, a));
	TRY(make_store(root, plan->attended, a, &key));
	TRY(make_root(root, a));
	*store_key = GIVE(key, NULL);
	return ERR_OK;
}

/* ---- the epoch ---- */

/* It is made anew above every counter that the TPM ever had. */
enum err
root_count(struct root *r, uint64_t *now)
{
	enum err e = tpm_epoch_define(r->tpm, &r->k, r->epoch_auth);

	if (e == ERR_STATE) {
		e = root_epoch_read(r, now);
		if (e != ERR_STATE)
			return e;
		e = ERR_OK;
	}
	TRY(e);
	return root_epoch_step(r, now);
}

/* ---- a new store key ---- */

enum err
root_reseal(struct root *r, const struct root_source *from,
    struct drbg *drbg, struct tpm_blob *out, struct secret **store_key)
{
	struct secret *plain OWNED(secret_drop) = NULL;
	struct secret *made OWNED(secret_drop) = NULL;
	struct look look;

	TRY(root_look(r, from->approvals, &look));
	TRY(root_unseal(r, from, &look, &plain));
	TRY(seal(r, from->attended, (struct span){ secret_span(plain).at +
	    STORE_KEY_LEN, AUTH_SEED_LEN }, drbg, out, &made));
	return secret_copy((struct span){ secret_span(made).at,
	    STORE_KEY_LEN }, store_key);
}
