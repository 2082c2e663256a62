/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cell/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cell/settings.h"

static const char help[] =
"usage: anchorhold-cell [-c FILE] [-r FD] [-a FD] [-T]\n"
"       anchorhold-cell -t [-c FILE]     check the configuration\n"
"       anchorhold-cell -p               print one with every default\n"
"\n"
"Start a software TPM and cryptod together, stop both when one ends, and\n"
"start both anew.\n"
"\n"
"  -c, --config FILE   instead of /etc/anchorhold/cell.conf\n"
"  -r, --ready-fd FD   write a line to FD when cryptod serves\n"
"  -a, --attend-fd FD  where cryptod reads the secret of attended starts: a\n"
"                      line for each\n"
"  -T, --tpm-only      without cryptod: for the ceremony\n"
"  -t, --test          read the configuration, say what is wrong, end\n"
"  -p, --print-config  print a configuration file, explained\n"
"  -h, --help          this\n"
"  -V, --version       the version\n"
"\n"
"Exit status: 0 stopped, 1 usage or configuration, 2 a directory that is\n"
"missing, in use or open to others, 3 the system refuses processes or\n"
"sockets, 4 both ended too often, 5 one of the programs cannot be started,\n"
"or refuses its configuration.\n"
"\n"
"Example: anchorhold-cell --config /etc/anchorhold/cell.conf\n";

static const struct option options[] = {
	{ "config",	  required_argument, NULL, 'c' },
	{ "ready-fd",	  required_argument, NULL, 'r' },
	{ "attend-fd",	  required_argument, NULL, 'a' },
	{ "tpm-only",	  no_argument,	     NULL, 'T' },
	{ "test",	  no_argument,	     NULL, 't' },
	{ "print-config", no_argument,	     NULL, 'p' },
	{ "help",	  no_argument,	     NULL, 'h' },
	{ "version",	  no_argument,	     NULL, 'V' },
	{ 0 },
};

static bool
parse_fd(const char *text, int *fd)
{
	char *end;
	long n = strtol(text, &end, 10);

	*fd = (int)n;
	return *end == '\0' && end != text && n > 2 && n < 65536;
}

static bool
bad_usage(int *status)
{
	fputs("anchorhold-cell: see anchorhold-cell --help\n", stderr);
	*status = EXIT_USAGE;
	return false;
}

/* It is printed: end well, unless stdout is broken. */
static bool
printed(int *status)
{
	*status = fflush(stdout) == 0 ? EXIT_STOPPED : EXIT_SYSTEM;
	return false;
}

/* One option; false if it ends the program. */
static bool
take(int c, struct options *o, int *status)
{
	switch (c) {
	case 'c':
		o->config = optarg;
		return true;
	case 'r':
	case 'a':
		if (parse_fd(optarg, c == 'r' ? &o->ready : &o->attend))
			return true;
		fprintf(stderr, "anchorhold-cell: -%c %s: not an inherited "
		    "descriptor\n", c, optarg);
		return bad_usage(status);
	case 'T':
		return o->tpm_only = true;
	case 't':
		return o->test = true;
	case 'p':
		settings_print(stdout);
		return printed(status);
	case 'h':
		fputs(help, stdout);
		return printed(status);
	case 'V':
		printf("anchorhold-cell (Anchorhold) %s\n", PACKAGE_VERSION);
		return printed(status);
	default:
		return bad_usage(status);
	}
}

bool
options_parse(int argc, char **argv, struct options *o, int *status)
{
	int c;

	*o = (struct options){ .config = "/etc/anchorhold/cell.conf",
	    .ready = -1, .attend = -1 };
	while ((c = getopt_long(argc, argv, "c:r:a:TtphV", options, NULL)) !=
	    -1)
		if (!take(c, o, status))
			return false;
	if (optind == argc)
		return true;
	fprintf(stderr, "anchorhold-cell: %s: it takes no arguments\n",
	    argv[optind]);
	return bad_usage(status);
}
