/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

/* What every unit test needs: cmocka behind the headers that it wants first,
 * and a few words. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/span.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Names both errors when they differ. */
#define assert_err(got, want) \
	assert_string_equal(err_name(got), err_name(want))

/* One cmocka test for a row of a table; the row is its *state. */
#define ROW_TEST(row_name, test, row) \
	((struct CMUnitTest){ .name = (row_name), .test_func = (test), \
	    .initial_state = (void *)(uintptr_t)(row) })

/* "82 01" to bytes; blanks are free.  Returns the length. */
static inline size_t
unhex(const char *hex, uint8_t *out, size_t cap)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (; *hex != '\0'; hex++) {
		const char *d = strchr(digits, *hex | 0x20);

		if (*hex == ' ' || d == NULL)
			continue;
		assert_true(n / 2 < cap);
		out[n / 2] = (uint8_t)(out[n / 2] << 4 | (d - digits));
		n++;
	}
	assert_true(n % 2 == 0);
	return n / 2;
}

/* How far a walk over every byte or command steps: one in tests/long, n in
 * the build that is tested first, five times n in those after it. */
static inline size_t
every(size_t n)
{
	if (getenv("ANCHORHOLD_LONG") != NULL)
		return 1;
	return getenv("ANCHORHOLD_AGAIN") != NULL ? 5 * n : n;
}

#endif
