/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINK_FRAME_H
#define LINK_FRAME_H

/*
 * How one envelope travels on a byte stream: D8 18 5A, its length in four
 * bytes (a CBOR tag 24 and the head of a byte string), then the envelope.
 * The head is always these seven bytes; whatever else begins a frame is
 * refused as soon as its first wrong byte is there.
 *
 * Knows spans.  Does not know what an envelope says.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define FRAME_HEAD 7
#define FRAME_MAX 262144	/* the longest envelope */

/* Write the head of an envelope of len bytes, at most FRAME_MAX. */
void frame_head(size_t len, uint8_t out[static FRAME_HEAD]);

/*
 * Look at the frame that in begins with, whose envelope may have max bytes.
 * OK: *envelope is borrowed from in.  BUSY: more bytes are wanted.
 * MALFORMED: no such head.  LIMIT: longer than max or FRAME_MAX.
 * After OK and BUSY *whole is the frame's length, head included: FRAME_HEAD
 * as long as nobody can know.
 */
enum err frame_parse(struct span in, size_t max, struct span *envelope,
    size_t *whole);

#endif
