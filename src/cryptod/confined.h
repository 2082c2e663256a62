/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_CONFINED_H
#define CRYPTOD_CONFINED_H

/*
 * What is taken from the zygote and its children.  The zygote keeps its one
 * socket, and may fork, wait and kill; a child keeps one pipe, writes to it,
 * asks for memory and ends.  Neither opens a file, neither has a capability,
 * and any other call ends who makes it.
 *
 * Knows the sandbox.  Does not know what is read.
 */

#include "cryptod/appraiser.h"

/* HARDWARE when the kernel refuses a part; the caller must then exit. */
enum err confined_zygote(void);

/* In a child of one: mapped is what was in memory before it. */
enum err confined_child(const struct appraiser_setup *setup, size_t mapped);

#endif
