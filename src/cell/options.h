/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CELL_OPTIONS_H
#define CELL_OPTIONS_H

/* The command line of anchorhold-cell, and what its exit status means. */

#include <stdbool.h>
#include <stddef.h>

enum cell_exit {
	EXIT_STOPPED = 0,	/* told to stop, and did */
	EXIT_USAGE = 1,		/* command line or configuration */
	EXIT_STATE = 2,		/* a directory is in use or open to others */
	EXIT_SYSTEM = 3,	/* processes, sockets */
	EXIT_ENDS = 4,		/* both ended too often */
	EXIT_REFUSED = 5,	/* cryptod or swtpm cannot be started at all */
};

struct options {
	const char	*config;
	bool		 test;		/* the configuration, and end */
	bool		 tpm_only;
	int		 ready, attend;	/* descriptors; -1: none */
};

/* False when the program is to end with *status. */
bool options_parse(int argc, char **argv, struct options *o, int *status);

#endif
