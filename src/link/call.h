/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINK_CALL_H
#define LINK_CALL_H

/*
 * A client's side of a connection: ask, and wait for the answer, not for
 * ever.  Whatever goes wrong but an answer of the kind `error` ends the
 * connection, for nobody could say any more which answer is whose.
 *
 *	NOT_FOUND	nobody listens there
 *	AUTH		somebody does, but not the server that we want
 *	BUSY		it took too long
 *	HARDWARE	the connection broke, or was closed
 *	MALFORMED	what came is no message, or not an answer to this
 *	DENIED		the answer is an `error`; the message says which
 *
 * Knows wire/.  Does not know whether an answer is true: see its signature.
 */

#include <sys/types.h>

#include "base/err.h"
#include "base/link.h"
#include "base/span.h"
#include "wire/wire.h"

struct call {
	struct link	 link;
	uint8_t		*room;		/* the request, then the answer */
	size_t		 held;		/* bytes received */
	size_t		 used;		/* of these, already handed out */
	struct span	 body;
};

/* Connect to the Unix socket at path, whose server must run as this uid. */
enum err call_open(struct call *c, const char *path, uid_t server,
    unsigned timeout_ms);

/* The same over any link, which is taken. */
enum err call_over(struct call *c, struct link *link);

/* Hang up, and forget all bytes; made for OWNED.  Accepts a zeroed one. */
void call_close(struct call *c);

/* Send one request.  Of several that were sent, answers come in order. */
enum err call_send(struct call *c, const struct msg *request,
    unsigned timeout_ms);

/* Wait for something to take.  Here BUSY, when nothing has come, and what
 * interrupts leave the connection as it is. */
enum err call_wait(struct call *c, unsigned timeout_ms);

/* Take the next message, a push as well; its spans live until the next. */
enum err call_receive(struct call *c, struct msg *m, unsigned timeout_ms);

/* Send a request and take its answer, which must be of type want and carry
 * the request's id. */
enum err call_ask(struct call *c, const struct msg *request,
    enum msg_type want, struct msg *answer, unsigned timeout_ms);

/* The same; where the server says that it will have an answer in a moment
 * (keys.pending), ask again a few times.  Not for what is used up by asking. */
enum err call_ask_again(struct call *c, const struct msg *request,
    enum msg_type want, struct msg *answer, unsigned timeout_ms);

/* Wipe the last request, which may have had a secret, and with it
 * call_body(). */
void call_forget(struct call *c);

/* The body of the last request, as it was sent: `request` in the answer is
 * its SHA-256. */
struct span call_body(const struct call *c);

#endif
