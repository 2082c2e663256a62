/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_ROOM_H
#define DAEMON_ROOM_H

/*
 * Room for bytes that have to wait: half a frame, an answer that was not
 * taken.  What is small comes from a few blocks that are always there, what
 * is large is mapped and unmapped.  It is wiped when it is given back.
 * Private to the service loop.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ROOM_SMALL 8448		/* 8 KiB, a frame's head, and some more */
#define ROOM_BLOCKS 64

/* Empty when at is NULL. */
struct room {
	uint8_t	*at;
	size_t	 cap;
};

struct rooms {
	uint8_t		 blocks[ROOM_BLOCKS][ROOM_SMALL];
	uint16_t	 spare[ROOM_BLOCKS];
	size_t		 nspare;
};

void rooms_start(struct rooms *r);

/* What a room for want bytes would really have. */
size_t room_size(size_t want);

/* LIMIT if there is no memory. */
enum err room_take(struct rooms *r, size_t want, struct room *out);

/* Wipe it and give it back; it may be empty. */
void room_give(struct rooms *r, struct room *room);

#endif
