/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ACTS_H
#define TESTS_ACTS_H

/* What the files with the acts of tests/tape.h share. */

#include "tests/tape.h"

#define ACTS_BOOT ((struct tpm_pcr_select){ TPM_SHA256, 0x0000ff })

void out_put(struct outcome *o, const void *at, size_t len);
void out_blob(struct outcome *o, const struct tpm_blob *b);

/* ---- of the EK and its AK ---- */

enum err act_ak_create(struct tpm *t, const struct scene *s,
    struct outcome *out);
enum err act_certify(struct tpm *t, const struct scene *s,
    struct outcome *out);
enum err act_quote(struct tpm *t, const struct scene *s, struct outcome *out);
enum err act_activate(struct tpm *t, const struct scene *s,
    struct outcome *out);
enum err act_ek_public(struct tpm *t, const struct scene *s,
    struct outcome *out);
enum err act_ek_cert(struct tpm *t, const struct scene *s,
    struct outcome *out);

#endif
