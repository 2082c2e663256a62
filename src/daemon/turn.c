/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/loop.h"

#include <string.h>

#include "base/log.h"
#include "wire/reasons.h"

/* A connection is served on in a turn until its answers may have this much;
 * so what a peer that does not read can leave with us is bounded. */
#define OWED_BYTES 65536

static struct peer
peer_of(const struct loop *l, const struct conn *c)
{
	const struct door *d = &l->service->doors[c->door];

	return (struct peer){ d->vm_id, d->uid, c->door };
}

/* A refusal that no handler has seen. */
static void
refuse(struct loop *l, struct pending *p, enum reason why,
    const struct wire_uuid *id)
{
	const struct peer peer = peer_of(l, p->conn);

	reason_refuse(why, id, &p->out);
	if (l->service->refused != NULL)
		l->service->refused(l->service->self, &peer, why);
}

/* NULL if it has none, or left it out. */
static const struct wire_uuid *
id_of(struct msg *m)
{
	const struct wire_uuid *id = wire_request_id(m);

	return id != NULL && id->len > 0 ? id : NULL;
}

/* The error takes over the id that the answer was made with. */
static void
replace(struct pending *p, enum reason why)
{
	const struct wire_uuid *said = id_of(&p->out);
	const struct wire_uuid id = said != NULL ? *said :
	    (struct wire_uuid){ 0 };

	reason_refuse(why, said != NULL ? &id : NULL, &p->out);
}

/* What a peer is told when a handler, or the decoder, has only an error. */
static enum reason
reason_of(enum err e)
{
	switch (e) {
	case ERR_MALFORMED:
		return REASON_message_malformed;
	case ERR_STATE:
		return REASON_request_state;
	case ERR_LIMIT:
	case ERR_BUSY:
		return REASON_limit_table;
	case ERR_OK:
	case ERR_DENIED:
	case ERR_AUTH:
	case ERR_NOT_FOUND:
	case ERR_HARDWARE:
	case ERR_INTERNAL:
		break;
	}
	return REASON_internal_fault;
}

static const struct handler *
handler_of(const struct service *s, enum msg_type type)
{
	for (size_t i = 0; i < s->nhandlers; i++)
		if (s->handlers[i].type == type)
			return &s->handlers[i];
	return NULL;
}

/* The peer's bucket holds burst requests and fills with rate a second. */
static bool
take_token(struct loop *l, struct gate *g)
{
	const struct limits *limit = &l->service->limits;
	const uint64_t full = limit->burst * 1000;
	uint64_t gained = (l->now - g->tokens_at) * limit->rate;

	g->tokens_at = l->now;
	g->tokens = gained >= full - g->tokens ? full : g->tokens + gained;
	if (g->tokens < 1000)
		return false;
	g->tokens -= 1000;
	return true;
}

/* It is handled again, and counted then. */
static void
put_off(struct loop *l, struct conn *c)
{
	c->waits = WAITS_AGAIN;
	conn_gate(l, c)->tokens += 1000;
	conn_gate(l, c)->tally.served--;
}

/* A request that is a message of ours. */
static void
serve(struct loop *l, struct pending *p)
{
	const struct service *s = l->service;
	const struct handler *h = handler_of(s, l->in.type);
	const struct wire_uuid *id = id_of(&l->in);
	struct gate *g = conn_gate(l, p->conn);
	const struct peer peer = peer_of(l, p->conn);
	enum err e;

	if (h == NULL) {
		refuse(l, p, REASON_message_type, id);
	} else if (s->hold.defers != NULL &&
	    s->hold.defers(s->self, l->in.type)) {
		p->conn->waits = WAITS_VERDICT;
		l->holding = true;
	} else if (!take_token(l, g)) {
		refuse(l, p, REASON_limit_rate, id);
		p->out.error.has_retry_after = true;
		p->out.error.retry_after = 1;
		g->tally.limited++;
	} else if ((h->states & *s->state) == 0) {
		refuse(l, p, REASON_request_state, id);
	} else {
		l->handled = true;
		e = h->serve(s->self, &peer, p->body, &l->in, &p->out);
		if (e != ERR_OK)
			refuse(l, p, reason_of(e), id);
		g->tally.served++;
		if (p->out.type == MSG_NONE && s->hold.again != NULL)
			put_off(l, p->conn);
	}
}

/* What is no message; the first of such bytes are the last that are read. */
static void
refuse_bytes(struct loop *l, struct pending *p, enum reason why)
{
	conn_gate(l, p->conn)->tally.malformed++;
	conn_complain(l, p->conn->door, reason_text(why));
	refuse(l, p, why, NULL);
}

/* Does this answer end the connection? */
static bool
is_last(const struct msg *m)
{
	return m->type == MSG_error && (m->error.code == WIRE_code_malformed ||
	    m->error.code == WIRE_code_too_large ||
	    m->error.code == WIRE_code_unsupported);
}

static void
decode_and_serve(struct loop *l, struct pending *p, struct span envelope)
{
	switch (wire_decode(envelope, &l->in)) {
	case ERR_OK:
		if (wire_body(envelope, &p->body) == ERR_OK)
			serve(l, p);
		else
			refuse(l, p, REASON_internal_fault, NULL);
		break;
	case ERR_NOT_FOUND:
		refuse_bytes(l, p, REASON_message_type);
		break;
	case ERR_LIMIT:
		refuse_bytes(l, p, REASON_message_length);
		break;
	case ERR_MALFORMED:
	case ERR_DENIED:
	case ERR_STATE:
	case ERR_AUTH:
	case ERR_BUSY:
	case ERR_HARDWARE:
	case ERR_INTERNAL:
		refuse_bytes(l, p, REASON_message_malformed);
		break;
	}
	wire_wipe(&l->in);
}

static void
handle_next(struct loop *l, struct conn *c)
{
	struct pending *p = &l->pending[l->npending++];
	struct span envelope;
	size_t whole;
	enum err e;

	p->conn = c;
	p->body = (struct span){ 0 };
	wire_wipe(&p->out);
	e = conn_frame(l, c, &envelope, &whole);
	if (e == ERR_OK) {
		c->in_at += whole;
		decode_and_serve(l, p, envelope);
	} else {
		refuse_bytes(l, p, e == ERR_LIMIT ? REASON_message_length :
		    REASON_message_frame);
	}
	if (c->waits != WAITS_NOT) {
		c->in_at -= whole;
		l->npending--;
		return;
	}
	if (is_last(&p->out))
		c->ending = true;
	c->owed++;
	c->owed_bytes += wire_bound(p->out.type);
}

/* One request of each connection that has one; true if there may be more.
 * Whoever is not reached is the first of the next turn. */
static bool
pass(struct loop *l)
{
	const size_t before = l->npending, first = l->first;

	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++) {
		size_t at = (first + i) % SERVICE_CONNECTIONS;
		struct conn *c = &l->conns[at];

		if (l->npending == SERVICE_TURN) {
			l->first = at;
			return false;
		}
		if (c->link.ops != NULL && conn_ready(l, c) &&
		    c->owed < SERVICE_OUTSTANDING &&
		    c->owed_bytes < OWED_BYTES)
			handle_next(l, c);
	}
	return l->npending > before;
}

static enum err
try_encode(const struct msg *m, uint8_t *at, size_t *len)
{
	return wire_encode(m, at + FRAME_HEAD, wire_bound(m->type), len);
}

/* As a frame, for which there is room; an answer that breaks its own rows is
 * our fault. */
static size_t
encode(struct pending *p, uint8_t *at)
{
	size_t len = 0;
	enum err e = try_encode(&p->out, at, &len);

	if (e != ERR_OK) {
		log_line("%s cannot be encoded: %s", wire_name(p->out.type),
		    err_text(e));
		replace(p, REASON_internal_fault);
		e = try_encode(&p->out, at, &len);
	}
	if (e != ERR_OK) {
		/* Then it is the id that cannot be. */
		reason_refuse(REASON_internal_fault, NULL, &p->out);
		e = try_encode(&p->out, at, &len);
	}
	if (e != ERR_OK)
		return 0;
	frame_head(len, at);
	return FRAME_HEAD + len;
}

static size_t
finish(struct loop *l, struct pending *p, uint8_t *at)
{
	const struct service *s = l->service;
	const struct peer peer = peer_of(l, p->conn);

	if (p->out.type != MSG_error && s->finish != NULL &&
	    s->finish(s->self, &peer, p->body, &p->out) != ERR_OK)
		replace(p, REASON_internal_fault);
	if (p->out.type == MSG_error)
		conn_gate(l, p->conn)->tally.refused++;
	return encode(p, at);
}

static void
send_frames(struct loop *l, struct conn *c, size_t *len)
{
	if (!c->gone && *len > 0)
		conn_send(l, c, l->frame, *len);
	explicit_bzero(l->frame, *len);
	*len = 0;
}

static bool
needs_verdict(const struct loop *l, const struct pending *p)
{
	const struct service *s = l->service;

	return p->out.type != MSG_error && s->hold.needs != NULL &&
	    s->hold.needs(s->self, p->body);
}

/* What stands in its place if it is lost is made at once: later there would
 * be no request to make it of. */
static void
hold(struct loop *l, struct pending *p, bool needs)
{
	size_t len = finish(l, p, l->frame);

	conn_hold(l, p->conn, &p->conn->held, (struct span){ l->frame, len });
	if (needs) {
		explicit_bzero(l->frame, len);
		replace(p, l->service->hold.lost);
		len = encode(p, l->frame);
	}
	conn_hold(l, p->conn, &p->conn->lost, (struct span){ l->frame, len });
	explicit_bzero(l->frame, len);
	l->holding = true;
}

static void
wait_no_more(struct loop *l, enum waits for_what)
{
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
		if (l->conns[i].waits == for_what)
			l->conns[i].waits = WAITS_NOT;
}

void
turn_release(struct loop *l)
{
	const struct service *s = l->service;
	const enum verdict v = l->holding ? s->hold.verdict(s->self) : HOLD_ON;

	if (s->hold.again != NULL && s->hold.again(s->self))
		wait_no_more(l, WAITS_AGAIN);
	if (v == HOLD_ON)
		return;
	l->holding = false;
	wait_no_more(l, WAITS_VERDICT);
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++) {
		if (l->conns[i].link.ops != NULL && l->conns[i].held.len > 0)
			conn_release(l, &l->conns[i], v == HOLD_LOSE);
	}
}

/* All answers of one connection, from its first in the turn on: one call of
 * the kernel takes as many as there is room for.  An error, which any of them
 * may become, is no longer than the least of their bounds. */
static void
answer_all(struct loop *l, size_t first)
{
	struct conn *c = l->pending[first].conn;
	size_t len = 0;

	for (size_t i = first; i < l->npending; i++) {
		struct pending *p = &l->pending[i];
		bool needs;

		if (p->conn != c)
			continue;
		needs = needs_verdict(l, p);
		if (needs || c->held.len > 0 || len + FRAME_HEAD +
		    wire_bound(p->out.type) > sizeof(l->frame))
			send_frames(l, c, &len);
		if (needs || c->held.len > 0)
			hold(l, p, needs);
		else if (!c->gone)
			len += finish(l, p, l->frame + len);
		wire_wipe(&p->out);
		p->conn = NULL;
	}
	send_frames(l, c, &len);
}

static enum err
commit(struct loop *l)
{
	const struct service *s = l->service;
	enum err e = ERR_OK;

	if (l->handled && s->commit != NULL)
		e = s->commit(s->self);
	if (e == ERR_OK)
		return ERR_OK;
	for (size_t i = 0; i < l->npending; i++)
		if (l->pending[i].out.type != MSG_error) {
			conn_gate(l, l->pending[i].conn)->tally.uncommitted++;
			replace(&l->pending[i], REASON_state_commit);
		}
	return e == ERR_INTERNAL ? e : ERR_OK;
}

enum err
turn_run(struct loop *l)
{
	enum err e;

	l->npending = 0;
	l->handled = false;
	while (pass(l))
		;
	e = commit(l);
	for (size_t i = 0; i < l->npending; i++)
		if (l->pending[i].conn != NULL)
			answer_all(l, i);
	turn_release(l);
	return e;
}

/* It has no connection, so this must not wait. */
void
turn_away(struct loop *l, struct link *link)
{
	struct pending *p = &l->pending[0];
	size_t len, sent;

	reason_refuse(REASON_limit_connections, NULL, &p->out);
	p->out.error.has_retry_after = true;
	p->out.error.retry_after = 1;
	len = encode(p, l->frame);
	(void)!link_send(link, l->frame, len, &sent);
	link_drop(link);
}
