/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/uuid.h"

#include <string.h>

static const char hex[] = "0123456789abcdef";

/* RFC 9562, 4.1 and 4.2: the bits that say "10" and "version 4". */
static int
is_v4(const uint8_t *u)
{
	return (u[6] & 0xf0) == 0x40 && (u[8] & 0xc0) == 0x80;
}

static int
dash_at(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

enum err
uuid_from_bytes(const uint8_t in[static UUID_LEN],
    char out[static UUID_TEXT])
{
	size_t nibble = 0;

	if (!is_v4(in))
		return ERR_MALFORMED;
	for (size_t i = 0; i < UUID_TEXT - 1; i++) {
		if (dash_at(i)) {
			out[i] = '-';
			continue;
		}
		out[i] = hex[in[nibble / 2] >> (nibble % 2 ? 0 : 4) & 15];
		nibble++;
	}
	out[UUID_TEXT - 1] = '\0';
	return ERR_OK;
}

enum err
uuid_make(struct drbg *d, char out[static UUID_TEXT])
{
	uint8_t u[UUID_LEN];

	TRY(drbg_draw(d, u, sizeof(u)));
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x40);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	return uuid_from_bytes(u, out);
}

enum err
uuid_to_bytes(struct span text, uint8_t out[static UUID_LEN])
{
	uint8_t u[UUID_LEN] = { 0 };
	size_t nibble = 0;

	if (text.len != UUID_TEXT - 1)
		return ERR_MALFORMED;
	for (size_t i = 0; i < text.len; i++) {
		const char *at = memchr(hex, text.at[i], 16);

		if (dash_at(i) ? text.at[i] != '-' : at == NULL)
			return ERR_MALFORMED;
		if (dash_at(i))
			continue;
		u[nibble / 2] = (uint8_t)(u[nibble / 2] << 4 | (at - hex));
		nibble++;
	}
	if (!is_v4(u))
		return ERR_MALFORMED;
	memcpy(out, u, sizeof(u));
	return ERR_OK;
}
