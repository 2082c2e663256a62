/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_ASK_PASSPHRASE_H
#define CTL_ASK_PASSPHRASE_H

/*
 * The passphrase of an officer's key: at the terminal, or from the descriptor
 * that the command line names.
 *
 * Knows terminal.  Does not know what it opens.
 */

#include "base/secret.h"
#include "ctl/ctl.h"

/* Begin as a daemon does, but that a signal may end it anywhere: for commands
 * that have a key. */
enum err passphrase_start(const struct args *a);

/* The question is before and the name of the key's file. */
enum ends ask_passphrase(const struct args *a, const char *before,
    const char *file, struct secret **out);

/* Ask for a new one, at the terminal twice. */
enum ends ask_new_passphrase(const struct args *a, const char *file,
    struct secret **out);

#endif
