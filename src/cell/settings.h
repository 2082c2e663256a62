/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CELL_SETTINGS_H
#define CELL_SETTINGS_H

/* What cell.conf says, and the table by which it is read. */

#include "daemon/config.h"

struct settings {
	char		swtpm[256], tpm_state[256];
	char		run[96];		/* has to fit a socket's name */
	char		cryptod[256], config[256];
	uint64_t	restarts;
	uint64_t	within, backoff, stop_limit;	/* ms */
};

/* Read a configuration file; its every fault is one line. */
enum err settings_read(const char *path, struct settings *out);

void settings_print(FILE *to);

#endif
