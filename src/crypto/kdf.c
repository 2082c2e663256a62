/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/kdf.h"

#include <string.h>

/* How a block is made, and of what beside its counter. */
struct recipe {
	enum err	(*block)(const struct recipe *r, uint32_t counter,
			    uint8_t *out);
	enum hash_alg	alg;
	struct span	secret;
	struct span	label;
	struct span	u, v;
	uint32_t	bits;
};

static void
put32(uint32_t v, uint8_t out[static 4])
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* HMAC(key, counter || label 00 || u || v || bits). */
static enum err
block_a(const struct recipe *r, uint32_t counter, uint8_t *out)
{
	uint8_t count[4], bits[4];
	const struct span parts[] = {
		SPAN(count), r->label, r->u, r->v, SPAN(bits),
	};

	put32(counter, count);
	put32(r->bits, bits);
	return hmac(r->alg, r->secret, parts, 5, out);
}

/* H(counter || z || label 00 || u || v). */
static enum err
block_e(const struct recipe *r, uint32_t counter, uint8_t *out)
{
	uint8_t count[4];
	const struct span parts[] = {
		SPAN(count), r->secret, r->label, r->u, r->v,
	};

	put32(counter, count);
	return hash_parts(r->alg, parts, 5, out);
}

static enum err
derive(const struct recipe *r, uint8_t *out)
{
	const size_t whole = hash_len(r->alg), len = (r->bits + 7) / 8;
	uint8_t t[HASH_LEN_MAX];
	uint32_t counter = 0;
	enum err e = ERR_OK;

	for (size_t at = 0; e == ERR_OK && at < len; at += whole) {
		e = r->block(r, ++counter, t);
		memcpy(out + at, t, len - at < whole ? len - at : whole);
	}
	if (r->bits % 8 != 0)
		out[0] &= (uint8_t)((1 << r->bits % 8) - 1);
	explicit_bzero(t, sizeof(t));
	if (e != ERR_OK)
		explicit_bzero(out, len);
	return e;
}

static enum err
run(struct recipe r, const char *label, size_t bits, uint8_t *out)
{
	if (bits == 0 || bits > KDF_BITS_MAX)
		return ERR_LIMIT;
	r.bits = (uint32_t)bits;
	r.label = (struct span){ (const uint8_t *)label, strlen(label) + 1 };
	return derive(&r, out);
}

enum err
kdfa(enum hash_alg alg, struct span key, const char *label, struct span u,
    struct span v, size_t bits, uint8_t *out)
{
	return run((struct recipe){ .block = block_a, .alg = alg,
	    .secret = key, .u = u, .v = v }, label, bits, out);
}

enum err
kdfe(enum hash_alg alg, struct span z, const char *label, struct span u,
    struct span v, size_t bits, uint8_t *out)
{
	return run((struct recipe){ .block = block_e, .alg = alg,
	    .secret = z, .u = u, .v = v }, label, bits, out);
}
