/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/key.h"

#include "crypto/ecdh.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"

/* Labels of a COSE_Key and, for each kind, what stands behind them. */
enum { KTY = 1, CRV = -1, X = -2, Y = -3 };

static const struct shape {
	int64_t	kty;
	int64_t	crv;
	size_t	members;
} shapes[] = {
	[COSE_ED25519]	= { 1, 6, 3 },
	[COSE_X25519]	= { 1, 4, 3 },
	[COSE_P256]	= { 2, 1, 4 },
};

static enum err
put_coordinate(struct writer *w, int64_t label, const uint8_t at[static 32])
{
	TRY(item_put_int(w, label));
	return item_put_bytes(w, (struct span){ at, 32 });
}

static enum err
get_coordinate(struct reader *r, int64_t label, uint8_t out[static 32])
{
	struct span s;

	TRY(item_label(r, label));
	TRY(item_bytes(r, 32, 32, &s));
	memcpy(out, s.at, 32);
	return ERR_OK;
}

enum err
cose_key_put(struct writer *w, const struct cose_key *key)
{
	const struct shape *s = &shapes[key->kind];

	TRY(item_put_map(w, s->members));
	TRY(item_put_int(w, KTY));
	TRY(item_put_int(w, s->kty));
	TRY(item_put_int(w, CRV));
	TRY(item_put_int(w, s->crv));
	TRY(put_coordinate(w, X, key->x));
	if (key->kind == COSE_P256)
		TRY(put_coordinate(w, Y, key->y));
	return ERR_OK;
}

static enum err
get_kind(struct reader *r, struct cose_key *key)
{
	int64_t kty, crv;
	size_t members;

	TRY(item_map(r, &members));
	TRY(item_label(r, KTY));
	TRY(item_int(r, &kty));
	TRY(item_label(r, CRV));
	TRY(item_int(r, &crv));
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct shape *s = &shapes[i];

		if (s->kty == kty && s->crv == crv && s->members == members) {
			key->kind = (enum cose_kind)i;
			return ERR_OK;
		}
	}
	return ERR_MALFORMED;
}

/* A u-coordinate below p = 2^255 - 19: X25519 itself would take it modulo p
 * and without its highest bit, so that one point had more than one name. */
static enum err
check_u(const uint8_t x[static 32])
{
	if (x[31] > 0x7f)
		return ERR_AUTH;
	for (int i = 1; i < 32; i++)
		if (x[i] != (i < 31 ? 0xff : 0x7f))
			return ERR_OK;
	return x[0] < 0xed ? ERR_OK : ERR_AUTH;
}

static enum err
check_point(const struct cose_key *key)
{
	switch (key->kind) {
	case COSE_ED25519:
		return ed25519_check(key->x);
	case COSE_X25519:
		return check_u(key->x);
	case COSE_P256:
		return p256_on_curve(key->x, key->y);
	}
	return ERR_INTERNAL;
}

enum err
cose_key_get(struct reader *r, struct cose_key *out)
{
	struct cose_key key = { 0 };

	TRY(get_kind(r, &key));
	TRY(get_coordinate(r, X, key.x));
	if (key.kind == COSE_P256)
		TRY(get_coordinate(r, Y, key.y));
	TRY(check_point(&key));
	*out = key;
	return ERR_OK;
}

enum err
cose_key_encode(const struct cose_key *key, uint8_t out[static COSE_KEY_MAX],
    size_t *len)
{
	struct writer w = writer_of(out, COSE_KEY_MAX);

	TRY(cose_key_put(&w, key));
	*len = (size_t)(w.at - out);
	return ERR_OK;
}

enum err
cose_key_decode(struct span bytes, struct cose_key *out)
{
	struct reader r = reader_of(bytes);
	struct cose_key key;

	TRY(cose_key_get(&r, &key));
	TRY(item_done(&r));
	*out = key;
	return ERR_OK;
}

enum err
cose_key_thumbprint(const struct cose_key *key, uint8_t out[static 32])
{
	uint8_t bytes[COSE_KEY_MAX];
	struct span all = { bytes, 0 };

	TRY(cose_key_encode(key, bytes, &all.len));
	return sha256(&all, 1, out);
}

enum err
cose_key_kid(const struct cose_key *key, uint8_t out[static COSE_KID_LEN])
{
	uint8_t print[32];

	TRY(cose_key_thumbprint(key, print));
	memcpy(out, print, COSE_KID_LEN);
	return ERR_OK;
}

int
cose_key_equal(const struct cose_key *a, const struct cose_key *b)
{
	return a->kind == b->kind && memcmp(a->x, b->x, 32) == 0 &&
	    memcmp(a->y, b->y, 32) == 0;
}
