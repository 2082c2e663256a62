/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/call.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "link/frame.h"
#include "link/unix.h"

/* What a server says that signs what it is asked for just now, and how often
 * it is asked once more. */
#define PENDING "keys.pending"
#define ASK_TIMES 40
#define ASK_EVERY_MS 250

#define SIDE ((size_t)FRAME_HEAD + FRAME_MAX)

static uint8_t *
answer_room(const struct call *c)
{
	return c->room + SIDE;
}

enum err
call_over(struct call *c, struct link *link)
{
	void *room = mmap(NULL, 2 * SIDE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*c = (struct call){ 0 };
	if (room == MAP_FAILED)
		return log_errno("room for messages");
	c->room = room;
	c->link = GIVE(*link, (struct link){ 0 });
	return ERR_OK;
}

enum err
call_open(struct call *c, const char *path, uid_t server, unsigned timeout_ms)
{
	struct link link OWNED(link_drop) = { 0 };

	*c = (struct call){ 0 };
	TRY(unix_connect(path, server, timeout_ms, &link));
	return call_over(c, &link);
}

void
call_close(struct call *c)
{
	link_drop(&c->link);
	if (c->room != NULL) {
		explicit_bzero(c->room, SIDE + c->held);
		munmap(c->room, 2 * SIDE);
	}
	*c = (struct call){ 0 };
}

/* Nothing more is to be had from this connection. */
static enum err
give_up(struct call *c, enum err e)
{
	link_drop(&c->link);
	return e;
}

/* BUSY past the deadline, and on a link that one cannot wait for. */
static enum err
wait_until(const struct call *c, short events, uint64_t deadline)
{
	struct pollfd p = { .fd = link_fd(&c->link) };
	const uint64_t now = clock_now().boot_ms;
	const uint64_t left = now < deadline ? deadline - now : 0;
	const struct timespec wait = {
		.tv_sec = (time_t)(left / 1000),
		.tv_nsec = (long)(left % 1000) * 1000000,
	};

	if (link_ready(&c->link, events, &p.events) != 0)
		return ERR_OK;
	/* Events that bring nothing must not hold us past the end. */
	if (p.fd < 0 || (left == 0 && c->link.ops->ready != NULL))
		return ERR_BUSY;
	switch (ppoll(&p, 1, &wait, NULL)) {
	case -1:
		return errno == EINTR ? ERR_OK : log_errno("poll");
	case 0:
		return ERR_BUSY;
	default:
		return ERR_OK;
	}
}

static enum err
send_all(struct call *c, const uint8_t *at, size_t len, uint64_t deadline)
{
	while (len > 0) {
		size_t n = 0;
		enum err e = link_send(&c->link, at, len, &n);

		if (e == ERR_BUSY)
			e = wait_until(c, POLLOUT, deadline);
		if (e != ERR_OK)
			return e;
		at += n;
		len -= n;
	}
	return ERR_OK;
}

static enum err
send_until(struct call *c, const struct msg *request, uint64_t deadline)
{
	struct span envelope = { c->room + FRAME_HEAD, 0 };
	enum err e;

	if (c->link.ops == NULL)
		return ERR_HARDWARE;
	TRY(wire_encode(request, c->room + FRAME_HEAD, FRAME_MAX,
	    &envelope.len));
	TRY(wire_body(envelope, &c->body));
	frame_head(envelope.len, c->room);
	e = send_all(c, c->room, FRAME_HEAD + envelope.len, deadline);
	/* A server that hangs up has said why before. */
	return e == ERR_OK || e == ERR_HARDWARE ? ERR_OK : give_up(c, e);
}

static uint64_t
deadline_of(unsigned timeout_ms)
{
	return clock_now().boot_ms + timeout_ms;
}

enum err
call_send(struct call *c, const struct msg *request, unsigned timeout_ms)
{
	return send_until(c, request, deadline_of(timeout_ms));
}

static enum err
receive_more(struct call *c, uint64_t deadline)
{
	size_t n = 0;
	enum err e = link_receive(&c->link, answer_room(c) + c->held,
	    SIDE - c->held, &n);

	if (e == ERR_BUSY)
		return wait_until(c, POLLIN, deadline);
	c->held += n;
	return e == ERR_NOT_FOUND ? ERR_HARDWARE : e;
}

/* The frame that was handed out before is no longer looked at. */
static void
drop_used(struct call *c)
{
	uint8_t *room = answer_room(c);

	memmove(room, room + c->used, c->held - c->used);
	explicit_bzero(room + c->held - c->used, c->used);
	c->held -= c->used;
	c->used = 0;
}

static enum err
receive_until(struct call *c, struct msg *m, uint64_t deadline)
{
	struct span envelope;
	enum err e;

	if (c->link.ops == NULL)
		return ERR_HARDWARE;
	drop_used(c);
	while ((e = frame_parse((struct span){ answer_room(c), c->held },
	    FRAME_MAX, &envelope, &c->used)) == ERR_BUSY) {
		c->used = 0;
		e = receive_more(c, deadline);
		if (e != ERR_OK)
			return give_up(c, e);
	}
	if (e == ERR_OK)
		e = wire_decode(envelope, m);
	if (e == ERR_OK)
		return ERR_OK;
	c->used = 0;
	return give_up(c, ERR_MALFORMED);
}

enum err
call_wait(struct call *c, unsigned timeout_ms)
{
	if (c->link.ops == NULL)
		return ERR_HARDWARE;
	if (c->held > c->used)
		return ERR_OK;
	TRY(wait_until(c, POLLIN, deadline_of(timeout_ms)));
	return wait_until(c, POLLIN, 0);	/* it may have been a signal */
}

enum err
call_receive(struct call *c, struct msg *m, unsigned timeout_ms)
{
	wire_wipe(m);
	return receive_until(c, m, deadline_of(timeout_ms));
}

/* Does the answer belong to the request?  An error need not know its id. */
static bool
belongs(const struct msg *request, enum msg_type want, struct msg *answer)
{
	/* wire_request_id() looks only, but gives what may be written. */
	const struct wire_uuid *asked =
	    wire_request_id((struct msg *)(uintptr_t)request);
	const struct wire_uuid *said = wire_request_id(answer);

	if (answer->type == MSG_error)
		said = answer->error.has_request_id ?
		    &answer->error.request_id : NULL;
	else if (answer->type != want)
		return false;
	return said == NULL || (asked != NULL &&
	    span_equal(WIRE_SPAN(*asked), WIRE_SPAN(*said)));
}

enum err
call_ask(struct call *c, const struct msg *request, enum msg_type want,
    struct msg *answer, unsigned timeout_ms)
{
	const uint64_t deadline = deadline_of(timeout_ms);

	wire_wipe(answer);
	TRY(send_until(c, request, deadline));
	TRY(receive_until(c, answer, deadline));
	if (!belongs(request, want, answer)) {
		wire_wipe(answer);
		return give_up(c, ERR_MALFORMED);
	}
	return answer->type == MSG_error ? ERR_DENIED : ERR_OK;
}

static bool
is_pending(const struct msg *m)
{
	return m->type == MSG_error && m->error.code == WIRE_code_busy &&
	    span_equal(WIRE_SPAN(m->error.reason), span_text(PENDING));
}

enum err
call_ask_again(struct call *c, const struct msg *request, enum msg_type want,
    struct msg *answer, unsigned timeout_ms)
{
	const struct timespec pause = { .tv_nsec = ASK_EVERY_MS * 1000000 };
	enum err e = ERR_DENIED;

	for (int i = 0; i < ASK_TIMES; i++) {
		e = call_ask(c, request, want, answer, timeout_ms);
		if (e != ERR_DENIED || !is_pending(answer))
			break;
		(void)!ppoll(NULL, 0, &pause, NULL);
	}
	return e;
}

void
call_forget(struct call *c)
{
	explicit_bzero(c->room, SIDE);
	c->body = (struct span){ 0 };
}

struct span
call_body(const struct call *c)
{
	return c->body;
}
