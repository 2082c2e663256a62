/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/judge.h"

#include <string.h>

#include "base/own.h"
#include "crypto/ecdsa.h"
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
opens(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const struct tpm_blob blob = blob_of(out);
	struct secret *back OWNED(secret_drop) = NULL;

	return tpm_store_unseal(t, &s->k, &s->unseal, NULL, &blob, &back) ==
	    ERR_OK &&
	    span_equal(secret_span(back), span_text("what is sealed"));
}

static bool
signs(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const struct tpm_blob blob = blob_of(out);
	const uint8_t *x = out->at + out->len - 64, digest[32] = { 3 };
	struct secret *auth OWNED(secret_drop) = NULL;
	uint8_t sig[64];

	return secret_copy(span_text("an authorisation"), &auth) == ERR_OK &&
	    tpm_key_sign(t, &s->k, &s->use, &blob, auth, digest, sig) ==
	    ERR_OK &&
	    p256_verify(x, x + 32, digest, sig) == ERR_OK;
}

static bool
verifies(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const uint8_t digest[32] = { 3 };

	(void)t;
	return out->len == 64 &&
	    p256_verify(s->x, s->y, digest, out->at) == ERR_OK;
}

/* Some other try may have stepped as well. */
static bool
is_beyond(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	uint64_t now;

	(void)t;
	memcpy(&now, out->at, sizeof(now));
	return out->len == sizeof(now) && now > s->epoch;
}

static bool
is_certified(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const uint8_t nonce[32] = { 4 };
	struct tpm_certificate made = { .len = out->len - 64 };

	(void)t;
	memcpy(made.attest, out->at, made.len);
	memcpy(made.sig, out->at + made.len, 64);
	return tpm_certified(&made, &s->ak, &s->k, TPM_KIND_STORE, &s->store,
	    nonce) == ERR_OK;
}

/* Nobody can say of random bytes that they are wrong. */
static bool
is_long(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	(void)t;
	(void)s;
	return out->len == 100;
}

static const struct {
	const char	*act;
	bool		(*approves)(struct tpm *t, const struct scene *s,
			    const struct outcome *out);
} judges[] = {
	{ "seal",	 opens },
	{ "key_create",	 signs },
	{ "key_sign",	 verifies },
	{ "step",	 is_beyond },
	{ "certify",	 is_certified },
	{ "random",	 is_long },
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
