/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/rsa.h"

#include <string.h>

#include "base/own.h"
#include "crypto/check.h"
#include "crypto/rsa_int.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/rsa.h>

static void
drop_key(RsaKey *key)
{
	wc_FreeRsaKey(key);
}

static int
is_key(const struct rsa_public *key)
{
	const struct span n = key->modulus;

	return n.len >= RSA_LEN_MIN && n.len <= RSA_LEN_MAX &&
	    n.at[0] >= 0x80 && n.at[n.len - 1] % 2 == 1 &&
	    key->exponent >= 3 && key->exponent % 2 == 1;
}

static enum err
load(const struct rsa_public *from, RsaKey *key)
{
	uint8_t e[4];

	for (int i = 0; i < 4; i++)
		e[i] = (uint8_t)(from->exponent >> (24 - 8 * i));
	TRY(crypto_check(wc_InitRsaKey(key, NULL), "wc_InitRsaKey"));
	return crypto_check(wc_RsaPublicKeyDecodeRaw(from->modulus.at,
	    (word32)from->modulus.len, e, sizeof(e), key),
	    "wc_RsaPublicKeyDecodeRaw");
}

enum err
rsa_raise(const struct rsa_public *key, const uint8_t *in, uint8_t *out)
{
	const size_t n = key->modulus.len;
	RsaKey loaded OWNED(drop_key) = { };
	word32 len = (word32)n;

	TRY(crypto_ready());
	if (!is_key(key))
		return ERR_LIMIT;
	/* wolfSSL would take the number modulo n. */
	if (memcmp(in, key->modulus.at, n) >= 0)
		return ERR_AUTH;
	TRY(load(key, &loaded));
	TRY(crypto_check(wc_RsaFunction(in, (word32)n, out, &len,
	    RSA_PUBLIC_DECRYPT, &loaded, NULL), "wc_RsaFunction"));
	return crypto_check(len == n ? 0 : RSA_BUFFER_E,
	    "wc_RsaFunction's length");
}

enum err
rsa_mask(enum hash_alg alg, struct span seed, uint8_t *over, size_t len)
{
	const size_t whole = hash_len(alg);
	uint8_t block[HASH_LEN_MAX] = { 0 }, counter[4] = { 0 };
	const struct span parts[] = { seed, SPAN(counter) };

	for (size_t at = 0; at < len; at++) {
		if (at % whole == 0) {
			TRY(hash_parts(alg, parts, 2, block));
			counter[3]++;
		}
		over[at] ^= block[at % whole];
	}
	explicit_bzero(block, sizeof(block));
	return ERR_OK;
}

/* What was signed, as an encoded message of modulus.len bytes. */
static enum err
recover(const struct rsa_public *key, enum hash_alg alg, struct span sig,
    uint8_t out[static RSA_LEN_MAX])
{
	TRY(crypto_ready());
	if (alg == HASH_SHA1 || !is_key(key))
		return ERR_LIMIT;
	if (sig.len != key->modulus.len)
		return ERR_AUTH;
	return rsa_raise(key, sig.at, out);
}

/* DigestInfo before the digest (RFC 8017, 9.2, note 1): only the last byte of
 * the algorithm and the lengths differ. */
static void
put_digest_info(enum hash_alg alg, uint8_t out[static 19])
{
	static const uint8_t info[19] = {
		0x30, 0x11, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x00, 0x05, 0x00, 0x04, 0x00,
	};
	const uint8_t len = (uint8_t)hash_len(alg);

	memcpy(out, info, sizeof(info));
	out[1] = (uint8_t)(out[1] + len);
	out[14] = alg == HASH_SHA256 ? 1 : alg == HASH_SHA384 ? 2 : 3;
	out[18] = len;
}

/* The one encoding is made and compared, so nothing is parsed that a forger
 * could have filled. */
enum err
rsa_v15_verify(const struct rsa_public *key, enum hash_alg alg,
    const uint8_t *digest, struct span sig)
{
	uint8_t got[RSA_LEN_MAX], want[RSA_LEN_MAX];
	const size_t len = key->modulus.len, tail = 19 + hash_len(alg);

	TRY(recover(key, alg, sig, got));
	memset(want, 0xff, len);
	want[0] = 0;
	want[1] = 1;
	want[len - tail - 1] = 0;
	put_digest_info(alg, want + len - tail);
	memcpy(want + len - hash_len(alg), digest, hash_len(alg));
	return memcmp(got, want, len) == 0 ? ERR_OK : ERR_AUTH;
}

/* The salt behind zeros and a one; AUTH if there is none. */
static enum err
find_salt(const uint8_t *db, size_t len, struct span *salt)
{
	size_t i = 0;

	while (i < len && db[i] == 0)
		i++;
	if (i == len || db[i] != 1)
		return ERR_AUTH;
	*salt = (struct span){ db + i + 1, len - i - 1 };
	return ERR_OK;
}

/* RFC 8017, 9.1.2; the modulus has whole bytes, so emBits is one less. */
enum err
rsa_pss_verify(const struct rsa_public *key, enum hash_alg alg,
    const uint8_t *digest, size_t salt_len, struct span sig)
{
	static const uint8_t zeros[8];
	const size_t h = hash_len(alg);
	const size_t db_len = key->modulus.len - h - 1;
	uint8_t em[RSA_LEN_MAX], again[HASH_LEN_MAX];
	struct span parts[] = { SPAN(zeros), { digest, h }, { } };

	TRY(recover(key, alg, sig, em));
	if (em[0] >= 0x80 || em[key->modulus.len - 1] != 0xbc)
		return ERR_AUTH;
	TRY(rsa_mask(alg, (struct span){ em + db_len, h }, em, db_len));
	em[0] &= 0x7f;
	TRY(find_salt(em, db_len, &parts[2]));
	if (salt_len != RSA_SALT_ANY && salt_len != parts[2].len)
		return ERR_AUTH;
	TRY(hash_parts(alg, parts, 3, again));
	return memcmp(again, em + db_len, h) == 0 ? ERR_OK : ERR_AUTH;
}
