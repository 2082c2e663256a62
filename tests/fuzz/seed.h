/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_SEED_H
#define TESTS_FUZZ_SEED_H

/* What the seeders share: seed_NAME DIR writes the inputs that fuzz_NAME
 * begins with, each a file. */

#include "base/err.h"
#include "base/span.h"

/* A seeder's own part. */
enum err seed_all(const char *dir);

/* A file of these parts, one after another; its name is NAME-SUFFIX. */
enum err seed_write(const char *dir, const char *name, const char *suffix,
    const struct span *parts, size_t n);

#endif
