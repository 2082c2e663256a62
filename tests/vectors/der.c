/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/der.h"

/* Take an element of this tag, its length in one byte; false if it is not. */
static bool
element(struct span *in, uint8_t tag, struct span *body)
{
	if (in->len < 2 || in->at[0] != tag || in->at[1] > 0x7f ||
	    in->at[1] > in->len - 2)
		return false;
	*body = (struct span){ in->at + 2, in->at[1] };
	in->at += 2 + body->len;
	in->len -= 2 + body->len;
	return true;
}

static bool
number(struct span *in, uint8_t out[static 32])
{
	struct span n;

	if (!element(in, 0x02, &n) || n.len == 0 || (n.at[0] & 0x80) != 0 ||
	    (n.len > 1 && n.at[0] == 0 && (n.at[1] & 0x80) == 0))
		return false;
	if (n.at[0] == 0) {
		n.at++;
		n.len--;
	}
	if (n.len > 32)
		return false;
	memset(out, 0, 32 - n.len);
	memcpy(out + 32 - n.len, n.at, n.len);
	return true;
}

bool
der_signature(struct span der, uint8_t out[static 64])
{
	struct span body;

	return element(&der, 0x30, &body) && der.len == 0 &&
	    number(&body, out) && number(&body, out + 32) && body.len == 0;
}

bool
der_p256(struct span der, struct span *x, struct span *y)
{
	/* OID prime256v1, then a BIT STRING of an uncompressed point. */
	static const uint8_t head[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
	const uint8_t *at = der.len > 0 ?
	    memmem(der.at, der.len, head, sizeof(head)) : NULL;

	if (at == NULL ||
	    (size_t)(der.at + der.len - at) < sizeof(head) + 64)
		return false;
	*x = (struct span){ at + sizeof(head), 32 };
	*y = (struct span){ at + sizeof(head) + 32, 32 };
	return true;
}

bool
der_rsa(struct span der, struct span *n, uint32_t *e)
{
	/* An INTEGER of two bytes of length whose first byte is zero. */
	for (size_t i = 0; i + 5 < der.len; i++) {
		const uint8_t *at = der.at + i;
		const size_t len = (size_t)at[2] << 8 | at[3];

		if (at[0] != 0x02 || at[1] != 0x82 || at[4] != 0 ||
		    len < 257 || len > 513 || len + 9 > der.len - i ||
		    at[len + 4] != 0x02 || at[len + 5] != 3)
			continue;
		*n = (struct span){ at + 5, len - 1 };
		at += len + 6;
		*e = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
		return true;
	}
	return false;
}
