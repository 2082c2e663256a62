/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNLOCKER_OPTIONS_H
#define UNLOCKER_OPTIONS_H

/* The unlocker's command line. */

#include <stdbool.h>

#include "unlocker/exits.h"

struct options {
	const char	*config;
	const char	*volume;	/* NULL: the only one */
	const char	*operator;	/* NULL: the configuration's */
	const char	*device;
	const char	*token_out;	/* NULL: the token is forgotten */
	int		 code_fd;	/* -1: ask on the terminal */
	bool		 test;
	bool		 check;
};

/* False if there is nothing more to do: *status says how it ended. */
bool options_parse(int argc, char **argv, struct options *out,
    enum ends *status);

#endif
