/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/acts.h"

#include <assert.h>
#include <string.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/dice.h"
#include "tpm/life.h"
#include "tpm/tpm_int.h"

void
out_put(struct outcome *o, const void *at, size_t len)
{
	if (o->len + len > sizeof(o->at))
		return;
	memcpy(o->at + o->len, at, len);
	o->len += len;
}

void
out_blob(struct outcome *o, const struct tpm_blob *b)
{
	out_put(o, b->pub, b->pub_len);
	out_put(o, b->priv, b->priv_len);
}

enum err
scene_plain(struct secret **out)
{
	return secret_copy(span_text(CUSTODY_PLAIN), out);
}

enum err
scene_auth(struct secret **out)
{
	return secret_copy(span_text(CUSTODY_AUTH), out);
}

static enum err
do_create(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct tpm_name name;

	(void)s;
	TRY(tpm_srk_create(t, &name));
	out_put(out, name.at, name.len);
	return ERR_OK;
}

static enum err
do_pin(struct tpm *t, const struct scene *s, struct outcome *out)
{
	TRY(tpm_srk_pin(t, &s->srk));
	out_put(out, s->srk.at, s->srk.len);
	return ERR_OK;
}

static enum err
do_read(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct tpm_pcrs p = { .select = ACTS_BOOT };

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_pcr_read(t, &p));
	out_put(out, p.value, sizeof(p.value[0]) * 8);
	return ERR_OK;
}

static enum err
do_random(struct tpm *t, const struct scene *s, struct outcome *out)
{
	uint8_t bytes[100];

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_random(t, bytes, sizeof(bytes)));
	out_put(out, bytes, sizeof(bytes));
	return ERR_OK;
}

static enum err
do_info(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct tpm_info info;

	(void)s;
	TRY(tpm_info(t, &info));
	out_put(out, &info.resets, sizeof(info.resets));
	return ERR_OK;
}

static enum err
do_life(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct tpm_life life;

	(void)s;
	TRY(tpm_life(t, &life));
	out_put(out, &life.resets, sizeof(life.resets));
	return ERR_OK;
}

/* ---- under the officers' key ---- */

static enum err
do_store_seal(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *plain OWNED(secret_drop) = NULL;
	struct secret *attended OWNED(secret_drop) = NULL;
	struct tpm_blob blob;

	TRY(scene_plain(&plain));
	TRY(scene_auth(&attended));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_store_seal(t, &s->officers.k, plain, attended, &blob, NULL));
	out_blob(out, &blob);
	return ERR_OK;
}

static enum err
open_store(struct tpm *t, const struct scene *s, const struct secret *auth,
    struct outcome *out)
{
	struct secret *plain OWNED(secret_drop) = NULL;

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_store_unseal(t, &s->officers.k, &s->unseal, auth,
	    auth != NULL ? &s->attended : &s->store, &plain));
	out_put(out, secret_span(plain).at, secret_len(plain));
	return ERR_OK;
}

static enum err
do_store_unseal(struct tpm *t, const struct scene *s, struct outcome *out)
{
	return open_store(t, s, NULL, out);
}

static enum err
do_attended(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;

	TRY(scene_auth(&auth));
	return open_store(t, s, auth, out);
}

static enum err
do_key_create(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	struct tpm_point at;
	struct tpm_blob blob;

	TRY(scene_auth(&auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_key_create(t, &s->officers.k, auth, &blob, at.x, at.y, NULL));
	out_blob(out, &blob);
	out_put(out, &at, sizeof(at));
	return ERR_OK;
}

static enum err
do_key_sign(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	uint8_t sig[64], digest[32] = { 3 };

	TRY(scene_auth(&auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_key_sign(t, &s->officers.k, &s->use, &s->key, auth, digest,
	    sig));
	out_put(out, sig, sizeof(sig));
	return ERR_OK;
}

static enum err
do_version_read(struct tpm *t, const struct scene *s, struct outcome *out)
{
	uint64_t now;

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_version_read(t, &s->officers.k, &now));
	out_put(out, &now, sizeof(now));
	return ERR_OK;
}

static enum err
approve_raise(struct tpm *t, struct scene *s)
{
	s->raise = (struct tpm_approval){ .policy = TPM_POLICY_RAISE };
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_version_read(t, &s->officers.k, &s->raise.version));
	return officers_approve(&s->officers, t, &s->raise);
}

static enum err
do_version_raise(struct tpm *t, const struct scene *s, struct outcome *out)
{
	uint64_t now;

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_version_raise(t, &s->officers.k, &s->raise, &now));
	out_put(out, &now, sizeof(now));
	return ERR_OK;
}

static enum err
do_epoch_read(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	uint64_t now;

	TRY(scene_auth(&auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_epoch_read(t, &s->officers.k, auth, &now));
	out_put(out, &now, sizeof(now));
	return ERR_OK;
}

static enum err
do_epoch_step(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	uint64_t now;

	TRY(scene_auth(&auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_epoch_step(t, &s->officers.k, &s->use, auth, &now));
	out_put(out, &now, sizeof(now));
	return ERR_OK;
}

static enum err
no_epoch(struct tpm *t, struct scene *s)
{
	enum err e;

	TRY(tpm_srk_pin(t, &s->srk));
	e = tpm_nv_remove(t, TPM_EPOCH_INDEX);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
do_epoch_define(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;

	TRY(scene_auth(&auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_epoch_define(t, &s->officers.k, auth));
	out_put(out, s->srk.at, s->srk.len);
	return ERR_OK;
}

static enum err
an_epoch(struct tpm *t, struct scene *s)
{
	struct outcome out = { 0 };

	TRY(no_epoch(t, s));
	return do_epoch_define(t, s, &out);
}

static enum err
do_epoch_remove(struct tpm *t, const struct scene *s, struct outcome *out)
{
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_nv_remove(t, TPM_EPOCH_INDEX));
	out_put(out, s->srk.at, s->srk.len);
	return ERR_OK;
}

static enum err
do_cap(struct tpm *t, const struct scene *s, struct outcome *out)
{
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_cap(t, s->unseal.cap));
	out_put(out, s->srk.at, s->srk.len);
	return ERR_OK;
}

static enum err
do_capped(struct tpm *t, const struct scene *s, struct outcome *out)
{
	bool capped;

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_capped(t, s->unseal.cap, &capped));
	out_put(out, &capped, sizeof(capped));
	return ERR_OK;
}

const struct act acts[] = {
#define ACT(its, ...) { .name = its, .vouched = true, .run = __VA_ARGS__ }
	ACT("srk_create", do_create),
	ACT("srk_pin", do_pin),
	ACT("pcr_read", do_read),
	ACT("random", do_random, .tells = TPM2_CC_GetRandom),
	ACT("store_seal", do_store_seal, .hides = TPM2_CC_Create),
	ACT("store_unseal", do_store_unseal, .tells = TPM2_CC_Unseal),
	ACT("attended", do_attended, .tells = TPM2_CC_Unseal),
	ACT("key_create", do_key_create, .hides = TPM2_CC_Create),
	ACT("key_sign", do_key_sign),
	ACT("ak_create", act_ak_create, .hides = TPM2_CC_Create),
	ACT("certify", act_certify),
	ACT("quote", act_quote),
	ACT("activate", act_activate, .tells = TPM2_CC_ActivateCredential),
	ACT("ek_public", act_ek_public),
	ACT("ek_cert", act_ek_cert),
	ACT("version_read", do_version_read),
	ACT("epoch_read", do_epoch_read),
	ACT("epoch_step", do_epoch_step, .steps = STEPS_EPOCH),
	ACT("version_raise", do_version_raise, .before = approve_raise,
	    .steps = STEPS_VERSION),
	ACT("epoch_remove", do_epoch_remove, .before = an_epoch),
	ACT("epoch_define", do_epoch_define, .before = no_epoch,
	    .hides = TPM2_CC_NV_DefineSpace),
	ACT("capped", do_capped),
	ACT("cap", do_cap, .once = true),
#undef ACT
	{ .name = "info", .run = do_info },
	{ .name = "life", .run = do_life },
};
const size_t nacts = sizeof(acts) / sizeof(acts[0]);
static_assert(sizeof(acts) / sizeof(acts[0]) <= TAPES_MAX);

enum err
act_run(const struct act *a, struct carrier *c, const struct scene *s,
    struct outcome *out, bool *broken)
{
	struct tpm *t OWNED(tpm_drop) = NULL;
	enum err e;

	dice_throw();
	out->len = 0;
	*broken = true;
	TRY(tpm_open_over(c, &t));
	e = a->run(t, s, out);
	*broken = t->broken || t->esys == NULL;
	return e;
}
