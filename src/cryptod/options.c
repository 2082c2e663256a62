/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cryptod/settings.h"
#include "xen/vchan.h"

static const char help[] =
"usage: cryptod [-c FILE] [-r FD] [-a FD]  serve\n"
"       cryptod -t [-c FILE]               check the configuration\n"
"       cryptod -p                         print one with every default\n"
"\n"
"  -c, --config FILE   instead of /etc/anchorhold/cryptod.conf\n"
"  -r, --ready-fd FD   write a line to FD when requests are served\n"
"  -a, --attend-fd FD  read the secret of an attended start from FD\n"
"  -t, --test          read the configuration, say what is wrong, end\n"
"  -p, --print-config  print a configuration file, explained\n"
"  -h, --help          this\n"
"  -V, --version       the version\n"
"\n"
"Exit status: 0 stopped, 1 usage or configuration, 2 no state directory, or\n"
"one that is in use or open to others, 3 the system refuses memory, a socket\n"
"or the sandbox, 4 a fault while serving, 5 the TPM was reset or has gone,\n"
"6 it could not be capped: start TPM and cryptod anew, together.  A state that\n"
"does not open, and a TPM that does not unseal it, are served as status.\n"
"\n"
"Example: cryptod --config /etc/anchorhold/cryptod.conf\n";

static const struct option options[] = {
	{ "config",	  required_argument, NULL, 'c' },
	{ "ready-fd",	  required_argument, NULL, 'r' },
	{ "attend-fd",	  required_argument, NULL, 'a' },
	{ "test",	  no_argument,	     NULL, 't' },
	{ "print-config", no_argument,	     NULL, 'p' },
	{ "help",	  no_argument,	     NULL, 'h' },
	{ "version",	  no_argument,	     NULL, 'V' },
	{ 0 },
};

/* What was inherited; standard input only where it may be. */
static bool
parse_fd(const char *text, int least, int *fd)
{
	char *end;
	long n = strtol(text, &end, 10);

	*fd = (int)n;
	return *end == '\0' && end != text && (n == least || n > 2) &&
	    n < 65536;
}

/* Print it and end well, unless stdout is broken. */
static bool
end_with(int *status)
{
	*status = fflush(stdout) == 0 ? EXIT_STOPPED : EXIT_SYSTEM;
	return false;
}

static bool
bad_usage(int *status)
{
	fputs("cryptod: see cryptod --help\n", stderr);
	*status = EXIT_USAGE;
	return false;
}

static bool
take_fd(const char *name, int least, int *fd, int *status)
{
	if (parse_fd(optarg, least, fd))
		return true;
	fprintf(stderr, "cryptod: --%s %s: not an inherited descriptor\n",
	    name, optarg);
	return bad_usage(status);
}

/* One option; false if it ends the program. */
static bool
take(int c, struct cryptod_options *o, int *status)
{
	switch (c) {
	case 'c':
		o->config = optarg;
		return true;
	case 'r':
		return take_fd("ready-fd", 3, &o->ready, status);
	case 'a':
		return take_fd("attend-fd", 0, &o->attend, status);
	case 't':
		return o->test = true;
	case 'p':
		config_print(settings_tables, settings_ntables, stdout);
		return end_with(status);
	case 'h':
		fputs(help, stdout);
		return end_with(status);
	case 'V':
		printf("cryptod (Anchorhold) %s, %s\n", PACKAGE_VERSION,
		    vchan_build);
		return end_with(status);
	default:
		return bad_usage(status);
	}
}

/* In ascending order; standard input stays in any case. */
static void
keep_fds(struct cryptod_options *o)
{
	const int low = o->ready < o->attend ? o->ready : o->attend;
	const int high = o->ready < o->attend ? o->attend : o->ready;

	if (low > 2)
		o->keep[o->nkeep++] = low;
	if (high > 2)
		o->keep[o->nkeep++] = high;
}

bool
options_parse(int argc, char **argv, struct cryptod_options *o, int *status)
{
	int c;

	*o = (struct cryptod_options){ .config =
	    "/etc/anchorhold/cryptod.conf", .ready = -1, .attend = -1 };
	while ((c = getopt_long(argc, argv, "c:r:a:tphV", options, NULL)) !=
	    -1)
		if (!take(c, o, status))
			return false;
	if (optind < argc) {
		fprintf(stderr, "cryptod: %s: it takes no arguments\n",
		    argv[optind]);
		return bad_usage(status);
	}
	keep_fds(o);
	return true;
}

void
options_ready(const struct cryptod_options *o)
{
	static const char line[] = "ready\n";

	if (o->ready == -1)
		return;
	/* Who asked may be gone; serving does not depend on it. */
	(void)!write(o->ready, line, sizeof(line) - 1);
	close(o->ready);
}
