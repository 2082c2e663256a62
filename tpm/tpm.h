/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_TPM_H
#define TPM_TPM_H

/*
 * The TPM, in the words of this appliance.  Each failure is logged once, in
 * words; no tss2 type or return code leaves this folder.
 *
 * Every call comes back.  A TPM that is stopped, gone or speaks nonsense costs
 * at most the limit for one command (tpm_limit) and is HARDWARE; the next call
 * begins with a connection and a context made anew, frees what the lost ones
 * held in the TPM and compares the pinned SRK again.  The connection itself
 * lives in a child process (tpm/carrier.h), so a sandboxed daemon needs no
 * calls but those on a socket that it already has.
 *
 * The TPM is taken to be ours alone, unless a resource manager stands before
 * it ("device:/dev/tpmrm0").  What is secret or authorises goes in
 * sessions salted to the pinned SRK, AES-128-CFB both ways; none outlives its
 * call.  Not thread-safe.  Knows base, crypto and tss2-esys.  Does not
 * know what a secret is for.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

#define TPM_SRK 0x81000001u
#define TPM_PCRS 24
#define TPM_DIGEST_MAX 64
#define TPM_SEAL_MAX 128
#define TPM_AUTH_MAX 32

enum tpm_bank {
	TPM_SHA1 = 0x0004, TPM_SHA256 = 0x000b,
	TPM_SHA384 = 0x000c, TPM_SHA512 = 0x000d,
};

struct tpm;
struct tpm_name {		/* 00 0b, SHA-256 of the public area */
	size_t	len;
	uint8_t	at[34];
};

/* Bit n of mask is PCR n; an empty selection is refused. */
struct tpm_pcr_select {
	uint16_t	bank;
	uint32_t	mask;
};

/* The value of PCR n is at value[n], digest_len bytes; others are zero. */
struct tpm_pcrs {
	struct tpm_pcr_select	select;
	size_t			digest_len;
	uint8_t			value[TPM_PCRS][TPM_DIGEST_MAX];
};

/* TPM2B_PUBLIC and TPM2B_PRIVATE, worthless without their TPM. */
struct tpm_blob {
	size_t	pub_len, priv_len;
	uint8_t	pub[256], priv[512];
};

struct tpm_info {
	char		maker[5], model[17];
	uint64_t	firmware;
	uint32_t	failures, failures_max;	/* of the dictionary attack */
	uint32_t	objects, sessions;	/* loaded now, by anyone */
	bool		shared;		/* behind a resource manager */
	uint32_t	resets, restarts;	/* resetCount, restartCount */
	uint64_t	clock_ms;
	bool		safe;		/* Clock never showed a higher value */
};

/* Reach the TPM that a TCTI string names, "swtpm:path=/run/x" or
 * "device:/dev/tpm0", as this user but without capabilities (tpm/confine.h);
 * call it before there are secrets and before the sandbox, since it forks.
 * MALFORMED for NULL and for a string that names none. */
enum err tpm_open(const char *tcti, struct tpm **out);
void tpm_drop(struct tpm **t);

/* How long one command may take; 10 s unless told. */
void tpm_limit(struct tpm *t, unsigned limit_ms);

/* Make the SRK (TCG ECC P-256 storage key, persistent at TPM_SRK) or find it
 * made, and pin it.  STATE when another key sits there. */
enum err tpm_srk_create(struct tpm *t, struct tpm_name *name);

/* Talk to no SRK but this: AUTH when the Name computed from the public area
 * is another, NOT_FOUND without one.  What needs it is STATE before. */
enum err tpm_srk_pin(struct tpm *t, const struct tpm_name *name);

/* Read the PCRs of p->select into p, all at one moment. */
enum err tpm_pcr_read(struct tpm *t, struct tpm_pcrs *p);

enum err tpm_random(struct tpm *t, uint8_t *out, size_t len);
/* Needs no SRK. */
enum err tpm_info(struct tpm *t, struct tpm_info *out);

#endif
