/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/foreign.h"

#include <stdio.h>

#include "crypto/foreign.h"
#include "wire/item.h"

enum { STRING_MAX = 65536, TAG_CWT = 61, DEPTH = 4, BASE_MAX = 2048 };

/* Labels of headers. */
enum {
	ALG = 1, CRIT = 2, IV = 5, PARTIAL_IV = 6, EPHEMERAL = -1,
	STATIC = -2, SALT = -20, U_IDENTITY = -21, V_OTHER = -26
};

/* Labels of a key. */
enum { KTY = 1, CRV = -1, X = -2, Y = -3, EC2 = 2, OKP = 1, P256 = 1,
	X25519 = 4 };

static enum err
not_spoken(struct foreign_object *o, const char *what)
{
	(void)!snprintf(o->why, sizeof(o->why), "%s", what);
	return ERR_NOT_FOUND;
}

struct parsed_key {
	int64_t		kty, crv;
	struct span	x, y;
	int		sign;		/* of y, where only that is sent */
};

static enum err
get_key_member(struct reader *r, struct parsed_key *k)
{
	int64_t label;

	TRY(item_int(r, &label));
	switch (label) {
	case KTY:
		return item_int(r, &k->kty);
	case CRV:
		return item_int(r, &k->crv);
	case X:
		return item_bytes(r, 1, 66, &k->x);
	case Y:
		if (item_bool(r, &k->sign) == ERR_OK)
			return ERR_OK;
		return item_bytes(r, 1, 66, &k->y);
	default:
		return item_skip(r, DEPTH, NULL);
	}
}

static enum err
make_key(const struct parsed_key *k, struct cose_key *out)
{
	*out = (struct cose_key){ .kind = COSE_P256 };
	if (k->x.len != 32 || (k->y.len != 32 && k->y.len != 0))
		return ERR_MALFORMED;
	memcpy(out->x, k->x.at, 32);
	if (k->kty == OKP)
		out->kind = COSE_X25519;
	else if (k->y.len == 0)
		return foreign_point(out->x, k->sign, out->y);
	else
		memcpy(out->y, k->y.at, 32);
	return ERR_OK;
}

/* Members in any order, which cose_key_get() does not take. */
static enum err
get_sender(struct reader *r, struct foreign_object *o,
    struct foreign_header *h)
{
	struct parsed_key k = { 0 };
	char what[FOREIGN_WHY];
	size_t n;

	TRY(item_map(r, &n));
	for (; n > 0; n--)
		TRY(get_key_member(r, &k));
	if (!(k.kty == EC2 && k.crv == P256) &&
	    !(k.kty == OKP && k.crv == X25519)) {
		(void)!snprintf(what, sizeof(what),
		    "a key of type %d on curve %d", (int)k.kty, (int)k.crv);
		return not_spoken(o, what);
	}
	h->has_sender = true;
	return make_key(&k, &h->sender);
}

static enum err
get_alg(struct reader *r, struct foreign_object *o, struct foreign_header *h)
{
	struct span name;

	if (item_int(r, &h->alg) == ERR_OK)
		return ERR_OK;
	TRY(item_text(r, 0, STRING_MAX, &name));
	return not_spoken(o, "an algorithm by its name");
}

/* Each label once in both buckets together. */
static enum err
once(struct foreign_header *h, int64_t label)
{
	const unsigned bit = 1u << (label & 31);

	if (label < V_OTHER || label > PARTIAL_IV)
		return ERR_OK;
	if (h->seen & bit)
		return ERR_MALFORMED;
	h->seen |= bit;
	return ERR_OK;
}

static enum err
get_value(struct reader *r, int64_t label, struct foreign_object *o,
    struct foreign_header *h)
{
	struct span *party;

	if (label >= V_OTHER && label <= U_IDENTITY) {
		party = h->parties[(U_IDENTITY - label) / 3].told;
		return item_bytes(r, 0, BASE_MAX,
		    &party[(U_IDENTITY - label) % 3]);
	}
	switch (label) {
	case ALG:
		return get_alg(r, o, h);
	case CRIT:
		return not_spoken(o, "a critical header");
	case IV:
		return item_bytes(r, 1, 64, &h->iv);
	case PARTIAL_IV:
		return item_bytes(r, 1, 64, &h->partial_iv);
	case SALT:
		return item_bytes(r, 0, BASE_MAX, &h->salt);
	case EPHEMERAL:
	case STATIC:
		return h->has_sender ? ERR_MALFORMED : get_sender(r, o, h);
	default:
		return item_skip(r, DEPTH, NULL);
	}
}

static enum err
get_bucket(struct reader *r, struct foreign_object *o,
    struct foreign_header *h)
{
	int64_t label;
	size_t n;

	TRY(item_map(r, &n));
	for (; n > 0; n--) {
		if (item_int(r, &label) != ERR_OK) {
			TRY(item_skip(r, 1, NULL));
			TRY(item_skip(r, DEPTH, NULL));
			continue;
		}
		TRY(once(h, label));
		TRY(get_value(r, label, o, h));
	}
	return ERR_OK;
}

/* An empty header comes as h'' or as h'a0', and is authenticated as h''. */
static enum err
get_header(struct reader *r, struct foreign_object *o,
    struct foreign_header *h)
{
	struct reader p;

	TRY(item_bytes(r, 0, BASE_MAX, &h->protected));
	if (h->protected.len == 1 && h->protected.at[0] == 0xa0)
		h->protected.len = 0;
	if (h->protected.len > 0) {
		p = reader_of(h->protected);
		TRY(get_bucket(&p, o, h));
		TRY(item_done(&p));
	}
	return get_bucket(r, o, h);
}

static enum err
get_recipients(struct reader *r, struct foreign_object *o)
{
	size_t parts;

	TRY(item_array(r, &o->recipients));
	if (o->recipients == 0)
		return ERR_MALFORMED;
	if (o->recipients > FOREIGN_RECIPIENTS)
		return not_spoken(o, "more recipients than four");
	for (size_t i = 0; i < o->recipients; i++) {
		struct foreign_recipient *to = &o->to[i];

		TRY(item_array(r, &parts));
		if (parts == 4)
			return not_spoken(o, "a recipient of a recipient");
		if (parts != 3)
			return ERR_MALFORMED;
		TRY(get_header(r, o, &to->header));
		if (item_null(r) != ERR_OK)
			TRY(item_bytes(r, 0, BASE_MAX, &to->key));
	}
	return ERR_OK;
}

enum err
foreign_parse(struct span bytes, enum foreign_kind kind,
    struct foreign_object *o)
{
	const bool has_tag = kind == FOREIGN_MAC0 || kind == FOREIGN_MAC ||
	    kind == FOREIGN_SIGN1;
	const bool has_recipients = kind == FOREIGN_MAC ||
	    kind == FOREIGN_ENCRYPT;
	struct reader r = reader_of(bytes);
	size_t parts;

	*o = (struct foreign_object){ .kind = kind };
	if (item_tag(&r, TAG_CWT) == ERR_OK)
		TRY(item_tag(&r, kind));
	else
		(void)!item_tag(&r, kind);	/* it may be left out */
	TRY(item_array(&r, &parts));
	if (parts != 3u + has_tag + has_recipients)
		return ERR_MALFORMED;
	TRY(get_header(&r, o, &o->header));
	o->detached = item_null(&r) == ERR_OK;
	if (!o->detached)
		TRY(item_bytes(&r, 0, SIZE_MAX, &o->content));
	if (has_tag)
		TRY(item_bytes(&r, 1, BASE_MAX, &o->tag));
	if (has_recipients)
		TRY(get_recipients(&r, o));
	return item_done(&r);
}
