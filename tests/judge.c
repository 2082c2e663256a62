/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/judge.h"

#include <string.h>

#include "base/own.h"
#include "crypto/ecdsa.h"

static const struct tpm_pcr_select boot = { TPM_SHA256, 0x0000ff };

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

	(void)s;
	return tpm_unseal(t, boot, &blob, &back) == ERR_OK &&
	    span_equal(secret_span(back), span_text("what is sealed"));
}

static bool
signs(struct tpm *t, const struct scene *s, const struct outcome *out)
{
	const struct tpm_blob blob = blob_of(out);
	const uint8_t *x = out->at + out->len - 64, digest[32] = { 3 };
	struct secret *auth OWNED(secret_drop) = NULL;
	uint8_t sig[64];

	(void)s;
	return secret_copy(span_text("an authorisation"), &auth) == ERR_OK &&
	    tpm_root_sign(t, boot, &blob, auth, digest, sig) == ERR_OK &&
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
	{ "root_create", signs },
	{ "root_sign",	 verifies },
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
