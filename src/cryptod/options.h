/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_OPTIONS_H
#define CRYPTOD_OPTIONS_H

/* The command line of cryptod, and what its exit status means. */

#include <stdbool.h>
#include <stddef.h>

enum cryptod_exit {
	EXIT_STOPPED = 0,	/* told to stop, and did */
	EXIT_USAGE = 1,		/* command line or configuration */
	EXIT_STATE = 2,		/* there is no state to say anything about */
	EXIT_SYSTEM = 3,	/* memory, sockets, the sandbox */
	EXIT_FAULT = 4,		/* while serving: the disk, the program */
	EXIT_CELL = 5,		/* the TPM was reset, or has gone */
	EXIT_CAP = 6,		/* it could not be capped; no keeper */
};

struct cryptod_options {
	const char	*config;
	bool		 test;		/* the configuration, and end */
	int		 ready;		/* descriptor; -1: none */
	int		 attend;	/* where a person's secret comes from */
	int		 keep[2];	/* the two, as daemon_start() wants */
	size_t		 nkeep;
};

/* False when the program is to end with *status: bad usage, or asked for
 * help, which was given. */
bool options_parse(int argc, char **argv, struct cryptod_options *o,
    int *status);

/* Tell whoever waits for it that requests are served from now on. */
void options_ready(const struct cryptod_options *o);

#endif
