/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/drbg.h"

/*
 * CAVS: sections of "[name = value]" lines, then cases of "name = hex" lines
 * that begin with COUNT and end with ReturnedBits.  A case instantiates, maybe
 * reseeds, generates twice, and tells what comes the second time.
 */

enum { MAX_INPUTS = 4 };

struct cavs {
	bool		ours;		/* SHA-256 */
	bool		resistant;	/* to prediction: reseeds each time */
	char		hash[32];
	const char	*entropy, *nonce, *person;
	const char	*reseed, *reseed_additional;
	const char	*additional[MAX_INPUTS], *fresh[MAX_INPUTS];
	size_t		 additionals, freshes;
};

/* Generate as the case says; additional data goes to the reseed if each
 * request has one (SP 800-90A, 9.3.1). */
static enum err
generate(struct drbg *d, const struct cavs *c, size_t i, struct bytes out)
{
	struct bytes extra OWNED(bytes_drop) =
	    bytes_of_hex(i < c->additionals ? c->additional[i] : "");
	struct bytes fresh OWNED(bytes_drop) =
	    bytes_of_hex(i < c->freshes ? c->fresh[i] : "");

	if (!c->resistant)
		return drbg_generate(d, span_of(extra), out.at, out.len);
	TRY(drbg_reseed(d, span_of(fresh), span_of(extra)));
	return drbg_generate(d, (struct span){ 0 }, out.at, out.len);
}

static enum err
returned(const struct cavs *c, struct bytes out)
{
	struct bytes entropy OWNED(bytes_drop) = bytes_of_hex(c->entropy);
	struct bytes nonce OWNED(bytes_drop) = bytes_of_hex(c->nonce);
	struct bytes person OWNED(bytes_drop) = bytes_of_hex(c->person);
	struct bytes fresh OWNED(bytes_drop) = bytes_of_hex(c->reseed);
	struct bytes extra OWNED(bytes_drop) =
	    bytes_of_hex(c->reseed_additional);
	struct drbg *d OWNED(drbg_drop) = NULL;

	TRY(drbg_new(span_of(entropy), span_of(nonce), span_of(person), &d));
	if (fresh.len > 0)
		TRY(drbg_reseed(d, span_of(fresh), span_of(extra)));
	TRY(generate(d, c, 0, out));
	return generate(d, c, 1, out);
}

static void
run_case(struct tally *t, const struct cavs *c, const char *hex)
{
	struct bytes want OWNED(bytes_drop) = bytes_of_hex(hex);
	struct bytes out OWNED(bytes_drop) = bytes_new(want.len);

	if (!c->ours)
		refused(t, "HMAC_DRBG with %s is not used", c->hash);
	else if (worked(t, "drbg", returned(c, out)) &&
	    same(t, "what is returned", span_of(out), span_of(want)))
		passed(t);
}

static void
section(struct cavs *c, char *line)
{
	if (strncmp(line, "[SHA-", 5) == 0) {
		size_t len = strcspn(line + 1, "]");

		len = len < sizeof(c->hash) ? len : sizeof(c->hash) - 1;
		memcpy(c->hash, line + 1, len);
		c->hash[len] = '\0';
		c->ours = strcmp(c->hash, "SHA-256") == 0;
	} else if (strncmp(line, "[PredictionResistance", 21) == 0)
		c->resistant = strstr(line, "True") != NULL;
}

/* One "name = value"; true when it ends a case. */
static bool
field(struct tally *t, struct cavs *c, const char *name, const char *value)
{
	const struct {
		const char	*name;
		const char	**at;
	} fields[] = {
		{ "EntropyInput",		&c->entropy },
		{ "Nonce",			&c->nonce },
		{ "PersonalizationString",	&c->person },
		{ "EntropyInputReseed",		&c->reseed },
		{ "AdditionalInputReseed",	&c->reseed_additional },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].name, name) == 0)
			*fields[i].at = value;
	if (strcmp(name, "AdditionalInput") == 0 &&
	    c->additionals < MAX_INPUTS)
		c->additional[c->additionals++] = value;
	if (strcmp(name, "EntropyInputPR") == 0 && c->freshes < MAX_INPUTS)
		c->fresh[c->freshes++] = value;
	if (strcmp(name, "COUNT") == 0) {
		c->entropy = c->nonce = c->person = "";
		c->reseed = c->reseed_additional = "";
		c->additionals = c->freshes = 0;
		at_case(t, "%s, count %s", c->hash, value);
	}
	return strcmp(name, "ReturnedBits") == 0;
}

bool
drbg_text(struct tally *t, char *text)
{
	struct cavs c = { .entropy = "", .nonce = "", .person = "",
	    .reseed = "", .reseed_additional = "" };
	size_t cases = 0;
	char *save = NULL;

	for (char *line = strtok_r(text, "\r\n", &save); line != NULL;
	    line = strtok_r(NULL, "\r\n", &save)) {
		char *value = strstr(line, " =");

		if (*line == '[')
			section(&c, line);
		else if (value != NULL) {
			*value = '\0';
			value += 2 + strspn(value + 2, " ");
			if (field(t, &c, line, value)) {
				run_case(t, &c, value);
				cases++;
			}
		}
	}
	return cases > 0;
}
