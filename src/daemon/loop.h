/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

/*
 * The service loop's own: a connection, and a turn's answers.  Only
 * service.c, conn.c and turn.c include this.
 */

#include <poll.h>

#include "daemon/room.h"
#include "daemon/service.h"
#include "link/frame.h"

#define LOOP_TICKS 8
#define LOOP_NEVER UINT64_MAX
#define LOOP_FDS (SERVICE_WATCHES + SERVICE_DOORS + SERVICE_CONNECTIONS)
enum waits { WAITS_NOT, WAITS_VERDICT, WAITS_AGAIN };

struct kept {		/* frames that wait */
	struct room	 room;
	size_t		 len;
};

struct conn {		/* the slot is free when link.ops is NULL */
	struct link	 link;
	size_t		 door;
	struct room	 in;		/* received ... */
	size_t		 in_len;
	size_t		 in_at;		/* ... and handled in this turn */
	struct room	 out;		/* not taken by the link yet */
	size_t		 out_len;
	size_t		 out_at;
	struct kept	 held;		/* answers, until there is a verdict, */
	struct kept	 lost;		/* and what is said instead of them */
	uint64_t	 half_until;	/* the frame must be whole by then */
	uint64_t	 unread_until;	/* the answers must be taken by then */
	unsigned	 owed;		/* answers of this turn, */
	size_t		 owed_bytes;	/* and their bounds */
	bool		 eof;		/* the peer will send nothing more */
	bool		 ending;	/* nothing more is read or handled */
	enum waits	 waits;		/* its next request */
	bool		 gone;		/* to be closed when the turn ends */
};

/* What is kept of each door's peer. */
struct gate {
	uint64_t	 tokens;	/* thousandths of a request */
	uint64_t	 tokens_at;
	size_t		 connections;
	size_t		 bytes;
	uint64_t	 paused_until;	/* no descriptors are left */
	uint64_t	 quiet_until, unsaid;	/* one line a minute */
	struct tally	 tally;
};

/* An answer between its handler and the link. */
struct pending {
	struct conn	*conn;
	struct span	 body;
	struct msg	 out;
};

struct loop {
	const struct service	*service;
	size_t			 longest;
	uint64_t		 now;
	struct rooms		 rooms;
	struct gate		 gates[SERVICE_DOORS];
	uint64_t		 due[LOOP_TICKS];
	struct conn		 conns[SERVICE_CONNECTIONS];
	size_t			 first;	/* whose turn it is to be first */
	bool			 at_once;	/* a link needs no event */
	struct pollfd		 fds[LOOP_FDS];
	struct msg		 in;
	struct pending		 pending[SERVICE_TURN];
	size_t			 npending;
	bool			 handled;	/* there may be effects */
	bool			 holding;	/* one is held, or waits */
	uint8_t			 frame[FRAME_HEAD + WIRE_MAX];
};

struct gate *conn_gate(struct loop *l, const struct conn *c);

/* Say, at most once a minute for each door, why a peer lost something. */
void conn_complain(struct loop *l, size_t door, const char *why);

/* The frame that is next to be handled: BUSY if it is not whole. */
enum err conn_frame(const struct loop *l, const struct conn *c,
    struct span *envelope, size_t *whole);

/* Has it something that can be handled, or room to be read into? */
bool conn_ready(const struct loop *l, const struct conn *c);
bool conn_wants_input(struct loop *l, const struct conn *c);

void conn_receive(struct loop *l, struct conn *c);
void conn_send(struct loop *l, struct conn *c, const uint8_t *at, size_t len);
void conn_flush(struct loop *l, struct conn *c);

/* Keep back a frame, or what is to be sent if it is lost; send either. */
void conn_hold(struct loop *l, struct conn *c, struct kept *to,
    struct span frame);
void conn_release(struct loop *l, struct conn *c, bool lose);

/* Forget what was handled; close it if it has nothing left to do. */
void conn_settle(struct loop *l, struct conn *c);
void conn_close(struct loop *l, struct conn *c);

/* turn.c */

/* Handle, commit, finish and send.  INTERNAL ends the service. */
enum err turn_run(struct loop *l);
/* Let go what is held, if there is a verdict. */
void turn_release(struct loop *l);

/* Say without waiting why it is not let in. */
void turn_away(struct loop *l, struct link *link);

#endif
