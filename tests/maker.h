/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_MAKER_H
#define TESTS_MAKER_H

/*
 * What is done to a TPM and for it by others than the appliance: its maker,
 * who puts certificates into it, and whoever enrols it, who encrypts a secret
 * to its EK with the TPM's own commands.
 */

#include "tpm/ek.h"
#include "tpm/quote.h"

#define MAKER_RSA 0x01c00002u
#define MAKER_ECC 0x01c0000au

/* An index of the platform's of len bytes, which is written with them, or with
 * NULL not at all; in the place of what was there. */
enum err maker_index(struct tpm *t, uint32_t index, const uint8_t *at,
    size_t len);
enum err maker_remove(struct tpm *t, uint32_t index);

struct maker_credential {
	size_t		object_len, secret_len;
	uint8_t		object[80], secret[260];
	enum tpm_ek	ek;
};

/* A secret of len bytes for an object of that Name. */
enum err maker_credential(struct tpm *t, enum tpm_ek which,
    const struct tpm_public *ek, const struct tpm_name *name,
    struct span secret, struct maker_credential *out);

/* As tpm_activate takes it. */
static inline struct tpm_credential
maker_gives(const struct maker_credential *c)
{
	return (struct tpm_credential){ c->ek,
	    { c->object, c->object_len }, { c->secret, c->secret_len } };
}

/* A child of the EK that is like an AK without an auth, and signs whatever it
 * is given. */
enum err maker_signing_key(struct tpm *t, struct tpm_blob *out);

/* It is a quote by this AK over its own values, with nothing of tpm/. */
bool maker_quoted(const struct tpm_blob *ak, const struct tpm_quote *q,
    const uint8_t qualifying[static 32]);

#endif
