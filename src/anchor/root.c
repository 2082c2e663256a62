/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/root.h"

#include "base/log.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "tpm/nv.h"

#include "anchor/root_int.h"

static const char attended_info[] = "anchorhold/1 auth attended";

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

static enum err
derive(struct span seed, const char *info, struct secret **out)
{
	struct secret *auth OWNED(secret_drop) = NULL;

	TRY(secret_new(TPM_AUTH_MAX, &auth));
	TRY(hkdf_sha256((struct span){ 0 }, seed, span_text(info),
	    secret_expose(auth), TPM_AUTH_MAX));
	secret_drop(out);
	*out = GIVE(auth, NULL);
	return ERR_OK;
}

enum err
root_split(struct root *r, const struct secret *plain,
    struct secret **store_key)
{
	struct secret *key OWNED(secret_drop) = NULL;
	const struct span s = secret_span(plain);
	const struct span seed = { s.at + STORE_KEY_LEN, AUTH_SEED_LEN };

	if (s.len != STORE_KEY_LEN + AUTH_SEED_LEN)
		return log_err(ERR_MALFORMED, "the store object is not ours");
	TRY(derive(seed, "anchorhold/1 auth root", &r->auth));
	TRY(derive(seed, "anchorhold/1 auth epoch", &r->epoch_auth));
	TRY(derive(seed, "anchorhold/1 auth ak", &r->ak_auth));
	TRY(secret_copy((struct span){ s.at, STORE_KEY_LEN }, &key));
	*store_key = GIVE(key, NULL);
	return ERR_OK;
}

/* The nearest miss says most: one whose version is still good. */
static void
say_why(const struct approvals *list, enum tpm_policy kind, uint64_t version,
    const struct tpm_pcrs *present)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct approval *a = &list->at[i];
		const struct approval_fit f = approval_fits(a, version,
		    present);

		if (a->a.policy != kind)
			continue;
		if (f.raised_past)
			log_line("approval of version %llu: the TPM is at "
			    "%llu", (unsigned long long)a->a.version,
			    (unsigned long long)version);
		else if (f.differs != 0)
			log_line("approval of version %llu: PCRs 0x%x differ",
			    (unsigned long long)a->a.version, f.differs);
		else if (f.capped)
			log_line("approval of version %llu: PCR %u is capped "
			    "until the TPM is reset",
			    (unsigned long long)a->a.version, a->a.cap);
	}
}

enum err
root_look(struct root *r, const struct approvals *list, struct look *out)
{
	*out = (struct look){
		.pcrs.select = { TPM_SHA256, approvals_mask(list) },
	};
	TRY(tpm_version_read(r->tpm, &r->k, &out->version));
	return out->pcrs.select.mask == 0 ? ERR_OK :
	    tpm_pcr_read(r->tpm, &out->pcrs);
}

enum err
root_permit(const struct look *l, const struct approvals *list,
    enum tpm_policy kind, const struct tpm_approval **out)
{
	const struct approval *found = approvals_find(list, kind, l->version,
	    &l->pcrs);

	if (found != NULL) {
		*out = &found->a;
		return ERR_OK;
	}
	say_why(list, kind, l->version, &l->pcrs);
	log_line("no approval to %s what is in the TPM holds now; see "
	    "anchorctl tpm preview",
	    kind == TPM_POLICY_UNSEAL ? "unseal" : "use");
	return ERR_DENIED;
}

enum err
root_unseal(struct root *r, const struct root_source *from,
    const struct look *l, struct secret **plain)
{
	const struct msg_anchor *anchor = from->anchor;
	const struct tpm_approval *permit = NULL;
	struct tpm_blob blob;
	enum err e;

	if (anchor->attended != (from->attended != NULL))
		return log_err(ERR_AUTH, anchor->attended ? "the start wants "
		    "a person's secret" : "the start wants no secret");
	TRY(COPY_BLOB(&blob, pub, anchor->store_pub));
	TRY(COPY_BLOB(&blob, priv, anchor->store_priv));
	TRY(root_permit(l, from->approvals, TPM_POLICY_UNSEAL, &permit));
	e = tpm_store_unseal(r->tpm, &r->k, permit, from->attended, &blob,
	    plain);
	r->mistyped = e == ERR_AUTH && from->attended != NULL;
	TRY(e);
	/* Not the anchor's word: nobody signs that. */
	r->cap = permit->cap;
	return ERR_OK;
}

/* A signature that a faulty TPM makes must not get out. */
enum err
root_sign(struct root *r, const struct tpm_blob *blob,
    const struct secret *auth, const struct cose_key *key, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN])
{
	uint8_t digest[SHA256_LEN];

	TRY(sha256(&tbs, 1, digest));
	TRY(tpm_key_sign(r->tpm, &r->k, &r->use, blob, auth, digest, sig));
	if (p256_verify(key->x, key->y, digest, sig) != ERR_OK)
		return log_err(ERR_HARDWARE, "the TPM's signature is wrong");
	return ERR_OK;
}

static enum err
sign(const struct signer *s, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN])
{
	struct root *r = s->self;

	return root_sign(r, &r->blob, r->auth, &r->signer.key, tbs, sig);
}

enum err
root_signer(struct root *root, const struct cose_key *key)
{
	root->signer.sign = sign;
	root->signer.self = root;
	return signer_name(&root->signer, key);
}

static enum err
take_anchor(struct root *r, const struct msg_anchor *anchor)
{
	struct cose_key key, k;

	memcpy(r->issuer, anchor->issuer.at, anchor->issuer.len + 1);
	TRY(cose_key_decode(WIRE_SPAN(anchor->k), &k));
	r->k = approvals_point(&k);
	TRY(COPY_BLOB(&r->blob, pub, anchor->root_pub));
	TRY(COPY_BLOB(&r->blob, priv, anchor->root_priv));
	TRY(cose_key_decode(WIRE_SPAN(anchor->root_key), &key));
	return root_signer(r, &key);
}

#define SEALED_LEN (STORE_KEY_LEN + AUTH_SEED_LEN)

static enum err
take_kept(struct root *r, const struct secret *kept, struct secret **plain)
{
	const struct span s = secret_span(kept);

	if (s.len != ROOT_KEPT_LEN)
		return log_err(ERR_MALFORMED, "what was kept is not ours");
	r->cap = s.at[SEALED_LEN];
	return secret_copy((struct span){ s.at, SEALED_LEN }, plain);
}

static enum err
leave_kept(const struct root *r, const struct secret *plain,
    struct secret **kept)
{
	const struct span s = secret_span(plain);
	struct secret *made OWNED(secret_drop) = NULL;

	if (s.len != SEALED_LEN)
		return log_err(ERR_MALFORMED, "the store object is not ours");
	TRY(secret_new(ROOT_KEPT_LEN, &made));
	memcpy(secret_expose(made), s.at, SEALED_LEN);
	secret_expose(made)[SEALED_LEN] = (uint8_t)r->cap;
	*kept = GIVE(made, NULL);
	return ERR_OK;
}

enum err
root_attended(const struct secret *typed, struct secret **auth)
{
	struct secret *made OWNED(secret_drop) = NULL;

	TRY(secret_new(TPM_AUTH_MAX, &made));
	TRY(hkdf_sha256((struct span){ 0 }, secret_span(typed),
	    span_text(attended_info), secret_expose(made), TPM_AUTH_MAX));
	*auth = GIVE(made, NULL);
	return ERR_OK;
}

enum err
root_open(struct tpm **tpm, const struct root_source *from,
    struct root *root, struct secret **store_key)
{
	struct secret *plain OWNED(secret_drop) = NULL;
	const struct tpm_approval *use = NULL;
	struct look look;

	*root = (struct root){ .tpm = GIVE(*tpm, NULL) };
	if (from->anchor->has_next_pub)
		return log_err(ERR_STATE, "a reseal was begun and not "
		    "finished: call anchorhold-mint reseal again");
	TRY(take_anchor(root, from->anchor));
	TRY(pin(root->tpm, from->anchor));
	TRY(root_look(root, from->approvals, &look));
	TRY(root_permit(&look, from->approvals, TPM_POLICY_USE, &use));
	if (from->kept != NULL)
		TRY(take_kept(root, from->kept, &plain));
	else
		TRY(root_unseal(root, from, &look, &plain));
	if (from->keep != NULL)
		TRY(leave_kept(root, plain, from->keep));
	root->use = *use;
	root->version = look.version;
	return root_split(root, plain, store_key);
}

void
root_drop(struct root *root)
{
	secret_drop(&root->auth);
	secret_drop(&root->epoch_auth);
	secret_drop(&root->ak_auth);
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

enum err
root_epoch_read(struct root *root, uint64_t *now)
{
	return tpm_epoch_read(root->tpm, &root->k, root->epoch_auth, now);
}

enum err
root_epoch_step(struct root *root, uint64_t *now)
{
	return tpm_epoch_step(root->tpm, &root->k, &root->use,
	    root->epoch_auth, now);
}
