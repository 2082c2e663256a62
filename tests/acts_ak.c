/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/acts.h"

#include "base/own.h"
#include "base/secret.h"
#include "tpm/ak.h"
#include "tpm/quote.h"

enum err
act_ak_create(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	struct tpm_point at;
	struct tpm_blob blob;

	TRY(scene_auth(&auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_ak_create(t, auth, &blob, at.x, at.y));
	out_blob(out, &blob);
	return ERR_OK;
}

enum err
act_certify(struct tpm *t, const struct scene *s, struct outcome *out)
{
	const uint8_t nonce[32] = { 4 };
	struct secret *auth OWNED(secret_drop) = NULL;
	struct tpm_certificate c = { 0 };

	TRY(scene_auth(&auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_certify(t, &s->officers.k, &s->ak, auth, TPM_KIND_KEY,
	    &s->key, &s->key_made, nonce, &c));
	out_put(out, &c, sizeof(c));
	return ERR_OK;
}

enum err
act_quote(struct tpm *t, const struct scene *s, struct outcome *out)
{
	const uint8_t qualifying[32] = { 6 };
	struct secret *auth OWNED(secret_drop) = NULL;
	struct tpm_quote q = { .attest_len = 0 };

	TRY(scene_auth(&auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_quote(t, &s->ak, auth, ACTS_BOOT, qualifying, &q));
	out_put(out, q.attest, q.attest_len);
	out_put(out, q.pcrs.value, sizeof(q.pcrs.value[0]) * 8);
	out_put(out, q.sig, q.sig_len);
	return ERR_OK;
}

enum err
act_activate(struct tpm *t, const struct scene *s, struct outcome *out)
{
	const struct tpm_credential c = maker_gives(&s->credential);
	struct secret *auth OWNED(secret_drop) = NULL;
	struct secret *plain OWNED(secret_drop) = NULL;

	TRY(scene_auth(&auth));
	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_activate(t, &s->ak, auth, &c, &plain));
	out_put(out, secret_span(plain).at, secret_len(plain));
	return ERR_OK;
}

enum err
act_ek_public(struct tpm *t, const struct scene *s, struct outcome *out)
{
	struct tpm_public ek;

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_ek_public(t, TPM_EK_ECC, &ek));
	out_put(out, ek.at, ek.len);
	return ERR_OK;
}

enum err
act_ek_cert(struct tpm *t, const struct scene *s, struct outcome *out)
{
	uint8_t cert[TPM_EK_CERT_MAX];
	size_t len = 0;

	TRY(tpm_srk_pin(t, &s->srk));
	TRY(tpm_ek_certificate(t, TPM_EK_ECC, cert, &len));
	/* Of one that needs two commands. */
	out_put(out, cert + len - sizeof(out->at), sizeof(out->at));
	return ERR_OK;
}
