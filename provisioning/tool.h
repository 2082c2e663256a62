/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_TOOL_H
#define PROVISIONING_TOOL_H

/* How the programs of a ceremony begin: like a daemon (daemon/start.h), but
 * that ^C ends them anywhere, which they are made for; and how they are told
 * a passphrase. */

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

#define TOOL_FDS 4

/* fds are the inherited descriptors that it was told of, in any order; what is
 * below 3 does not count. */
enum err tool_start(const char *name, const int *fds, size_t n);

/* Where a passphrase comes from. */
struct tool_ask {
	int		 fd;		/* -1: the terminal */
	const char	*option;	/* that would have given fd */
	const char	*question;	/* to ask there */
};

#define TOOL_PASSPHRASE_LEAST 8

/* A line of 1 to 512 bytes, or a line that says why not. */
enum err tool_passphrase(const struct tool_ask *from, struct secret **out);

/* A new one: of TOOL_PASSPHRASE_LEAST bytes or more, typed twice where it is
 * typed. */
enum err tool_new_passphrase(const struct tool_ask *from,
    struct secret **out);

#endif
