/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/loop.h"
#include "link/frame.h"
#include "tests/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

static void
must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* Whatever a peer is told is frames with messages in them, and nothing after
 * an error that ends the connection. */
static void
check_answers(struct mem_link *peer)
{
	struct span envelope;
	bool ended = false;
	size_t at = 0, whole;
	struct msg m;

	for (; at < peer->out_len; at += whole) {
		must(!ended, "an answer after the last");
		must(frame_parse((struct span){ peer->out + at,
		    peer->out_len - at }, FRAME_MAX, &envelope, &whole) ==
		    ERR_OK, "half an answer");
		must(wire_decode(envelope, &m) == ERR_OK, "no message");
		ended = m.type == MSG_error &&
		    (m.error.code == WIRE_code_malformed ||
		    m.error.code == WIRE_code_too_large ||
		    m.error.code == WIRE_code_unsupported);
	}
	must(ended ? peer->dropped : 1, "a connection past its end");
}

static void
turn(struct stage *s)
{
	must(stage_turn(s) == ERR_OK, "the service ended");
	must(s->loop->gates[FRONT].bytes <= s->service.limits.memory,
	    "too much memory");
}

/* Turn until nothing moves. */
static void
settle(struct stage *s, struct mem_link *peer, size_t take)
{
	size_t said, heard;

	do {
		said = peer->in_at;
		heard = peer->out_len;
		peer->room = take > 0 ? take : SIZE_MAX;
		turn(s);
		turn(s);
	} while (!peer->dropped &&
	    (said != peer->in_at || heard != peer->out_len));
}

/*
 * The first byte says how many bytes go at a time, the second how many the
 * peer takes a turn (0: all); the rest is what it says.  However it ends, it
 * ends, and nothing is kept.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static struct mem_link peer;
	static struct stage *s;
	struct link link;

	if (len < 2 || len > 65536)
		return 0;
	if (s == NULL) {
		must(stage_open((void **)&s) == 0, "no stage");
		s->service.limits.burst = 1000000;
		s->service.limits.rate = 1000000;
		stage_restart(s);
	}
	mem_link_open(&peer, &link);
	must(service_admit(s->loop, FRONT, &link) == ERR_OK, "not let in");
	peer.most = in[0];
	mem_link_say(&peer, (struct span){ in + 2, len - 2 });
	settle(s, &peer, in[1]);
	settle(s, &peer, 0);
	check_answers(&peer);
	stage_wait(s->service.limits.half_ms);
	peer.closed = true;
	turn(s);
	turn(s);
	must(peer.dropped, "a peer that is gone");
	must(s->loop->gates[FRONT].bytes == 0, "memory was kept");
	must(s->loop->gates[FRONT].connections == 0, "a slot was kept");
	return 0;
}
