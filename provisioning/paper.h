/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_PAPER_H
#define PROVISIONING_PAPER_H

/*
 * Public files that go from machine to machine: written whole or not at all,
 * for everybody to read.
 *
 * Knows files.  Does not know what is in them.
 */

#include "base/err.h"
#include "base/span.h"

/* A new file; STATE, with a line, if there is one of that name. */
enum err paper_make(const char *path, struct span bytes);

/* The same in the place of what is there. */
enum err paper_replace(const char *path, struct span bytes);

#endif
