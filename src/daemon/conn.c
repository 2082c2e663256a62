/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/loop.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"

#define QUIET_MS 60000

struct gate *
conn_gate(struct loop *l, const struct conn *c)
{
	return &l->gates[c->door];
}

void
conn_complain(struct loop *l, size_t door, const char *why)
{
	const char *vm_id = l->service->doors[door].vm_id;
	struct gate *g = &l->gates[door];

	if (l->now < g->quiet_until) {
		g->unsaid++;
		return;
	}
	if (g->unsaid > 0)
		log_line("peer %s: %s (%" PRIu64 " more before)", vm_id, why,
		    g->unsaid);
	else
		log_line("peer %s: %s", vm_id, why);
	g->unsaid = 0;
	g->quiet_until = l->now + QUIET_MS;
}

static void
drop(struct loop *l, struct conn *c, const char *why)
{
	c->gone = true;
	conn_gate(l, c)->tally.dropped++;
	conn_complain(l, c->door, why);
}

/* Memory on the peer's account. */
static enum err
take(struct loop *l, struct conn *c, size_t want, struct room *out)
{
	struct gate *g = conn_gate(l, c);

	if (g->bytes + room_size(want) > l->service->limits.memory)
		return ERR_LIMIT;
	TRY(room_take(&l->rooms, want, out));
	g->bytes += out->cap;
	return ERR_OK;
}

static void
give(struct loop *l, struct conn *c, struct room *room)
{
	conn_gate(l, c)->bytes -= room->cap;
	room_give(&l->rooms, room);
}

/* More room around the len bytes that are there. */
static enum err
grow(struct loop *l, struct conn *c, struct room *room, size_t len,
    size_t want)
{
	struct room larger = { 0 };

	if (want <= room->cap)
		return ERR_OK;
	TRY(take(l, c, want, &larger));
	if (len > 0)
		memcpy(larger.at, room->at, len);
	give(l, c, room);
	*room = larger;
	return ERR_OK;
}

enum err
conn_frame(const struct loop *l, const struct conn *c, struct span *envelope,
    size_t *whole)
{
	return frame_parse((struct span){ c->in.at + c->in_at,
	    c->in_len - c->in_at }, l->longest, envelope, whole);
}

/* Bytes that are no frame are handled too: they get an error. */
bool
conn_ready(const struct loop *l, const struct conn *c)
{
	struct span envelope;
	size_t whole;

	return !c->ending && !c->gone && c->out_len == 0 &&
	    c->held.len == 0 && c->waits == WAITS_NOT &&
	    c->in_len > c->in_at &&
	    conn_frame(l, c, &envelope, &whole) != ERR_BUSY;
}

/* The room that the frame needs which is being received. */
static size_t
room_wanted(const struct loop *l, const struct conn *c)
{
	struct span envelope;
	size_t whole = FRAME_HEAD;

	if (c->in_len > 0)
		(void)!conn_frame(l, c, &envelope, &whole);
	return room_size(whole);
}

bool
conn_wants_input(struct loop *l, const struct conn *c)
{
	size_t want;

	if (c->eof || c->ending || c->gone || c->out_len > 0 ||
	    c->held.len > 0 || c->waits != WAITS_NOT || conn_ready(l, c))
		return false;
	want = room_wanted(l, c);
	return want <= c->in.cap ||
	    conn_gate(l, c)->bytes + want <= l->service->limits.memory;
}

void
conn_receive(struct loop *l, struct conn *c)
{
	size_t n = 0;
	enum err e;

	if (!conn_wants_input(l, c))
		return;
	if (grow(l, c, &c->in, c->in_len, room_wanted(l, c)) != ERR_OK) {
		drop(l, c, "no memory for what it sends");
		return;
	}
	e = link_receive(&c->link, c->in.at + c->in_len,
	    c->in.cap - c->in_len, &n);
	c->in_len += n;
	if (e == ERR_NOT_FOUND)
		c->eof = true;
	else if (e != ERR_OK && e != ERR_BUSY)
		c->gone = true;
}

/* What the link does not take now waits; nothing is read meanwhile. */
static void
keep(struct loop *l, struct conn *c, const uint8_t *at, size_t len)
{
	if (grow(l, c, &c->out, c->out_len, c->out_len + len) != ERR_OK) {
		drop(l, c, "does not take its answers; no more memory");
		return;
	}
	c->unread_until = l->now + l->service->limits.unread_ms;
	memcpy(c->out.at + c->out_len, at, len);
	c->out_len += len;
}

void
conn_send(struct loop *l, struct conn *c, const uint8_t *at, size_t len)
{
	enum err e = ERR_OK;
	size_t n;

	while (e == ERR_OK && len > 0 && c->out_len == 0) {
		n = 0;
		e = link_send(&c->link, at, len, &n);
		at += n;
		len -= n;
	}
	if (e != ERR_OK && e != ERR_BUSY)
		c->gone = true;
	else if (len > 0)
		keep(l, c, at, len);
}

void
conn_flush(struct loop *l, struct conn *c)
{
	enum err e = ERR_OK;
	size_t n;

	while (e == ERR_OK && c->out_at < c->out_len) {
		n = 0;
		e = link_send(&c->link, c->out.at + c->out_at,
		    c->out_len - c->out_at, &n);
		c->out_at += n;
	}
	if (e != ERR_OK && e != ERR_BUSY)
		c->gone = true;
	if (c->out_at < c->out_len)
		return;
	give(l, c, &c->out);
	c->out_at = c->out_len = 0;
	c->unread_until = LOOP_NEVER;
}

void
conn_hold(struct loop *l, struct conn *c, struct kept *to, struct span frame)
{
	if (c->gone)
		return;
	if (grow(l, c, &to->room, to->len, to->len + frame.len) != ERR_OK) {
		drop(l, c, "no memory for answers that have to wait");
		return;
	}
	memcpy(to->room.at + to->len, frame.at, frame.len);
	to->len += frame.len;
}

static void
forget_held(struct loop *l, struct conn *c)
{
	give(l, c, &c->held.room);
	give(l, c, &c->lost.room);
	c->held.len = c->lost.len = 0;
}

void
conn_release(struct loop *l, struct conn *c, bool lose)
{
	const struct kept *k = lose ? &c->lost : &c->held;

	if (!c->gone)
		conn_send(l, c, k->room.at, k->len);
	forget_held(l, c);
}

/* Move what was not handled to the front, over what was. */
static void
forget_handled(struct loop *l, struct conn *c)
{
	const size_t left = c->in_len - c->in_at;

	if (left == 0) {
		give(l, c, &c->in);
	} else if (c->in_at > 0) {
		memmove(c->in.at, c->in.at + c->in_at, left);
		explicit_bzero(c->in.at + left, c->in_at);
	}
	c->in_len = left;
	c->in_at = 0;
}

static void
watch_half_frame(struct loop *l, struct conn *c, bool progress)
{
	if (c->in_len == 0 || conn_ready(l, c) || c->out_len > 0 ||
	    c->held.len > 0 || c->waits != WAITS_NOT)
		c->half_until = LOOP_NEVER;
	else if (progress || c->half_until == LOOP_NEVER)
		c->half_until = l->now + l->service->limits.half_ms;
}

void
conn_settle(struct loop *l, struct conn *c)
{
	const bool progress = c->in_at > 0;

	forget_handled(l, c);
	c->owed = 0;
	c->owed_bytes = 0;
	watch_half_frame(l, c, progress);
	if (l->now >= c->half_until && !c->gone)
		drop(l, c, "did not finish a frame");
	if (l->now >= c->unread_until && !c->gone)
		drop(l, c, "does not take its answers");
	/* The end was not seen before all that stood before it was handled. */
	if (c->gone || (c->out_len == 0 && c->held.len == 0 &&
	    c->waits == WAITS_NOT && (c->ending || c->eof)))
		conn_close(l, c);
}

void
conn_close(struct loop *l, struct conn *c)
{
	give(l, c, &c->in);
	give(l, c, &c->out);
	forget_held(l, c);
	link_drop(&c->link);
	conn_gate(l, c)->connections--;
	/* A descriptor has become free. */
	for (size_t i = 0; i < l->service->ndoors; i++)
		l->gates[i].paused_until = 0;
	*c = (struct conn){ 0 };
}
