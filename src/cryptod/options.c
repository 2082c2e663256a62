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
"usage: cryptod [-c FILE] [-r FD]      serve\n"
"       cryptod -t [-c FILE]           check the configuration\n"
"       cryptod -p                     print one with every default\n"
"\n"
"  -c, --config FILE   instead of /etc/anchorhold/cryptod.conf\n"
"  -r, --ready-fd FD   write a line to FD when requests are served\n"
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

bool
options_parse(int argc, char **argv, struct cryptod_options *o, int *status)
{
	int c;

	*o = (struct cryptod_options){
		.config = "/etc/anchorhold/cryptod.conf", .ready = -1 };
	while ((c = getopt_long(argc, argv, "c:r:tphV", options, NULL)) != -1)
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'r':
			if (!parse_fd(optarg, &o->ready)) {
				fprintf(stderr, "cryptod: --ready-fd %s: not "
				    "an inherited descriptor\n", optarg);
				return bad_usage(status);
			}
			break;
		case 't':
			o->test = true;
			break;
		case 'p':
			config_print(settings_tables, settings_ntables,
			    stdout);
			return end_with(status);
		case 'h':
			fputs(help, stdout);
			return end_with(status);
		case 'V':
			printf("cryptod (Anchorhold) %s, %s\n",
			    PACKAGE_VERSION, vchan_build);
			return end_with(status);
		default:
			return bad_usage(status);
		}
	if (optind < argc) {
		fprintf(stderr, "cryptod: %s: it takes no arguments\n",
		    argv[optind]);
		return bad_usage(status);
	}
	o->nkeep = o->ready != -1;
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
