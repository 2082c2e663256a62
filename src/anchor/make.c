/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/make.h"

#include "base/log.h"
#include "tpm/ak.h"
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

/* A new store object, how the TPM made it, and what is in it. */
struct sealing {
	struct tpm_blob		 blob;
	struct tpm_creation	 made;
	struct secret		*plain;
};

static void
sealing_drop(struct sealing *s)
{
	secret_drop(&s->plain);
}

static enum err
seal(struct root *r, const struct secret *attended, struct span seed,
    struct drbg *drbg, struct sealing *out)
{
	struct secret *made OWNED(secret_drop) = NULL;

	TRY(secret_new(STORE_KEY_LEN + AUTH_SEED_LEN, &made));
	TRY(drbg_generate(drbg, (struct span){ 0 }, secret_expose(made),
	    secret_len(made)));
	if (seed.len != 0)
		memcpy(secret_expose(made) + STORE_KEY_LEN, seed.at,
		    AUTH_SEED_LEN);
	TRY(tpm_store_seal(r->tpm, &r->k, made, attended, &out->blob,
	    &out->made));
	out->plain = GIVE(made, NULL);
	return ERR_OK;
}

static struct tpm_blob
ak_of(const struct msg_anchor *a)
{
	struct tpm_blob ak = { a->ak_pub.len, a->ak_priv.len, { 0 }, { 0 } };

	if (ak.pub_len > sizeof(ak.pub) || ak.priv_len > sizeof(ak.priv))
		return (struct tpm_blob){ 0 };
	memcpy(ak.pub, a->ak_pub.at, ak.pub_len);
	memcpy(ak.priv, a->ak_priv.at, ak.priv_len);
	return ak;
}

/* Have the AK say that this TPM made it, and look whether it did. */
static enum err
certify(struct root *r, const struct msg_anchor *a, enum tpm_kind kind,
    const struct tpm_blob *blob, const struct tpm_creation *made,
    uint8_t *out, size_t cap, size_t *len)
{
	const struct tpm_blob ak = ak_of(a);
	struct tpm_certificate c;
	uint8_t nonce[32];

	TRY(cose_key_thumbprint(&r->signer.key, nonce));
	TRY(tpm_certify(r->tpm, &r->k, &ak, r->ak_auth, kind, blob, made,
	    nonce, &c));
	TRY(tpm_certified(&c, &ak, &r->k, kind, blob, nonce));
	if (c.len + sizeof(c.sig) > cap)
		return log_err(ERR_LIMIT, "a certificate is too long");
	memcpy(out, c.attest, c.len);
	memcpy(out + c.len, c.sig, sizeof(c.sig));
	*len = c.len + sizeof(c.sig);
	return ERR_OK;
}

#define CERTIFY(r, a, kind, blob, made, field) \
	certify((r), (a), (kind), (blob), (made), (field).at, \
	    sizeof((field).at), &(field).len)

#define PUT_BLOB(to_pub, to_priv, blob)                                   \
	do {                                                              \
		TRY(WIRE_SET_BYTES(to_pub,                                \
		    ((struct span){ (blob)->pub, (blob)->pub_len })));    \
		TRY(WIRE_SET_BYTES(to_priv,                               \
		    ((struct span){ (blob)->priv, (blob)->priv_len })));  \
	} while (0)

static enum err
make_ak(struct root *r, struct msg_anchor *a)
{
	struct tpm_blob ak;
	uint8_t x[32], y[32];

	TRY(tpm_ak_create(r->tpm, r->ak_auth, &ak, x, y));
	PUT_BLOB(a->ak_pub, a->ak_priv, &ak);
	return ERR_OK;
}

static enum err
make_root(struct root *r, struct msg_anchor *a)
{
	struct cose_key key = { .kind = COSE_P256 };
	struct tpm_creation made;

	TRY(tpm_key_create(r->tpm, &r->k, r->auth, &r->blob, key.x, key.y,
	    &made));
	TRY(root_signer(r, &key));
	PUT_BLOB(a->root_pub, a->root_priv, &r->blob);
	TRY(cose_key_encode(&key, a->root_key.at, &a->root_key.len));
	return CERTIFY(r, a, TPM_KIND_KEY, &r->blob, &made, a->root_made);
}

static enum tpm_kind
store_kind(const struct secret *attended)
{
	return attended != NULL ? TPM_KIND_ATTENDED : TPM_KIND_STORE;
}

/* 64 random bytes: the store key and the seed of the authorisations, the AK's
 * among them; so it speaks of the store object last. */
static enum err
make_objects(struct root *r, const struct secret *attended,
    struct msg_anchor *a, struct secret **store_key)
{
	struct sealing s OWNED(sealing_drop) = { .plain = NULL };
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	struct secret *key OWNED(secret_drop) = NULL;

	TRY(root_drbg(r, &drbg));
	TRY(seal(r, attended, (struct span){ 0 }, drbg, &s));
	PUT_BLOB(a->store_pub, a->store_priv, &s.blob);
	TRY(root_split(r, s.plain, &key));
	TRY(make_ak(r, a));
	TRY(make_root(r, a));
	TRY(CERTIFY(r, a, store_kind(attended), &s.blob, &s.made,
	    a->store_made));
	*store_key = GIVE(key, NULL);
	return ERR_OK;
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
	return make_objects(root, plan->attended, a, store_key);
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
    struct drbg *drbg, struct msg_anchor *a, struct secret **store_key)
{
	struct secret *plain OWNED(secret_drop) = NULL;
	struct sealing s OWNED(sealing_drop) = { .plain = NULL };
	struct look look;

	TRY(root_look(r, from->approvals, &look));
	TRY(root_unseal(r, from, &look, &plain));
	TRY(seal(r, from->attended, (struct span){ secret_span(plain).at +
	    STORE_KEY_LEN, AUTH_SEED_LEN }, drbg, &s));
	PUT_BLOB(a->next_pub, a->next_priv, &s.blob);
	a->has_next_pub = a->has_next_priv = a->has_next_made = true;
	TRY(CERTIFY(r, a, store_kind(from->attended), &s.blob, &s.made,
	    a->next_made));
	return secret_copy((struct span){ secret_span(s.plain).at,
	    STORE_KEY_LEN }, store_key);
}

void
root_resealed(struct msg_anchor *a)
{
	memcpy(&a->store_pub, &a->next_pub, sizeof(a->store_pub));
	memcpy(&a->store_priv, &a->next_priv, sizeof(a->store_priv));
	memcpy(&a->store_made, &a->next_made, sizeof(a->store_made));
	a->has_next_pub = a->has_next_priv = a->has_next_made = false;
}
