/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The command line of anchorhold-approve. */

#include "provisioning/approve.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cose/keyfile.h"
#include "crypto/drbg.h"
#include "crypto/selftest.h"
#include "daemon/start.h"
#include "provisioning/tool.h"

struct options {
	const char	*key, *request, *out, *pcrs, *values;
	const char	*pcr[TPM_PCRS];
	size_t		 npcr;
	struct predicted predicted;
	bool		 raise;
	int		 passphrase_fd;
	enum approve_exit blame;
};

static const struct option options[] = {
	{ "key",	   required_argument, NULL, 'k' },
	{ "request",	   required_argument, NULL, 'r' },
	{ "out",	   required_argument, NULL, 'o' },
	{ "pcr",	   required_argument, NULL, 'p' },
	{ "pcrs",	   required_argument, NULL, 'f' },
	{ "predict",	   required_argument, NULL, 'l' },
	{ "image",	   required_argument, NULL, 'i' },
	{ "values",	   required_argument, NULL, 'v' },
	{ "raise",	   no_argument,	      NULL, 'R' },
	{ "passphrase-fd", required_argument, NULL, 'P' },
	{ 0 },
};

static const char usage[] =
"usage: anchorhold-approve key   --key FILE\n"
"       anchorhold-approve first --key FILE --out FILE\n"
"       anchorhold-approve boot  --key FILE --request FILE --out FILE\n"
"                                [--raise] [--pcr N=HEX]... [--pcrs FILE]\n"
"                                [--predict LOG --image OLD=NEW...]\n"
"                                [--values FILE]\n"
"\n"
"Signs, with the officers' key K, what an appliance's TPM may do.  For a\n"
"machine that is offline; it needs no TPM.  It says in words what it is about\n"
"to sign; to type K's passphrase is to agree.\n"
"\n"
"  key    make K and write it to a new file, under a passphrase\n"
"  first  approve the first step of a new appliance's version\n"
"  boot   approve the PCR values that an appliance asks for\n"
"\n"
"  --key FILE          K\n"
"  --request FILE      what anchorhold-mint request has written\n"
"  --out FILE          where the approvals go; there must be none\n"
"  --pcr N=HEX         another value of a PCR than the present one\n"
"  --pcrs FILE         the same, in lines of \"N : 0xHEX\"\n"
"  --predict LOG       the event log of the boot that asks\n"
"  --image OLD=NEW     and a file of it that will be replaced: take the values\n"
"                      that the new one will lead to\n"
"  --values FILE       write the values that were approved there, as a request\n"
"                      that has them, for anchorhold-reference update\n"
"  --raise             end all older approvals as well: approve one step of\n"
"                      the version, and the values at the new one\n"
"  --passphrase-fd FD  read the passphrase there, not at the terminal\n"
"  --help, --version\n"
"\n"
"Exit status: 0 done, 1 usage or a file that makes no sense, 2 refused: not\n"
"this K's, or a file is there already, 3 the passphrase or the key file, 4 the\n"
"disk or the terminal.\n"
"\n"
"Example: anchorhold-approve boot --key /media/k --request r --out a\n";

/* ---- K ---- */

static void
say_key(const struct cose_key *k)
{
	uint8_t t[32];

	if (cose_key_thumbprint(k, t) != ERR_OK)
		return;
	printf("K is ");
	for (size_t i = 0; i < sizeof(t); i++)
		printf("%02x", t[i]);
	printf("\n");
}

static enum err
run_key(struct options *o)
{
	struct secret *text OWNED(secret_drop) = NULL;
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	struct cose_key k;
	enum err e;

	o->blame = APPROVE_KEY;
	TRY(tool_new_passphrase(&(struct tool_ask){ o->passphrase_fd,
	    "passphrase-fd", "A passphrase for K: " }, &text));
	o->blame = APPROVE_SYSTEM;
	TRY(drbg_from_system(span_text("anchorhold/1 officers' key"),
	    (struct span){ 0 }, &drbg));
	e = keyfile_make(o->key, WIRE_office_approvals, text, drbg, &k);
	if (e == ERR_STATE)
		o->blame = APPROVE_REFUSED;
	TRY(e);
	say_key(&k);
	return ERR_OK;
}

/* ---- approvals ---- */

static enum err
write_out(struct options *o, const struct approvals *a)
{
	uint8_t buf[APPROVALS_BYTES];
	int fd OWNED(fd_drop) = -1;
	size_t len = 0;

	TRY(approvals_encode(a, buf, &len));
	fd = open(o->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0644);
	if (fd == -1 && errno == EEXIST) {
		o->blame = APPROVE_REFUSED;
		return log_err(ERR_STATE, "%s: there is a file of that name; "
		    "it was not touched", o->out);
	}
	if (fd == -1)
		return log_errno("%s", o->out);
	if (fchmod(fd, 0644) == -1 ||
	    write(fd, buf, len) != (ssize_t)len || fsync(fd) == -1) {
		const enum err e = log_errno("%s", o->out);

		unlink(o->out);
		return e;
	}
	return ERR_OK;
}

/* The signatures are checked as the appliance will check them. */
static enum err
check_made(const struct approvals *a)
{
	struct approvals again;
	uint8_t buf[APPROVALS_BYTES];
	size_t len = 0;

	TRY(approvals_encode(a, buf, &len));
	return approvals_decode((struct span){ buf, len }, &again);
}

static enum err
sign(struct options *o, const struct wish *w, struct approvals *a)
{
	struct secret *text OWNED(secret_drop) = NULL;
	struct secret *private OWNED(secret_drop) = NULL;
	struct cose_key k;

	wish_show(stdout, w, a);
	if (fflush(stdout) != 0)
		return log_errno("stdout");
	o->blame = APPROVE_KEY;
	TRY(tool_passphrase(&(struct tool_ask){ o->passphrase_fd,
	    "passphrase-fd", "K's passphrase, to sign this: " }, &text));
	TRY(keyfile_open(o->key, WIRE_office_approvals, text, &private, &k));
	o->blame = APPROVE_REFUSED;
	if (!cose_key_equal(&k, &a->k))
		return log_err(ERR_DENIED, "the request is for another K than "
		    "%s", o->key);
	o->blame = APPROVE_SYSTEM;
	TRY(approvals_sign(a, private));
	TRY(check_made(a));
	return write_out(o, a);
}

static enum err
run_first(struct options *o)
{
	struct wish none = { .issuer = "" };
	struct approvals a;
	struct cose_key k;

	o->blame = APPROVE_KEY;
	TRY(keyfile_look(o->key, WIRE_office_approvals, &k));
	TRY(wish_first(&k, &a));
	return sign(o, &none, &a);
}

static enum err
run_boot(struct options *o)
{
	struct approvals a;
	struct wish w;

	o->blame = APPROVE_USAGE;
	TRY(wish_read(o->request, &w));
	if (o->predicted.log != NULL)
		TRY(wish_predict(&w, &o->predicted));
	if (o->pcrs != NULL)
		TRY(wish_set_file(&w, o->pcrs));
	for (size_t i = 0; i < o->npcr; i++)
		TRY(wish_set(&w, o->pcr[i]));
	TRY(wish_approve(&w, o->raise, &a));
	TRY(sign(o, &w, &a));
	if (o->values != NULL)
		TRY(wish_write(&w, o->values));
	printf("%s: for anchorhold-mint %s\n", o->out,
	    o->raise ? "raise, and a reset of the TPM after it" :
	    "approvals");
	return ERR_OK;
}

/* ---- the command line ---- */

static bool
take_fd(const char *text, int *out)
{
	char *end;
	const long n = strtol(text, &end, 10);

	*out = (int)n;
	return end != text && *end == '\0' && n >= 3 && n <= 65535;
}

static enum err
take(struct options *o, int option)
{
	switch (option) {
	case 'k': o->key = optarg; break;
	case 'r': o->request = optarg; break;
	case 'o': o->out = optarg; break;
	case 'f': o->pcrs = optarg; break;
	case 'l': o->predicted.log = optarg; break;
	case 'i':
		if (o->predicted.images == PREDICT_IMAGES)
			return log_err(ERR_MALFORMED, "--image: too many");
		o->predicted.image[o->predicted.images++] = optarg;
		break;
	case 'v': o->values = optarg; break;
	case 'R': o->raise = true; break;
	case 'p':
		if (o->npcr == TPM_PCRS)
			return log_err(ERR_MALFORMED, "--pcr: too many");
		o->pcr[o->npcr++] = optarg;
		break;
	case 'P':
		return take_fd(optarg, &o->passphrase_fd) ? ERR_OK :
		    log_err(ERR_MALFORMED, "--passphrase-fd %s: not a "
		    "descriptor above 2", optarg);
	default:
		return ERR_MALFORMED;
	}
	return ERR_OK;
}

static const struct command {
	const char	*name;
	enum err	(*run)(struct options *o);
	bool		 out, boot;	/* it takes --out; and the rest */
} commands[] = {
	{ "key",   run_key,   false, false },
	{ "first", run_first, true,  false },
	{ "boot",  run_boot,  true,  true },
};

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static enum err
parse(int argc, char **argv, const struct command *c, struct options *o)
{
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1)
		TRY(take(o, option));
	if (optind < argc)
		return log_err(ERR_MALFORMED, "%s: what is it?",
		    argv[optind]);
	if (o->key == NULL || (o->out != NULL) != c->out ||
	    (o->request != NULL) != c->boot ||
	    (o->predicted.log != NULL) != (o->predicted.images > 0) ||
	    (!c->boot && (o->pcrs != NULL || o->values != NULL ||
	    o->npcr > 0 || o->raise || o->predicted.log != NULL)))
		return log_err(ERR_MALFORMED, "%s takes other options; see "
		    "--help", c->name);
	return ERR_OK;
}

/* True if it is all that was asked. */
static bool
is_answered(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		fputs(usage, stdout);
	else if (strcmp(word, "--version") == 0)
		puts("anchorhold-approve (Anchorhold) " PACKAGE_VERSION);
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	struct options o = { .passphrase_fd = -1, .blame = APPROVE_SYSTEM };
	const struct command *c;

	log_name("anchorhold-approve");
	if (argc > 1 && is_answered(argv[1]))
		return fflush(stdout) == 0 ? APPROVE_DONE : APPROVE_SYSTEM;
	if (argc < 2 || (c = find_command(argv[1])) == NULL) {
		log_line("key, first or boot; see --help");
		return APPROVE_USAGE;
	}
	if (parse(argc - 1, argv + 1, c, &o) != ERR_OK)
		return APPROVE_USAGE;
	if (daemon_bind(argv) != ERR_OK || tool_start("anchorhold-approve",
	    &o.passphrase_fd, 1) != ERR_OK || crypto_selftest() != ERR_OK)
		return APPROVE_SYSTEM;
	if (c->run(&o) != ERR_OK)
		return (int)o.blame;
	return fflush(stdout) == 0 ? APPROVE_DONE : APPROVE_SYSTEM;
}
