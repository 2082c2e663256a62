/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The command line of anchorhold-mint: a table of steps, one table of
 * options for all of them, and what its exit status means. */

#include "provisioning/mint.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/start.h"
#include "provisioning/tool.h"

static const struct step {
	const char	*name;
	enum err	(*run)(const struct mint_options *o);
	const char	*wants;		/* options that it cannot do without */
	const char	*doc;
} steps[] = {
	{ "check",    step_check,    "t",
	    "look at the TPM; nothing is changed" },
	{ "claim",    step_claim,    "stQ",
	    "make SRK and version counter under the officers' key" },
	{ "request",  step_request,  "str",
	    "write down what the officers are to approve" },
	{ "approvals", step_approvals, "sQ",
	    "take what the officers have approved" },
	{ "keys",     step_keys,     "sti",
	    "make store key, root key, epoch, token and audit key" },
	{ "acl",      step_acl,      "sta",
	    "take the rules of a file, in place of those before" },
	{ "officers", step_officers, "stOq",
	    "register those whose approvals acts take" },
	{ "operator", step_operator, "stod",
	    "enrol an operator's device, confirmed by a code" },
	{ "volume",   step_volume,   "stnv",
	    "add a key slot to a LUKS2 volume, known to the state alone" },
	{ "vm",	      step_vm,	     "stVMRK",
	    "enrol the TPM of a domain, which proves itself" },
	{ "vm-request", step_vm_request, "VMKr",
	    "the same by files, 1, there: what it asks with" },
	{ "vm-challenge", step_vm_challenge, "stVrRH",
	    "2, here: what its TPM alone can open" },
	{ "vm-prove", step_vm_prove, "VMKHF",
	    "3, there: that it did" },
	{ "vm-admit", step_vm_admit, "stVF",
	    "4, here: enrol it" },
	{ "trust",    step_trust,    "stT",
	    "write the trust file that the officers are to sign" },
	{ "finish",   step_finish,   "stT",
	    "look at the signed one, sign and publish, make the state final" },
	{ "raise",    step_raise,    "stQ",
	    "end older approvals; with a new store key" },
	{ "reseal",   step_reseal,   "st",
	    "give a whole state a new store key" },
	{ "attend",   step_attend,   "",
	    "ask for the secret of attended starts, into a pipe" },
};

#define NSTEPS (sizeof(steps) / sizeof(steps[0]))

static const struct option options[] = {
	{ "state",	   required_argument, NULL, 's' },
	{ "tcti",	   required_argument, NULL, 't' },
	{ "issuer",	   required_argument, NULL, 'i' },
	{ "acl",	   required_argument, NULL, 'a' },
	{ "officer",	   required_argument, NULL, 'O' },
	{ "quorum",	   required_argument, NULL, 'q' },
	{ "operator",	   required_argument, NULL, 'o' },
	{ "device",	   required_argument, NULL, 'd' },
	{ "algorithm",	   required_argument, NULL, 'A' },
	{ "digits",	   required_argument, NULL, 'D' },
	{ "period",	   required_argument, NULL, 'P' },
	{ "uri-fd",	   required_argument, NULL, 'U' },
	{ "code-fd",	   required_argument, NULL, 'C' },
	{ "name",	   required_argument, NULL, 'n' },
	{ "volume",	   required_argument, NULL, 'v' },
	{ "passphrase-fd", required_argument, NULL, 'p' },
	{ "attend-fd",	   required_argument, NULL, 'w' },
	{ "times",	   required_argument, NULL, 'm' },
	{ "trust",	   required_argument, NULL, 'T' },
	{ "approvals",	   required_argument, NULL, 'Q' },
	{ "request",	   required_argument, NULL, 'r' },
	{ "cap",	   required_argument, NULL, 'c' },
	{ "vm",		   required_argument, NULL, 'V' },
	{ "vm-tcti",	   required_argument, NULL, 'M' },
	{ "roots",	   required_argument, NULL, 'R' },
	{ "ak",		   required_argument, NULL, 'K' },
	{ "challenge",	   required_argument, NULL, 'H' },
	{ "proof",	   required_argument, NULL, 'F' },
	{ "any-time",	   no_argument,	      NULL, 'E' },
	{ 0 },
};

static const char usage[] =
"usage: anchorhold-mint STEP [OPTION]...\n"
"\n"
"One step of a ceremony; anchorhold-ceremony calls them in order.  Each may\n"
"be run again: what is done stays done.\n"
"\n";

static const char option_help[] =
"\n"
"  --state DIR          the state directory; until `finish` DIR.ceremony\n"
"  --tcti TCTI          the TPM, as tpm2-tss names it\n"
"  --issuer NAME        who the tokens are from              (request, keys)\n"
"  --approvals FILE     what anchorhold-approve wrote        (claim, approvals,\n"
"                                                            raise)\n"
"  --request FILE       what it is to read                   (request), or\n"
"                       what a domain asks with              (vm-request,\n"
"                                                            vm-challenge)\n"
"  --cap PCR            1 to 15, or 0 for none; 15           (request), or\n"
"                       0 where cryptod will not cap         (trust)\n"
"  --acl FILE           rules, one a line                    (acl)\n"
"  --officer FILE       an officer's public key; once each   (officers)\n"
"  --quorum N           how many of them it takes            (officers)\n"
"  --operator ID        who                                  (operator)\n"
"  --device ID          what shows the codes                 (operator)\n"
"  --algorithm NAME     SHA1, SHA256 or SHA512; SHA1         (operator)\n"
"  --digits N           6 or 8; 6                            (operator)\n"
"  --period SECONDS     of a step; 30                        (operator)\n"
"  --uri-fd FD          write the otpauth URI there, not the QR code on the\n"
"                       terminal                             (operator)\n"
"  --code-fd FD         read the code there                  (operator)\n"
"  --name NAME          as luks:root                         (volume)\n"
"  --volume DEVICE      a LUKS2 device or image              (volume)\n"
"  --passphrase-fd FD   one that opens it now; else asked    (volume)\n"
"  --attend-fd FD       the secret of attended starts; with keys it makes them\n"
"                       so, with each later step it is asked for without\n"
"  --times N            give it so often: a new one, if that is not once\n"
"                                                            (attend)\n"
"  --vm ID              a domain                             (vm, vm-...)\n"
"  --vm-tcti TCTI       its TPM, as tpm2-tss names it        (vm, vm-request,\n"
"                                                            vm-prove)\n"
"  --ak FILE            its attestation key; made if it is not there (the same)\n"
"  --roots DIR          certificates of the makers of TPMs   (vm, vm-challenge,\n"
"                                                            check)\n"
"  --any-time           whatever times the certificate has   (the same)\n"
"  --challenge FILE     what goes back to the domain         (vm-challenge,\n"
"                                                            vm-prove)\n"
"  --proof FILE         what comes of it                     (vm-prove, vm-admit)\n"
"  --trust FILE         the trust file                       (trust, finish)\n"
"  --help, --version\n"
"\n"
"Exit status: 0 done, 1 usage, 2 there is a state already or none yet, 3 the\n"
"TPM, 4 the disk, the volume or the terminal, 5 a code or the secret of\n"
"attended starts is wrong or missing.\n"
"\n"
"Example: anchorhold-mint check --tcti device:/dev/tpm0\n";

static void
help(void)
{
	fputs(usage, stdout);
	for (size_t i = 0; i < NSTEPS; i++)
		printf("  %-12s %s\n", steps[i].name, steps[i].doc);
	fputs(option_help, stdout);
}

static bool
number(const char *text, long low, long high, long *out)
{
	char *end;

	*out = strtol(text, &end, 10);
	return end != text && *end == '\0' && *out >= low && *out <= high;
}

static bool
take_number(struct mint_options *o, int option, const char *text)
{
	const long low = option == 'D' ? 6 : option == 'c' ? 0 :
	    option == 'P' || option == 'q' || option == 'm' ? 1 : 3;
	const long high = option == 'D' ? 8 : option == 'P' ? 3600 :
	    option == 'c' ? 15 : option == 'q' ? STATE_OFFICERS :
	    option == 'm' ? 64 : 65535;
	long n;

	if (!number(text, low, high, &n))
		return false;
	switch (option) {
	case 'D':
		o->digits = (unsigned)n;
		return n != 7;
	case 'P':
		o->period = (unsigned)n;
		break;
	case 'q':
		o->quorum = (unsigned)n;
		break;
	case 'c':
		o->cap = (unsigned)n;
		break;
	case 'U':
		o->uri_fd = (int)n;
		break;
	case 'C':
		o->code_fd = (int)n;
		break;
	case 'w':
		o->attend_fd = (int)n;
		break;
	case 'm':
		o->times = (unsigned)n;
		break;
	default:
		o->passphrase_fd = (int)n;
		break;
	}
	return true;
}

/* One that may be given more than once. */
static bool
take_officer(struct mint_options *o, const char *path)
{
	if (o->nofficers == STATE_OFFICERS)
		return false;
	o->officers[o->nofficers++] = path;
	return true;
}

/* Where the text of an option goes; NULL for a number. */
static const char **
text_of(struct mint_options *o, int option)
{
	switch (option) {
	case 's': return &o->state;
	case 't': return &o->tcti;
	case 'i': return &o->issuer;
	case 'a': return &o->acl;
	case 'o': return &o->operator_id;
	case 'd': return &o->device_id;
	case 'A': return &o->algorithm;
	case 'n': return &o->name;
	case 'v': return &o->volume;
	case 'T': return &o->trust;
	case 'Q': return &o->approvals;
	case 'r': return &o->request;
	case 'V': return &o->vm;
	case 'M': return &o->vm_tcti;
	case 'R': return &o->roots;
	case 'K': return &o->ak;
	case 'H': return &o->challenge;
	case 'F': return &o->proof;
	default: return NULL;
	}
}

static const char *
name_of(int option)
{
	const struct option *o = options;

	while (o->name != NULL && o->val != option)
		o++;
	return o->name;
}

static enum err
parse(int argc, char **argv, struct mint_options *o)
{
	const char **text;
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == '?')
			return ERR_MALFORMED;
		if (c == 'E') {
			o->any_time = 1;
			continue;
		}
		text = text_of(o, c);
		if (text != NULL)
			*text = optarg;
		else if (!(c == 'O' ? take_officer(o, optarg) :
		    take_number(o, c, optarg)))
			return log_err(ERR_MALFORMED, "--%s %s: not a number "
			    "that it may be, or one too many", name_of(c),
			    optarg);
	}
	if (optind < argc)
		return log_err(ERR_MALFORMED, "%s: what is it?",
		    argv[optind]);
	return ERR_OK;
}

static bool
is_given(struct mint_options *o, int option)
{
	const char **text = text_of(o, option);

	if (option == 'O' || option == 'q')
		return o->nofficers > 0 && (option == 'O' || o->quorum > 0);
	return text != NULL && *text != NULL;
}

static enum err
check_wants(const struct step *step, struct mint_options *o)
{
	for (const char *w = step->wants; *w != '\0'; w++)
		if (!is_given(o, *w))
			return log_err(ERR_MALFORMED, "%s needs --%s",
			    step->name, name_of(*w));
	return ERR_OK;
}

static const struct step *
find_step(const char *name)
{
	for (size_t i = 0; i < NSTEPS; i++)
		if (strcmp(steps[i].name, name) == 0)
			return &steps[i];
	return NULL;
}

/* True if it is all that was asked. */
static bool
is_answered(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		help();
	else if (strcmp(word, "--version") == 0)
		puts("anchorhold-mint (Anchorhold) " PACKAGE_VERSION);
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	enum mint_exit blame = MINT_SYSTEM;
	struct mint_options o = {
		.algorithm = "SHA1", .digits = 6, .period = 30, .cap = 15,
		.uri_fd = -1, .code_fd = -1, .passphrase_fd = -1,
		.attend_fd = -1, .times = 1,
		.blame = &blame,
	};
	const struct step *step;

	log_name("anchorhold-mint");
	if (argc > 1 && is_answered(argv[1]))
		return fflush(stdout) == 0 ? MINT_DONE : MINT_SYSTEM;
	if (argc < 2 || (step = find_step(argv[1])) == NULL) {
		log_line("no such step; see anchorhold-mint --help");
		return MINT_USAGE;
	}
	if (parse(argc - 1, argv + 1, &o) != ERR_OK ||
	    check_wants(step, &o) != ERR_OK)
		return MINT_USAGE;
	if (daemon_bind(argv) != ERR_OK || tool_start("anchorhold-mint",
	    (const int[]){ o.uri_fd, o.code_fd, o.passphrase_fd,
	    o.attend_fd }, 4) != ERR_OK)
		return MINT_SYSTEM;
	if (step->run(&o) != ERR_OK)
		return (int)blame;
	return fflush(stdout) == 0 ? MINT_DONE : MINT_SYSTEM;
}
