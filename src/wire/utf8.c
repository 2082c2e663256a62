/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/item.h"

/*
 * Well-formed sequences by their first byte (Unicode, table 3-7): how many
 * bytes follow, and what the first of these may be.  What is overlong, a
 * surrogate or past U+10FFFF has no row; nor has NUL.
 */
static const struct lead {
	uint8_t	from, to;
	uint8_t	more;
	uint8_t	low, high;
} leads[] = {
	{ 0x01, 0x7f, 0, 0x00, 0x00 },
	{ 0xc2, 0xdf, 1, 0x80, 0xbf },
	{ 0xe0, 0xe0, 2, 0xa0, 0xbf },
	{ 0xe1, 0xec, 2, 0x80, 0xbf },
	{ 0xed, 0xed, 2, 0x80, 0x9f },
	{ 0xee, 0xef, 2, 0x80, 0xbf },
	{ 0xf0, 0xf0, 3, 0x90, 0xbf },
	{ 0xf1, 0xf3, 3, 0x80, 0xbf },
	{ 0xf4, 0xf4, 3, 0x80, 0x8f },
};

static const struct lead *
find_lead(uint8_t byte)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (leads[i].from <= byte && byte <= leads[i].to)
			return &leads[i];
	return NULL;
}

/* The length of the character at s, or 0 if there is none. */
static size_t
character(const uint8_t *s, size_t left)
{
	const struct lead *l = find_lead(s[0]);

	if (l == NULL || (size_t)l->more + 1 > left)
		return 0;
	if (l->more > 0 && (s[1] < l->low || s[1] > l->high))
		return 0;
	for (size_t i = 2; i <= l->more; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return (size_t)l->more + 1;
}

int
item_is_text(struct span s)
{
	size_t n;

	for (size_t i = 0; i < s.len; i += n) {
		n = character(s.at + i, s.len - i);
		if (n == 0)
			return 0;
	}
	return 1;
}
