/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unlocker/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unlocker/settings.h"
#include "xen/vchan.h"

static const char help[] =
"usage: unlocker [-c FILE] [-o OPERATOR] [-d DEVICE] [-f FD] [-k FILE] [-t]\n"
"                [VOLUME]\n"
"       unlocker -n [-c FILE]          check the configuration\n"
"       unlocker -p                    print one, explained\n"
"\n"
"Ask the operator for a code, have cryptod release the volume's passphrase\n"
"for it, and open the volume.\n"
"\n"
"  -c, --config FILE     instead of /etc/anchorhold/unlocker.conf\n"
"  -o, --operator NAME   instead of the configuration's operator\n"
"  -d, --device NAME     instead of the configuration's device\n"
"  -f, --code-fd FD      read the code from a descriptor: ask nobody\n"
"  -k, --token-out FILE  leave the token that came with it in FILE\n"
"  -t, --test            try the volume's key slot, open nothing\n"
"  -n, --check-config    say what is wrong with the configuration, end\n"
"  -p, --print-config    print a configuration file, explained\n"
"  -h, --help            this\n"
"  -V, --version         the version\n"
"\n"
"VOLUME is needed when the configuration has several.\n"
"\n"
"Exit status:\n";

static const char example[] =
"\n"
"Example: oathtool --totp -b SECRET | unlocker --test --code-fd 0 root\n";

static const struct option options[] = {
	{ "config",	  required_argument, NULL, 'c' },
	{ "operator",	  required_argument, NULL, 'o' },
	{ "device",	  required_argument, NULL, 'd' },
	{ "code-fd",	  required_argument, NULL, 'f' },
	{ "token-out",	  required_argument, NULL, 'k' },
	{ "test",	  no_argument,	     NULL, 't' },
	{ "check-config", no_argument,	     NULL, 'n' },
	{ "print-config", no_argument,	     NULL, 'p' },
	{ "help",	  no_argument,	     NULL, 'h' },
	{ "version",	  no_argument,	     NULL, 'V' },
	{ 0 },
};

static void
print_help(void)
{
	static const struct {
		int		 status;
		const char	*text;
	} rows[] = {
#define EXIT(name, status, text) { (status), (text) },
#include "unlocker/exits.def"
#undef EXIT
	};

	fputs(help, stdout);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		printf("  %d  %s\n", rows[i].status, rows[i].text);
	fputs(example, stdout);
}

static bool
parse_fd(const char *text, int *fd)
{
	char *end;
	long n = strtol(text, &end, 10);

	*fd = (int)n;
	return *end == '\0' && end != text && (n == 0 || (n > 2 && n < 65536));
}

static bool
bad_usage(enum ends *status)
{
	fputs("unlocker: see unlocker --help\n", stderr);
	*status = ENDS_usage;
	return false;
}

/* An identifier of the protocol, as the configuration's are. */
static bool
is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const size_t len = strlen(text);

	return len > 0 && len <= 64 && strspn(text, letters) == len &&
	    strchr("._-", text[0]) == NULL;
}

static bool
take_name(const char **name, enum ends *status)
{
	*name = optarg;
	if (is_name(optarg))
		return true;
	fprintf(stderr, "unlocker: %s: not a name of 1 to 64 letters, digits "
	    "and . _ -\n", optarg);
	return bad_usage(status);
}

/* It is printed: end well, unless stdout is broken. */
static bool
printed(enum ends *status)
{
	*status = fflush(stdout) == 0 ? ENDS_ok : ENDS_machine;
	return false;
}

/* One option; false if it ends the program. */
static bool
take(int c, struct options *o, enum ends *status)
{
	switch (c) {
	case 'c':
		o->config = optarg;
		return true;
	case 'o':
		return take_name(&o->operator, status);
	case 'd':
		return take_name(&o->device, status);
	case 'f':
		if (parse_fd(optarg, &o->code_fd))
			return true;
		fprintf(stderr, "unlocker: --code-fd %s: not an inherited "
		    "descriptor\n", optarg);
		return bad_usage(status);
	case 'k':
		o->token_out = optarg;
		return true;
	case 't':
		return o->test = true;
	case 'n':
		return o->check = true;
	case 'p':
		settings_print(stdout);
		return printed(status);
	case 'h':
		print_help();
		return printed(status);
	case 'V':
		printf("unlocker (Anchorhold) %s, %s\n",
		    PACKAGE_VERSION, vchan_build);
		return printed(status);
	default:
		return bad_usage(status);
	}
}

bool
options_parse(int argc, char **argv, struct options *o, enum ends *status)
{
	int c;

	*o = (struct options){ .config = "/etc/anchorhold/unlocker.conf",
	    .code_fd = -1 };
	while ((c = getopt_long(argc, argv, "c:o:d:f:k:tnphV", options,
	    NULL)) != -1)
		if (!take(c, o, status))
			return false;
	if (optind < argc)
		o->volume = argv[optind++];
	if (optind == argc)
		return true;
	fprintf(stderr, "unlocker: %s: one volume at a time\n", argv[optind]);
	return bad_usage(status);
}
