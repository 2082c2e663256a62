/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/otpauth.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "crypto/base32.h"

#define URI_MAX 1024

struct text {
	struct secret	*room;
	size_t		 len;
};

static enum err
put(struct text *t, struct span s)
{
	if (s.len > secret_len(t->room) - t->len)
		return ERR_LIMIT;
	memcpy(secret_expose(t->room) + t->len, s.at, s.len);
	t->len += s.len;
	return ERR_OK;
}

/* RFC 3986, 2.1: what is not unreserved is %XX. */
static enum err
put_escaped(struct text *t, const char *s)
{
	char escape[4];

	for (; *s != '\0'; s++) {
		if (isalnum((unsigned char)*s) || strchr("-._~", *s) != NULL) {
			TRY(put(t, (struct span){ (const uint8_t *)s, 1 }));
			continue;
		}
		snprintf(escape, sizeof(escape), "%%%02X",
		    (unsigned)(unsigned char)*s);
		TRY(put(t, span_text(escape)));
	}
	return ERR_OK;
}

static enum err
put_key(struct text *t, const struct secret *key)
{
	struct secret *text OWNED(secret_drop) = NULL;
	const size_t len = BASE32_TEXT(secret_len(key));

	TRY(secret_new(len, &text));
	TRY(base32_encode(secret_span(key), (char *)secret_expose(text), len));
	return put(t, (struct span){ secret_expose(text), len - 1 });
}

static const char *
alg_name(enum hash_alg alg)
{
	return alg == HASH_SHA1 ? "SHA1" :
	    alg == HASH_SHA256 ? "SHA256" : "SHA512";
}

enum err
otpauth_make(const struct otpauth *o, const struct secret *key,
    struct secret **uri)
{
	struct secret *room OWNED(secret_drop) = NULL;
	struct text t = { 0 };
	char rest[64];

	TRY(secret_new(URI_MAX, &room));
	t.room = room;
	TRY(put(&t, span_text("otpauth://totp/")));
	TRY(put_escaped(&t, o->issuer));
	TRY(put(&t, span_text(":")));
	TRY(put_escaped(&t, o->account));
	TRY(put(&t, span_text("?secret=")));
	TRY(put_key(&t, key));
	TRY(put(&t, span_text("&issuer=")));
	TRY(put_escaped(&t, o->issuer));
	snprintf(rest, sizeof(rest), "&algorithm=%s&digits=%u&period=%u",
	    alg_name(o->alg), o->digits, o->period);
	TRY(put(&t, span_text(rest)));
	TRY(secret_shorten(&room, t.len));
	*uri = GIVE(room, NULL);
	return ERR_OK;
}
