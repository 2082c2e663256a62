/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Sessions for fuzz_vchan: each step between honest ones, on both ends, with
 * numbers about a ring's size and at the ends of their range. */

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/seed.h"
#include "tests/fuzz/vchan_steps.h"

static size_t
put(uint8_t *at, enum step step, uint32_t n)
{
	at[0] = (uint8_t)step;
	memcpy(at + 1, &n, sizeof(n));
	return STEP_BYTES;
}

static enum err
put_session(const char *dir, uint8_t head, enum step step, uint32_t n)
{
	uint8_t bytes[64] = { head };
	char suffix[48];
	size_t len = 1;

	len += put(bytes + len, STEP_WRITE, 20);
	len += put(bytes + len, step, n);
	len += put(bytes + len, STEP_WE_LOOK, UINT32_MAX);
	len += put(bytes + len, STEP_WE_RECEIVE, 15);
	len += put(bytes + len, STEP_WE_SEND, 15);
	len += put(bytes + len, STEP_READ, 5);
	len += put(bytes + len, STEP_WE_RECEIVE, 63);
	len += put(bytes + len, STEP_WE_SEND, 63);
	snprintf(suffix, sizeof(suffix), "%d-%u", head, n);
	return seed_write(dir, (char[]){ (char)('a' + step), 0 }, suffix,
	    (struct span[]){ { bytes, len } }, 1);
}

enum err
seed_all(const char *dir)
{
	static const uint32_t numbers[] = { 0, 1, 8, 65, 1025, INT_MAX,
	    (uint32_t)INT_MIN, UINT32_MAX };
	static const uint8_t heads[] = { 2 * 6, 2 * 6 + 1, 0, 2 * 10 + 1 };

	for (int step = 0; step < STEPS; step++)
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]);
		    i++)
			for (size_t j = 0; j < sizeof(heads); j++)
				TRY(put_session(dir, heads[j],
				    (enum step)step, numbers[i]));
	return ERR_OK;
}
