/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/bank.h"

#define FOREIGN (-1)

static const struct bank {
	uint16_t	 alg;
	size_t		 len;
	const char	*name;
	int		 hash;		/* enum hash_alg, or FOREIGN */
} banks[] = {
	{ BANK_SHA1,   20, "sha1",     HASH_SHA1 },
	{ BANK_SHA256, 32, "sha256",   HASH_SHA256 },
	{ BANK_SHA384, 48, "sha384",   HASH_SHA384 },
	{ BANK_SHA512, 64, "sha512",   HASH_SHA512 },
	{ 0x0012,      32, "sm3_256",  FOREIGN },
	{ 0x0027,      32, "sha3_256", FOREIGN },
	{ 0x0028,      48, "sha3_384", FOREIGN },
	{ 0x0029,      64, "sha3_512", FOREIGN },
};

#define BANKS (sizeof(banks) / sizeof(banks[0]))

static const struct bank *
bank(uint16_t alg)
{
	for (size_t i = 0; i < BANKS; i++)
		if (banks[i].alg == alg)
			return &banks[i];
	return NULL;
}

size_t
bank_len(uint16_t alg)
{
	const struct bank *b = bank(alg);

	return b == NULL ? 0 : b->len;
}

const char *
bank_name(uint16_t alg)
{
	const struct bank *b = bank(alg);

	return b == NULL ? NULL : b->name;
}

enum err
bank_find(struct span name, uint16_t *alg)
{
	for (size_t i = 0; i < BANKS; i++)
		if (span_equal(name, span_text(banks[i].name))) {
			*alg = banks[i].alg;
			return ERR_OK;
		}
	return ERR_NOT_FOUND;
}

enum err
bank_hash(uint16_t alg, enum hash_alg *out)
{
	const struct bank *b = bank(alg);

	if (b == NULL || b->hash == FOREIGN)
		return ERR_NOT_FOUND;
	*out = (enum hash_alg)b->hash;
	return ERR_OK;
}
