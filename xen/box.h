/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef XEN_BOX_H
#define XEN_BOX_H

/*
 * What a server's sandbox must leave it for its vchans: rings are made anew
 * for every connection, so that Xen's devices are opened behind it too.
 *
 * Which file says it is chosen with the library: xen/box.c with Xen's own.
 */

#include <stddef.h>

#include "daemon/sandbox.h"

#define VCHAN_CALLS_MAX 16

extern const struct allow vchan_calls[VCHAN_CALLS_MAX];
extern const size_t vchan_ncalls;

/* The place of the devices; the caller closes out->dir.  HARDWARE if this is
 * no Xen domain. */
enum err vchan_grant(struct grant *out);

#endif
