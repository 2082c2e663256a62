/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_ARGS_H
#define CTL_ARGS_H

/*
 * A command line as a value.  Which options there are, what they mean and
 * which command takes them are tables; --help is printed from the same rows.
 *
 * Knows libc.  Does not know what a command does.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

#define ARGS_OPERANDS 8

struct args {
	bool		 help, json, hex, list;
	const char	*socket, *trust, *officers, *metadata;
	const char	*audience, *operation, *keys, *checkpoint, *type, *alg;
	const char	*server_uid;	/* NULL: not said */
	uint64_t	 uid;		/* what it says */
	const char	*vchan;		/* NULL: the socket */
	const char	*port_text, *channel_text;
	uint64_t	 port, channel;
	const char	*from_text;
	uint64_t	 from;
	const char	*state;
	const char	*output, *attach, *key, *words, *tcti;
	const char	*eventlog, *eventlog_now;
	const char	*epoch_text, *expires_text, *passphrase_text;
	uint64_t	 epoch, expires, passphrase_fd;
	const char	*attest, *signature, *public, *ak, *pcrs;
	const char	*request, *bound, *select;
	bool		 any_time;
	const char	*roots, *vm_request, *awaited, *proof;
	const char	*challenge, *extra, *vm_id, *reference, *seen;
	const char	*action, *nonce;
	int		 count;
	const char	*operand[ARGS_OPERANDS];
};

struct command {
	const char	*name;		/* "token verify" */
	const char	*operands;	/* "FILE|-" */
	const char	*options;	/* "trust json", of args.c */
	int		 least, most;	/* operands */
	const char	*summary;
	const char	*examples;
};

/* What follows the command's words.  MALFORMED after one line that says what
 * is wrong. */
enum err args_parse(const struct command *c, int argc, char **argv,
    struct args *out);

/* Usage, options, examples. */
void args_help(FILE *out, const struct command *c);

#endif
