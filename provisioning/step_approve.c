/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The appliance's side of anchorhold-approve: the officers' key gets the TPM,
 * they are told what to approve, and what they have approved is taken in. */

#include "provisioning/mint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "crypto/selftest.h"
#include "provisioning/mint_file.h"
#include "provisioning/paper.h"
#include "store/file.h"
#include "tpm/nv.h"

/* Firmware, option ROMs, boot loader, secure boot: what a machine is before
 * it runs a kernel. */
enum { BOOT_PCRS = 1 << 0 | 1 << 2 | 1 << 4 | 1 << 7 };

/* ---- claim ---- */

/*
 * The file says that this ceremony has been here.  So it is written when the
 * index was defined and before its first write; if that is refused after all,
 * the index was another's, and the file goes again.
 */
static enum err
claim(struct tpm *tpm, int dir, const struct approvals *a, bool resumed,
    uint64_t *version)
{
	const struct tpm_point k = approvals_point(&a->k);
	const enum err defined = root_define(tpm, &k);
	enum err e;

	if (defined != ERR_STATE)
		TRY(defined);
	if (resumed && tpm_version_read(tpm, &k, version) == ERR_OK)
		return ERR_OK;
	if (!resumed)
		TRY(approvals_write(dir, a));
	e = root_first(tpm, a, version);
	if (e == ERR_OK || defined == ERR_OK || resumed)
		return e;
	TRY(file_remove(dir, "approvals"));
	return log_err(ERR_STATE, "the TPM has the counters of an appliance: "
	    "nothing was changed; if that one is no more, clear the TPM "
	    "(tpm2_clear)");
}

enum err
step_claim(const struct mint_options *o)
{
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	int dir OWNED(fd_drop) = -1;
	struct approvals brought, there;
	uint64_t version = 0;
	enum err e;

	TRY(crypto_selftest());
	TRY(mint_approvals(o, &brought));
	TRY(mint_dir(o, true, &dir));
	e = approvals_read(dir, &brought.k, &there);
	if (e != ERR_NOT_FOUND)
		TRY(e);
	*o->blame = MINT_TPM;
	TRY(tpm_open(o->tcti, &tpm));
	TRY(claim(tpm, dir, &brought, e == ERR_OK, &version));
	printf("claim: the TPM obeys this K; its version is %llu\n",
	    (unsigned long long)version);
	return ERR_OK;
}

/* ---- request ---- */

static enum err
from_anchor(const struct msg_anchor *a, struct msg_approval_request *r)
{
	struct cose_key root;

	r->k = a->k;
	r->cap = a->cap;
	r->bank = a->bank;
	r->mask = a->pcrs;
	r->issuer = a->issuer;
	r->has_appliance = true;
	r->appliance.len = 32;
	TRY(cose_key_decode(WIRE_SPAN(a->root_key), &root));
	return cose_key_thumbprint(&root, r->appliance.at);
}

/* Before there is an anchor. */
static enum err
from_options(const struct mint_options *o, int dir,
    struct msg_approval_request *r)
{
	struct approvals a;

	*o->blame = MINT_USAGE;
	if (o->issuer == NULL)
		return log_err(ERR_MALFORMED, "request needs --issuer as long "
		    "as there are no keys");
	*o->blame = MINT_STATE;
	TRY(approvals_read(dir, NULL, &a));
	TRY(cose_key_encode(&a.k, r->k.at, &r->k.len));
	r->cap = o->cap;
	r->bank = TPM_SHA256;
	r->mask = BOOT_PCRS;
	return WIRE_SET_TEXT(r->issuer, span_text(o->issuer));
}

static enum err
begin_request(const struct mint_options *o, int dir, struct msg *m)
{
	struct msg anchor;
	enum err e = anchor_read(dir, &anchor);

	*m = (struct msg){ .type = MSG_approval_request };
	m->approval_request.version = 1;
	*o->blame = MINT_STATE;
	if (e == ERR_NOT_FOUND)
		return from_options(o, dir, &m->approval_request);
	TRY(e);
	return from_anchor(&anchor.anchor, &m->approval_request);
}

/* As they are now; values has room for all. */
static enum err
take_present(const struct mint_options *o, struct msg_approval_request *r,
    uint8_t *values)
{
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	struct tpm_pcrs p = {
		.select = { (uint16_t)r->bank, (uint32_t)r->mask },
	};
	struct tpm_name srk;
	struct tpm_point point;
	struct cose_key k;
	size_t len = 0;

	TRY(cose_key_decode(WIRE_SPAN(r->k), &k));
	point = approvals_point(&k);
	TRY(tpm_open(o->tcti, &tpm));
	TRY(tpm_srk_create(tpm, &srk));
	TRY(tpm_version_read(tpm, &point, &r->raised));
	TRY(tpm_pcr_read(tpm, &p));
	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if ((r->mask >> i & 1) == 0)
			continue;
		memcpy(values + len, p.value[i], POLICY_PCR_LEN);
		len += POLICY_PCR_LEN;
	}
	r->values = (struct span){ values, len };
	return ERR_OK;
}

/* A public file; the one before it is of use no more. */
static enum err
write_request(const struct mint_options *o, const struct msg *m)
{
	uint8_t buf[2048];
	size_t len = 0;

	TRY(wire_encode_object(m, buf, sizeof(buf), &len));
	return paper_replace(o->request, (struct span){ buf, len });
}

enum err
step_request(const struct mint_options *o)
{
	uint8_t values[TPM_PCRS * POLICY_PCR_LEN];
	int dir OWNED(fd_drop) = -1;
	struct msg m;
	bool final;

	TRY(crypto_selftest());
	TRY(mint_either(o, &dir, &final));
	TRY(begin_request(o, dir, &m));
	*o->blame = MINT_TPM;
	if (take_present(o, &m.approval_request, values) != ERR_OK)
		return log_err(ERR_HARDWARE, "the TPM was not asked%s",
		    final ? "; if cryptod has it, stop the cell first" : "");
	*o->blame = MINT_SYSTEM;
	TRY(write_request(o, &m));
	printf("request: %s, for anchorhold-approve boot; the version is "
	    "%llu\n", o->request,
	    (unsigned long long)m.approval_request.raised);
	return ERR_OK;
}

/* ---- approvals ---- */

enum err
step_approvals(const struct mint_options *o)
{
	int dir OWNED(fd_drop) = -1, lock OWNED(fd_drop) = -1;
	struct approvals brought, there;
	size_t taken;
	bool final;

	TRY(crypto_selftest());
	TRY(mint_approvals(o, &brought));
	TRY(mint_either(o, &dir, &final));
	TRY(file_lock(dir, "approvals.lock", &lock));
	TRY(approvals_read(dir, &brought.k, &there));
	TRY(approvals_merge(&there, &brought, &taken));
	*o->blame = MINT_SYSTEM;
	TRY(approvals_write(dir, &there));
	printf("approvals: %zu new, %zu in all\n", taken, there.count);
	return ERR_OK;
}
