/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Leaves and who is believed, for fuzz_x509 (see there for the form): one for
 * each verdict. */

#include <stdbool.h>
#include <stdio.h>

/* OpenSSL has a type of that name. */
#define ERR_STATE openssl_state
#include <openssl/bn.h>
#include <openssl/evp.h>
#undef ERR_STATE

#include "base/own.h"
#include "tests/certs.h"
#include "tests/fuzz/seed.h"

#define EK "2.23.133.8.1"
#define MINE .subject = "", .issuer = "maker"

static const struct row {
	const char	*name;
	struct cert	 leaf;
	const char	*maker;		/* its constraints; NULL: a CA's */
	bool		 forged;
	bool		 between;	/* "middle" issued it, maker that */
	size_t		 junk;		/* of what lies between, cut off */
	size_t		 cut;
} rows[] = {
	{ .name = "good", .leaf = { MINE, .purpose = EK, .san = true } },
	{ .name = "signature", .leaf = { MINE, .purpose = EK },
	    .forged = true },
	{ .name = "unknown", .leaf = { .subject = "", .issuer = "nobody",
	    .purpose = EK } },
	{ .name = "algorithm", .leaf = { MINE, .purpose = EK,
	    .digest = "SHA1" } },
	{ .name = "issuer", .leaf = { MINE, .purpose = EK },
	    .maker = "critical,CA:FALSE" },
	{ .name = "expired", .leaf = { MINE, .purpose = EK,
	    .until = -7200, .from = -7200 } },
	{ .name = "critical", .leaf = { MINE, .purpose = EK, .odd = true } },
	{ .name = "ca", .leaf = { MINE, .purpose = EK,
	    .constraints = "CA:TRUE" } },
	{ .name = "purpose", .leaf = { MINE } },
	{ .name = "usage", .leaf = { MINE, .purpose = EK,
	    .usage = "digitalSignature" } },
	{ .name = "oaep", .leaf = { MINE, .purpose = EK, .oaep = true } },
	{ .name = "between", .leaf = { .subject = "", .issuer = "middle",
	    .purpose = EK }, .between = true },
	{ .name = "between-junk", .leaf = { .subject = "", .issuer = "middle",
	    .purpose = EK }, .between = true, .junk = 9 },
	{ .name = "malformed", .leaf = { MINE, .purpose = EK }, .cut = 40 },
};

/* Of a key of RSA; else empty. */
static struct span
modulus_of(struct evp_pkey_st *key, uint8_t out[static 512])
{
	BIGNUM *n = NULL;
	int len = 0;

	if (EVP_PKEY_get_bn_param(key, "n", &n) == 1)
		len = BN_bn2bin(n, out);
	BN_free(n);
	return (struct span){ out, len > 0 ? (size_t)len : 0 };
}

static void
put_len(uint8_t at[static 2], size_t len)
{
	at[0] = (uint8_t)(len >> 8);
	at[1] = (uint8_t)len;
}

static enum err
put_row(const char *dir, const struct row *row, struct evp_pkey_st *maker,
    struct evp_pkey_st *ek)
{
	const struct cert m = { .subject = "maker", .issuer = "maker",
	    .constraints = row->maker != NULL ? row->maker :
	    "critical,CA:TRUE", .usage = "keyCertSign" };
	const struct cert between = { .subject = "middle", .issuer = "maker",
	    .constraints = "critical,CA:TRUE", .usage = "keyCertSign" };
	struct evp_pkey_st *middle OWNED(cert_key_drop) = cert_key(false);
	uint8_t leaf[4096], anchor[4096], other[4096], n[512], head[7] = { 1 };
	const size_t whole = cert_make(&row->leaf, ek,
	    row->forged ? ek : row->between ? middle : maker, leaf);
	struct span parts[] = { SPAN(head), { leaf, whole - row->cut },
		{ other, 0 }, modulus_of(ek, n),
		{ anchor, cert_make(&m, maker, maker, anchor) } };

	if (row->between)
		parts[2].len = cert_make(&between, middle, maker, other) -
		    row->junk;
	if (whole == 0 || parts[4].len == 0)
		return ERR_INTERNAL;
	for (int i = 0; i < 3; i++)
		put_len(head + 1 + 2 * i, parts[i + 1].len);
	return seed_write(dir, row->name, "leaf", parts, 5);
}

enum err
seed_all(const char *dir)
{
	struct evp_pkey_st *maker OWNED(cert_key_drop) = cert_key(false);
	struct evp_pkey_st *ec OWNED(cert_key_drop) = cert_key(false);
	struct evp_pkey_st *rsa OWNED(cert_key_drop) = cert_key(true);
	struct row other = { .name = "rsa-other", .leaf = { MINE,
	    .purpose = EK } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		TRY(put_row(dir, &rows[i], maker,
		    rows[i].leaf.oaep ? rsa : ec));
	other.leaf.san = true;
	TRY(put_row(dir, &other, maker, rsa));
	return ERR_OK;
}
