/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Leaves and who is believed, for fuzz_x509 (see there for the form): one for
 * each verdict. */

#include <stdbool.h>
#include <stdio.h>

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
	{ .name = "malformed", .leaf = { MINE, .purpose = EK }, .cut = 40 },
};

static enum err
put_row(const char *dir, const struct row *row, struct evp_pkey_st *maker,
    struct evp_pkey_st *ek)
{
	const struct cert m = { .subject = "maker", .issuer = "maker",
	    .constraints = row->maker != NULL ? row->maker :
	    "critical,CA:TRUE", .usage = "keyCertSign" };
	uint8_t leaf[4096], anchor[4096], head[3] = { 1 };
	const size_t whole = cert_make(&row->leaf, ek,
	    row->forged ? ek : maker, leaf);
	const struct span parts[] = { SPAN(head), { leaf, whole - row->cut },
		{ anchor, cert_make(&m, maker, maker, anchor) } };

	if (whole == 0 || parts[2].len == 0)
		return ERR_INTERNAL;
	head[1] = (uint8_t)(parts[1].len >> 8);
	head[2] = (uint8_t)parts[1].len;
	return seed_write(dir, row->name, "leaf", parts, 3);
}

enum err
seed_all(const char *dir)
{
	struct evp_pkey_st *maker OWNED(cert_key_drop) = cert_key(false);
	struct evp_pkey_st *ec OWNED(cert_key_drop) = cert_key(false);
	struct evp_pkey_st *rsa OWNED(cert_key_drop) = cert_key(true);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		TRY(put_row(dir, &rows[i], maker,
		    rows[i].leaf.oaep ? rsa : ec));
	return ERR_OK;
}
