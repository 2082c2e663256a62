/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_LINK_H
#define BASE_LINK_H

/*
 * A byte stream to one peer, whatever carries it: a Unix socket (link/), a
 * vchan (xen/), memory (tests).  Nothing blocks; whoever uses it waits on
 * link_fd().
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct link_ops {
	int		(*fd)(void *self);
	enum err	(*receive)(void *self, uint8_t *buf, size_t cap,
			    size_t *len);
	enum err	(*send)(void *self, const uint8_t *buf, size_t len,
			    size_t *sent);
	void		(*close)(void *self);

	/* NULL where the descriptor says all that poll() can say.  A vchan's
	 * says only that something has happened. */
	short		(*ready)(void *self, short wanted, short *watch);
};

/* Empty when ops is NULL. */
struct link {
	const struct link_ops	*ops;
	void			*self;
};

/* To be watched for reading, and for writing when a send came back short. */
static inline int
link_fd(const struct link *l)
{
	return l->ops->fd(l->self);
}

/* Which of POLLIN and POLLOUT, as wanted, need no waiting at all; *watch is
 * what to poll link_fd() for if that is none.  Of a link that is at its end it
 * is all of them. */
static inline short
link_ready(const struct link *l, short wanted, short *watch)
{
	if (l->ops->ready != NULL)
		return l->ops->ready(l->self, wanted, watch);
	*watch = wanted;
	return 0;
}

/* Take up to cap bytes; BUSY when there are none yet, NOT_FOUND when the peer
 * has closed and all was read, HARDWARE when the link is broken. */
static inline enum err
link_receive(struct link *l, uint8_t *buf, size_t cap, size_t *len)
{
	return l->ops->receive(l->self, buf, cap, len);
}

/* Hand over as much as goes now; BUSY when that is nothing, HARDWARE when the
 * link is broken or the peer is gone. */
static inline enum err
link_send(struct link *l, const uint8_t *buf, size_t len, size_t *sent)
{
	return l->ops->send(l->self, buf, len, sent);
}

/* Close; made for OWNED. */
static inline void
link_drop(struct link *l)
{
	if (l->ops != NULL)
		l->ops->close(l->self);
	*l = (struct link){ 0 };
}

#endif
