/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_TPM_INT_H
#define TPM_TPM_INT_H

/*
 * What the files of tpm/ share; only they and its tests include it.
 *
 * Each operation begins with tpm_ready and takes what it needs from the TPM as
 * struct held, which gives it back on every way out.
 */

#include <stdbool.h>

#include <tss2/tss2_esys.h>

#include "tpm/carrier.h"
#include "tpm/drops.h"
#include "tpm/life.h"
#include "tpm/tcti.h"
#include "tpm/tpm.h"

struct aside;
struct tpm_creation;

/* What the TPM found to be K's (tpm/permit.c), good until it is cleared. */
struct ticket {
	uint8_t			of[32 + 64 + 64];	/* digest, sig, K */
	TPMT_TK_VERIFIED	is;
};

struct tpm {
	struct carrier	 carrier;
	struct tcti	 tcti;
	ESYS_CONTEXT	*esys;		/* NULL or broken: to be made anew */
	bool		 broken;
	bool		 shared;	/* a resource manager frees for us */
	unsigned	 limit_ms;
	char		 name[80];	/* its TCTI, cut, for the log */
	const char	*why;		/* the carrier's word on its failure */
	enum tpm_trouble trouble;	/* of this operation */
	struct aside	*aside;		/* tpm/aside.h; NULL until needed */
	struct tpm_name	 pinned;	/* the SRK; empty before tpm_srk_pin */
	ESYS_TR		 srk;
	struct ticket	 tickets[3];	/* one of each kind of approval */
};

/* A session or a transient object; empty when tr is ESYS_TR_NONE. */
struct held {
	struct tpm	*t;
	ESYS_TR		 tr;
};

#define HELD(t) { (t), ESYS_TR_NONE }

/* tss2's own shifts into the sign of an int. */
#define TRANSIENT_FIRST 0x80000000u

/* tpm_open with a carrier of the caller's, which is given away. */
enum err tpm_open_over(struct carrier *c, struct tpm **out);

/* A context that may be used, and nothing of ours left in the TPM from one
 * that was lost. */
enum err tpm_ready(struct tpm *t);

/* The same, and STATE before an SRK is pinned. */
enum err tpm_ready_pinned(struct tpm *t);

/* Log rc with what was being done; our word for it.  What is not the TPM's own
 * word breaks the context. */
enum err tpm_check(struct tpm *t, TSS2_RC rc, const char *doing);

/* Out of the TPM again; made for OWNED. */
void held_drop(struct held *h);

/* An HMAC session, salted to the SRK. */
enum err session_hmac(struct held *session);

/* For the next command: TPMA_SESSION_{DE,EN}CRYPT or _AUDIT, as it allows. */
enum err session_use(const struct held *session, TPMA_SESSION how);

/* A salted policy session, not satisfied yet. */
enum err policy_session(struct held *session);

/* MALFORMED for a bank or a mask that there is not. */
enum err pcr_selection(struct tpm_pcr_select select, TPML_PCR_SELECTION *out);

/* The PCRs of a list that has this bank alone; 0 for another. */
uint32_t pcr_mask(const TPML_PCR_SELECTION *list, uint16_t bank);

/* Read under a session: NOT_FOUND when the TPM has not all of them. */
enum err pcr_read(struct tpm *t, const struct held *hmac,
    struct tpm_pcr_select select, struct tpm_pcrs *out);

/* Create a child with this public area and sensitive part, in a session that
 * authorises the parent. */
enum err object_create(const struct held *session, ESYS_TR parent,
    const TPM2B_PUBLIC *area, const TPM2B_SENSITIVE_CREATE *sensitive,
    struct tpm_blob *out, TPM2B_PUBLIC *public, struct tpm_creation *made);

/* Load it again: AUTH unless it is area but for what makes it unique. */
enum err object_load(const struct held *session, ESYS_TR parent,
    const struct tpm_blob *blob, const TPM2B_PUBLIC *area,
    struct held *object);

/* Take the SRK into use if its Name is this one. */
enum err srk_find(struct tpm *t, const struct tpm_name *want);

/* A policy is good for one command; PCRs that move meanwhile are tried again
 * this often. */
#define PCR_TRIES 5

#endif
