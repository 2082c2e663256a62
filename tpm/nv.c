/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/nv.h"

#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/log.h"
#include "tpm/custody_int.h"

#define COUNTER ((TPMA_NV)TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT)

/* One of the two, and under whom. */
struct counter {
	const struct tpm_point	*k;
	bool			 epoch;
};

static enum err
area_of(const struct counter *c, bool written, TPMS_NV_PUBLIC *out)
{
	*out = (TPMS_NV_PUBLIC){
		.nvIndex = c->epoch ? TPM_EPOCH_INDEX : TPM_VERSION_INDEX,
		.nameAlg = TPM2_ALG_SHA256,
		.attributes = COUNTER | TPMA_NV_POLICYWRITE | TPMA_NV_AUTHREAD |
		    TPMA_NV_NO_DA | (written ? TPMA_NV_WRITTEN : 0),
		.authPolicy.size = 32,
		.dataSize = 8,
	};
	return tpm_policy_of(c->k, c->epoch ? TPM_POLICY_USE :
	    TPM_POLICY_RAISE, c->epoch, out->authPolicy.buffer);
}

static enum err
name_of_counter(const struct counter *c, bool written, struct tpm_name *out)
{
	TPMS_NV_PUBLIC area;
	uint8_t at[128];
	size_t len = 0;

	TRY(area_of(c, written, &area));
	if (Tss2_MU_TPMS_NV_PUBLIC_Marshal(&area, at, sizeof(at), &len) !=
	    TSS2_RC_SUCCESS)
		return log_err(ERR_INTERNAL, "TPM: an index without a Name");
	return name_bytes(at, len, out);
}

enum err
tpm_version_name(const struct tpm_point *k, struct tpm_name *out)
{
	return name_of_counter(&(struct counter){ k, false }, true, out);
}

static enum err
is_named(const struct held *index, const struct counter *c, bool written,
    bool *out)
{
	struct tpm *t = index->t;
	TPM2B_NAME *name OWNED(name_drop) = NULL;
	struct tpm_name want = { 0 };

	TRY(name_of_counter(c, written, &want));
	/* As ESYS computes it; it is in the HMAC of each command. */
	TRY(tpm_check(t, Esys_TR_GetName(t->esys, index->tr, &name),
	    "compute a Name"));
	*out = name->size == want.len &&
	    memcmp(name->name, want.at, want.len) == 0;
	return ERR_OK;
}

enum err
index_look(struct held *index, TPM2_HANDLE at)
{
	struct tpm *t = index->t;
	TSS2_RC rc = Esys_TR_FromTPMPublic(t->esys, at, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, &index->tr);

	return tpm_check(t, rc, "look at an NV index");
}

static enum err
find(const struct counter *c, bool *written, struct held *out)
{
	bool fresh = false;
	enum err e = index_look(out, c->epoch ? TPM_EPOCH_INDEX :
	    TPM_VERSION_INDEX);

	if (e == ERR_NOT_FOUND)
		e = ERR_STATE;
	TRY(e);
	TRY(is_named(out, c, true, written));
	if (!*written)
		TRY(is_named(out, c, false, &fresh));
	return *written || fresh ? ERR_OK : log_err(ERR_STATE, "TPM: the NV "
	    "index at 0x%x is not the one that was made for this key of the "
	    "officers", c->epoch ? TPM_EPOCH_INDEX : TPM_VERSION_INDEX);
}

enum err
version_find(const struct tpm_point *k, struct held *out)
{
	bool written;		/* else the TPM says that it was not */

	return find(&(struct counter){ k, false }, &written, out);
}

static enum err
define(struct tpm *t, const struct counter *c, const struct secret *auth)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held index OWNED(known_drop) = HELD(t);
	TPM2B_AUTH value OWNED(auth_clear) = { 0 };
	TPM2B_NV_PUBLIC area = { 0 };

	if (auth != NULL)
		TRY(auth_of(auth, &value));
	TRY(area_of(c, false, &area.nvPublic));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(session_use(&hmac, TPMA_SESSION_DECRYPT));
	return tpm_check(t, Esys_NV_DefineSpace(t->esys, ESYS_TR_RH_OWNER,
	    hmac.tr, ESYS_TR_NONE, ESYS_TR_NONE, &value, &area, &index.tr),
	    "define an NV index");
}

enum err
tpm_version_define(struct tpm *t, const struct tpm_point *k)
{
	return define(t, &(struct counter){ k, false }, NULL);
}

enum err
tpm_epoch_define(struct tpm *t, const struct tpm_point *k,
    const struct secret *auth)
{
	return define(t, &(struct counter){ k, true }, auth);
}

/* Under the index's own authorisation, which ESYS has. */
static enum err
read_value(const struct held *index, const struct held *hmac, uint64_t *out)
{
	struct tpm *t = index->t;
	TPM2B_MAX_NV_BUFFER *data OWNED(number_drop) = NULL;

	TRY(session_use(hmac, TPMA_SESSION_ENCRYPT));
	TRY(tpm_check(t, Esys_NV_Read(t->esys, index->tr, index->tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, 8, 0, &data), "read a counter"));
	if (data->size != 8)
		return log_err(ERR_HARDWARE, "TPM: read a counter: %u bytes "
		    "came for 8", data->size);
	*out = 0;
	for (int i = 0; i < 8; i++)
		*out = *out << 8 | data->buffer[i];
	return ERR_OK;
}

static enum err
read_counter(struct tpm *t, const struct counter *c, const struct secret *auth,
    uint64_t *now)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held index OWNED(known_drop) = HELD(t);
	bool written;		/* likewise */
	enum err e;

	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(find(c, &written, &index));
	if (auth == NULL)
		return read_value(&index, &hmac, now);
	TRY(auth_lend(&index, auth));
	e = read_value(&index, &hmac, now);
	TRY(auth_take_back(&index));
	return e;
}

enum err
tpm_version_read(struct tpm *t, const struct tpm_point *k, uint64_t *now)
{
	return read_counter(t, &(struct counter){ k, false }, NULL, now);
}

enum err
tpm_epoch_read(struct tpm *t, const struct tpm_point *k,
    const struct secret *auth, uint64_t *now)
{
	return read_counter(t, &(struct counter){ k, true }, auth, now);
}

static enum err
increment(const struct held *index, const struct held *hmac,
    const struct permit *p)
{
	struct tpm *t = index->t;
	struct held session OWNED(held_drop) = HELD(t);
	TSS2_RC rc = TPM2_RC_PCR_CHANGED;

	TRY(policy_session(&session));
	TRY(session_use(&session, 0));
	for (int i = 0; i < PCR_TRIES && rc == TPM2_RC_PCR_CHANGED; i++) {
		TRY(permit_satisfy(&session, hmac, p, i > 0));
		rc = Esys_NV_Increment(t->esys, index->tr, index->tr,
		    session.tr, ESYS_TR_NONE, ESYS_TR_NONE);
	}
	return tpm_check(t, rc, "step a counter");
}

enum err
tpm_version_raise(struct tpm *t, const struct tpm_point *k,
    const struct tpm_approval *a, uint64_t *now)
{
	const struct counter c = { k, false };
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held index OWNED(known_drop) = HELD(t);
	struct permit permit = { .version = HELD(t) };
	bool written;

	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(find(&c, &written, &index));
	if (written)
		permit.version = index;		/* borrowed */
	TRY(permit_take(&hmac, k, TPM_POLICY_RAISE, a, &permit));
	TRY(increment(&index, &hmac, &permit));
	return read_value(&index, &hmac, now);
}

static enum err
step_and_read(const struct held *index, const struct held *hmac,
    const struct permit *p, uint64_t *now)
{
	TRY(increment(index, hmac, p));
	return read_value(index, hmac, now);
}

enum err
tpm_epoch_step(struct tpm *t, const struct tpm_point *k,
    const struct tpm_approval *a, const struct secret *auth, uint64_t *now)
{
	const struct counter c = { k, true };
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held index OWNED(known_drop) = HELD(t);
	struct permit permit OWNED(permit_drop) = { .version = HELD(t) };
	bool written;
	enum err e;

	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(find(&c, &written, &index));
	TRY(permit_take(&hmac, k, TPM_POLICY_USE, a, &permit));
	TRY(auth_lend(&index, auth));
	e = step_and_read(&index, &hmac, &permit, now);
	TRY(auth_take_back(&index));
	return e;
}

enum err
tpm_nv_remove(struct tpm *t, uint32_t at)
{
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held index OWNED(known_drop) = HELD(t);

	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(index_look(&index, at));
	TRY(session_use(&hmac, TPMA_SESSION_AUDIT));
	TRY(tpm_check(t, Esys_NV_UndefineSpace(t->esys, ESYS_TR_RH_OWNER,
	    index.tr, hmac.tr, ESYS_TR_NONE, ESYS_TR_NONE),
	    "remove an NV index"));
	index.tr = ESYS_TR_NONE;	/* with it ESYS forgot it */
	return ERR_OK;
}
