/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Our side of 010-cose-interop: reads requests from stdin, a line each, and
 * answers each with a line: "OK hex", or the error's name.
 *
 *	token SEED CLAIMS		sign these claims
 *	claims KEY TOKEN		verify; the claims, encoded anew
 *	sign SEED AAD PAYLOAD		sign, detached
 *	check KEY AAD PAYLOAD OBJECT	verify
 *	wrap KEY SECRET REQUEST ID	an ephemeral_key
 *	unwrap KEY PRIVATE REQUEST ID WRAPPED
 *	mac ALG SHARED AAD PAYLOAD	a Mac0, detached
 *	macked ALG SHARED AAD PAYLOAD OBJECT
 *
 * All words are hex; KEY is a COSE_Key.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cose/cwt.h"
#include "cose/encrypt.h"
#include "cose/mac0.h"
#include "cose/sign1.h"
#include "crypto/drbg.h"

#define WORDS 5
#define WORD_MAX 4096

/* One request: its words, and room for the answer. */
struct request {
	struct span	word[WORDS];
	uint8_t		out[WORD_MAX];
	size_t		len;
};

static enum err
signer_of(struct span seed, struct secret **s, struct signer *out)
{
	TRY(secret_copy(seed, s));
	return signer_ed25519(*s, out);
}

static enum err
make_token(struct request *r)
{
	struct secret *seed OWNED(secret_drop) = NULL;
	struct signer signer;
	struct cwt c;

	TRY(signer_of(r->word[0], &seed, &signer));
	TRY(cwt_decode(r->word[1], &c));
	return token_sign(&signer, &c, r->out, &r->len);
}

static enum err
read_claims(struct request *r)
{
	const struct span none = { NULL, 0 };
	struct cose_key key;
	struct sign1 s;
	struct cwt c;

	TRY(cose_key_decode(r->word[0], &key));
	TRY(token_parse(r->word[1], &s, &c));
	TRY(cose_sign1_verify(&s, &key, none, none));
	return cwt_encode(&c, r->out, sizeof(r->out), &r->len);
}

/* The words of a context, as a C string. */
static const char *
text_of(struct span s, char out[static 128])
{
	size_t n = s.len < 127 ? s.len : 127;

	memcpy(out, s.at, n);
	out[n] = '\0';
	return out;
}

static enum err
sign(struct request *r)
{
	struct secret *seed OWNED(secret_drop) = NULL;
	struct signer signer;
	char aad[128];

	TRY(signer_of(r->word[0], &seed, &signer));
	return cose_sign_detached(&signer, text_of(r->word[1], aad),
	    r->word[2], r->out, sizeof(r->out), &r->len);
}

static enum err
check(struct request *r)
{
	struct cose_key key;
	char aad[128];

	TRY(cose_key_decode(r->word[0], &key));
	return cose_check_detached(r->word[3], &key,
	    text_of(r->word[1], aad), r->word[2]);
}

static enum err
wrap(struct request *r)
{
	const struct span none = { NULL, 0 };
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	struct cose_key key;
	char id[128];

	TRY(drbg_from_system(none, none, &drbg));
	TRY(cose_key_decode(r->word[0], &key));
	return cose_wrap(&key, r->word[1], r->word[2].at,
	    text_of(r->word[3], id), drbg, r->out, sizeof(r->out), &r->len);
}

static enum err
unwrap(struct request *r)
{
	struct secret *priv OWNED(secret_drop) = NULL;
	struct secret *plain OWNED(secret_drop) = NULL;
	struct cose_pair pair OWNED(cose_pair_drop) = { .priv = NULL };
	struct cose_key key;
	char id[128];

	TRY(cose_key_decode(r->word[0], &key));
	TRY(secret_copy(r->word[1], &priv));
	TRY(cose_pair_of(key.kind, &priv, &pair));
	TRY(cose_unwrap(&pair, r->word[4], r->word[2].at,
	    text_of(r->word[3], id), &plain));
	r->len = secret_len(plain);
	memcpy(r->out, secret_expose(plain), r->len);
	return ERR_OK;
}

static enum err
mac(struct request *r)
{
	struct secret *key OWNED(secret_drop) = NULL;
	char aad[128];

	TRY(secret_copy(r->word[1], &key));
	return cose_mac0((enum mac_alg)r->word[0].at[0], key,
	    text_of(r->word[2], aad), r->word[3], true, r->out,
	    sizeof(r->out), &r->len);
}

static enum err
check_mac(struct request *r)
{
	struct secret *key OWNED(secret_drop) = NULL;
	char aad[128];

	TRY(secret_copy(r->word[1], &key));
	return cose_mac0_check(r->word[4], (enum mac_alg)r->word[0].at[0],
	    key, text_of(r->word[2], aad), true, &r->word[3]);
}

static const struct verb {
	const char	*name;
	size_t		 words;
	enum err	(*act)(struct request *r);
} verbs[] = {
	{ "token",	2, make_token },
	{ "claims",	2, read_claims },
	{ "sign",	3, sign },
	{ "check",	4, check },
	{ "wrap",	4, wrap },
	{ "unwrap",	5, unwrap },
	{ "mac",	4, mac },
	{ "macked",	5, check_mac },
};

/* Hex, into a word of its own. */
static struct span
unhex(const char *hex, uint8_t out[static WORD_MAX])
{
	size_t n = 0;
	unsigned byte;

	while (n < WORD_MAX && sscanf(hex + 2 * n, "%2x", &byte) == 1)
		out[n++] = (uint8_t)byte;
	return (struct span){ out, n };
}

static enum err
answer(char *line, struct request *r)
{
	static uint8_t bytes[WORDS][WORD_MAX];
	char *save = NULL, *name = strtok_r(line, " \n", &save), *hex;
	size_t n = 0;

	while (n < WORDS && (hex = strtok_r(NULL, " \n", &save)) != NULL) {
		r->word[n] = unhex(strcmp(hex, "-") == 0 ? "" : hex,
		    bytes[n]);
		n++;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (name != NULL && strcmp(name, verbs[i].name) == 0 &&
		    n == verbs[i].words)
			return verbs[i].act(r);
	return ERR_NOT_FOUND;
}

int
main(void)
{
	static char line[WORDS * 2 * WORD_MAX];
	static struct request r;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		enum err e;

		r.len = 0;
		e = answer(line, &r);
		printf("%s", err_name(e));
		for (size_t i = 0; e == ERR_OK && i < r.len; i++)
			printf("%s%02x", i == 0 ? " " : "", r.out[i]);
		printf("\n");
		fflush(stdout);
	}
	return 0;
}
