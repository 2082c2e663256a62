/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_LANDLOCK_H
#define DAEMON_LANDLOCK_H

/* Put files out of reach but below the directories granted.  Only
 * sandbox.c includes this. */

#include "base/err.h"
#include "daemon/sandbox.h"

/* NOT_FOUND if the kernel has no Landlock; no_new_privs must be set. */
enum err landlock_enter(const struct grant *grants, size_t n);

#endif
