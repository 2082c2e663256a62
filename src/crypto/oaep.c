/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/oaep.h"

#include <string.h>

#include "base/own.h"
#include "crypto/check.h"
#include "crypto/rsa_int.h"

/*
 * Encoded here and not by wolfSSL: there the salt is drawn from a generator of
 * wolfSSL's own, which opens /dev/urandom, and not from ours.
 */
struct encoding {
	uint8_t	em[RSA_LEN_MAX];
	size_t	len;
};

static void
drop_encoding(struct encoding *e)
{
	explicit_bzero(e, sizeof(*e));
	crypto_scrub();
}

/* 00 || masked salt || masked (hash of the label || 00 .. 01 || msg). */
static enum err
encode(struct encoding *e, enum hash_alg alg, struct span label,
    struct span msg, const uint8_t *salt)
{
	const size_t h = hash_len(alg);
	uint8_t *seed = e->em + 1, *db = seed + h;
	const size_t db_len = e->len - 1 - h;

	if (msg.len > db_len - h - 1)
		return ERR_LIMIT;
	memcpy(seed, salt, h);
	TRY(hash_parts(alg, &label, 1, db));
	db[db_len - msg.len - 1] = 1;
	memcpy(db + db_len - msg.len, msg.at, msg.len);
	TRY(rsa_mask(alg, (struct span){ seed, h }, db, db_len));
	return rsa_mask(alg, (struct span){ db, db_len }, seed, h);
}

enum err
rsa_oaep_encrypt(const struct rsa_public *to, enum hash_alg alg,
    struct span label, struct span msg, const uint8_t *salt, uint8_t *out)
{
	struct encoding e OWNED(drop_encoding) = { .len = to->modulus.len };

	if (e.len < RSA_LEN_MIN || e.len > RSA_LEN_MAX)
		return ERR_LIMIT;
	TRY(encode(&e, alg, label, msg, salt));
	return rsa_raise(to, e.em, out);
}
