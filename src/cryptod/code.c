/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/code.h"

#include "base/secret.h"

/* All ones when the code is that of the step, else zero. */
static enum err
compare(const struct code_key *key, uint64_t step, struct span code,
    uint64_t *mask)
{
	char want[OTP_TEXT];
	enum err e = hotp(key->alg, key->secret, step, key->digits, want);

	*mask = 0;
	if (e == ERR_OK && code.len == key->digits)
		*mask = 0 - (uint64_t)secret_equal((const uint8_t *)want,
		    code.at, key->digits);
	explicit_bzero(want, sizeof(want));
	return e;
}

/* No branch looks at a mask before the whole window has been computed. */
static void
note(uint64_t mask, uint64_t step, uint64_t *seen, uint64_t *last)
{
	*seen |= mask;
	*last = (*last & ~mask) | (step & mask);
}

struct code_window
code_window(uint64_t center, unsigned width)
{
	return (struct code_window){
		.first = center > width ? center - width : 0,
		.count = 2 * width + 1,
	};
}

enum err
code_find(const struct code_key *key, struct code_window in,
    struct span code, struct code_found *out)
{
	uint64_t mask, seen = 0, last = 0;

	for (uint64_t s = in.first; s < in.first + in.count; s++) {
		TRY(compare(key, s, code, &mask));
		note(mask, s, &seen, &last);
	}
	*out = (struct code_found){ seen != 0, last };
	return ERR_OK;
}

enum err
code_find_pair(const struct code_key *key, struct code_window in,
    struct span code, struct span next, struct code_found *out)
{
	uint64_t before, mask, seen = 0, last = 0;
	uint64_t first = in.first > 0 ? in.first : 1;

	TRY(compare(key, first - 1, code, &before));
	for (uint64_t s = first; s < first + in.count; s++) {
		TRY(compare(key, s, next, &mask));
		note(before & mask, s, &seen, &last);
		TRY(compare(key, s, code, &before));
	}
	*out = (struct code_found){ seen != 0, last };
	return ERR_OK;
}
