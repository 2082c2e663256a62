/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/officers.h"

#include <string.h>

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include "base/own.h"
#include "base/secret.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"

static void
key_drop(ecc_key *key)
{
	wc_ecc_free(key);
}

static void
rng_drop(WC_RNG *rng)
{
	wc_FreeRng(rng);
}

enum err
officers_new(struct officers *out)
{
	ecc_key key OWNED(key_drop);
	WC_RNG rng OWNED(rng_drop);
	word32 x = 32, y = 32, d = 32;

	memset(&rng, 0, sizeof(rng));
	memset(out, 0, sizeof(*out));
	if (wc_ecc_init(&key) != 0 || wc_InitRng(&rng) != 0 ||
	    wc_ecc_make_key_ex(&rng, 32, &key, ECC_SECP256R1) != 0 ||
	    wc_ecc_export_private_raw(&key, out->k.x, &x, out->k.y, &y, out->d,
	    &d) != 0)
		return ERR_INTERNAL;
	return x == 32 && y == 32 && d == 32 ? ERR_OK : ERR_INTERNAL;
}

bool
officers_ecdsa(const struct officers *o, const uint8_t digest[32],
    uint8_t sig[64])
{
	uint8_t x[32], y[32], d[32];
	ecc_key key OWNED(key_drop);
	WC_RNG rng OWNED(rng_drop);
	mp_int r, s;

	memcpy(x, o->k.x, 32);
	memcpy(y, o->k.y, 32);
	memcpy(d, o->d, 32);
	memset(&rng, 0, sizeof(rng));
	return wc_ecc_init(&key) == 0 && wc_InitRng(&rng) == 0 &&
	    mp_init_multi(&r, &s, NULL, NULL, NULL, NULL) == 0 &&
	    wc_ecc_import_unsigned(&key, x, y, d, ECC_SECP256R1) == 0 &&
	    wc_ecc_sign_hash_ex(digest, 32, &rng, &key, &r, &s) == 0 &&
	    mp_to_unsigned_bin_len(&r, sig, 32) == 0 &&
	    mp_to_unsigned_bin_len(&s, sig + 32, 32) == 0;
}

enum err
officers_sign(const struct officers *o, struct tpm_approval *a)
{
	const struct span parts[] = {
		SPAN(a->digest), span_text(tpm_policy_ref(a->policy)),
	};
	uint8_t digest[32];

	TRY(sha256(parts, 2, digest));
	return officers_ecdsa(o, digest, a->sig) ? ERR_OK : ERR_INTERNAL;
}

/* ---- policies ---- */

static enum err
extend(uint8_t at[32], uint8_t command, struct span one, struct span two)
{
	const uint8_t code[4] = { 0, 0, 1, command };
	const struct span parts[] = { { at, 32 }, SPAN(code), one, two };

	return sha256(parts, 4, at);
}

static enum err
put_pcrs(struct tpm *t, const struct tpm_approval *a, uint8_t at[32])
{
	struct tpm_pcrs p = { .select = a->pcrs };
	struct span values[TPM_PCRS];
	uint8_t digest[32], list[10] = { 0, 0, 0, 1 };
	static const uint8_t zero[32];
	size_t n = 0;

	TRY(tpm_pcr_read(t, &p));
	if (a->policy == TPM_POLICY_UNSEAL && a->cap > 0)
		p.select.mask |= 1u << a->cap;
	for (unsigned i = 0; i < TPM_PCRS; i++)
		if (p.select.mask >> i & 1)
			values[n++] = (struct span){
			    i == a->cap ? zero : p.value[i], p.digest_len };
	TRY(sha256(values, n, digest));
	list[4] = (uint8_t)(p.select.bank >> 8);
	list[5] = (uint8_t)p.select.bank;
	list[6] = 3;
	for (int i = 0; i < 3; i++)
		list[7 + i] = (uint8_t)(p.select.mask >> 8 * i);
	return extend(at, 0x7f, SPAN(list), SPAN(digest));
}

static enum err
put_version(const struct officers *o, const struct tpm_approval *a,
    uint8_t at[32])
{
	uint8_t operand[8], digest[32];
	const uint8_t equal[4] = { 0 }, at_most[4] = { 0, 0, 0, 9 };
	const struct span args[] = { SPAN(operand),
	    a->policy == TPM_POLICY_RAISE ? SPAN(equal) : SPAN(at_most) };
	struct tpm_name name;

	for (int i = 0; i < 8; i++)
		operand[i] = (uint8_t)(a->version >> (56 - 8 * i));
	TRY(sha256(args, 2, digest));
	TRY(tpm_version_name(&o->k, &name));
	return extend(at, 0x49, SPAN(digest),
	    (struct span){ name.at, name.len });
}

static enum err
put_raise(const struct officers *o, const struct tpm_approval *a,
    uint8_t at[32])
{
	const uint8_t no = 0, increment[4] = { 0, 0, 0x01, 0x34 };

	if (a->version == 0)
		TRY(extend(at, 0x8f, (struct span){ &no, 1 },
		    (struct span){ 0 }));
	else
		TRY(put_version(o, a, at));
	return extend(at, 0x6c, SPAN(increment), (struct span){ 0 });
}

enum err
officers_approve(const struct officers *o, struct tpm *t,
    struct tpm_approval *a)
{
	memset(a->digest, 0, sizeof(a->digest));
	if (a->policy == TPM_POLICY_RAISE) {
		TRY(put_raise(o, a, a->digest));
	} else {
		TRY(put_pcrs(t, a, a->digest));
		TRY(put_version(o, a, a->digest));
	}
	return officers_sign(o, a);
}

/* ---- a ceremony ---- */

static enum err
approve_all(struct tpm *t, struct custody *c)
{
	const struct tpm_pcr_select boot = { TPM_SHA256, 0x0000ff };

	c->unseal = (struct tpm_approval){ .policy = TPM_POLICY_UNSEAL,
	    .pcrs = boot, .cap = 15, .version = c->version };
	c->use = (struct tpm_approval){ .policy = TPM_POLICY_USE,
	    .pcrs = boot, .version = c->version };
	TRY(officers_approve(&c->officers, t, &c->unseal));
	return officers_approve(&c->officers, t, &c->use);
}

enum err
custody_raise(struct tpm *t, struct custody *c)
{
	struct tpm_approval raise = {
		.policy = TPM_POLICY_RAISE, .version = c->version };

	TRY(officers_approve(&c->officers, t, &raise));
	TRY(tpm_version_raise(t, &c->officers.k, &raise, &c->version));
	return approve_all(t, c);
}

enum err
custody_make(struct tpm *t, struct custody *c)
{
	memset(c, 0, sizeof(*c));
	TRY(officers_new(&c->officers));
	c->k = &c->officers.k;
	TRY(secret_copy(span_text(CUSTODY_AUTH), &c->auth));
	TRY(secret_copy(span_text(CUSTODY_PLAIN), &c->plain));
	TRY(tpm_srk_create(t, &c->srk));
	TRY(tpm_version_define(t, c->k));
	TRY(custody_raise(t, c));
	TRY(tpm_store_seal(t, c->k, c->plain, NULL, &c->store,
	    &c->store_made));
	TRY(tpm_key_create(t, c->k, c->auth, &c->key, c->x, c->y,
	    &c->key_made));
	TRY(tpm_epoch_define(t, c->k, c->auth));
	return tpm_epoch_step(t, c->k, &c->use, c->auth, &c->epoch);
}

void
custody_drop(struct custody *c)
{
	secret_drop(&c->plain);
	secret_drop(&c->auth);
}

enum err
custody_unseal(struct tpm *t, const struct custody *c,
    const struct tpm_approval *a)
{
	struct secret *back OWNED(secret_drop) = NULL;

	TRY(tpm_store_unseal(t, c->k, a, NULL, &c->store, &back));
	return span_equal(secret_span(back), secret_span(c->plain)) ? ERR_OK :
	    ERR_INTERNAL;
}

enum err
custody_sign(struct tpm *t, const struct custody *c,
    const struct tpm_approval *a, const struct secret *auth)
{
	const uint8_t digest[32] = { 7 };
	uint8_t sig[64];

	TRY(tpm_key_sign(t, c->k, a, &c->key, auth, digest, sig));
	return p256_verify(c->x, c->y, digest, sig) == ERR_OK ? ERR_OK :
	    ERR_INTERNAL;
}

enum err
custody_step(struct tpm *t, struct custody *c, const struct tpm_approval *a,
    const struct secret *auth)
{
	uint64_t was = c->epoch;

	TRY(tpm_epoch_step(t, c->k, a, auth, &c->epoch));
	return c->epoch == was + 1 ? ERR_OK : ERR_INTERNAL;
}
