/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_BYTES_H
#define ATTEST_BYTES_H

/*
 * A TPM's bytes, taken from the front: big-endian numbers and sized buffers.
 * The first thing that is missing or too long spoils all that follow, which
 * are zero and empty then; whoever reads asks once, at the end.  Private to
 * attest/.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct bytes_in {
	struct span	rest;
	bool		spoilt;
};

static inline struct span
take_bytes(struct bytes_in *in, size_t n)
{
	struct span s = { in->rest.at, n };

	if (in->spoilt || n > in->rest.len) {
		in->spoilt = true;
		return (struct span){ };
	}
	if (n > 0)
		in->rest.at += n;
	in->rest.len -= n;
	return s;
}

/* n bytes, 8 at most. */
static inline uint64_t
take_number(struct bytes_in *in, size_t n)
{
	struct span s = take_bytes(in, n);
	uint64_t out = 0;

	for (size_t i = 0; i < s.len; i++)
		out = out << 8 | s.at[i];
	return out;
}

static inline uint16_t
take_u16(struct bytes_in *in)
{
	return (uint16_t)take_number(in, 2);
}

static inline uint32_t
take_u32(struct bytes_in *in)
{
	return (uint32_t)take_number(in, 4);
}

/* What firmware writes is little-endian: size bytes, 8 at most, at a place; 0
 * where they are not all there. */
static inline uint64_t
little(struct span s, size_t at, size_t size)
{
	uint64_t n = 0;

	if (at > s.len || size > s.len - at)
		return 0;
	for (size_t i = size; i-- > 0;)
		n = n << 8 | s.at[at + i];
	return n;
}

/* A TPM2B of most bytes at the most. */
static inline struct span
take_sized(struct bytes_in *in, size_t most)
{
	uint16_t n = take_u16(in);

	in->spoilt = in->spoilt || n > most;
	return take_bytes(in, n);
}

static inline bool
took_all(const struct bytes_in *in)
{
	return !in->spoilt && in->rest.len == 0;
}

#endif
