/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/ring.h"

#include <errno.h>
#include <libxenvchan.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#define ORDER_MAX 20	/* libxenvchan's MAX_RING_SHIFT */

static size_t
size_of(int order)
{
	return (size_t)1 << order;
}

static bool
is_order(int order)
{
	return order >= 0 && order <= ORDER_MAX;
}

enum err
ring_take(struct libxenvchan *chan, struct ring *r)
{
	if (!is_order(chan->read.order) || !is_order(chan->write.order)) {
		libxenvchan_close(chan);
		return ERR_MALFORMED;
	}
	/* The library leaves this to chance. */
	chan->blocking = 0;
	r->chan = chan;
	r->in_order = chan->read.order;
	r->out_order = chan->write.order;
	r->broken = false;
	return ERR_OK;
}

void
ring_close(struct ring *r)
{
	if (r->chan == NULL)
		return;
	/* These pages are ours, and go back to the kernel as they are.  What
	 * was sent the peer may still read. */
	if (r->chan->is_server)
		explicit_bzero(r->chan->read.buffer, size_of(r->in_order));
	libxenvchan_close(r->chan);
	r->chan = NULL;
	if (r->closed != NULL)
		r->closed(r);
}

/* An index of the shared page, read once. */
static uint32_t
peek(const uint32_t *index)
{
	return *(const volatile uint32_t *)index;
}

bool
ring_used(const struct ring *r)
{
	const struct ring_shared *in = r->chan->read.shr;
	const struct ring_shared *out = r->chan->write.shr;

	return (peek(&in->prod) | peek(&in->cons) | peek(&out->prod) |
	    peek(&out->cons)) != 0;
}

static enum err
end(struct ring *r)
{
	r->broken = true;
	return ERR_HARDWARE;
}

/* The library takes indices that cannot be for an empty ring, for ever. */
static bool
is_sound(const struct libxenvchan_ring *ring, int order)
{
	return ring->order == order && peek(&ring->shr->prod) -
	    peek(&ring->shr->cons) <= size_of(order);
}

/* How much there is, or how much may be sent: count is data_ready or
 * buffer_space, which ask for an event when that changes. */
static enum err
look(struct ring *r, int (*count)(struct libxenvchan *),
    const struct libxenvchan_ring *ring, int order, size_t *n)
{
	const int said = count(r->chan);

	/* Below zero is above everything. */
	if (r->broken || (size_t)said > size_of(order) ||
	    !is_sound(ring, order))
		return end(r);
	*n = (size_t)said;
	return ERR_OK;
}

static enum err
look_in(struct ring *r, size_t *n)
{
	return look(r, libxenvchan_data_ready, &r->chan->read, r->in_order, n);
}

static enum err
look_out(struct ring *r, size_t *n)
{
	return look(r, libxenvchan_buffer_space, &r->chan->write,
	    r->out_order, n);
}

enum ring_state
ring_state(struct ring *r)
{
	if (r->broken)
		return RING_ENDED;
	/* A byte of the shared page: it may say anything. */
	switch (libxenvchan_is_open(r->chan)) {
	case 1:
		return RING_OPEN;
	case 2:
		return RING_ALONE;
	default:
		return RING_ENDED;
	}
}

int
ring_fd(const struct ring *r)
{
	return libxenvchan_fd_for_select(r->chan);
}

enum err
ring_event(struct ring *r)
{
	struct pollfd p = { .fd = ring_fd(r), .events = POLLIN };

	if (r->broken || p.fd < 0)
		return end(r);
	/* libxenvchan_wait() would block without an event. */
	if (ppoll(&p, 1, &(struct timespec){ 0 }, NULL) == -1)
		return errno == EINTR ? ERR_OK : end(r);
	if ((p.revents & (POLLERR | POLLNVAL)) != 0)
		return end(r);
	if ((p.revents & POLLIN) != 0 && libxenvchan_wait(r->chan) != 0)
		return end(r);
	return ERR_OK;
}

/* n is what a read or a write has come to: BUSY if it is nothing; an error is
 * above everything. */
static enum err
came_to(struct ring *r, int n, size_t most, size_t *out)
{
	if ((size_t)n > most)
		return end(r);
	*out = (size_t)n;
	return n == 0 ? ERR_BUSY : ERR_OK;
}

static enum err
receive(void *self, uint8_t *buf, size_t cap, size_t *len)
{
	struct ring *r = self;
	enum ring_state state;
	size_t ready = 0;

	TRY(ring_event(r));
	/* In this order: what was sent before the end is there then. */
	state = ring_state(r);
	TRY(look_in(r, &ready));
	if (ready == 0)
		return state == RING_OPEN ? ERR_BUSY : ERR_NOT_FOUND;
	return came_to(r, libxenvchan_read(r->chan, buf, cap), cap, len);
}

static enum err
send_some(void *self, const uint8_t *buf, size_t len, size_t *sent)
{
	struct ring *r = self;
	size_t room = 0;

	TRY(ring_event(r));
	if (ring_state(r) != RING_OPEN)
		return ERR_HARDWARE;
	TRY(look_out(r, &room));
	if (room == 0)
		return ERR_BUSY;
	return came_to(r, libxenvchan_write(r->chan, buf, len), len, sent);
}

/* Asking for events comes before looking, so that none is missed between. */
static short
ready(void *self, short wanted, short *watch)
{
	struct ring *r = self;
	size_t in = 0, out = 0;

	*watch = wanted != 0 ? POLLIN : 0;
	if (((wanted & POLLIN) != 0 && look_in(r, &in) != ERR_OK) ||
	    ((wanted & POLLOUT) != 0 && look_out(r, &out) != ERR_OK) ||
	    ring_state(r) != RING_OPEN || ring_fd(r) < 0)
		return wanted;
	return (short)((in > 0 ? POLLIN : 0) | (out > 0 ? POLLOUT : 0));
}

static int
fd_of(void *self)
{
	return ring_fd(self);
}

static void
hang_up(void *self)
{
	ring_close(self);
}

static const struct link_ops ops = {
	.fd = fd_of,
	.receive = receive,
	.send = send_some,
	.close = hang_up,
	.ready = ready,
};

struct link
ring_link(struct ring *r)
{
	return (struct link){ &ops, r };
}
