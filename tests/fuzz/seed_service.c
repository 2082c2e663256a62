/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What fuzz_service begins with: each message in frames, at once, a byte at a
 * time to a slow reader, and two in a row. */

#include "tests/fill.h"
#include "tests/fuzz/seed.h"
#include "tests/stage.h"

static const struct {
	const char	*name;
	uint8_t		 head[2];	/* see fuzz_service.c */
	unsigned	 times;
} ways[] = {
	{ "whole", { 0, 0 }, 1 }, { "slow", { 255, 7 }, 1 },
	{ "twice", { 0, 0 }, 2 },
};

static enum err
put_type(const char *dir, struct stage *s, enum msg_type type)
{
	uint8_t first[16384];
	struct span frame = stage_request(s, type, 0);
	struct span parts[3] = { { 0 }, { first, frame.len } };

	if (frame.len > sizeof(first))
		return ERR_LIMIT;
	memcpy(first, frame.at, frame.len);
	parts[2] = stage_request(s, type, 1);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		parts[0] = SPAN(ways[i].head);
		TRY(seed_write(dir, wire_name(type), ways[i].name, parts,
		    1 + ways[i].times));
	}
	return ERR_OK;
}

/* What is answered with an error: no frame, one that is too long, one without
 * a message, and one with a message that nobody knows. */
static enum err
put_bad(const char *dir)
{
	static const uint8_t none[] = { 0, 0, 0x83 };
	static const uint8_t over[] = { 0, 0, 0xd8, 0x18, 0x5a, 0, 4, 0, 1 };
	static const uint8_t empty[] = { 0, 0, 0xd8, 0x18, 0x5a, 0, 0, 0, 1,
	    0xa0 };
	static const uint8_t odd[] = { 0, 0, 0xd8, 0x18, 0x5a, 0, 0, 0, 14,
	    0xa2, 0x64, 'b', 'o', 'd', 'y', 0xa0, 0x64, 't', 'y', 'p', 'e',
	    0x61, 'x' };

	TRY(seed_write(dir, "bad", "none", &SPAN(none), 1));
	TRY(seed_write(dir, "bad", "over", &SPAN(over), 1));
	TRY(seed_write(dir, "bad", "empty", &SPAN(empty), 1));
	return seed_write(dir, "bad", "odd", &SPAN(odd), 1);
}

enum err
seed_all(const char *dir)
{
	struct stage *s;

	if (stage_open((void **)&s) != 0)
		return ERR_INTERNAL;
	TRY(put_bad(dir));
	for (unsigned type = 1; type < wire_nspecs; type++)
		if (wire_spec((enum msg_type)type)->class == CLASS_MESSAGE)
			TRY(put_type(dir, s, (enum msg_type)type));
	stage_close((void **)&s);
	return ERR_OK;
}
