/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

/*
 * Points in time as text: RFC 3339 in UTC, exactly WHEN_LEN characters, as
 * "2026-01-31T12:00:00Z"; years 0000 to 9999, no leap second.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WHEN_LEN 20
#define WHEN_MAX UINT64_C(253402300799)		/* 9999-12-31T23:59:59Z */

/* A time past WHEN_MAX is written as WHEN_MAX. */
void when_format(uint64_t seconds, char out[static WHEN_LEN + 1]);

/* MALFORMED unless text is such a time at or after 1970. */
enum err when_parse(const char *text, size_t len, uint64_t *seconds);

#endif
