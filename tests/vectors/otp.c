/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/vectors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crypto/otp.h"
#include "crypto/uuid.h"

/* The member "otp6", "totp8", ... of a case, and its digits; NULL if there is
 * none. */
static const char *
code_of(const json_t *c, unsigned *digits)
{
	static const char *const names[] = { "otp", "totp", "hotp" };
	char name[8];

	for (*digits = OTP_DIGITS_MIN; *digits <= OTP_DIGITS_MAX; ++*digits)
		for (size_t i = 0; i < 3; i++) {
			snprintf(name, sizeof(name), "%s%u", names[i],
			    *digits);
			if (has(c, name))
				return text_of(c, name);
		}
	return NULL;
}

static bool
alg_of(const char *name, enum hash_alg *alg)
{
	static const char *const names[] = { "SHA1", "SHA256", "SHA512" };

	for (int i = 0; i < 3; i++)
		if (strcmp(name, names[i]) == 0) {
			*alg = (enum hash_alg)i;
			return true;
		}
	return false;
}

/* The counter of a case: given, or its time in steps. */
static bool
counter_of(const json_t *c, uint64_t *counter)
{
	int64_t step = has(c, "step") ? number_of(c, "step") : 30;

	*counter = (uint64_t)(has(c, "counter") ? number_of(c, "counter") :
	    number_of(c, "time") / step);
	return has(c, "counter") || (has(c, "time") &&
	    (!has(c, "T") || number_of(c, "T") == (int64_t)*counter));
}

/* The hash that the code is cut from, where the case tells it. */
static bool
same_hmac(struct tally *t, const json_t *c, enum hash_alg alg,
    struct span secret, uint64_t counter)
{
	struct bytes want OWNED(bytes_drop) = hex_of(c, "hmac_sha1");
	uint8_t message[8], out[HASH_LEN_MAX];
	const struct span part = SPAN(message);

	if (want.len == 0)
		return true;
	for (int i = 7; i >= 0; i--, counter >>= 8)
		message[i] = (uint8_t)counter;
	return worked(t, "hmac", hmac(alg, secret, &part, 1, out)) &&
	    same(t, "the HMAC", (struct span){ out, hash_len(alg) },
	    span_of(want));
}

static void
run_code(struct tally *t, const json_t *c, struct span secret)
{
	enum hash_alg alg = HASH_SHA1;
	char code[OTP_TEXT];
	unsigned digits;
	const char *want = code_of(c, &digits);
	uint64_t counter;

	if (want == NULL || !counter_of(c, &counter) || secret.len == 0) {
		unknown(t, "no code, secret or counter");
		return;
	}
	at_case(t, "counter %" PRIu64, counter);
	if (has(c, "hash") && !alg_of(text_of(c, "hash"), &alg))
		refused(t, "HOTP with %s", text_of(c, "hash"));
	else if (worked(t, "hotp", hotp(alg, secret, counter, digits, code)) &&
	    same(t, "the code", span_text(code), span_text(want)) &&
	    same_hmac(t, c, alg, secret, counter))
		passed(t);
}

/* Cases that bring their secret, or share the document's. */
static void
run_codes(struct tally *t, const json_t *doc)
{
	struct bytes shared OWNED(bytes_drop) = hex_of(doc, "secret_hex");
	const json_t *cases = json_is_array(doc) ? doc : member(doc, "cases");
	json_t *c;
	size_t i;

	json_array_foreach(cases, i, c) {
		struct bytes own OWNED(bytes_drop) = hex_of(c, "secret_hex");

		run_code(t, c, span_of(own.len > 0 ? own : shared));
	}
}

static bool
fits_codes(const json_t *doc)
{
	const json_t *cases = json_is_array(doc) ? doc : member(doc, "cases");
	unsigned digits;

	return code_of(json_array_get(cases, 0), &digits) != NULL;
}

/* The step around now whose code this is. */
static bool
in_window(const json_t *doc, const char *code, int64_t window)
{
	struct bytes secret OWNED(bytes_drop) = hex_of(doc, "secret_hex");
	int64_t now = number_of(doc, "now") / number_of(doc, "step");
	enum hash_alg alg = HASH_SHA1;
	char ours[OTP_TEXT];

	if (has(doc, "hash") && !alg_of(text_of(doc, "hash"), &alg))
		return false;
	for (int64_t d = -window; d <= window; d++)
		if (hotp(alg, span_of(secret), (uint64_t)(now + d),
		    (unsigned)number_of(doc, "digits"), ours) == ERR_OK &&
		    strcmp(ours, code) == 0)
			return true;
	return false;
}

static void
run_window(struct tally *t, const json_t *doc)
{
	json_t *c;
	size_t i;

	json_array_foreach(member(doc, "cases"), i, c) {
		const char *key;
		json_t *value;

		at_case(t, "code %s", text_of(c, "code"));
		json_object_foreach(c, key, value) {
			int window;

			if (sscanf(key, "accept_with_window_%d", &window) == 1)
				judged(t, json_is_true(value), in_window(doc,
				    text_of(c, "code"), window));
		}
	}
}

static bool
fits_window(const json_t *doc)
{
	return has(doc, "now") && has(doc, "step") && has(doc, "digits") &&
	    has(json_array_get(member(doc, "cases"), 0), "code");
}

const struct format otp_formats[] = {
	{ fits_window, run_window },
	{ fits_codes, run_codes },
	{ 0 }
};

static void
run_uuid(struct tally *t, const json_t *c)
{
	struct bytes raw OWNED(bytes_drop) = hex_of(c, "random_hex");
	char text[UUID_TEXT];
	uint8_t out[UUID_LEN];

	at_case(t, "%s%s", text_of(c, "value"), text_of(c, "uuid"));
	if (raw.len == UUID_LEN) {
		/* RFC 9562, 5.4: what a drawn one has in place of chance. */
		raw.at[6] = (raw.at[6] & 0x0f) | 0x40;
		raw.at[8] = (raw.at[8] & 0x3f) | 0x80;
		if (worked(t, "text", uuid_from_bytes(raw.at, text)) &&
		    same(t, "the text", span_text(text),
		    span_text(text_of(c, "uuid"))))
			passed(t);
	} else if (!has(c, "value"))
		unknown(t, "no UUID");
	else if (uuid_to_bytes(span_text(text_of(c, "value")), out) == ERR_OK)
		judged(t, truth_of(c, "is_v4"), true);
	else if (!truth_of(c, "valid_rfc9562"))
		passed(t);
	else if (!truth_of(c, "is_v4"))
		refused(t, "not of version 4");
	else if (strpbrk(text_of(c, "value"), "ABCDEF") != NULL)
		refused(t, "not in lower case");
	else
		failed(t, "not accepted");
}

static bool
fits_uuids(const json_t *doc)
{
	const json_t *c = json_array_get(doc, 0);

	return has(c, "valid_rfc9562") || has(c, "random_hex");
}

static void
run_uuids(struct tally *t, const json_t *doc)
{
	json_t *c;
	size_t i;

	json_array_foreach(doc, i, c)
		run_uuid(t, c);
}

const struct format uuid_formats[] = {
	{ fits_uuids, run_uuids },
	{ 0 }
};
