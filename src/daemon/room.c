/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/room.h"

#include <string.h>
#include <sys/mman.h>

#define PAGE 4096

void
rooms_start(struct rooms *r)
{
	r->nspare = ROOM_BLOCKS;
	for (size_t i = 0; i < ROOM_BLOCKS; i++)
		r->spare[i] = (uint16_t)i;
}

size_t
room_size(size_t want)
{
	return want <= ROOM_SMALL ? ROOM_SMALL :
	    (want + PAGE - 1) / PAGE * PAGE;
}

static int
is_block(const struct rooms *r, const struct room *room)
{
	uintptr_t at = (uintptr_t)room->at, from = (uintptr_t)r->blocks;

	return at >= from && at < from + sizeof(r->blocks);
}

enum err
room_take(struct rooms *r, size_t want, struct room *out)
{
	const size_t cap = room_size(want);
	void *at;

	if (cap == ROOM_SMALL && r->nspare > 0) {
		*out = (struct room){ r->blocks[r->spare[--r->nspare]], cap };
		return ERR_OK;
	}
	at = mmap(NULL, cap, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return ERR_LIMIT;
	*out = (struct room){ at, cap };
	return ERR_OK;
}

void
room_give(struct rooms *r, struct room *room)
{
	if (room->at == NULL)
		return;
	explicit_bzero(room->at, room->cap);
	if (is_block(r, room))
		r->spare[r->nspare++] = (uint16_t)
		    ((size_t)(room->at - r->blocks[0]) / ROOM_SMALL);
	else
		munmap(room->at, room->cap);
	*room = (struct room){ 0 };
}
