/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/maker.h"

#include <string.h>

#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "tpm/custody_int.h"

enum { CHUNK = 512 };

/* ---- its maker ---- */

static enum err
define(struct tpm *t, uint32_t index, size_t len, struct held *out)
{
	const TPM2B_AUTH none = { .size = 0 };
	const TPM2B_NV_PUBLIC area = {
		.nvPublic = {
			.nvIndex = index,
			.nameAlg = TPM2_ALG_SHA256,
			.attributes = TPMA_NV_PPWRITE | TPMA_NV_PPREAD |
			    TPMA_NV_OWNERREAD | TPMA_NV_AUTHREAD |
			    TPMA_NV_NO_DA | TPMA_NV_PLATFORMCREATE,
			.dataSize = (uint16_t)len,
		},
	};

	return tpm_check(t, Esys_NV_DefineSpace(t->esys, ESYS_TR_RH_PLATFORM,
	    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &none, &area,
	    &out->tr), "make room for a certificate");
}

enum err
maker_index(struct tpm *t, uint32_t at, const uint8_t *bytes, size_t len)
{
	struct held index OWNED(known_drop) = HELD(t);
	TPM2B_MAX_NV_BUFFER data = { .size = 0 };
	enum err e;

	TRY(tpm_ready(t));
	e = maker_remove(t, at);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	TRY(define(t, at, len, &index));
	for (size_t n = 0; bytes != NULL && n < len; n += data.size) {
		data.size = (uint16_t)(len - n < CHUNK ? len - n : CHUNK);
		memcpy(data.buffer, bytes + n, data.size);
		TRY(tpm_check(t, Esys_NV_Write(t->esys, ESYS_TR_RH_PLATFORM,
		    index.tr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
		    &data, (uint16_t)n), "write a certificate"));
	}
	return ERR_OK;
}

enum err
maker_remove(struct tpm *t, uint32_t at)
{
	struct held index OWNED(known_drop) = HELD(t);

	TRY(tpm_ready(t));
	TRY(index_look(&index, at));
	TRY(tpm_check(t, Esys_NV_UndefineSpace(t->esys, ESYS_TR_RH_PLATFORM,
	    index.tr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE),
	    "remove a certificate"));
	index.tr = ESYS_TR_NONE;
	return ERR_OK;
}

/* ---- who enrols it ---- */

/* A TPM2B of these bytes. */
static size_t
put_sized(const uint8_t *from, size_t len, uint8_t *at)
{
	at[0] = (uint8_t)(len >> 8);
	at[1] = (uint8_t)len;
	memcpy(at + 2, from, len);
	return 2 + len;
}

static void
object_drop(TPM2B_ID_OBJECT **at)
{
	Esys_Free(*at);
}

static void
encrypted_drop(TPM2B_ENCRYPTED_SECRET **at)
{
	Esys_Free(*at);
}

enum err
maker_credential(struct tpm *t, enum tpm_ek which, const struct tpm_public *ek,
    const struct tpm_name *name, struct span secret,
    struct maker_credential *out)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held key OWNED(held_drop) = HELD(t);
	TPM2B_ID_OBJECT *object OWNED(object_drop) = NULL;
	TPM2B_ENCRYPTED_SECRET *encrypted OWNED(encrypted_drop) = NULL;
	TPM2B_PUBLIC area = { .size = 0 };
	TPM2B_AUTH plain OWNED(auth_clear) = { .size = (uint16_t)secret.len };
	TPM2B_NAME of = { .size = (uint16_t)name->len };

	*out = (struct maker_credential){ .ek = which };
	memcpy(plain.buffer, secret.at, secret.len);
	memcpy(of.name, name->at, name->len);
	TRY(area_of_bytes((struct span){ ek->at, ek->len }, &area));
	TRY(tpm_ready_pinned(t));
	TRY(tpm_check(t, Esys_LoadExternal(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
	    ESYS_TR_NONE, NULL, &area, ESYS_TR_RH_NULL, &key.tr),
	    "load somebody's EK"));
	TRY(session_hmac(&hmac));
	TRY(session_use(&hmac, TPMA_SESSION_DECRYPT));
	TRY(tpm_check(t, Esys_MakeCredential(t->esys, key.tr, hmac.tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, &plain, &of, &object, &encrypted),
	    "make a credential"));
	if (2u + object->size > sizeof(out->object) ||
	    2u + encrypted->size > sizeof(out->secret))
		return ERR_LIMIT;
	out->object_len = put_sized(object->credential, object->size,
	    out->object);
	out->secret_len = put_sized(encrypted->secret, encrypted->size,
	    out->secret);
	return ERR_OK;
}

enum err
maker_signing_key(struct tpm *t, struct tpm_blob *out)
{
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held ek OWNED(held_drop) = HELD(t);
	struct held session OWNED(held_drop) = HELD(t);
	const TPM2B_SENSITIVE_CREATE none = { .size = 0 };
	TPM2B_PUBLIC area;

	TRY(area_of_ak(&area));
	area.publicArea.objectAttributes &= ~(TPMA_OBJECT)
	    TPMA_OBJECT_RESTRICTED;
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(ek_derive(&hmac, TPM_EK_ECC, &ek, NULL));
	TRY(ek_session(&hmac, &session));
	return object_create(&session, ek.tr, &area, &none, out, NULL, NULL);
}

/* ---- who is shown a quote ---- */

/* A number of a TPMT_SIGNATURE, its size before it. */
static const uint8_t *
number(const uint8_t *from, const uint8_t *end, uint8_t out[32])
{
	size_t len;

	if (end - from < 2)
		return end;
	len = (size_t)from[0] << 8 | from[1];
	from += 2;
	if (len > 32 || len > (size_t)(end - from))
		return end;
	memset(out, 0, 32);
	memcpy(out + 32 - len, from, len);
	return from + len;
}

static bool
is_signed(const struct tpm_blob *ak, const struct tpm_quote *q)
{
	static const uint8_t ecdsa_sha256[] = { 0x00, 0x18, 0x00, 0x0b };
	const struct span attest = { q->attest, q->attest_len };
	const uint8_t *end = q->sig + q->sig_len;
	const uint8_t *y = ak->pub + ak->pub_len - 32;
	uint8_t digest[32], sig[64] = { 0 };

	return q->sig_len > 4 && memcmp(q->sig, ecdsa_sha256, 4) == 0 &&
	    number(number(q->sig + 4, end, sig), end, sig + 32) == end &&
	    sha256(&attest, 1, digest) == ERR_OK &&
	    p256_verify(y - 34, y, digest, sig) == ERR_OK;
}

static bool
is_over(const struct tpm_pcrs *p, const uint8_t digest[static 32])
{
	struct span values[TPM_PCRS];
	uint8_t want[32];
	size_t n = 0;

	for (unsigned i = 0; i < TPM_PCRS; i++)
		if (p->select.mask & 1u << i)
			values[n++] = (struct span){ p->value[i],
			    p->digest_len };
	return sha256(values, n, want) == ERR_OK &&
	    memcmp(want, digest, 32) == 0;
}

/* Its parts lie where they do for an AK whose Name is of SHA-256 and one
 * selection. */
bool
maker_quoted(const struct tpm_blob *ak, const struct tpm_quote *q,
    const uint8_t qualifying[static 32])
{
	const uint32_t mask = q->pcrs.select.mask;
	const uint8_t head[] = { 0xff, 'T', 'C', 'G', 0x80, 0x18, 0, 34 };
	const uint8_t pcrs[] = { 0, 0, 0, 1, 0, (uint8_t)q->pcrs.select.bank,
	    3, (uint8_t)mask, (uint8_t)(mask >> 8), (uint8_t)(mask >> 16),
	    0, 32 };

	return q->attest_len == 145 && memcmp(q->attest, head, 8) == 0 &&
	    q->attest[43] == 32 && memcmp(q->attest + 44, qualifying, 32) ==
	    0 && memcmp(q->attest + 101, pcrs, sizeof(pcrs)) == 0 &&
	    is_over(&q->pcrs, q->attest + 113) && is_signed(ak, q);
}
