/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "tpm/tpm_int.h"

enum err
tpm_random(struct tpm *t, uint8_t *out, size_t len)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);

	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(session_use(&hmac, TPMA_SESSION_ENCRYPT));
	while (len > 0) {
		TPM2B_DIGEST *some OWNED(digest_drop) = NULL;
		size_t want = len < TPM_DIGEST_MAX ? len : TPM_DIGEST_MAX;

		/* It gives no more than its largest digest at a time. */
		TRY(tpm_check(t, Esys_GetRandom(t->esys, hmac.tr, ESYS_TR_NONE,
		    ESYS_TR_NONE, (uint16_t)want, &some), "get random bytes"));
		if (some->size == 0 || some->size > want)
			return log_err(ERR_HARDWARE, "TPM: get random bytes: "
			    "%u came for %zu", some->size, want);
		memcpy(out, some->buffer, some->size);
		out += some->size;
		len -= some->size;
	}
	return ERR_OK;
}

static enum err
capability(struct tpm *t, TPM2_CAP what, uint32_t first, uint32_t count,
    TPMS_CAPABILITY_DATA **out)
{
	return tpm_check(t, Esys_GetCapability(t->esys, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, what, first, count, NULL, out),
	    "ask what the TPM is");
}

static void
put_text(uint32_t word, char *at)
{
	for (int i = 0; i < 4; i++) {
		char c = (char)(word >> (24 - 8 * i) & 0x7f);

		at[i] = c < ' ' || c == 0x7f ? '\0' : c;
	}
}

static void
take_property(const TPMS_TAGGED_PROPERTY *p, struct tpm_info *out)
{
	switch (p->property) {
	case TPM2_PT_MANUFACTURER:
		put_text(p->value, out->maker);
		break;
	case TPM2_PT_VENDOR_STRING_1:
	case TPM2_PT_VENDOR_STRING_2:
	case TPM2_PT_VENDOR_STRING_3:
	case TPM2_PT_VENDOR_STRING_4:
		put_text(p->value, out->model +
		    4 * (p->property - TPM2_PT_VENDOR_STRING_1));
		break;
	case TPM2_PT_FIRMWARE_VERSION_1:
		out->firmware |= (uint64_t)p->value << 32;
		break;
	case TPM2_PT_FIRMWARE_VERSION_2:
		out->firmware |= p->value;
		break;
	case TPM2_PT_HR_LOADED:
		out->sessions = p->value;
		break;
	case TPM2_PT_LOCKOUT_COUNTER:
		out->failures = p->value;
		break;
	case TPM2_PT_MAX_AUTH_FAIL:
		out->failures_max = p->value;
		break;
	default:
		break;
	}
}

static enum err
take_properties(struct tpm *t, uint32_t first, struct tpm_info *out)
{
	TPMS_CAPABILITY_DATA *found OWNED(capability_drop) = NULL;
	const TPML_TAGGED_TPM_PROPERTY *list;

	TRY(capability(t, TPM2_CAP_TPM_PROPERTIES, first,
	    TPM2_MAX_TPM_PROPERTIES, &found));
	list = &found->data.tpmProperties;
	for (uint32_t i = 0; i < list->count; i++)
		take_property(&list->tpmProperty[i], out);
	return ERR_OK;
}

enum err
tpm_info(struct tpm *t, struct tpm_info *out)
{
	TPMS_CAPABILITY_DATA *objects OWNED(capability_drop) = NULL;
	TPMS_TIME_INFO *now OWNED(time_drop) = NULL;
	struct tpm_info info = { .shared = t->shared };

	TRY(tpm_ready(t));
	TRY(take_properties(t, TPM2_PT_FIXED, &info));
	TRY(take_properties(t, TPM2_PT_VAR, &info));
	TRY(capability(t, TPM2_CAP_HANDLES, TRANSIENT_FIRST,
	    TPM2_MAX_CAP_HANDLES, &objects));
	info.objects = objects->data.handles.count;
	TRY(tpm_check(t, Esys_ReadClock(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
	    ESYS_TR_NONE, &now), "read the TPM's clock"));
	info.resets = now->clockInfo.resetCount;
	info.restarts = now->clockInfo.restartCount;
	info.clock_ms = now->clockInfo.clock;
	info.safe = now->clockInfo.safe == TPM2_YES;
	*out = info;
	return ERR_OK;
}
