/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_LOG_H
#define CTL_LOG_H

/*
 * The entries in the segments of a directory, in the order of the files and
 * without any check but that of their shape.
 *
 * Knows audit/.  Does not know signatures.
 */

#include "base/err.h"
#include "base/span.h"
#include "wire/wire.h"

/* Open a directory; the caller owns *dir.  HARDWARE after one line. */
enum err log_open(const char *path, int *dir);

/* Tell of every entry from this number on; the spans live until told()
 * returns.  NOT_FOUND if there are no segments, MALFORMED where one has no
 * entry, each after one line; else what told() says. */
enum err log_walk(const char *path, int dir, uint64_t from,
    enum err (*told)(void *self, const struct msg *entry, struct span body),
    void *self);

#endif
