/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

/*
 * What a daemon answers, as tables: by which doors peers come in, which
 * messages are served in which states by which function, and what is done
 * every so often.  A message without a row is refused.
 *
 * The loop turns: all requests that are there are handled one after another,
 * then their effects are committed at once, then each answer is finished
 * (signed) and sent, or held (daemon/hold.h).  So nothing leaves before it is
 * durable, and requests that arrive together share one commit.
 *
 * Memory is bounded: a peer has so many connections, so many bytes and so
 * many requests a second; a connection whose answers are not taken is not
 * read from, and one that does not finish what it began is dropped.
 *
 * Knows wire/ and links.  Does not know what any answer means.
 */

#include "base/link.h"
#include "daemon/hold.h"
#include "daemon/peer.h"
#include "daemon/watch.h"
#include "wire/reasons.h"

struct loop;
#define SERVICE_DOORS 32
#define SERVICE_CONNECTIONS 256
#define SERVICE_TURN 128	/* requests handled in one turn */
#define SERVICE_OUTSTANDING 16	/* of these, of one connection */

/* Make *out the answer to *in, whose body's bytes are body; refusals are
 * answers too, an error becomes the nearest `error`; for one left empty see
 * daemon/hold.h.  What *out borrows must outlast the turn. */
typedef enum err service_serve(void *self, const struct peer *peer,
    struct span body, const struct msg *in, struct msg *out);

struct handler {
	enum msg_type	 type;
	unsigned	 states;	/* set of bits that the daemon names */
	service_serve	*serve;
};

/* One way in, for one peer.  accept is like unix_accept(), or NULL for it;
 * self is its own. */
struct door {
	const char	*vm_id;
	uid_t		 uid;
	int		 fd;
	void		*self;
	enum err	(*accept)(const struct door *door, struct link *out);
};

/* An error from a tick ends the service. */
struct tick {
	uint64_t	 every_ms;
	enum err	(*run)(void *self);
};

struct limits {
	uint64_t	 rate;		/* requests a second, of a peer */
	uint64_t	 burst;
	uint64_t	 connections;	/* of a peer */
	uint64_t	 memory;	/* bytes of a peer's connections */
	uint64_t	 half_ms;	/* to finish a frame that was begun */
	uint64_t	 unread_ms;	/* to take an answer */
};

extern const struct limits service_limits;	/* what is usual */

struct service {
	const struct handler	*handlers;
	size_t			 nhandlers;
	const struct door	*doors;
	size_t			 ndoors;
	const struct tick	*ticks;
	size_t			 nticks;
	struct watch		 watch[SERVICE_WATCHES];
	struct hold		 hold;
	const unsigned		*state;		/* the present one */
	struct limits		 limits;
	size_t			 longest;	/* request; 0: by handlers */
	void			*self;
	/* Make durable what was handled in this turn.  An error makes every
	 * answer of the turn `unavailable`; INTERNAL then ends the service. */
	enum err	(*commit)(void *self);

	/* The rest for an answer that is no `error`: sign it. */
	enum err	(*finish)(void *self, const struct peer *peer,
			    struct span body, struct msg *out);

	/* Of what no handler was asked: to be counted, and audited. */
	void		(*refused)(void *self, const struct peer *peer,
			    enum reason why);
};

/* What became of a door's peer since the start. */
struct tally {
	uint64_t	accepted, strangers, crowded, dropped;
	uint64_t	served, refused, malformed, limited, uncommitted;
};

/* Map all memory for it; *s is borrowed until the drop.  STATE: so many
 * descriptors are not allowed. */
enum err service_new(const struct service *s, struct loop **out);
void service_drop(struct loop **l);
/* Serve until SIGTERM, or for one turn after waiting at most wait_ms (-1: as
 * long as it takes). */
enum err service_run(struct loop *l);
enum err service_turn(struct loop *l, int wait_ms);

/* Let in by this door a peer whose link is there already, and take the link
 * in any case.  LIMIT if it is one too many. */
enum err service_admit(struct loop *l, size_t door, struct link *link);

const struct tally *service_tally(const struct loop *l, size_t door);

#endif
