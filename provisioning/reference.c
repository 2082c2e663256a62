/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The command line of anchorhold-reference. */

#include "provisioning/reference_rules.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cose/act.h"
#include "crypto/selftest.h"
#include "daemon/start.h"
#include "provisioning/tool.h"

static const struct option options[] = {
	{ "out",	   required_argument, NULL, 'o' },
	{ "old",	   required_argument, NULL, 'd' },
	{ "officers",	   required_argument, NULL, 'p' },
	{ "officer",	   required_argument, NULL, 'O' },
	{ "quorum",	   required_argument, NULL, 'q' },
	{ "key",	   required_argument, NULL, 'k' },
	{ "words",	   required_argument, NULL, 'w' },
	{ "passphrase-fd", required_argument, NULL, 'P' },
	{ "acl",	   required_argument, NULL, 'a' },
	{ "cap",	   required_argument, NULL, 'c' },
	{ "vm",		   required_argument, NULL, 'v' },
	{ "ak",		   required_argument, NULL, 'n' },
	{ "pcrs",	   required_argument, NULL, 's' },
	{ "bank",	   required_argument, NULL, 'b' },
	{ "tcti",	   required_argument, NULL, 't' },
	{ "evidence",	   required_argument, NULL, 'e' },
	{ "eventlog",	   required_argument, NULL, 'l' },
	{ "eventlog-now",  required_argument, NULL, 'L' },
	{ "rules",	   required_argument, NULL, 'r' },
	{ "fixed",	   required_argument, NULL, 'F' },
	{ "request",	   required_argument, NULL, 'Q' },
	{ "firmware-floor", required_argument, NULL, 'f' },
	{ "strict-reset",  no_argument,	      NULL, 'S' },
	{ "no-strict-reset", no_argument,     NULL, 'N' },
	{ "challenge",	   required_argument, NULL, 'C' },
	{ "add",	   no_argument,	      NULL, 'A' },
	{ "json",	   no_argument,	      NULL, 'j' },
	{ 0 },
};

static const char usage[] =
"usage: anchorhold-reference COMMAND [OPTION]... FILE...\n"
"\n"
"What officers do with a trust file: what every verifier believes.\n"
"\n"
"  draft LOG        rules that this event log meets, as a text to be edited\n"
"  record FILE      put a machine's PCR values in, as they are now, or rules\n"
"  rules FILE       a machine's rules, as such a text\n"
"  update FILE      put in what approvals were asked for, for cryptod\n"
"  officers FILE    name other officers; those before sign that\n"
"  diff OLD NEW     say in words what differs\n"
"  lint FILE        say what is wrong with it, or worth a thought\n"
"  words FILE       its four words, to be compared by telephone\n"
"  sign FILE        sign it, after it was shown\n"
"  assemble FILE... join the signatures of copies, check, write --out\n"
"  pin FILE         whom verifiers shall believe from now on, to --out\n"
"\n"
"  --out FILE           a new file; what changes FILE does so without,\n"
"                       draft prints\n"
"  --old FILE           the trust file before it                (lint, sign)\n"
"  --officers FILE      the pin that it is checked by      (assemble, pin)\n"
"  --officer FILE       an officer's public key, once each       (officers)\n"
"  --quorum N           how many of them it takes                (officers)\n"
"  --key FILE           the officer's key file                       (sign)\n"
"  --words WORDS        the four words, instead of being asked       (sign)\n"
"  --passphrase-fd FD   read the passphrase there                    (sign)\n"
"  --acl FILE           what is asked for with evidence needs it     (lint)\n"
"  --cap PCR            cryptod's cap, 0 for none; 15   (lint, record, sign,\n"
"                       update)\n"
"  --vm ID              which machine                       (record, rules)\n"
"  --ak NAME            Name of its attestation key, 68 digits     (record)\n"
"  --pcrs LIST          as 0,1,2,3,4,5,6,7            (record, draft, lint)\n"
"  --bank NAME          of the PCRs; sha256                 (record, draft)\n"
"  --tcti TCTI          the TPM to read; device:/dev/tpm0          (record)\n"
"  --eventlog FILE      replay this instead; that of before  (record, diff)\n"
"  --eventlog-now FILE  and that of now                              (diff)\n"
"  --rules FILE         rules instead of values; the log meets them  (record)\n"
"  --fixed LIST         of PCRs that no log tells of, with values    (record)\n"
"  --evidence FILE      take all of it from there, checked         (record)\n"
"  --challenge HEX      that the evidence has to answer            (record)\n"
"  --request FILE       for approvals, or what they were given for (update)\n"
"  --firmware-floor N   of its TPM; as before, or 0; with evidence as there\n"
"                                                                  (record)\n"
"  --strict-reset       each reset of its TPM takes an act         (record)\n"
"  --no-strict-reset    none does any more                         (record)\n"
"  --add                beside the values of before        (record, update)\n"
"  --json               one JSON document                      (diff, lint)\n"
"  --help, --version\n"
"\n"
"Exit status: 0 done, 1 usage or a file that makes no sense, 2 no: there are\n"
"faults, it differs, it was refused, 3 the passphrase or the key file, 4 the\n"
"disk, the terminal or the TPM.\n"
"\n"
"Example: anchorhold-reference sign --old trust --key /media/anna trust.new\n";

/* Two logs, and what they explain. */
static enum err
tell_logs(const struct reference_options *o, struct findings *f,
    const struct brief *old, const struct brief *new)
{
	static uint8_t bytes[2][REFERENCE_INPUT];
	const char *const path[] = { o->log, o->log_now };
	struct eventlog_flaw flaw = { .why = NULL };
	struct eventlog log[2];
	struct span in = { };

	if (o->log == NULL && o->log_now == NULL)
		return ERR_OK;
	if (o->log == NULL || o->log_now == NULL)
		return log_err(ERR_MALFORMED, "diff takes --eventlog and "
		    "--eventlog-now, or neither");
	for (int i = 0; i < 2; i++) {
		TRY(reference_read(path[i], bytes[i], &in));
		if (eventlog_open(in, &log[i], &flaw) != ERR_OK)
			return log_err(ERR_MALFORMED, "%s: at byte %zu: %s",
			    path[i], flaw.at, flaw.why);
	}
	diff_logs(f, &log[0], &log[1], &old->m.trust, &new->m.trust);
	return ERR_OK;
}

static enum err
run_diff(struct reference_options *o)
{
	static struct brief old, new;
	struct findings f = { .to = stdout, .json = o->json };
	enum err e;

	TRY(brief_read(o->file[0], &old));
	TRY(brief_read(o->file[1], &new));
	findings_begin(&f);
	diff_tell(&f, &old, &new);
	e = tell_logs(o, &f, &old, &new);
	findings_end(&f);
	TRY(e);
	o->blame = f.n > 0 ? REFERENCE_NO : REFERENCE_DONE;
	return ERR_OK;
}

static enum err
run_lint(struct reference_options *o)
{
	static struct brief b, old;
	struct findings f = { .to = stdout, .json = o->json };
	enum err e;

	TRY(brief_read(o->file[0], &b));
	if (o->old != NULL)
		TRY(brief_read(o->old, &old));
	findings_begin(&f);
	e = lint_tell(&f, o, &b, o->old != NULL ? &old : NULL);
	findings_end(&f);
	TRY(e);
	o->blame = f.faults > 0 ? REFERENCE_NO : REFERENCE_DONE;
	return ERR_OK;
}

static enum err
run_words(struct reference_options *o)
{
	static struct brief b;
	char words[ACT_WORDS];

	TRY(brief_read(o->file[0], &b));
	TRY(act_words(b.file.trust_file.object, words));
	puts(words);
	o->blame = REFERENCE_DONE;
	return ERR_OK;
}

/* Those that do it say in blame how they end; wants must be there. */
static const struct command {
	const char		*name;
	reference_command	*run;
	size_t			 least, most;	/* files */
	const char		*wants, *takes;
	bool			 answers;	/* blame is the answer */
} commands[] = {
	{ "draft",    reference_draft,    1, 1, "s", "sbo", false },
	{ "record",   reference_record,   1, 1, "", "ovnsbtelfSNAcrFC", false },
	{ "rules",    reference_rules,    1, 1, "v", "v", false },
	{ "update",   reference_update,   1, 1, "Q", "oQAc", false },
	{ "officers", reference_officers, 1, 1, "Oq", "oOq", false },
	{ "diff",     run_diff,           2, 2, "", "jlL", true },
	{ "lint",     run_lint,           1, 1, "", "dacjs", true },
	{ "words",    run_words,          1, 1, "", "", true },
	{ "sign",     reference_sign,     1, 1, "k", "dkwPc", false },
	{ "assemble", reference_assemble, 1, TRUST_OFFICERS, "o", "op",
	    false },
	{ "pin",      reference_pin,      1, 1, "o", "op", false },
};

static bool
number(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && *end == '\0' && *out >= low &&
	    *out <= high;
}

/* Where the text of an option goes; NULL for the others. */
static const char **
text_of(struct reference_options *o, int option)
{
	switch (option) {
	case 'o': return &o->out;
	case 'd': return &o->old;
	case 'p': return &o->officers;
	case 'k': return &o->key;
	case 'w': return &o->words;
	case 'a': return &o->acl;
	case 'v': return &o->vm;
	case 'n': return &o->ak;
	case 's': return &o->pcrs;
	case 'b': return &o->bank;
	case 't': return &o->tcti;
	case 'e': return &o->evidence;
	case 'l': return &o->log;
	case 'Q': return &o->request;
	case 'L': return &o->log_now;
	case 'r': return &o->rules;
	case 'F': return &o->fixed;
	case 'C': return &o->challenge;
	default: return NULL;
	}
}

static bool
take(struct reference_options *o, int option, const char *text)
{
	uint64_t n = 0;

	switch (option) {
	case 'S': return o->strict = true;
	case 'A': return o->add = true;
	case 'j': return o->json = true;
	case 'q': return number(text, 1, TRUST_OFFICERS, &o->quorum);
	case 'N': return o->lax = true;
	case 'f':
		o->has_floor = true;
		return number(text, 0, UINT64_MAX, &o->floor);
	case 'c':
		if (!number(text, 0, 15, &n))
			return false;
		o->cap = (unsigned)n;
		return true;
	case 'P':
		if (!number(text, 3, 65535, &n))
			return false;
		o->passphrase_fd = (int)n;
		return true;
	case 'O':
		if (o->nofficers == TRUST_OFFICERS)
			return false;
		o->officer[o->nofficers++] = text;
		return true;
	default: return false;
	}
}

static enum err
take_files(int argc, char **argv, const struct command *c,
    struct reference_options *o)
{
	o->nfiles = (size_t)(argc - optind);
	if (o->nfiles < c->least || o->nfiles > c->most)
		return log_err(ERR_MALFORMED, "%s takes %zu%s files; see "
		    "--help", c->name, c->least,
		    c->most > c->least ? " or more" : "");
	for (size_t i = 0; i < o->nfiles; i++)
		o->file[i] = argv[optind + (int)i];
	return ERR_OK;
}

static enum err
parse(int argc, char **argv, const struct command *c,
    struct reference_options *o)
{
	char given[64] = "";
	const char **text;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return ERR_MALFORMED;
		if (strchr(c->takes, option) == NULL)
			return log_err(ERR_MALFORMED, "%s takes other "
			    "options; see --help", c->name);
		if ((text = text_of(o, option)) != NULL)
			*text = optarg;
		else if (!take(o, option, optarg))
			return log_err(ERR_MALFORMED, "%s: not a number that "
			    "it may be, or one too many", optarg);
		if (strchr(given, option) == NULL)
			given[strlen(given)] = (char)option;
	}
	for (const char *w = c->wants; *w != '\0'; w++)
		if (strchr(given, *w) == NULL)
			return log_err(ERR_MALFORMED, "%s lacks an option; "
			    "see --help", c->name);
	return take_files(argc, argv, c, o);
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* True if it is all that was asked. */
static bool
is_answered(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		fputs(usage, stdout);
	else if (strcmp(word, "--version") == 0)
		puts("anchorhold-reference (Anchorhold) " PACKAGE_VERSION);
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	struct reference_options o = {
		.passphrase_fd = -1, .cap = 15, .bank = "sha256",
		.tcti = "device:/dev/tpm0", .blame = REFERENCE_USAGE,
	};
	const struct command *c;

	log_name("anchorhold-reference");
	if (argc > 1 && is_answered(argv[1]))
		return fflush(stdout) == 0 ? REFERENCE_DONE :
		    REFERENCE_SYSTEM;
	if (argc < 2 || (c = find_command(argv[1])) == NULL) {
		log_line("no such command; see --help");
		return REFERENCE_USAGE;
	}
	if (parse(argc - 1, argv + 1, c, &o) != ERR_OK)
		return REFERENCE_USAGE;
	if (daemon_bind(argv) != ERR_OK || tool_start("anchorhold-reference",
	    &o.passphrase_fd, 1) != ERR_OK || crypto_selftest() != ERR_OK)
		return REFERENCE_SYSTEM;
	if (c->run(&o) != ERR_OK)
		return (int)o.blame;
	if (fflush(stdout) != 0)
		return REFERENCE_SYSTEM;
	return c->answers ? (int)o.blame : REFERENCE_DONE;
}
