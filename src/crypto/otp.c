/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/otp.h"

#include <string.h>

/* RFC 4226, 5.3: 31 bits, from where the last four bits say.  All places are
 * read, so that no address tells which it was. */
static uint32_t
truncate_mac(const uint8_t *mac, size_t len)
{
	const uint32_t from = mac[len - 1] & 15;
	uint32_t out = 0;

	for (uint32_t i = 0; i < 16; i++) {
		const uint8_t *at = mac + i;
		const uint32_t mask = 0 - (((from ^ i) - 1) >> 31);

		out |= mask & ((uint32_t)at[0] << 24 |
		    (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
	}
	return out & 0x7fffffff;
}

static void
put_digits(uint32_t n, unsigned digits, char *out)
{
	out[digits] = '\0';
	for (; digits > 0; digits--) {
		out[digits - 1] = (char)('0' + n % 10);
		n /= 10;
	}
}

enum err
hotp(enum hash_alg alg, struct span key, uint64_t counter, unsigned digits,
    char out[static OTP_TEXT])
{
	uint8_t moving[8], mac[HASH_LEN_MAX];
	const struct span parts[] = { SPAN(moving) };
	enum err e;

	if (digits < OTP_DIGITS_MIN || digits > OTP_DIGITS_MAX)
		return ERR_LIMIT;
	for (unsigned i = 0; i < sizeof(moving); i++)
		moving[i] = (uint8_t)(counter >> (56 - 8 * i));
	e = hmac(alg, key, parts, 1, mac);
	if (e == ERR_OK)
		put_digits(truncate_mac(mac, hash_len(alg)), digits, out);
	explicit_bzero(mac, sizeof(mac));
	return e;
}
