/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <tss2/tss2_rc.h>

#include "base/log.h"
#include "tpm/tpm_int.h"

/*
 * What a caller can do about a return code, and what it means to whoever reads
 * the log.  Of the codes that name a parameter, handle or session (format one)
 * the number of it is left out.
 */
static const struct row {
	TSS2_RC		 rc;
	const char	*name;
	enum err	 e;
	const char	*words;
} rows[] = {
#define RC(code, err, words) { code, #code, ERR_##err, words },
	RC(TPM2_RC_POLICY_FAIL, DENIED,
	    "its policy is not met: the PCRs are not those it was made under")
	RC(TPM2_RC_POLICY, DENIED,
	    "its policy is not met")
	RC(TPM2_RC_VALUE, MALFORMED,
	    "a value that the TPM does not take; a PCR differs or bytes changed")
	RC(TPM2_RC_PCR_CHANGED, BUSY,
	    "PCRs kept changing while they were looked at")
	RC(TPM2_RC_PCR, NOT_FOUND,
	    "there is no such PCR")
	RC(TPM2_RC_AUTH_FAIL, AUTH,
	    "a wrong authorisation value, and the TPM counts it")
	RC(TPM2_RC_BAD_AUTH, AUTH,
	    "a wrong authorisation value")
	RC(TPM2_RC_AUTH_UNAVAILABLE, DENIED,
	    "it may not be used with that kind of authorisation")
	RC(TPM2_RC_LOCKOUT, BUSY,
	    "the TPM is locked after wrong authorisations; it takes none for a "
	    "while, or until it is reset with the lockout authorisation")
	RC(TPM2_RC_INTEGRITY, AUTH,
	    "the object was changed or belongs to another TPM or SRK")
	RC(TPM2_RC_SIGNATURE, AUTH,
	    "a signature does not verify")
	RC(TPM2_RC_TICKET, AUTH,
	    "a ticket is another TPM's, or is for something else")
	RC(TPM2_RC_BINDING, AUTH,
	    "the public and the private part do not belong together")
	RC(TPM2_RC_SIZE, MALFORMED,
	    "a length is wrong: bytes were changed or lost")
	RC(TPM2_RC_INSUFFICIENT, MALFORMED,
	    "bytes are missing")
	RC(TPM2_RC_TYPE, MALFORMED,
	    "the object is of a kind that does not fit")
	RC(TPM2_RC_ATTRIBUTES, MALFORMED,
	    "the object's attributes do not fit")
	RC(TPM2_RC_HASH, MALFORMED,
	    "the TPM does not know that hash")
	RC(TPM2_RC_SCHEME, MALFORMED,
	    "the object's scheme does not fit")
	RC(TPM2_RC_SYMMETRIC, MALFORMED,
	    "the object's cipher does not fit")
	RC(TPM2_RC_CURVE, MALFORMED,
	    "the TPM does not know that curve")
	RC(TPM2_RC_ECC_POINT, MALFORMED,
	    "a point that is not on the curve")
	RC(TPM2_RC_HANDLE, NOT_FOUND,
	    "there is no object at that handle")
	RC(TPM2_RC_REFERENCE_H0, STATE,
	    "the object is no longer loaded: the TPM was reset meanwhile")
	RC(TPM2_RC_REFERENCE_S0, STATE,
	    "the session is no longer there: the TPM was reset meanwhile")
	RC(TPM2_RC_OBJECT_MEMORY, LIMIT,
	    "no room for one more object; someone else left objects loaded")
	RC(TPM2_RC_OBJECT_HANDLES, LIMIT,
	    "no handle for one more object")
	RC(TPM2_RC_SESSION_MEMORY, LIMIT,
	    "no room for one more session; someone else left sessions loaded")
	RC(TPM2_RC_SESSION_HANDLES, LIMIT,
	    "no handle for one more session")
	RC(TPM2_RC_CONTEXT_GAP, LIMIT,
	    "a session was held too long beside the others")
	RC(TPM2_RC_MEMORY, LIMIT,
	    "the TPM has no memory left")
	RC(TPM2_RC_NV_SPACE, LIMIT,
	    "the TPM's NV memory is full")
	RC(TPM2_RC_NV_DEFINED, STATE,
	    "something is there already")
	RC(TPM2_RC_NV_LOCKED, STATE,
	    "the NV index is locked")
	RC(TPM2_RC_NV_UNINITIALIZED, STATE,
	    "the NV index was never written")
	RC(TPM2_RC_NV_AUTHORIZATION, DENIED,
	    "the NV index does not allow it")
	RC(TPM2_RC_NV_RATE, BUSY,
	    "the TPM saves its NV memory from wear; later")
	RC(TPM2_RC_NV_UNAVAILABLE, BUSY,
	    "the TPM's NV memory cannot be written now")
	RC(TPM2_RC_RETRY, BUSY,
	    "the TPM is busy and was asked often enough")
	RC(TPM2_RC_YIELDED, BUSY,
	    "the TPM is busy and was asked often enough")
	RC(TPM2_RC_TESTING, BUSY,
	    "the TPM is still testing itself")
	RC(TPM2_RC_INITIALIZE, STATE,
	    "the TPM has power but was not started (TPM2_Startup): start it, "
	    "with swtpm by --flags startup-clear")
	RC(TPM2_RC_UPGRADE, HARDWARE,
	    "the TPM is in the middle of a firmware update: finish that")
	RC(TPM2_RC_REBOOT, HARDWARE,
	    "the TPM wants a reset before it does anything: restart the cell")
	RC(TPM2_RC_BAD_TAG, HARDWARE,
	    "it does not know such commands: a TPM 1.2, or bytes were changed")
	RC(TPM2_RC_CANCELED, BUSY,
	    "someone called the command off")
	RC(TPM2_RC_NEEDS_TEST, BUSY,
	    "that part of the TPM was not tested yet")
	RC(TPM2_RC_LOCALITY, DENIED,
	    "it is not allowed from this locality")
	RC(TPM2_RC_AUTH_MISSING, AUTH,
	    "an authorisation is missing: bytes were changed or lost")
	RC(TPM2_RC_FAILURE, HARDWARE,
	    "the TPM has failed its self-test and does nothing until a reset: "
	    "restart the cell")
	RC(TPM2_RC_DISABLED, DENIED,
	    "that hierarchy or command is switched off")
	RC(TPM2_RC_HIERARCHY, DENIED,
	    "that hierarchy is switched off")
	RC(TPM2_RC_COMMAND_CODE, NOT_FOUND,
	    "the TPM does not know that command")
	RC(TSS2_ESYS_RC_RSP_AUTH_FAILED, AUTH,
	    "the answer was changed on its way or is another TPM's")
	RC(TSS2_ESYS_RC_MALFORMED_RESPONSE, AUTH,
	    "the answer contradicts itself: it was changed on its way")
	RC(TSS2_ESYS_RC_MEMORY, LIMIT,
	    "out of memory")
	RC(TSS2_TCTI_RC_IO_ERROR, HARDWARE,
	    "it cannot be reached")
	RC(TSS2_TCTI_RC_NO_CONNECTION, HARDWARE,
	    "it cannot be reached")
	RC(TSS2_TCTI_RC_NOT_SUPPORTED, NOT_FOUND,
	    "there is no TCTI of that name")
	RC(TSS2_TCTI_RC_BAD_VALUE, MALFORMED,
	    "the TCTI does not understand what its name is followed by")
	RC(TSS2_TCTI_RC_MALFORMED_RESPONSE, HARDWARE,
	    "it does not speak as a TPM does")
#undef RC
};

/* A TPM's codes have twelve bits (TPM 2.0, part 2, 6.6); what has others is
 * none, whoever sent it. */
static bool
is_the_tpms(TSS2_RC rc)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	return (rc & ~TSS2_RC_LAYER_MASK) <= 0xfff &&
	    (layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_RC_LAYER ||
	    layer == TSS2_RESMGR_TPM_RC_LAYER);
}

/* Codes that the specification leaves to vendors (format zero, T). */
static bool
is_the_makers(TSS2_RC rc)
{
	return is_the_tpms(rc) && (rc & (TPM2_RC_FMT1 | 0x400)) == 0x400;
}

/* Which parameter, handle or session a format-one code is about. */
static TSS2_RC
without_place(TSS2_RC rc)
{
	if (!is_the_tpms(rc))
		return rc;
	rc &= 0xfff;
	if (rc & TPM2_RC_FMT1)
		return rc & (TPM2_RC_FMT1 | 0x3f);
	if (rc >= TPM2_RC_REFERENCE_H0 && rc < TPM2_RC_REFERENCE_S0)
		return TPM2_RC_REFERENCE_H0;
	if (rc >= TPM2_RC_REFERENCE_S0 && rc <= TPM2_RC_REFERENCE_S6)
		return TPM2_RC_REFERENCE_S0;
	return rc;
}

enum err
tpm_check(struct tpm *t, TSS2_RC rc, const char *doing)
{
	const char *why = t->why;

	t->why = NULL;
	if (rc == TSS2_RC_SUCCESS)
		return ERR_OK;
	if (t->trouble == TPM_WELL)
		t->trouble = TPM_ERRS;
	/* Where in its order of calls ESYS is now is anyone's guess. */
	if (!is_the_tpms(rc))
		t->broken = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].rc != without_place(rc))
			continue;
		/* The next call frees what someone left loaded. */
		if (rows[i].e == ERR_LIMIT)
			t->broken = true;
		return log_err(rows[i].e, "TPM %s: %s: %s (%s, 0x%08x)",
		    t->name, doing, why != NULL ? why : rows[i].words,
		    rows[i].name, rc);
	}
	return log_err(ERR_HARDWARE, "TPM %s: %s: %s (0x%08x)", t->name, doing,
	    why != NULL ? why : is_the_makers(rc) ?
	    "an error of the TPM's own kind: ask its maker" :
	    Tss2_RC_Decode(rc), rc);
}
