/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef XEN_RING_H
#define XEN_RING_H

/*
 * One connection over libxenvchan, and nothing believed that the peer can
 * write: the indices, the sizes and the states in the shared page, and what
 * the library makes of them.  What cannot be ends the connection.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/link.h"

struct libxenvchan;

enum ring_state {
	RING_ENDED,	/* the peer has closed or died, or the ring is broken */
	RING_OPEN,
	RING_ALONE,	/* nobody has connected yet */
};

struct ring {
	struct libxenvchan	*chan;		/* NULL: none */
	int			 in_order, out_order;
	bool			 broken;
	void			(*closed)(struct ring *r);
};

/* Take a channel that libxenvchan has made.  MALFORMED, and it is closed, if
 * its rings have no size that they may have. */
enum err ring_take(struct libxenvchan *chan, struct ring *r);

/* Close it, wiping what a server has received; then call closed, if set. */
void ring_close(struct ring *r);

enum ring_state ring_state(struct ring *r);

/* Was anything ever sent in it, either way? */
bool ring_used(const struct ring *r);

/* Take the event that its descriptor shows, if there is one. */
enum err ring_event(struct ring *r);
int ring_fd(const struct ring *r);

/* A link over it, which closes it; *r stays the caller's. */
struct link ring_link(struct ring *r);

#endif
