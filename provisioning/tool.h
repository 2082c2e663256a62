/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_TOOL_H
#define PROVISIONING_TOOL_H

/* How the programs of a ceremony begin: like a daemon (daemon/start.h), but
 * that ^C ends them anywhere, which they are made for. */

#include <stddef.h>

#include "base/err.h"

#define TOOL_FDS 4

/* fds are the inherited descriptors that it was told of, in any order; what is
 * below 3 does not count. */
enum err tool_start(const char *name, const int *fds, size_t n);

#endif
