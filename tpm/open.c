/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tpm/aside.h"
#include "tpm/tpm_int.h"

enum { LIMIT_MS = 10000 };

/* Without a name before its first colon the loader would go and find a TPM of
 * its own. */
static bool
names_a_tcti(const char *tcti)
{
	return tcti != NULL && tcti[0] != '\0' && tcti[0] != ':';
}

static bool
has_manager(const char *tcti)
{
	return strncmp(tcti, "device:/dev/tpmrm", 17) == 0;
}

static enum err
open_over(struct carrier *c, const char *name, bool shared, struct tpm **out)
{
	struct tpm *t OWNED(tpm_drop) = calloc(1, sizeof(*t));

	/* tss2 would add lines of its own, secrets among them when told to.
	 * It looks once, at its first line. */
	if (t == NULL || setenv("TSS2_LOG", "all+NONE", 1) == -1) {
		carrier_drop(c);
		return log_errno("make room for the TPM");
	}
	t->carrier = GIVE(*c, (struct carrier){ 0 });
	t->shared = shared;
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->limit_ms = LIMIT_MS;
	t->srk = ESYS_TR_NONE;
	tcti_init(&t->tcti, t);
	*out = GIVE(t, NULL);
	return ERR_OK;
}

/* A TPM that has answered once. */
static enum err
answered(struct tpm **made, struct tpm **out)
{
	struct tpm *t OWNED(tpm_drop) = GIVE(*made, NULL);

	TRY(tpm_ready(t));
	*out = GIVE(t, NULL);
	return ERR_OK;
}

enum err
tpm_open_over(struct carrier *c, struct tpm **out)
{
	struct tpm *t = NULL;

	TRY(open_over(c, "(test)", false, &t));
	return answered(&t, out);
}

enum err
tpm_reach(const char *tcti, struct tpm **out)
{
	struct carrier c OWNED(carrier_drop) = { 0 };

	if (!names_a_tcti(tcti))
		return log_err(ERR_MALFORMED, "TPM: no TCTI is named, as in "
		    "swtpm:path=/run/tpm or device:/dev/tpm0");
	/* The porter's process inherits it. */
	if (setenv("TSS2_LOG", "all+NONE", 1) == -1)
		return log_errno("silence tss2");
	TRY(carrier_open(tcti, &c));
	return open_over(&c, tcti, has_manager(tcti), out);
}

enum err
tpm_open(const char *tcti, struct tpm **out)
{
	struct tpm *t = NULL;

	TRY(tpm_reach(tcti, &t));
	return answered(&t, out);
}

void
tpm_forget(struct tpm *t)
{
	if (t->esys != NULL)
		Esys_Finalize(&t->esys);
	t->esys = NULL;
	t->srk = ESYS_TR_NONE;
	t->broken = false;
}

void
tpm_drop(struct tpm **t)
{
	if (*t == NULL)
		return;
	tpm_aside_abandon(*t);
	aside_drop(&(*t)->aside);
	tpm_forget(*t);
	carrier_drop(&(*t)->carrier);
	free(*t);
	*t = NULL;
}

void
tpm_limit(struct tpm *t, unsigned limit_ms)
{
	t->limit_ms = limit_ms;
}

void
held_drop(struct held *h)
{
	if (h->tr == ESYS_TR_NONE)
		return;
	/* Of a broken context tpm_ready takes care.  What cannot be flushed
	 * otherwise is left to it as well. */
	if (!h->t->broken && tpm_check(h->t, Esys_FlushContext(h->t->esys,
	    h->tr), "free what was used") != ERR_OK)
		h->t->broken = true;
	h->tr = ESYS_TR_NONE;
}

/* A command whose answer was lost may have left something loaded; somebody
 * who saved sessions and lost them takes their handles from us. */
static enum err
flush_all(struct tpm *t, TPM2_HANDLE first)
{
	TPMS_CAPABILITY_DATA *found OWNED(capability_drop) = NULL;
	const TPML_HANDLE *handles;

	TRY(tpm_check(t, Esys_GetCapability(t->esys, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, first,
	    TPM2_MAX_CAP_HANDLES, NULL, &found), "look for what is loaded"));
	handles = &found->data.handles;
	for (uint32_t i = 0; i < handles->count; i++) {
		struct held left OWNED(held_drop) = HELD(t);

		TRY(tpm_check(t, Esys_TR_FromTPMPublic(t->esys,
		    handles->handle[i], ESYS_TR_NONE, ESYS_TR_NONE,
		    ESYS_TR_NONE, &left.tr), "look at what is loaded"));
	}
	return t->broken ? ERR_HARDWARE : ERR_OK;
}

static enum err
connect_anew(struct tpm *t)
{
	struct tpm_name pinned = t->pinned;

	tpm_forget(t);
	TRY(tpm_check(t, Esys_Initialize(&t->esys,
	    (TSS2_TCTI_CONTEXT *)&t->tcti, NULL), "make a context"));
	if (!t->shared) {
		TRY(flush_all(t, TRANSIENT_FIRST));
		TRY(flush_all(t, TPM2_LOADED_SESSION_FIRST));
		TRY(flush_all(t, TPM2_ACTIVE_SESSION_FIRST));
	}
	return pinned.len > 0 ? srk_find(t, &pinned) : ERR_OK;
}

enum err
tpm_ready(struct tpm *t)
{
	enum err e;

	if (aside_elsewhere(t))
		return log_err(ERR_BUSY, "TPM %s: another work waits for it",
		    t->name);
	t->trouble = TPM_WELL;
	if (t->esys != NULL && !t->broken)
		return ERR_OK;
	e = connect_anew(t);
	if (e != ERR_OK)
		t->broken = true;
	return e;
}

enum err
tpm_ready_pinned(struct tpm *t)
{
	TRY(tpm_ready(t));
	return t->srk != ESYS_TR_NONE ? ERR_OK :
	    log_err(ERR_STATE, "TPM: no SRK is pinned yet");
}
