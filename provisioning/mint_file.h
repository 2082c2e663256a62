/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_MINT_FILE_H
#define PROVISIONING_MINT_FILE_H

/*
 * The files that people bring to a ceremony.
 *
 * Knows the options of a step.  Does not know what is in them.
 */

#include "provisioning/mint.h"

/* The directory that a path lies in. */
enum err mint_parent(const char *path, char out[static MINT_PATH]);

/* One that somebody has brought, of cap bytes at most. */
enum err mint_file_read(const struct mint_options *o, const char *path,
    uint8_t *buf, size_t cap, struct span *out);

/* What the officers have signed. */
enum err mint_approvals(const struct mint_options *o, struct approvals *out);

#endif
