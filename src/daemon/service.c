/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/service.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "daemon/loop.h"
#include "daemon/start.h"
#include "link/unix.h"

#define ACCEPT_TURN 16		/* new peers of a door in one turn */
#define PAUSE_MS 1000
#define OWN_FILES 64		/* what a daemon has open besides */

const struct limits service_limits = {
	.rate = 50,
	.burst = 200,
	.connections = 32,
	.memory = 1048576,
	.half_ms = 10000,
	.unread_ms = 30000,
};

static size_t
longest_request(const struct service *s)
{
	size_t longest = s->longest;

	for (size_t i = 0; s->longest == 0 && i < s->nhandlers; i++)
		if (longest < wire_bound(s->handlers[i].type))
			longest = wire_bound(s->handlers[i].type);
	return longest;
}

static void
start(struct loop *l, const struct service *s)
{
	l->service = s;
	l->now = clock_now().boot_ms;
	l->longest = longest_request(s);
	rooms_start(&l->rooms);
	for (size_t i = 0; i < s->ndoors; i++) {
		l->gates[i].tokens = s->limits.burst * 1000;
		l->gates[i].tokens_at = l->now;
	}
	for (size_t i = 0; i < s->nticks; i++)
		l->due[i] = l->now + s->ticks[i].every_ms;
}

enum err
service_new(const struct service *s, struct loop **out)
{
	void *at;

	if (s->ndoors > SERVICE_DOORS || s->nticks > LOOP_TICKS)
		return log_err(ERR_LIMIT, "more than %d peers or %d ticks",
		    SERVICE_DOORS, LOOP_TICKS);
	/* Else the peers of one door could leave none to the others. */
	TRY(daemon_want_files(SERVICE_CONNECTIONS + s->ndoors + OWN_FILES));
	at = mmap(NULL, sizeof(**out), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return log_errno("memory to serve with");
	*out = at;
	start(*out, s);
	return ERR_OK;
}

void
service_drop(struct loop **l)
{
	if (*l == NULL)
		return;
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
		if ((*l)->conns[i].link.ops != NULL)
			conn_close(*l, &(*l)->conns[i]);
	explicit_bzero(*l, sizeof(**l));
	munmap(*l, sizeof(**l));
	*l = NULL;
}

static struct conn *
free_slot(struct loop *l)
{
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
		if (l->conns[i].link.ops == NULL)
			return &l->conns[i];
	return NULL;
}

/* No peer can take another's place: each has its share of the slots. */
static bool
is_full(const struct loop *l, const struct gate *g)
{
	const size_t share = SERVICE_CONNECTIONS / l->service->ndoors;

	return g->connections >= l->service->limits.connections ||
	    g->connections >= share;
}

enum err
service_admit(struct loop *l, size_t door, struct link *link)
{
	struct gate *g = &l->gates[door];
	struct conn *c = is_full(l, g) ? NULL : free_slot(l);

	if (c == NULL) {
		g->tally.crowded++;
		turn_away(l, link);
		return ERR_LIMIT;
	}
	*c = (struct conn){
		.link = GIVE(*link, (struct link){ 0 }),
		.door = door,
		.half_until = LOOP_NEVER,
		.unread_until = LOOP_NEVER,
	};
	g->connections++;
	g->tally.accepted++;
	return ERR_OK;
}

static void
accept_some(struct loop *l, size_t door)
{
	const struct door *d = &l->service->doors[door];
	struct link link = { 0 };
	enum err e = ERR_OK;

	for (int i = 0; i < ACCEPT_TURN && (e == ERR_OK || e == ERR_AUTH);
	    i++) {
		e = d->accept != NULL ? d->accept(d, &link) :
		    unix_accept(d->fd, d->uid, &link);
		if (e == ERR_OK) {
			/* One too many was told so, and is gone. */
			(void)!service_admit(l, door, &link);
		} else if (e == ERR_AUTH) {
			l->gates[door].tally.strangers++;
			conn_complain(l, door, "somebody else at its socket");
		}
	}
	/* Else the loop would turn without end until one is closed. */
	if (e == ERR_LIMIT || e == ERR_HARDWARE)
		l->gates[door].paused_until = l->now + PAUSE_MS;
}

static short
events_of(struct loop *l, const struct conn *c)
{
	return (short)((c->out_len > 0 ? POLLOUT : 0) |
	    (conn_wants_input(l, c) ? POLLIN : 0));
}

/* What to wait for on its descriptor, unless there is no need to wait. */
static struct pollfd
watch(struct loop *l, const struct conn *c)
{
	struct pollfd p = { .fd = link_fd(&c->link) };

	if (link_ready(&c->link, events_of(l, c), &p.events) != 0)
		l->at_once = true;
	/* Such a descriptor is not even to say that its peer has gone. */
	if (p.events == 0 && c->link.ops->ready != NULL)
		p.fd = -1;
	return p;
}

static void *
self_of(const struct service *s, const struct watch *w)
{
	return w->self != NULL ? w->self : s->self;
}

static bool
waits(const struct service *s, const struct watch *w, int *fd, int *left_ms)
{
	return w->wait != NULL && w->wait(self_of(s, w), fd, left_ms);
}

/* What is watched first, then the doors; a slot that is not to be waited for
 * has the descriptor -1. */
static void
prepare(struct loop *l)
{
	const struct service *s = l->service;
	struct pollfd *p = l->fds;
	int left_ms;

	for (size_t i = 0; i < SERVICE_WATCHES; i++, p++) {
		*p = (struct pollfd){ .fd = -1, .events = POLLIN };
		if (!waits(s, &s->watch[i], &p->fd, &left_ms))
			p->fd = -1;
	}
	for (size_t i = 0; i < s->ndoors; i++)
		*p++ = (struct pollfd){
			.fd = l->now < l->gates[i].paused_until ? -1 :
			    s->doors[i].fd,
			.events = POLLIN,
		};
	l->at_once = false;
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
		*p++ = l->conns[i].link.ops != NULL ?
		    watch(l, &l->conns[i]) : (struct pollfd){ .fd = -1 };
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When something is due although nothing happens: now, if work is left. */
static uint64_t
next_due(const struct loop *l)
{
	const struct service *s = l->service;
	uint64_t due = LOOP_NEVER;

	for (size_t i = 0; i < s->nticks; i++)
		due = earlier(due, l->due[i]);
	for (size_t i = 0; i < s->ndoors; i++)
		if (l->gates[i].paused_until > l->now)
			due = earlier(due, l->gates[i].paused_until);
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++) {
		const struct conn *c = &l->conns[i];

		if (c->link.ops == NULL)
			continue;
		due = earlier(due, earlier(c->half_until, c->unread_until));
		if (conn_ready(l, c))
			due = l->now;
	}
	return due;
}

/* Its time is the kernel's, whatever clock the service goes by. */
static uint64_t
watch_left(const struct service *s, const struct watch *w)
{
	int fd, left_ms;

	return waits(s, w, &fd, &left_ms) ? (uint64_t)left_ms : LOOP_NEVER;
}

static enum err
run_watches(struct loop *l)
{
	const struct service *s = l->service;

	for (size_t i = 0; i < SERVICE_WATCHES; i++) {
		const struct watch *w = &s->watch[i];
		const uint64_t left_ms = watch_left(s, w);

		if (left_ms == 0 || (left_ms != LOOP_NEVER &&
		    l->fds[i].revents != 0))
			TRY(w->run(self_of(s, w)));
	}
	return ERR_OK;
}

/* SIGTERM arrives only in here, so that no turn is ever cut short. */
static enum err
wait_for_events(struct loop *l, int wait_ms)
{
	const uint64_t due = next_due(l);
	uint64_t ms = due == LOOP_NEVER ? LOOP_NEVER :
	    due > l->now ? due - l->now : 0;
	struct timespec limit;
	sigset_t none;

	if (l->at_once)
		ms = 0;
	for (size_t i = 0; i < SERVICE_WATCHES; i++)
		ms = earlier(ms, watch_left(l->service,
		    &l->service->watch[i]));
	if (wait_ms >= 0)
		ms = earlier(ms, (uint64_t)wait_ms);
	limit = (struct timespec){
		.tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000,
	};
	sigemptyset(&none);
	if (ppoll(l->fds, SERVICE_WATCHES + l->service->ndoors +
	    SERVICE_CONNECTIONS,
	    ms == LOOP_NEVER ? NULL : &limit, &none) == -1) {
		if (errno != EINTR)
			return log_errno("poll");
		for (size_t i = 0; i < sizeof(l->fds) / sizeof(l->fds[0]);
		    i++)
			l->fds[i].revents = 0;
	}
	l->now = clock_now().boot_ms;
	return ERR_OK;
}

static enum err
run_ticks(struct loop *l)
{
	const struct service *s = l->service;

	for (size_t i = 0; i < s->nticks; i++)
		if (l->now >= l->due[i]) {
			l->due[i] = l->now + s->ticks[i].every_ms;
			TRY(s->ticks[i].run(s->self));
		}
	return ERR_OK;
}

static void
move_bytes(struct loop *l, struct conn *c, const struct pollfd *p)
{
	/* Links whose descriptor does not say it, or is not there, are always
	 * looked at. */
	const int seen = p->fd >= 0 && c->link.ops->ready == NULL ?
	    p->revents : POLLIN | POLLOUT;

	/* Nobody is left who could be answered. */
	if ((seen & (POLLHUP | POLLERR | POLLNVAL)) != 0)
		c->gone = true;
	if ((seen & POLLOUT) != 0 && c->out_len > 0 && !c->gone)
		conn_flush(l, c);
	if ((seen & POLLIN) != 0 && !c->gone)
		conn_receive(l, c);
}

static void
for_each(struct loop *l, void (*act)(struct loop *, struct conn *))
{
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
		if (l->conns[i].link.ops != NULL)
			act(l, &l->conns[i]);
}

enum err
service_turn(struct loop *l, int wait_ms)
{
	const size_t ndoors = l->service->ndoors;
	const struct pollfd *doors = l->fds + SERVICE_WATCHES;
	const struct pollfd *conns = doors + ndoors;
	enum err e;

	prepare(l);
	TRY(wait_for_events(l, wait_ms));
	TRY(run_ticks(l));
	TRY(run_watches(l));
	turn_release(l);
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
		if (l->conns[i].link.ops != NULL)
			move_bytes(l, &l->conns[i], &conns[i]);
	for (size_t i = 0; i < ndoors; i++)
		if ((doors[i].revents & POLLIN) != 0)
			accept_some(l, i);
	e = turn_run(l);
	for_each(l, conn_settle);
	return e;
}

enum err
service_run(struct loop *l)
{
	while (!daemon_stopping())
		TRY(service_turn(l, -1));
	return ERR_OK;
}

const struct tally *
service_tally(const struct loop *l, size_t door)
{
	return &l->gates[door].tally;
}
