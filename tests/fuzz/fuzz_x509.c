/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "crypto/x509.h"
#include "tests/certs.h"
#include "tests/fuzz/fuzz.h"

/* An input: 0 for any time; how long these are, in two bytes each: a leaf as it
 * lies in NV, the certificates between, and the modulus of an RSA key; these,
 * and behind them the one file of who is believed. */
enum { HEAD = 7 };

enum { RSA_OWN, RSA_OTHER, BETWEEN, NOT_BETWEEN, WAYS };
static struct reach ways[WAYS] = {
	[RSA_OWN]	= { "rsa-own", 0 },
	[RSA_OTHER]	= { "rsa-other", 0 },
	[BETWEEN]	= { "good-by-others", 0 },
	[NOT_BETWEEN]	= { "others-none", 0 },
};

static struct reach chains[CERT_VERDICTS] = {
	[CERT_GOOD]	 = { "good", 0 },
	[CERT_MALFORMED] = { "malformed", 0 },
	[CERT_UNKNOWN]	 = { "unknown", 0 },
	[CERT_SIGNATURE] = { "signature", 0 },
	[CERT_ALGORITHM] = { "algorithm", 0 },
	[CERT_ISSUER]	 = { "issuer", 0 },
	[CERT_EXPIRED]	 = { "expired", 0 },
	[CERT_CRITICAL]	 = { "critical", 0 },
};
static struct reach eks[CERT_VERDICTS] = {
	[CERT_GOOD]	 = { "good", 0 },
	[CERT_MALFORMED] = { "malformed", 0 },
	[CERT_CA]	 = { "ca", 0 },
	[CERT_PURPOSE]	 = { "purpose", 0 },
	[CERT_USAGE]	 = { "usage", 0 },
};
static char place[] = "fuzz-x509-XXXXXX", path[64];

static void
clean_up(void)
{
	(void)!unlink(path);
	(void)!rmdir(place);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	must(mkdtemp(place) != NULL && atexit(clean_up) == 0, "a directory");
	(void)!snprintf(path, sizeof(path), "%s/anchor", place);
	reach("chain", chains, CERT_VERDICTS);
	reach("ek", eks, CERT_VERDICTS);
	reach("way", ways, WAYS);
	return 0;
}

static void
put_file(struct span file)
{
	int fd OWNED(fd_drop) = open(path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(write(fd, file.at, file.len) == (ssize_t)file.len, "a file");
}

/* Whatever key it is of, it is not of this one; it may be of that of RSA, and
 * of no other than that. */
static void
check_keys(struct span der, struct span modulus, enum x509_verdict v)
{
	static const uint8_t number[32] = { 1 };
	const struct x509_key none = { .x = SPAN(number), .y = SPAN(number) };
	const struct x509_key rsa = { .modulus = modulus, .exponent = 65537 };
	const struct x509_key odd = { .modulus = modulus, .exponent = 3 };
	enum x509_verdict with = x509_ek(der, &none);

	must(with == (v == CERT_GOOD ? CERT_KEY : v), "another key's");
	with = x509_ek(der, &rsa);
	must(with == v || (v == CERT_GOOD && with == CERT_KEY), "not its key");
	must(x509_ek(der, &odd) == (v == CERT_GOOD ? CERT_KEY : v),
	    "another exponent's");
	ways[RSA_OWN].times += with == CERT_GOOD;
	ways[RSA_OTHER].times += with == CERT_KEY && modulus.len > 0;
}

/* The next part of the input, as long as the head says or as there is. */
static struct span
cut(struct span *rest, const uint8_t *len)
{
	const size_t want = (size_t)len[0] << 8 | len[1];
	const struct span part = { rest->at,
	    want < rest->len ? want : rest->len };

	*rest = (struct span){ rest->at + part.len, rest->len - part.len };
	return part;
}

/* What lies between can make a chain good that is none without it, and never
 * one bad that was good. */
static enum x509_verdict
check_chain(const struct x509_anchors *a, struct span der, struct span others,
    int64_t when)
{
	const enum x509_verdict with = x509_chain(a, der, others, when);
	const enum x509_verdict alone = x509_chain(a, der, (struct span){ },
	    when);

	ways[BETWEEN].times += with == CERT_GOOD && alone != CERT_GOOD;
	ways[NOT_BETWEEN].times += with == CERT_MALFORMED &&
	    alone != CERT_MALFORMED;
	must(x509_chain(a, der, others, when) == with, "another answer");
	must(alone != CERT_MALFORMED || with == CERT_MALFORMED, "half a leaf");
	return with;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct x509_anchors *a OWNED(x509_anchors_drop) = NULL;
	struct span rest, leaf, others, modulus, der;
	enum x509_verdict ek, chain;

	if (len < HEAD)
		return 0;
	rest = (struct span){ in + HEAD, len - HEAD };
	leaf = cut(&rest, in + 1);
	others = cut(&rest, in + 3);
	modulus = cut(&rest, in + 5);
	if (x509_trim(leaf, &der) != ERR_OK)
		der = leaf;
	must(der.at >= leaf.at && der.at + der.len <= leaf.at + leaf.len,
	    "outside");
	ek = x509_ek(der, NULL);
	must(eks[ek].name != NULL, "another verdict on an EK");
	eks[ek].times++;
	check_keys(der, modulus, ek);
	put_file(rest);
	if (x509_anchors_read(place, &a) != ERR_OK)
		return 0;
	chain = check_chain(a, der, others,
	    in[0] == 0 ? X509_ANY_TIME : CERT_NOW);
	must(chains[chain].name != NULL, "another verdict on a chain");
	must(ek != CERT_MALFORMED || chain == CERT_MALFORMED,
	    "half a certificate");
	chains[chain].times++;
	return 0;
}
