/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_APPROVE_H
#define PROVISIONING_APPROVE_H

/*
 * anchorhold-approve: what the holders of K do, on a machine that is offline.
 * It reads what an appliance asks for, says in words what is to be signed,
 * and signs it with K.  It needs no TPM and no network.
 *
 * K lies in a key file under a passphrase (cose/keyfile.h).  Word shares will
 * come in that file's place: whoever joins them has the same private key in a
 * struct secret, which is all that the rest of this program knows.
 */

#include <stdbool.h>
#include <stdio.h>

#include "anchor/approvals.h"
#include "base/secret.h"

enum approve_exit {
	APPROVE_DONE = 0,
	APPROVE_USAGE = 1,	/* the command line, or what a file says */
	APPROVE_REFUSED = 2,	/* not this K's, or a file is in the way */
	APPROVE_KEY = 3,	/* the passphrase, or the key file */
	APPROVE_SYSTEM = 4,	/* the disk, the terminal */
};

/* What is to be approved: for whom, which PCRs at which values, at which
 * version of the TPM. */
struct wish {
	char			issuer[256 + 1];
	bool			has_appliance;
	uint8_t			appliance[32];	/* thumbprint, root key */
	struct cose_key		k;
	struct tpm_pcr_select	select;
	unsigned		cap;
	uint64_t		version;
	uint8_t			value[TPM_PCRS][POLICY_PCR_LEN];
};

/* What an appliance exported; MALFORMED if that is no such file. */
enum err wish_read(const char *path, struct wish *out);

/* The same the other way round, in the place of what is there. */
enum err wish_write(const struct wish *w, const char *path);

/* Take the value of one PCR, "7=HEX" or a line of tpm2_pcrread; only one that
 * is selected. */
enum err wish_set(struct wish *w, const char *text);
enum err wish_set_file(struct wish *w, const char *path);

/* Files that will be replaced, and the event log of the boot whose values w
 * has: take the values that the new files lead to.  MALFORMED, after one line,
 * if the log does not lead to w's values, an old file was not measured, or a
 * new one cannot be. */
#define PREDICT_IMAGES 8

struct predicted {
	const char	*log;
	const char	*image[PREDICT_IMAGES];	/* "OLD=NEW" */
	size_t		 images;
};

enum err wish_predict(struct wish *w, const struct predicted *from);

/* What approves it, not signed yet: unseal and use, and with raise a step of
 * the version before them.  first: nothing but the first write. */
enum err wish_approve(const struct wish *w, bool raise,
    struct approvals *out);
enum err wish_first(const struct cose_key *k, struct approvals *out);

/* All of it in words, for a person. */
void wish_show(FILE *f, const struct wish *w, const struct approvals *a);

/* Sign each with K's private key. */
enum err approvals_sign(struct approvals *a, const struct secret *private);

#endif
