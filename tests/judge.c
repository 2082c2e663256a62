/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/judge.h"

#include <string.h>

#include "base/own.h"
#include "crypto/ecdsa.h"
#include "tests/maker.h"
#include "tpm/ak.h"

static struct tpm_blob
blob_of(const struct outcome *out)
{
	struct tpm_blob b = { .pub_len = 2 + ((size_t)out->at[0] << 8) +
	    out->at[1] };
	const uint8_t *priv = out->at + b.pub_len;

	memcpy(b.pub, out->at, b.pub_len);
	b.priv_len = 2 + ((size_t)priv[0] << 8) + priv[1];
	memcpy(b.priv, priv, b.priv_len);
	return b;
}

static bool
is_plain(const struct secret *s)
{
	struct secret *plain OWNED(secret_drop) = NULL;

	return scene_plain(&plain) == ERR_OK &&
	    span_equal(secret_span(s), secret_span(plain));
}

static bool
opens(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const struct tpm_blob blob = blob_of(out);
	struct secret *auth OWNED(secret_drop) = NULL;
	struct secret *back OWNED(secret_drop) = NULL;

	return scene_auth(&auth) == ERR_OK &&
	    tpm_store_unseal(t, &s->officers.k, &s->unseal, auth, &blob,
	    &back) == ERR_OK &&
	    is_plain(back);
}

static bool
signs(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const struct tpm_blob blob = blob_of(out);
	const uint8_t *x = out->at + out->len - 64, digest[32] = { 3 };
	struct secret *auth OWNED(secret_drop) = NULL;
	uint8_t sig[64];

	return scene_auth(&auth) == ERR_OK &&
	    tpm_key_sign(t, &s->officers.k, &s->use, &blob, auth, digest,
	    sig) == ERR_OK && p256_verify(x, x + 32, digest, sig) == ERR_OK;
}

static bool
verifies(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const uint8_t digest[32] = { 3 };

	(void)t;
	return out->len == 64 && p256_verify(s->key_at.x, s->key_at.y, digest,
	    out->at) == ERR_OK;
}

/* Nobody can say of random bytes that they are wrong. */
static bool
is_long(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	(void)t;
	(void)s;
	return out->len == 100;
}

/* One that certifies. */
static bool
is_ak(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const struct tpm_blob ak = blob_of(out);
	const uint8_t nonce[32] = { 5 };
	struct secret *auth OWNED(secret_drop) = NULL;
	struct tpm_certificate c;

	return scene_auth(&auth) == ERR_OK && tpm_certify(t, &s->officers.k,
	    &ak, auth, TPM_KIND_KEY, &s->key, &s->key_made, nonce, &c) ==
	    ERR_OK && tpm_certified(&c, &ak, &s->officers.k, TPM_KIND_KEY,
	    &s->key, nonce) == ERR_OK;
}

static bool
certifies(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const uint8_t nonce[32] = { 4 };
	struct tpm_certificate c;

	(void)t;
	memcpy(&c, out->at, sizeof(c));
	return tpm_certified(&c, &s->ak, &s->officers.k, TPM_KIND_KEY, &s->key,
	    nonce) == ERR_OK;
}

static bool
quotes(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const uint8_t qualifying[32] = { 6 };
	struct tpm_quote q = {
		.pcrs = { .select = { TPM_SHA256, 0xff }, .digest_len = 32 },
		.attest_len = 145,
		.sig_len = out->len - 145 - sizeof(q.pcrs.value[0]) * 8,
	};
	const uint8_t *sig = out->at + out->len - q.sig_len;

	(void)t;
	memcpy(q.attest, out->at, q.attest_len);
	memcpy(q.pcrs.value, out->at + q.attest_len, sizeof(q.pcrs.value[0]) *
	    8);
	memcpy(q.sig, sig, q.sig_len);
	return maker_quoted(&s->ak, &q, qualifying);
}

/* The counter says so itself. */
static bool
is_epoch(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	uint64_t now;

	return scene_auth(&auth) == ERR_OK &&
	    tpm_epoch_read(t, &s->officers.k, auth, &now) == ERR_OK &&
	    out->len == sizeof(now) && memcmp(&now, out->at, out->len) == 0;
}

static bool
is_version(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	uint64_t now;

	return tpm_version_read(t, &s->officers.k, &now) == ERR_OK &&
	    out->len == sizeof(now) && memcmp(&now, out->at, out->len) == 0;
}

static bool
steps(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	uint64_t now;

	(void)out;
	return scene_auth(&auth) == ERR_OK && tpm_epoch_step(t, &s->officers.k,
	    &s->use, auth, &now) == ERR_OK;
}

static bool
is_gone(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	(void)s;
	(void)out;
	return tpm_nv_remove(t, TPM_EPOCH_INDEX) == ERR_NOT_FOUND;
}

static bool
is_capped(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	bool capped;

	(void)out;
	return tpm_capped(t, s->unseal.cap, &capped) == ERR_OK && capped;
}

static const struct {
	const char	*act;
	bool		(*approves)(struct tpm *t, const struct scene *s,
			    const struct outcome *out);
} judges[] = {
	{ "random",	 is_long },
	{ "store_seal",	 opens },
	{ "key_create",	 signs },
	{ "key_sign",	 verifies },
	{ "ak_create",	 is_ak },
	{ "certify",	 certifies },
	{ "quote",	 quotes },
	{ "epoch_step",	 is_epoch },
	{ "version_raise", is_version },
	{ "epoch_remove", is_gone },
	{ "epoch_define", steps },
	{ "cap",	 is_capped },
};

bool
judge(struct tpm *t, const struct act *a, const struct scene *s,
    const struct outcome *out)
{
	struct outcome once = { 0 };

	for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++)
		if (strcmp(a->name, judges[i].act) == 0)
			return judges[i].approves(t, s, out);
	return a->run(t, s, &once) == ERR_OK && once.len == out->len &&
	    memcmp(once.at, out->at, out->len) == 0;
}
