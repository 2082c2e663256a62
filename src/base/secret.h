/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

/*
 * Secret bytes: keys, codes, passphrases, whatever the TPM has unsealed.
 *
 * They lie in pages of their own, locked in RAM, left out of core dumps and
 * zero in a forked child, between two pages that fault; they are wiped when
 * their owner's scope ends.  The type is opaque and nothing that prints takes
 * it: `grep -E 'secret_(expose|span)'` finds every place that looks at one,
 * and docs/secret-sites is the list of them that is allowed.
 *
 * Knows libc.  Does not know what a secret is for.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/own.h"
#include "base/span.h"

#define SECRET_MAX (1024 * 1024)

struct secret;

/* A zeroed secret of 1 to SECRET_MAX bytes, owned by the caller.  LIMIT if
 * the length is not that or the memory cannot be had and locked. */
enum err secret_new(size_t len, struct secret **out);

/* The same, filled with a copy of from. */
enum err secret_copy(struct span from, struct secret **out);

/* Wipe and release; *s may be NULL. */
void secret_drop(struct secret **s);

size_t secret_len(const struct secret *s);

/* Keep the first len bytes only, 1 to secret_len(); the rest is wiped and
 * fenced again.  A pointer from secret_expose() is dead after it. */
enum err secret_shorten(struct secret **s, size_t len);

/* Borrow the bytes until the secret is dropped. */
uint8_t *secret_expose(struct secret *s);
struct span secret_span(const struct secret *s);

/* Compare n bytes in time that depends on n alone. */
int secret_equal(const uint8_t *a, const uint8_t *b, size_t n);

#endif
