/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNLOCKER_UNLOCK_H
#define UNLOCKER_UNLOCK_H

/*
 * One unlock, from the keys that cryptod shows to the opened volume.
 *
 * Nobody is asked for a code before cryptod's place, uid and keys have been
 * verified and the volume is known to be the enrolled one.
 */

#include "enforce/trust.h"
#include "link/call.h"
#include "luks/luks.h"
#include "terminal/terminal.h"
#include "unlocker/options.h"
#include "unlocker/request.h"
#include "unlocker/settings.h"

struct unlock {
	struct settings			 settings;
	const struct volume_settings	*volume;
	struct asking			 who;
	bool				 test;
	struct trust			 trust;
	struct keyset			 keys;
	struct drbg			*drbg;
	struct call			 call;
	struct luks			*luks;
	struct terminal			 terminal;
	int				 code_fd;	/* -1: terminal */
	int				 token_fd;	/* -1: forget it */
	int				 seen_fd;	/* enforce/memory.h */
};

#define UNLOCK_EMPTY (struct unlock){ .terminal.fd = -1, .code_fd = -1, \
    .token_fd = -1, .seen_fd = -1 }

/* Wipe, close, hang up; made for OWNED. */
void unlock_drop(struct unlock *u);

/* Everything that needs a name; settings were read. */
enum ends unlock_begin(struct unlock *u, const struct options *o);

/* The rest, behind the sandbox. */
enum ends unlock_run(struct unlock *u);

/* seen_trust.c: read the trust file, and remember it in that directory; none
 * that is older than one before, or by other officers, is believed. */
enum ends seen_trust(struct unlock *u);

/* say.c: one line about how a call to cryptod failed; m is its answer. */
enum ends say_call(const struct unlock *u, enum err e, const struct msg *m);

/* The same for what we refuse to believe, and for what cryptod refused. */
enum ends say_distrust(const struct unlock *u, enum reason why);
enum ends say_refusal(const struct unlock *u, const struct answer *a);

#endif
