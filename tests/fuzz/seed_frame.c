/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Streams of frames for fuzz_frame: each message alone, small and large, and
 * in front of another; frames that end early, are too long, or are none. */

#include "link/frame.h"
#include "tests/fill.h"
#include "tests/fuzz/seed.h"

static const uint8_t at_once[] = { 0, 255 };	/* see fuzz_frame.c */
static const uint8_t by_seven[] = { 7, 255 };
static const uint8_t of_nothing[] = { 3, 0 };

static enum err
frame_of(enum msg_type type, enum fullness how, struct span *out)
{
	static uint8_t bytes[FRAME_HEAD + WIRE_MAX];
	static struct msg m;

	fill(&m, type, how);
	TRY(wire_encode(&m, bytes + FRAME_HEAD, WIRE_MAX, &out->len));
	frame_head(out->len, bytes);
	*out = (struct span){ bytes, out->len + FRAME_HEAD };
	return ERR_OK;
}

static enum err
put_type(const char *dir, enum msg_type type)
{
	const char *name = wire_name(type);
	struct span f = { 0 };

	TRY(frame_of(type, SMALLEST, &f));
	TRY(seed_write(dir, name, "twice",
	    (struct span[]){ SPAN(at_once), f, f }, 3));
	TRY(seed_write(dir, name, "cut",
	    (struct span[]){ SPAN(by_seven), f, { f.at, f.len - 1 } }, 3));
	TRY(frame_of(type, FITTING, &f));
	return f.len > 65000 ? ERR_OK : seed_write(dir, name, "large",
	    (struct span[]){ SPAN(by_seven), f }, 2);
}

enum err
seed_all(const char *dir)
{
	static const uint8_t none[] = { 0xd8, 0x18, 0x5b, 0 };
	struct span f = { 0 };

	for (unsigned type = 1; type < wire_nspecs; type++)
		if (wire_spec((enum msg_type)type)->class == CLASS_MESSAGE)
			TRY(put_type(dir, (enum msg_type)type));
	TRY(frame_of(MSG_status_req, SMALLEST, &f));
	TRY(seed_write(dir, "limit", "small",
	    (struct span[]){ SPAN(of_nothing), f }, 2));
	return seed_write(dir, "frame", "none",
	    (struct span[]){ SPAN(at_once), f, SPAN(none) }, 3);
}
