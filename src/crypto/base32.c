/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/base32.h"

#include <string.h>

/* All ones if from <= c <= to, else zero; without a branch. */
static unsigned
within(unsigned c, unsigned from, unsigned to)
{
	return 0U - (((from - 1 - c) & (c - to - 1)) >> 31);
}

static char
digit_of(unsigned five)
{
	return (char)((within(five, 0, 25) & ('A' + five)) |
	    (within(five, 26, 31) & ('2' + five - 26)));
}

/* 0 to 31, or 32 for a character that is none. */
static unsigned
five_of(uint8_t c)
{
	const unsigned upper = within(c, 'A', 'Z');
	const unsigned lower = within(c, 'a', 'z');
	const unsigned digit = within(c, '2', '7');

	return (upper & (c - 'A')) | (lower & (c - 'a')) |
	    (digit & (c - '2' + 26U)) | (~(upper | lower | digit) & 32);
}

enum err
base32_encode(struct span in, char *out, size_t cap)
{
	unsigned held = 0, bits = 0;

	if (in.len > (SIZE_MAX - 5) / 8 || cap < BASE32_TEXT(in.len))
		return ERR_LIMIT;
	for (size_t i = 0; i < in.len; i++) {
		held = held << 8 | in.at[i];
		for (bits += 8; bits >= 5; bits -= 5)
			*out++ = digit_of(held >> (bits - 5) & 31);
	}
	if (bits > 0)
		*out++ = digit_of(held << (5 - bits) & 31);
	*out = '\0';
	return ERR_OK;
}

/* The text without its padding; MALFORMED if that is not what fills up the
 * last eight characters, or if no bytes give this many characters. */
static enum err
strip(struct span *text)
{
	size_t n = text->len;

	while (n > 0 && text->at[n - 1] == '=')
		n--;
	if (n < text->len && (text->len % 8 != 0 || text->len - n > 6))
		return ERR_MALFORMED;
	text->len = n;
	n %= 8;
	return n == 1 || n == 3 || n == 6 ? ERR_MALFORMED : ERR_OK;
}

enum err
base32_decode(struct span text, uint8_t *out, size_t cap, size_t *len)
{
	unsigned held = 0, bits = 0, bad = 0;
	size_t n = 0;

	TRY(strip(&text));
	if (text.len / 8 * 5 + text.len % 8 * 5 / 8 > cap)
		return ERR_LIMIT;
	for (size_t i = 0; i < text.len; i++) {
		const unsigned five = five_of(text.at[i]);

		bad |= five & 32;
		held = held << 5 | (five & 31);
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(held >> bits);
		}
	}
	if (bad != 0 || (held & ((1U << bits) - 1)) != 0) {
		explicit_bzero(out, n);
		return ERR_MALFORMED;
	}
	*len = n;
	return ERR_OK;
}
