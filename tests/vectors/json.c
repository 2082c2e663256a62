/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/vectors.h"

#include <stdlib.h>
#include <string.h>

void
bytes_drop(struct bytes *b)
{
	free(b->at);
	*b = (struct bytes){ 0 };
}

struct bytes
bytes_new(size_t len)
{
	struct bytes b = { calloc(1, len + 1), len };

	if (b.at == NULL)
		abort();
	return b;
}

const json_t *
member(const json_t *object, const char *path)
{
	const char *dot;
	char name[64];

	while ((dot = strchr(path, '.')) != NULL) {
		size_t len = (size_t)(dot - path);

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		object = json_object_get(object, name);
		path = dot + 1;
	}
	return json_object_get(object, path);
}

const char *
text_of(const json_t *object, const char *path)
{
	const char *text = json_string_value(member(object, path));

	return text != NULL ? text : "";
}

int64_t
number_of(const json_t *object, const char *path)
{
	const json_t *m = member(object, path);

	return json_is_integer(m) ? json_integer_value(m) : -1;
}

bool
truth_of(const json_t *object, const char *path)
{
	return json_is_true(member(object, path));
}

bool
has(const json_t *object, const char *path)
{
	return member(object, path) != NULL;
}

static int
digit_of(const char *alphabet, char c)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

/* Digits of some bits each, most significant first; what is no digit is
 * passed over. */
static struct bytes
unpacked(const char *text, const char *alphabet, unsigned bits)
{
	struct bytes b = bytes_new(strlen(text) * bits / 8);
	unsigned held = 0, have = 0;
	size_t n = 0;

	for (; *text != '\0'; text++) {
		int digit = digit_of(alphabet, *text);

		if (digit < 0)
			continue;
		held = (held << bits | (unsigned)digit) & 0xffff;
		have += bits;
		if (have < 8)
			continue;
		have -= 8;
		b.at[n++] = (uint8_t)(held >> have);
	}
	b.len = n;
	return b;
}

struct bytes
bytes_of_hex(const char *text)
{
	struct bytes lower OWNED(bytes_drop) = bytes_new(strlen(text));

	for (size_t i = 0; i < lower.len; i++)
		lower.at[i] = (uint8_t)(text[i] | 0x20);
	return unpacked((const char *)lower.at, "0123456789abcdef", 4);
}

struct bytes
hex_of(const json_t *object, const char *path)
{
	return bytes_of_hex(text_of(object, path));
}

static struct bytes
bytes_of_base64(const char *text)
{
	struct bytes plain OWNED(bytes_drop) = bytes_new(strlen(text));

	for (size_t i = 0; i < plain.len; i++)
		plain.at[i] = (uint8_t)(text[i] == '-' ? '+' :
		    text[i] == '_' ? '/' : text[i]);
	return unpacked((const char *)plain.at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/", 6);
}

struct bytes
base64_of(const json_t *object, const char *path)
{
	return bytes_of_base64(text_of(object, path));
}

struct bytes
pem_of(const json_t *object, const char *path)
{
	struct bytes body OWNED(bytes_drop) = { 0 };
	const char *from = strchr(text_of(object, path), '\n');
	const char *to = from == NULL ? NULL : strstr(from, "\n-----END");

	if (to == NULL)
		return bytes_new(0);
	body = bytes_new((size_t)(to - from));
	memcpy(body.at, from, body.len);
	return bytes_of_base64((const char *)body.at);
}
