/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "crypto/x509.h"
#include "tests/certs.h"
#include "tests/fuzz/fuzz.h"

/* An input: 0 for any time, the length of a leaf in two bytes, the leaf as it
 * lies in NV, and behind it the one file of who is believed. */
enum { HEAD = 3 };

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
	return 0;
}

static void
put_file(struct span file)
{
	int fd OWNED(fd_drop) = open(path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(write(fd, file.at, file.len) == (ssize_t)file.len, "a file");
}

/* Whatever key it is of, it is not of this one. */
static void
check_key(struct span der, enum x509_verdict v)
{
	static const uint8_t number[32] = { 1 };
	const struct x509_key key = { .x = SPAN(number), .y = SPAN(number) };
	const enum x509_verdict with = x509_ek(der, &key);

	must(with == (v == CERT_GOOD ? CERT_KEY : v), "another key's");
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct x509_anchors *a OWNED(x509_anchors_drop) = NULL;
	struct span leaf, der;
	enum x509_verdict ek, chain;
	size_t n;

	if (len < HEAD)
		return 0;
	n = (size_t)in[1] << 8 | in[2];
	n = n < len - HEAD ? n : len - HEAD;
	leaf = (struct span){ in + HEAD, n };
	if (x509_trim(leaf, &der) != ERR_OK)
		der = leaf;
	must(der.at >= leaf.at && der.at + der.len <= leaf.at + leaf.len,
	    "outside");
	ek = x509_ek(der, NULL);
	must(eks[ek].name != NULL, "another verdict on an EK");
	eks[ek].times++;
	check_key(der, ek);
	put_file((struct span){ in + HEAD + n, len - HEAD - n });
	if (x509_anchors_read(place, &a) != ERR_OK)
		return 0;
	chain = x509_chain(a, der, (struct span){ },
	    in[0] == 0 ? X509_ANY_TIME : CERT_NOW);
	must(chains[chain].name != NULL, "another verdict on a chain");
	must((chain == CERT_MALFORMED) == (ek == CERT_MALFORMED),
	    "half a certificate");
	chains[chain].times++;
	return 0;
}
