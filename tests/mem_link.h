/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_MEM_LINK_H
#define TESTS_MEM_LINK_H

/*
 * A link in memory: the test is the peer.  It has no descriptor (-1), so
 * whoever uses it looks instead of waiting.
 */

#include <stdbool.h>

#include "base/link.h"
#include "base/span.h"

#define MEM_LINK_MAX 524288

struct mem_link {
	uint8_t	 in[MEM_LINK_MAX];	/* what the test has said */
	size_t	 in_len, in_at;
	uint8_t	 out[MEM_LINK_MAX];	/* what it was told */
	size_t	 out_len;
	size_t	 most;		/* bytes of one receive or send; 0: all */
	size_t	 room;		/* bytes of out that the peer will take */
	bool	 closed;	/* the peer has hung up after what it said */
	bool	 broken;	/* the link fails */
	bool	 dropped;	/* our side has hung up */
};

/* Begin with an empty one, with room for all. */
void mem_link_open(struct mem_link *m, struct link *out);

void mem_link_say(struct mem_link *m, struct span bytes);

/* What it was told since the last time. */
struct span mem_link_hear(struct mem_link *m);

#endif
