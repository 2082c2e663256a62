/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/otpauth.h"

#include <stdio.h>
#include <string.h>

#include "crypto/base32.h"
#include "tests/vectors/vectors.h"

/*
 * otpauth:// URIs.  We write them and read none, so that each good one is
 * made anew from what is told of it, and has to say the same.
 */
enum { PART_MAX = 512 };

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 :
	    -1;
}

/* len characters without their escapes. */
static void
unescape(const char *from, size_t len, char out[static PART_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < PART_MAX; i++) {
		if (from[i] == '%' && i + 2 < len && digit(from[i + 1]) >= 0) {
			out[n++] = (char)(digit(from[i + 1]) << 4 |
			    digit(from[i + 2]));
			i += 2;
		} else {
			out[n++] = from[i];
		}
	}
	out[n] = '\0';
}

/* Issuer and account as one text; a blank behind the colon does not count. */
static void
label_of(const char *uri, char out[static PART_MAX])
{
	const char *at = strstr(uri, "/totp/"), *blank;

	at = at != NULL ? at + 6 : "";
	unescape(at, strcspn(at, "?"), out);
	blank = strstr(out, ": ");
	if (blank != NULL)
		memmove(out + (blank + 1 - out), blank + 2,
		    strlen(blank + 2) + 1);
}

/* The value of a parameter; false if there is none. */
static bool
value_of(const char *uri, const char *name, size_t len,
    char out[static PART_MAX])
{
	const char *at = strchr(uri, '?');

	while (at != NULL) {
		at++;
		if (strncmp(at, name, len) == 0 && at[len] == '=') {
			unescape(at + len + 1, strcspn(at + len + 1, "&"),
			    out);
			return true;
		}
		at = strchr(at, '&');
	}
	return false;
}

/* Whatever theirs says ours says too. */
static bool
says_as_much(const char *ours, const char *theirs)
{
	char a[PART_MAX], b[PART_MAX];
	const char *at = strchr(theirs, '?');

	label_of(ours, a);
	label_of(theirs, b);
	if (strcmp(a, b) != 0)
		return false;
	for (; at != NULL; at = strchr(at, '&')) {
		size_t len = strcspn(++at, "=");

		if (!value_of(theirs, at, len, a) ||
		    !value_of(ours, at, len, b) || strcmp(a, b) != 0)
			return false;
	}
	return true;
}

static enum err
secret_of(const json_t *row, struct secret **out)
{
	struct bytes hex OWNED(bytes_drop) = hex_of(row, "secret_hex");
	char text[PART_MAX] = "";
	uint8_t key[PART_MAX];
	size_t n = 0;

	if (hex.len > 0)
		return secret_copy(span_of(hex), out);
	if (has(row, "secret_base32"))
		(void)!snprintf(text, sizeof(text), "%s",
		    text_of(row, "secret_base32"));
	else
		value_of(text_of(row, "uri"), "secret", 6, text);
	TRY(base32_decode(span_text(text), key, sizeof(key), &n));
	return secret_copy((struct span){ key, n }, out);
}

static void
run_row(struct tally *t, const json_t *row)
{
	struct secret *key OWNED(secret_drop) = NULL;
	struct secret *uri OWNED(secret_drop) = NULL;
	const char *alg = text_of(row, "algorithm");
	const struct otpauth o = {
		text_of(row, "issuer"), text_of(row, "account"),
		strcmp(alg, "SHA1") == 0 ? HASH_SHA1 :
		strcmp(alg, "SHA256") == 0 ? HASH_SHA256 : HASH_SHA512,
		(unsigned)number_of(row, "digits"),
		(unsigned)number_of(row, "period"),
	};
	char ours[1025] = "";

	at_case(t, "%s", text_of(row, "uri"));
	if (!truth_of(row, "ok"))
		refused(t, "URIs are written, not read");
	else if (strcmp(text_of(row, "type"), "totp") != 0)
		refused(t, "devices are of the kind totp");
	else if (*o.issuer == '\0')
		refused(t, "an issuer is always written");
	else if (worked(t, "the secret", secret_of(row, &key)) &&
	    worked(t, "the URI", otpauth_make(&o, key, &uri))) {
		memcpy(ours, secret_expose(uri), secret_len(uri));
		judged(t, true, says_as_much(ours, text_of(row, "uri")));
	}
}

static bool
fits(const json_t *doc)
{
	const json_t *row = json_array_get(doc, 0);

	return has(row, "uri") && has(row, "ok");
}

static void
run(struct tally *t, const json_t *doc)
{
	json_t *row;
	size_t i;

	json_array_foreach(doc, i, row)
		run_row(t, row);
}

const struct format otpauth_formats[] = {
	{ fits, run },
	{ 0 }
};
