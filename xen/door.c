/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <libxenvchan.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "xen/node.h"
#include "xen/quiet.h"
#include "xen/ring.h"
#include "xen/vchan.h"

#define RING_BYTES 16384	/* in each direction */
#define NOBODY (~0u)		/* no domid */
#define MADE_MAX 100		/* rings of a peer in a second */

/* One channel: ring comes first, for what the link gives back is a ring. */
struct slot {
	struct ring		 ring;
	struct vchan_door	*door;
	bool			 taken;		/* a link is over it */
};

struct vchan_door {
	char		 node[VCHAN_NODE_MAX + 1];
	unsigned	 port;
	unsigned	 domid;		/* whom the rings were made for */
	int		 fd;		/* epoll: of what waits, and of */
	int		 work;		/* an eventfd: rings to be made */
	uint64_t	 second;	/* in which */
	unsigned	 made;		/* so many rings were made */
	enum err	 node_said, rings_said;	/* the last that was logged */
	size_t		 nslots;
	struct slot	 slots[VCHAN_CHANNELS];
};

/* There is a ring to be made; an eventfd takes 2^64 - 1 of these. */
static void
want_work(struct vchan_door *d)
{
	(void)!write(d->work, &(uint64_t){ 1 }, sizeof(uint64_t));
}

/* The library has closed its descriptor, which so is out of the epoll. */
static void
slot_closed(struct ring *r)
{
	struct slot *s = (struct slot *)r;

	s->taken = false;
	want_work(s->door);
}

static enum err
watch(struct vchan_door *d, int fd, bool on)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(d->fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd,
	    &event) == 0 ? ERR_OK : log_errno("epoll");
}

/* Say it when it is another one than the last time. */
static enum err
say(const struct vchan_door *d, const char *what, enum err e, enum err *last)
{
	if (e != *last && e != ERR_OK)
		log_line("vchan: %s: %s: %s", d->node, what, e == ERR_AUTH ?
		    "others than the toolstack can write it" : err_text(e));
	*last = e;
	return e;
}

/* A link's owner finds it broken, and drops it. */
static void
end_all(struct vchan_door *d)
{
	for (size_t i = 0; i < d->nslots; i++)
		if (d->slots[i].taken)
			d->slots[i].ring.broken = true;
		else
			ring_close(&d->slots[i].ring);
}

/* What is there was made for the domain of before.  A xenstore that does not
 * answer changes nothing. */
static enum err
look_up(struct vchan_door *d)
{
	unsigned domid = NOBODY;
	const enum err e = node_domid(d->node, &domid);

	if (e != ERR_HARDWARE && domid != d->domid) {
		end_all(d);
		d->domid = domid;
	}
	return say(d, "the peer's domid", e, &d->node_said);
}

/* No peer can keep us busy with new rings. */
static enum err
count(struct vchan_door *d)
{
	const uint64_t second = clock_now().boot_ms / 1000;

	if (second != d->second)
		d->made = 0;
	d->second = second;
	return d->made++ < MADE_MAX ? ERR_OK : ERR_LIMIT;
}

static enum err
make(struct vchan_door *d, struct slot *s)
{
	char path[NODE_PATH_MAX + 1];
	struct libxenvchan *chan;
	enum err e;

	TRY(count(d));
	TRY(node_served(d->domid, d->port, (unsigned)(s - d->slots), path));
	chan = libxenvchan_server_init(&quiet_logger, (int)d->domid, path,
	    RING_BYTES, RING_BYTES);
	if (chan == NULL)
		return ERR_HARDWARE;
	TRY(ring_take(chan, &s->ring));
	e = watch(d, ring_fd(&s->ring), true);
	if (e != ERR_OK)
		ring_close(&s->ring);
	return e;
}

static struct slot *
missing(struct vchan_door *d)
{
	for (size_t i = 0; i < d->nslots; i++)
		if (d->slots[i].ring.chan == NULL)
			return &d->slots[i];
	return NULL;
}

/* Make what is missing.  The eventfd stays readable until all is there. */
static enum err
make_all(struct vchan_door *d)
{
	enum err e = ERR_OK;
	struct slot *s;
	uint64_t n;

	if (missing(d) != NULL && look_up(d) != ERR_OK)
		return ERR_HARDWARE;
	while (e == ERR_OK && (s = missing(d)) != NULL)
		e = make(d, s);
	if (e == ERR_LIMIT)
		return e;
	if (say(d, "a ring for the peer", e, &d->rings_said) != ERR_OK)
		return ERR_HARDWARE;
	(void)!read(d->work, &n, sizeof(n));
	return ERR_OK;
}

/* Give out the channel if its peer has come; one whose peer has gone again,
 * or never was a sound one, is to be made anew. */
static enum err
try_slot(struct vchan_door *d, struct slot *s, struct link *out)
{
	enum ring_state state = RING_ENDED;

	if (s->ring.chan == NULL || s->taken)
		return ERR_BUSY;
	if (ring_event(&s->ring) == ERR_OK)
		state = ring_state(&s->ring);
	if (state == RING_ALONE)
		return ERR_BUSY;
	if (state == RING_ENDED || watch(d, ring_fd(&s->ring), false) !=
	    ERR_OK) {
		ring_close(&s->ring);
		return ERR_BUSY;
	}
	s->taken = true;
	*out = ring_link(&s->ring);
	return ERR_OK;
}

enum err
vchan_accept(struct vchan_door *d, struct link *out)
{
	for (size_t i = 0; i < d->nslots; i++)
		if (try_slot(d, &d->slots[i], out) == ERR_OK)
			return ERR_OK;
	TRY(make_all(d));
	return ERR_BUSY;
}

void
vchan_look(struct vchan_door *d)
{
	/* It was said, and ended what it ends. */
	(void)!look_up(d);
}

int
vchan_fd(const struct vchan_door *d)
{
	return d->fd;
}

void
vchan_drop(struct vchan_door **out)
{
	struct vchan_door *d = *out;

	if (d == NULL)
		return;
	for (size_t i = 0; i < d->nslots; i++)
		ring_close(&d->slots[i].ring);
	fd_drop(&d->work);
	fd_drop(&d->fd);
	free(d);
	*out = NULL;
}

static enum err
open_door(struct vchan_door *d)
{
	d->fd = epoll_create1(EPOLL_CLOEXEC);
	d->work = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->fd == -1 || d->work == -1)
		return log_errno("a descriptor to wait with");
	TRY(watch(d, d->work, true));
	want_work(d);
	/* What cannot be made now is tried again. */
	(void)!make_all(d);
	return ERR_OK;
}

enum err
vchan_listen(const struct vchan_address *a, struct vchan_door **out)
{
	struct vchan_door *d OWNED(vchan_drop) = calloc(1, sizeof(*d));

	if (d == NULL)
		return log_err(ERR_LIMIT, "no memory");
	d->fd = d->work = -1;
	if (strlen(a->node) > VCHAN_NODE_MAX || a->channel == 0 ||
	    a->channel > VCHAN_CHANNELS)
		return log_err(ERR_LIMIT, "%s: a node has at most %d "
		    "characters, a peer 1 to %d channels", a->node,
		    VCHAN_NODE_MAX, VCHAN_CHANNELS);
	memcpy(d->node, a->node, strlen(a->node));
	d->domid = NOBODY;
	d->port = a->port;
	d->nslots = a->channel;
	for (size_t i = 0; i < d->nslots; i++) {
		d->slots[i].door = d;
		d->slots[i].ring.closed = slot_closed;
	}
	TRY(open_door(d));
	*out = GIVE(d, NULL);
	return ERR_OK;
}
