/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anchorctl looks: at a cryptod that runs, at tokens, at the audit log, at
 * bytes.  It changes nothing by itself: what officers decide together, it
 * writes, has them approve, and brings to cryptod.  It holds a key only while
 * an officer approves or has one made.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctl/ask_passphrase.h"
#include "ctl/ctl.h"
#include "daemon/start.h"
#include "xen/vchan.h"

static const struct row {
	struct command	 command;
	enum ends	(*run)(const struct args *a);
} rows[] = {
#define COMMAND(name, run, operands, least, most, options, summary, examples) \
	{ { name, operands, options, least, most, summary, examples }, run },
#include "ctl/commands.def"
#undef COMMAND
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

static const struct {
	int		 status;
	const char	*text;
} ends[] = {
#define EXIT(name, status, text) { (status), (text) },
#include "ctl/exits.def"
#undef EXIT
};

static void
print_help(FILE *out)
{
	fputs("usage: anchorctl COMMAND [OPTION]... [ARGUMENT]...\n\n"
	    "Look at a running cryptod, at tokens, at the audit log, at "
	    "bytes.\n\n", out);
	for (size_t i = 0; i < NROWS; i++)
		fprintf(out, "  %-14s  %s\n", rows[i].command.name,
		    rows[i].command.summary);
	fputs("\nanchorctl COMMAND --help says more, --version which this is."
	    "\n\nExit status:\n", out);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		fprintf(out, "  %d  %s\n", ends[i].status, ends[i].text);
	fputs("\nExamples:\n  anchorctl status\n"
	    "  anchorctl token verify --help\n", out);
}

/* How many words of the command line are the command's; 0 if it is not it. */
static int
words_of(const char *name, int argc, char **argv)
{
	const char *blank = strchr(name, ' ');

	if (blank == NULL)
		return strcmp(argv[0], name) == 0;
	return argc > 1 &&
	    strncmp(argv[0], name, (size_t)(blank - name)) == 0 &&
	    argv[0][blank - name] == '\0' &&
	    strcmp(argv[1], blank + 1) == 0 ? 2 : 0;
}

static enum ends
printed(void)
{
	return fflush(stdout) == 0 ? ENDS_ok : ENDS_machine;
}

/* One that asks for a passphrase has a key afterwards. */
static bool
holds_key(const struct row *row)
{
	return strstr(row->command.options, "passphrase-fd") != NULL;
}

static enum ends
run(const struct row *row, int argc, char **argv)
{
	struct args a;

	if (args_parse(&row->command, argc, argv, &a) != ERR_OK) {
		log_line("see anchorctl %s --help", row->command.name);
		return ENDS_usage;
	}
	if (a.help) {
		args_help(stdout, &row->command);
		return printed();
	}
	if (holds_key(row) ? passphrase_start(&a) != ERR_OK :
	    clock_start() != ERR_OK)
		return ENDS_machine;
	return row->run(&a);
}

static bool
is(const char *word, const char *a, const char *b)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static enum ends
lost(void)
{
	log_line("see anchorctl --help");
	return ENDS_usage;
}

static enum ends
obey(int argc, char **argv)
{
	if (argc == 0)
		return lost();
	if (is(argv[0], "--help", "-h") || is(argv[0], "help", "help")) {
		print_help(stdout);
		return printed();
	}
	if (is(argv[0], "--version", "-V")) {
		printf("anchorctl (Anchorhold) %s, %s\n", PACKAGE_VERSION,
		    vchan_build);
		return printed();
	}
	for (size_t i = 0; i < NROWS; i++) {
		const int words = words_of(rows[i].command.name, argc, argv);

		if (words > 0 && holds_key(&rows[i]) &&
		    daemon_bind(argv - 1) != ERR_OK)
			return ENDS_machine;
		if (words > 0)
			return run(&rows[i], argc - words + 1,
			    argv + words - 1);
	}
	log_line("%s: no such command", argv[0]);
	return lost();
}

int
main(int argc, char **argv)
{
	log_name("anchorctl");
	return (int)obey(argc > 0 ? argc - 1 : 0, argv + 1);
}
