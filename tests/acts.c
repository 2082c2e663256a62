/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/tape.h"

#include <string.h>

#include "base/own.h"
#include "tests/dice.h"
#include "tpm/ak.h"
#include "tpm/life.h"
#include "tpm/nv.h"
#include "tpm/tpm_int.h"

static const struct tpm_pcr_select boot = { TPM_SHA256, 0x0000ff };

static void
put(struct outcome *o, const void *at, size_t len)
{
	if (o->len + len > sizeof(o->at))
		return;
	memcpy(o->at + o->len, at, len);
	o->len += len;
}

static void
put_blob(struct outcome *o, const struct tpm_blob *b)
{
	put(o, b->pub, b->pub_len);
	put(o, b->priv, b->priv_len);
}

static enum err
do_create(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct tpm_name name;

	(void)s;
	TRY(tpm_srk_create(t, &name));
	put(out, name.at, name.len);
	return ERR_OK;
}

static enum err
do_pin(struct tpm *t, const struct scene *s, struct outcome *out)
{
	TRY(tpm_srk_pin(t, &s->srk));
	put(out, s->srk.at, s->srk.len);
	return ERR_OK;
}

static enum err
do_read(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct tpm_pcrs p = { .select = boot };

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_pcr_read(t, &p));
	put(out, p.value, sizeof(p.value[0]) * 8);
	return ERR_OK;
}

static enum err
do_seal(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *plain OWNED(secret_drop) = NULL;
	struct tpm_creation made;
	struct tpm_blob blob;

	TRY(secret_copy(span_text("what is sealed"), &plain));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_store_seal(t, &s->k, plain, NULL, &blob, &made));
	put_blob(out, &blob);
	return ERR_OK;
}

static enum err
do_unseal(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *plain OWNED(secret_drop) = NULL;

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_store_unseal(t, &s->k, &s->unseal, NULL, &s->store, &plain));
	put(out, secret_span(plain).at, secret_len(plain));
	return ERR_OK;
}

static enum err
do_key(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	struct tpm_blob blob;
	uint8_t x[32], y[32];

	TRY(secret_copy(span_text("an authorisation"), &auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_key_create(t, &s->k, auth, &blob, x, y, NULL));
	put_blob(out, &blob);
	put(out, x, sizeof(x));
	put(out, y, sizeof(y));
	return ERR_OK;
}

static enum err
do_sign(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	uint8_t sig[64], digest[32] = { 3 };

	TRY(secret_copy(span_text("an authorisation"), &auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_key_sign(t, &s->k, &s->use, &s->key, auth, digest, sig));
	put(out, sig, sizeof(sig));
	return ERR_OK;
}

static enum err
do_version(struct tpm *t, const struct scene *s, struct outcome *out)
{
	uint64_t now;

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_version_read(t, &s->k, &now));
	put(out, &now, sizeof(now));
	return ERR_OK;
}

static enum err
do_step(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	uint64_t now;

	TRY(secret_copy(span_text("an authorisation"), &auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_epoch_step(t, &s->k, &s->use, auth, &now));
	put(out, &now, sizeof(now));
	return ERR_OK;
}

/* Another PCR than the approvals are about. */
static enum err
do_cap(struct tpm *t, const struct scene *s, struct outcome *out)
{
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_cap(t, 14));
	put(out, "capped", 6);
	return ERR_OK;
}

static enum err
do_certify(struct tpm *t, const struct scene *s, struct outcome *out)
{
	const uint8_t nonce[32] = { 4 };
	struct secret *auth OWNED(secret_drop) = NULL;
	struct tpm_certificate made;

	TRY(secret_copy(span_text("an authorisation"), &auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_certify(t, &s->k, &s->ak, auth, TPM_KIND_STORE, &s->store,
	    &s->made, nonce, &made));
	put(out, made.attest, made.len);
	put(out, made.sig, sizeof(made.sig));
	return ERR_OK;
}

static enum err
do_random(struct tpm *t, const struct scene *s, struct outcome *out)
{
	uint8_t bytes[100];

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_random(t, bytes, sizeof(bytes)));
	put(out, bytes, sizeof(bytes));
	return ERR_OK;
}

static enum err
do_info(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct tpm_info info;

	(void)s;
	TRY(tpm_info(t, &info));
	put(out, &info.resets, sizeof(info.resets));
	return ERR_OK;
}

static enum err
do_life(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct tpm_life life;

	(void)s;
	TRY(tpm_life(t, &life));
	put(out, &life.resets, sizeof(life.resets));
	return ERR_OK;
}

const struct act acts[] = {
#define ACT(its, ...) { .name = its, .vouched = true, .run = __VA_ARGS__ }
	ACT("srk_create", do_create),
	ACT("srk_pin", do_pin),
	ACT("pcr_read", do_read),
	ACT("seal", do_seal, .hides = TPM2_CC_Create),
	ACT("unseal", do_unseal, .tells = TPM2_CC_Unseal),
	ACT("key_create", do_key, .hides = TPM2_CC_Create),
	ACT("key_sign", do_sign),
	ACT("version", do_version),
	ACT("step", do_step),
	ACT("cap", do_cap),
	ACT("certify", do_certify),
	ACT("random", do_random, .tells = TPM2_CC_GetRandom),
#undef ACT
	{ .name = "info", .run = do_info },
	{ .name = "life", .run = do_life },
};
const size_t nacts = sizeof(acts) / sizeof(acts[0]);

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
