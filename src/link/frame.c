/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/frame.h"

#include <string.h>

static const uint8_t mark[] = { 0xd8, 0x18, 0x5a };

void
frame_head(size_t len, uint8_t out[static FRAME_HEAD])
{
	memcpy(out, mark, sizeof(mark));
	out[3] = (uint8_t)(len >> 24);
	out[4] = (uint8_t)(len >> 16);
	out[5] = (uint8_t)(len >> 8);
	out[6] = (uint8_t)len;
}

enum err
frame_parse(struct span in, size_t max, struct span *envelope, size_t *whole)
{
	const size_t seen = in.len < sizeof(mark) ? in.len : sizeof(mark);
	size_t len;

	*whole = FRAME_HEAD;
	if (seen > 0 && memcmp(in.at, mark, seen) != 0)
		return ERR_MALFORMED;
	if (in.len < FRAME_HEAD)
		return ERR_BUSY;
	len = (size_t)in.at[3] << 24 | (size_t)in.at[4] << 16 |
	    (size_t)in.at[5] << 8 | in.at[6];
	if (len > max || len > FRAME_MAX)
		return ERR_LIMIT;
	*whole = FRAME_HEAD + len;
	if (in.len < *whole)
		return ERR_BUSY;
	*envelope = (struct span){ in.at + FRAME_HEAD, len };
	return ERR_OK;
}
