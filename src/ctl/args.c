/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/args.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define AT(field) offsetof(struct args, field)

/* A FLAG sets a bool, the others a text; number is where it goes as well. */
enum takes { FLAG, TEXT, NUMBER };

static const struct option_row {
	const char	*name;
	enum takes	 takes;
	size_t		 at, number;
	uint64_t	 max;
	const char	*value;
	const char	*preset;
	const char	*doc;
} rows[] = {
	{ "socket", TEXT, AT(socket), 0, 0, "PATH", "/run/anchorhold/cryptod/admin.sock", "cryptod's socket" },
	{ "server-uid", NUMBER, AT(server_uid), AT(uid), UINT32_MAX - 1, "N", NULL, "cryptod's uid, if not the user cryptod's or ours" },
	{ "vchan", TEXT, AT(vchan), 0, 0, "NODE", NULL, "instead of it: the node with cryptod's domid" },
	{ "vchan-port", NUMBER, AT(port_text), AT(port), 65535, "N", "9001", "cryptod's vchan_port" },
	{ "vchan-channel", NUMBER, AT(channel_text), AT(channel), 7, "N", "0", "which of the vchans for this domain" },
	{ "trust", TEXT, AT(trust), 0, 0, "FILE", "/etc/anchorhold/trust", "the trust file of the ceremony" },
	{ "officers", TEXT, AT(officers), 0, 0, "FILE", "/etc/anchorhold/officers", "whose signatures on it count" },
	{ "metadata", TEXT, AT(metadata), 0, 0, "FILE", NULL, "the key metadata, as cryptod published it" },
	{ "audience", TEXT, AT(audience), 0, 0, "NAME", NULL, "the verifier's name, as it stands in the token" },
	{ "operation", TEXT, AT(operation), 0, 0, "SCOPE", NULL, "what the token is to allow, as luks:root" },
	{ "keys", TEXT, AT(keys), 0, 0, "FILE", NULL, "the key metadata instead of DIR/keys.cbor" },
	{ "checkpoint", TEXT, AT(checkpoint), 0, 0, "FILE", NULL, "a checkpoint instead of DIR/checkpoint.cbor" },
	{ "from", NUMBER, AT(from_text), AT(from), UINT64_MAX, "N", NULL, "begin with this entry" },
	{ "state", TEXT, AT(state), 0, 0, "DIR", NULL, "where to remember cryptod's TPM, and its newest keys" },
	{ "output", TEXT, AT(output), 0, 0, "FILE", NULL, "where it goes; there must be none" },
	{ "attach", TEXT, AT(attach), 0, 0, "FILE", NULL, "what the act is about, as an ACL" },
	{ "epoch", NUMBER, AT(epoch_text), AT(epoch), UINT64_MAX, "N", NULL, "the appliance's, instead of asking it" },
	{ "expires", NUMBER, AT(expires_text), AT(expires), 31536000, "SECONDS", "86400", "how long the act is good" },
	{ "key", TEXT, AT(key), 0, 0, "FILE", NULL, "the officer's key file" },
	{ "words", TEXT, AT(words), 0, 0, "WORDS", NULL, "the act's four words, instead of being asked" },
	{ "passphrase-fd", NUMBER, AT(passphrase_text), AT(passphrase_fd), 65535, "FD", NULL, "a descriptor with the key's passphrase" },
	{ "tcti", TEXT, AT(tcti), 0, 0, "TCTI", "device:/dev/tpm0", "the TPM, as tpm2-tss names it" },
	{ "eventlog", TEXT, AT(eventlog), 0, 0, "FILE", NULL, "the event log to go with it, or that was approved" },
	{ "eventlog-now", TEXT, AT(eventlog_now), 0, 0, "FILE", NULL, "the event log of this boot, not the kernel's" },
	{ "alg", TEXT, AT(alg), 0, 0, "BANK", NULL, "the bank: sha1, sha256, sha384, sha512" },
	{ "attest", TEXT, AT(attest), 0, 0, "FILE", NULL, "TPMS_ATTEST, the message of tpm2_quote" },
	{ "signature", TEXT, AT(signature), 0, 0, "FILE", NULL, "TPMT_SIGNATURE, as tpm2_quote writes it" },
	{ "public", TEXT, AT(public), 0, 0, "FILE", NULL, "TPM2B_PUBLIC of the attestation key" },
	{ "ak", TEXT, AT(ak), 0, 0, "FILE", NULL, "the attestation key, as anchorhold-mint vm keeps it" },
	{ "select", TEXT, AT(select), 0, 0, "BANK:N,N", NULL, "the PCRs to quote, as sha256:0,7" },
	{ "request", TEXT, AT(request), 0, 0, "UUID", NULL, "the request that the evidence is for" },
	{ "bound", TEXT, AT(bound), 0, 0, "HEX", NULL, "the whole map that it has to be bound to" },
	{ "pcrs", TEXT, AT(pcrs), 0, 0, "FILE", NULL, "the PCRs' values, one after another" },
	{ "challenge", TEXT, AT(challenge), 0, 0, "HEX", NULL, "what evidence has to answer" },
	{ "extra", TEXT, AT(extra), 0, 0, "HEX", NULL, "the whole extraData, of a quote that is no evidence" },
	{ "vm-id", TEXT, AT(vm_id), 0, 0, "ID", NULL, "whose evidence, or key, it has to be" },
	{ "action", TEXT, AT(action), 0, 0, "SCOPE", NULL, "what the key has to be attested for" },
	{ "nonce", TEXT, AT(nonce), 0, 0, "HEX", NULL, "what the attestation has to answer" },
	{ "reference", TEXT, AT(reference), 0, 0, "FILE", NULL, "a trust file with the machine's reference" },
	{ "seen", TEXT, AT(seen), 0, 0, "RESETS,RESTARTS,CLOCK,SURE", NULL, "as the last good verdict says it, or never" },
	{ "roots", TEXT, AT(roots), 0, 0, "DIR", NULL, "certificates of the makers of TPMs" },
	{ "any-time", FLAG, AT(any_time), 0, 0, NULL, NULL, "whatever times the TPM's certificate has" },
	{ "vm-request", TEXT, AT(vm_request), 0, 0, "FILE", NULL, "the domain's request to be enrolled" },
	{ "awaited", TEXT, AT(awaited), 0, 0, "FILE", NULL, "what is kept of a challenge" },
	{ "proof", TEXT, AT(proof), 0, 0, "FILE", NULL, "the answer to that challenge" },
	{ "type", TEXT, AT(type), 0, 0, "NAME", NULL, "what a bare map is, as status_resp" },
	{ "hex", FLAG, AT(hex), 0, 0, NULL, NULL, "the input is hexadecimal digits" },
	{ "list", FLAG, AT(list), 0, 0, NULL, NULL, "show all of them" },
	{ "json", FLAG, AT(json), 0, 0, NULL, NULL, "one JSON document" },
	{ "help", FLAG, AT(help), 0, 0, NULL, NULL, "this" },
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

/* Is the name one of the words? */
static bool
among(const char *name, const char *words)
{
	const size_t len = strlen(name);
	const char *at = words;

	if (strcmp(name, "help") == 0)
		return true;
	while ((at = strstr(at, name)) != NULL) {
		if ((at == words || at[-1] == ' ') &&
		    (at[len] == ' ' || at[len] == '\0'))
			return true;
		at += len;
	}
	return false;
}

static void
make_longs(const struct command *c, struct option *longs)
{
	size_t n = 0;

	for (size_t i = 0; i < NROWS; i++)
		if (among(rows[i].name, c->options))
			longs[n++] = (struct option){ .name = rows[i].name,
			    .has_arg = rows[i].takes != FLAG,
			    .val = (int)i + 256 };
	longs[n] = (struct option){ 0 };
}

static enum err
parse_number(const struct option_row *row, const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
	    *out > row->max)
		return log_err(ERR_MALFORMED, "--%s %s: not a number that it "
		    "may be", row->name, text);
	return ERR_OK;
}

static enum err
take(const struct option_row *row, const char *text, struct args *a)
{
	char *at = (char *)a;

	if (row->takes == FLAG) {
		*(bool *)(void *)(at + row->at) = true;
		return ERR_OK;
	}
	if (*text == '\0')
		return log_err(ERR_MALFORMED, "--%s: it is empty", row->name);
	*(const char **)(void *)(at + row->at) = text;
	return row->takes == NUMBER ? parse_number(row, text,
	    (uint64_t *)(void *)(at + row->number)) : ERR_OK;
}

static enum err
take_operands(const struct command *c, int n, char **operands,
    struct args *a)
{
	if (n > c->most)
		return log_err(ERR_MALFORMED, "%s: one argument too many: %s",
		    c->name, operands[c->most]);
	if (n < c->least && !a->list && !a->help)
		return log_err(ERR_MALFORMED, "%s: %s is missing", c->name,
		    c->operands);
	a->count = n;
	for (int i = 0; i < n; i++)
		a->operand[i] = operands[i];
	return ERR_OK;
}

enum err
args_parse(const struct command *c, int argc, char **argv, struct args *out)
{
	struct option longs[NROWS + 1];
	struct args a = { 0 };
	int n;

	for (size_t i = 0; i < NROWS; i++)
		if (rows[i].preset != NULL)
			TRY(take(&rows[i], rows[i].preset, &a));
	make_longs(c, longs);
	opterr = 0;
	optind = 0;
	while ((n = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (n == 'h')
			a.help = true;
		else if (n >= 256)
			TRY(take(&rows[n - 256], optarg, &a));
		else if (n == ':')
			return log_err(ERR_MALFORMED, "%s: %s needs a value",
			    c->name, argv[optind - 1]);
		else
			return log_err(ERR_MALFORMED, "%s: no such option: %s",
			    c->name, argv[optind - 1]);
	}
	TRY(take_operands(c, argc - optind, argv + optind, &a));
	*out = a;
	return ERR_OK;
}

void
args_help(FILE *out, const struct command *c)
{
	fprintf(out, "usage: anchorctl %s", c->name);
	if (*c->options != '\0')
		fputs(" [OPTION]...", out);
	fprintf(out, "%s%s\n\n%s\n\n", *c->operands != '\0' ? " " : "",
	    c->operands, c->summary);
	for (size_t i = 0; i < NROWS; i++) {
		const struct option_row *row = &rows[i];
		char left[40];

		if (!among(row->name, c->options))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", row->name,
		    row->value != NULL ? " " : "",
		    row->value != NULL ? row->value : "");
		fprintf(out, "  %-20s  %s\n", left, row->doc);
		if (row->preset != NULL)
			fprintf(out, "  %-20s  (%s)\n", "", row->preset);
	}
	fprintf(out, "\nExamples:\n%s", c->examples);
}
