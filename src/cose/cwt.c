/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/cwt.h"

enum kind { TEXT, BYTES, UINT, AUD, CNF, ATT };

/* The claims in deterministic order: small integers, then text. */
static const struct row {
	int64_t		label;		/* 0: by name */
	const char	*name;
	enum kind	kind;
	bool		optional;
	size_t		at;		/* in struct cwt */
	size_t		min, max;
} rows[CWT_CLAIMS] = {
#define AT(member) offsetof(struct cwt, member)
[CWT_ISS]   = { 1,  "iss",   TEXT,  false, AT(iss),   1,  256 },
[CWT_SUB]   = { 2,  "sub",   TEXT,  false, AT(sub),   4,  67 },
[CWT_AUD]   = { 3,  "aud",   AUD,   false, AT(aud),   1,  256 },
[CWT_EXP]   = { 4,  "exp",   UINT,  false, AT(exp),   0,  0 },
[CWT_NBF]   = { 5,  "nbf",   UINT,  true,  AT(nbf),   0,  0 },
[CWT_IAT]   = { 6,  "iat",   UINT,  false, AT(iat),   0,  0 },
[CWT_JTI]   = { 7,  "jti",   BYTES, false, AT(jti),   16, 16 },
[CWT_CNF]   = { 8,  "cnf",   CNF,   true,  AT(cnf),   0,  0 },
[CWT_SCOPE] = { 9,  "scope", TEXT,  false, AT(scope), 3,  CWT_SCOPE_MAX },
[CWT_NONCE] = { 10, "nonce", BYTES, false, AT(nonce), 16, 64 },
[CWT_ARG]   = { 0,  "arg",   BYTES, true,  AT(arg),   32, 32 },
[CWT_ATT]   = { 0,  "att",   ATT,   true,  AT(att),   0,  0 },
[CWT_POL]   = { 0,  "pol",   UINT,  false, AT(pol),   0,  0 },
#undef AT
};

static enum err
put_label(struct writer *w, const struct row *row)
{
	return row->label != 0 ? item_put_int(w, row->label) :
	    item_put_key(w, row->name);
}

static enum err
get_label(struct reader *r, const struct row *row)
{
	return row->label != 0 ? item_label(r, row->label) :
	    item_key(r, row->name);
}

static enum err
put_aud(struct writer *w, const struct cwt *c)
{
	if (c->auds != 1)
		TRY(item_put_array(w, c->auds));
	for (size_t i = 0; i < c->auds; i++)
		TRY(item_put_text(w, c->aud[i]));
	return ERR_OK;
}

/* One text, or an array; of how many is a rule (below). */
static enum err
get_aud(struct reader *r, const struct row *row, struct cwt *c)
{
	c->auds = 1;
	if (item_text(r, row->min, row->max, &c->aud[0]) == ERR_OK)
		return ERR_OK;
	TRY(item_array(r, &c->auds));
	if (c->auds < 2 || c->auds > CWT_AUD_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < c->auds; i++)
		TRY(item_text(r, row->min, row->max, &c->aud[i]));
	return ERR_OK;
}

static enum err
put_att(struct writer *w, const struct cwt *c)
{
	TRY(item_put_map(w, 3));
	TRY(item_put_key(w, "ak"));
	TRY(item_put_bytes(w, c->att.ak));
	TRY(item_put_key(w, "at"));
	TRY(item_put_uint(w, c->att.at));
	TRY(item_put_key(w, "reset"));
	return item_put_uint(w, c->att.reset);
}

static enum err
get_att(struct reader *r, struct cwt *c)
{
	size_t n;

	TRY(item_map(r, &n));
	TRY(item_key(r, "ak"));
	TRY(item_bytes(r, 32, 32, &c->att.ak));
	TRY(item_key(r, "at"));
	TRY(item_uint(r, &c->att.at));
	TRY(item_key(r, "reset"));
	TRY(item_uint(r, &c->att.reset));
	return n == 3 ? ERR_OK : ERR_MALFORMED;
}

/* The confirmation of RFC 8747: {1: COSE_Key}. */
static enum err
put_cnf(struct writer *w, const struct cwt *c)
{
	TRY(item_put_map(w, 1));
	TRY(item_put_int(w, 1));
	return cose_key_put(w, &c->cnf);
}

static enum err
get_cnf(struct reader *r, struct cwt *c)
{
	size_t n;

	TRY(item_map(r, &n));
	TRY(item_label(r, 1));
	TRY(cose_key_get(r, &c->cnf));
	return n == 1 && c->cnf.kind != COSE_X25519 ? ERR_OK : ERR_MALFORMED;
}

static enum err
put_value(struct writer *w, const struct row *row, const struct cwt *c)
{
	const void *at = (const char *)c + row->at;

	switch (row->kind) {
	case TEXT:
		return item_put_text(w, *(const struct span *)at);
	case BYTES:
		return item_put_bytes(w, *(const struct span *)at);
	case UINT:
		return item_put_uint(w, *(const uint64_t *)at);
	case AUD:
		return put_aud(w, c);
	case CNF:
		return put_cnf(w, c);
	case ATT:
		return put_att(w, c);
	}
	return ERR_INTERNAL;
}

static enum err
get_value(struct reader *r, const struct row *row, struct cwt *c)
{
	void *at = (char *)c + row->at;

	switch (row->kind) {
	case TEXT:
		return item_text(r, row->min, row->max, at);
	case BYTES:
		return item_bytes(r, row->min, row->max, at);
	case UINT:
		return item_uint(r, at);
	case AUD:
		return get_aud(r, row, c);
	case CNF:
		return get_cnf(r, c);
	case ATT:
		return get_att(r, c);
	}
	return ERR_INTERNAL;
}

static bool
begins(struct span s, const char *with)
{
	return s.len >= strlen(with) && memcmp(s.at, with, strlen(with)) == 0;
}

/* Ascending and each once. */
static bool
before(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = memcmp(a.at, b.at, n);

	return c < 0 || (c == 0 && a.len < b.len);
}

static bool
among(uint8_t c, bool capitals)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '-' ||
	    (capitals && ((c >= 'A' && c <= 'Z') || c == '.'));
}

bool
scope_valid(struct span s)
{
	const uint8_t *colon = memchr(s.at, ':', s.len);

	if (s.len > 64 || colon == NULL || colon == s.at ||
	    colon + 1 == s.at + s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at + i != colon && !among(s.at[i], false))
			return false;
	return true;
}

bool
scope_next(struct span *rest, struct span *scope)
{
	const uint8_t *blank;

	if (rest->len == 0)
		return false;
	blank = memchr(rest->at, ' ', rest->len);
	*scope = (struct span){ rest->at, blank != NULL ?
	    (size_t)(blank - rest->at) : rest->len };
	rest->at += scope->len + (blank != NULL);
	rest->len -= scope->len + (blank != NULL);
	return true;
}

/* One to eight scopes, sorted, single blanks between them; *local and *admin
 * say whether one acts on one place, or administers. */
static enum err
check_scopes(struct span rest, bool *local, bool *admin)
{
	struct span last = { NULL, 0 }, s;
	size_t n = 0;

	if (rest.len > 0 && rest.at[rest.len - 1] == ' ')
		return ERR_MALFORMED;
	while (scope_next(&rest, &s)) {
		if (!scope_valid(s) || (n > 0 && !before(last, s)) || ++n > 8)
			return ERR_MALFORMED;
		*admin |= begins(s, "admin:");
		*local |= begins(s, "net:") || begins(s, "ivm:") ||
		    begins(s, "luks:") || begins(s, "admin:");
		last = s;
	}
	return n > 0 ? ERR_OK : ERR_MALFORMED;
}

/* "vm:" or "op:" and an identifier. */
static bool
is_subject(struct span s)
{
	if (!begins(s, "vm:") && !begins(s, "op:"))
		return false;
	for (size_t i = 3; i < s.len; i++)
		if (!among(s.at[i], true))
			return false;
	return s.len > 3 && s.at[3] != '.' && s.at[3] != '_' &&
	    s.at[3] != '-';
}

/* What the protocol says beyond the kind and size of each claim. */
static enum err
check_rules(const struct cwt *c)
{
	bool local = false, admin = false;

	TRY(check_scopes(c->scope, &local, &admin));
	if (!is_subject(c->sub))
		return ERR_MALFORMED;
	if (begins(c->sub, "op:") && !cwt_has(c, CWT_CNF))
		return ERR_MALFORMED;
	if (admin && !cwt_has(c, CWT_ARG))
		return ERR_MALFORMED;
	if (local && c->auds != 1)
		return ERR_MALFORMED;
	for (size_t i = 1; i < c->auds; i++)
		if (!before(c->aud[i - 1], c->aud[i]))
			return ERR_MALFORMED;
	if (c->jti.at[6] >> 4 != 4 || c->jti.at[8] >> 6 != 2)
		return ERR_MALFORMED;
	return ERR_OK;
}

enum err
cwt_encode(const struct cwt *c, uint8_t *out, size_t cap, size_t *len)
{
	struct writer w = writer_of(out, cap);
	struct cwt back;
	size_t n = 0;

	for (size_t i = 0; i < CWT_CLAIMS; i++)
		n += !rows[i].optional || (c->has & CWT_BIT(i)) != 0;
	TRY(item_put_map(&w, n));
	for (size_t i = 0; i < CWT_CLAIMS; i++) {
		if (rows[i].optional && (c->has & CWT_BIT(i)) == 0)
			continue;
		TRY(put_label(&w, &rows[i]));
		TRY(put_value(&w, &rows[i], c));
	}
	*len = (size_t)(w.at - out);
	return cwt_decode((struct span){ out, *len }, &back) == ERR_OK ?
	    ERR_OK : ERR_INTERNAL;
}

enum err
cwt_decode(struct span bytes, struct cwt *out)
{
	struct reader r = reader_of(bytes);
	struct cwt c = { 0 };
	size_t n;

	TRY(item_map(&r, &n));
	for (size_t i = 0; i < CWT_CLAIMS; i++) {
		if (get_label(&r, &rows[i]) != ERR_OK) {
			if (rows[i].optional)
				continue;
			return ERR_MALFORMED;
		}
		TRY(get_value(&r, &rows[i], &c));
		c.has |= CWT_BIT(i);
		n--;
	}
	if (n != 0)
		return ERR_MALFORMED;
	TRY(item_done(&r));
	TRY(check_rules(&c));
	*out = c;
	return ERR_OK;
}

/* Claims that RFC 8392 and we describe alike are read, of any size; the
 * others, and what we alone know, are stepped over. */
static enum err
get_foreign_claim(struct reader *r, struct cwt *c)
{
	struct row row;

	for (size_t i = 0; i < CWT_CLAIMS; i++) {
		if (get_label(r, &rows[i]) != ERR_OK)
			continue;
		if ((c->has & CWT_BIT(i)) != 0)
			return ERR_MALFORMED;
		row = rows[i];
		row.min = 0;
		row.max = SIZE_MAX;
		c->has |= CWT_BIT(i);
		return get_value(r, &row, c);
	}
	TRY(item_skip(r, 16, NULL));
	return item_skip(r, 16, NULL);
}

enum err
cwt_decode_foreign(struct span bytes, struct cwt *out)
{
	struct reader r = reader_of(bytes);
	struct cwt c = { 0 };
	size_t n;

	TRY(item_map(&r, &n));
	for (; n > 0; n--)
		TRY(get_foreign_claim(&r, &c));
	TRY(item_done(&r));
	*out = c;
	return ERR_OK;
}

enum err
token_sign(const struct signer *s, const struct cwt *c,
    uint8_t out[static TOKEN_MAX], size_t *len)
{
	uint8_t claims[TOKEN_MAX];
	struct span payload = { claims, 0 };

	TRY(cwt_encode(c, claims, sizeof(claims), &payload.len));
	return cose_sign(s, SIGN1_TOKEN, "", payload, out, TOKEN_MAX, len);
}

enum err
token_parse(struct span bytes, struct sign1 *s, struct cwt *c)
{
	if (bytes.len > TOKEN_MAX)
		return ERR_LIMIT;
	TRY(cose_sign1_parse(bytes, SIGN1_TOKEN, s));
	return cwt_decode(s->payload, c);
}

/* No sum overflows, whatever the claims say. */
enum cwt_time
cwt_time(const struct cwt *c, uint64_t now, uint64_t skew)
{
	uint64_t latest = now > UINT64_MAX - skew ? UINT64_MAX : now + skew;
	uint64_t earliest = now < skew ? 0 : now - skew;

	if (cwt_has(c, CWT_NBF) && latest < c->nbf)
		return CWT_NOT_YET;
	if (cwt_has(c, CWT_IAT) && latest < c->iat)
		return CWT_FROM_LATER;
	if (cwt_has(c, CWT_EXP) && earliest >= c->exp)
		return CWT_EXPIRED;
	return CWT_TIMELY;
}
