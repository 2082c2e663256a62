/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_STAGE_H
#define TESTS_STAGE_H

/*
 * A service whose peers are played by the test: a small daemon that writes
 * down what it is asked to do, links in memory, and a clock to be turned.
 *
 * Two doors, "front" and "back".  It answers status_req at once, or with the
 * error that the test wants, and token_issue_req with a "signature" that
 * finish() writes; other messages have no handler, subscribe_req none in the
 * present state.
 */

#include "base/clock.h"
#include "daemon/service.h"
#include "tests/mem_link.h"

#define STAGE_PEERS 300
#define STAGE_TICK_MS 3600000
#define STAGE_REQUEST_MAX 262200

enum stage_door { FRONT, BACK };

struct stage {
	struct service		 service;
	struct door		 doors[2];
	struct tick		 ticks[1];
	struct loop		*loop;
	unsigned		 state;
	char			 trace[2048];	/* h, c, f, t, r as it goes */
	size_t			 traced;
	unsigned		 commits, handled;
	enum err		 on_serve, on_commit, on_finish, on_tick;
	bool			 holds;		/* token_issue_req's answers */
	bool			 defers;	/* totp_validate_req */
	bool			 unready, again;	/* the same */
	enum verdict		 verdict;
	enum reason		 refused;	/* the last */
	char			 refused_peer[65];
	struct mem_link		*links[STAGE_PEERS];
	size_t			 nlinks;
	uint8_t			 bytes[STAGE_REQUEST_MAX];
};

/* For cmocka: a stage with usual limits, at the first second. */
int stage_open(void **state);
int stage_close(void **state);

/* Make its loop anew, after the service was changed. */
void stage_restart(struct stage *s);

/* The clock that the service sees; it stands still otherwise. */
extern struct moment *stage_clock;
void stage_wait(uint64_t ms);

/* A new peer by this door; NULL if it was not let in. */
struct mem_link *stage_peer(struct stage *s, enum stage_door door);

/* A request, framed; its id ends with number.  Borrowed until the next. */
struct span stage_request(struct stage *s, enum msg_type type,
    unsigned number);
struct span stage_frame(struct stage *s, const struct msg *m);

/* One turn. */
enum err stage_turn(struct stage *s);

/* The next answer that the peer was given; its spans live as long as the
 * peer is told nothing more.  Type MSG_NONE if there is none. */
void stage_answer(struct mem_link *peer, size_t *at, struct msg *m);

/* The number of the request that m answers; -1 if it has no id. */
int stage_number(struct msg *m);

#endif
