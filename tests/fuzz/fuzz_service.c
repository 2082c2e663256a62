/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/loop.h"
#include "link/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/stage.h"
#include "wire/table.h"

enum { TYPES = 128, CODES = 16 };

static struct stage *stage;

/* By type, what was served; by code, what was refused, [0] being what was
 * not. */
static struct reach served[TYPES];
static struct reach told[CODES] = {
	[WIRE_code_none]	= { "an-answer", 0 },
	[WIRE_code_malformed]	= { "malformed", 0 },
	[WIRE_code_unsupported]	= { "unsupported", 0 },
	[WIRE_code_too_large]	= { "too_large", 0 },
	[WIRE_code_unavailable]	= { "unavailable", 0 },
};

static const struct handler *of_stage;
static size_t nof_stage;

/* As the stage serves it; what it does not serve is not to be had. */
static enum err
count_and_serve(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	served[in->type].times++;
	for (size_t i = 0; i < nof_stage; i++)
		if (of_stage[i].type == in->type)
			return of_stage[i].serve(self, peer, body, in, out);
	return ERR_STATE;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct handler handlers[TYPES];
	size_t n = 0;

	(void)argc, (void)argv;
	must(stage_open((void **)&stage) == 0, "no stage");
	must(wire_nspecs <= TYPES, "too many types");
	for (unsigned i = 1; i < wire_nspecs; i++) {
		const struct spec *s = wire_spec((enum msg_type)i);

		if (s->class != CLASS_MESSAGE)
			continue;
		served[i].name = s->name;
		handlers[n++] = (struct handler){ (enum msg_type)i, ~0U,
		    count_and_serve };
	}
	of_stage = stage->service.handlers;
	nof_stage = stage->service.nhandlers;
	stage->service.handlers = handlers;
	stage->service.nhandlers = n;
	stage->service.limits.burst = 1000000;
	stage->service.limits.rate = 1000000;
	stage_restart(stage);
	reach("served", served, TYPES);
	reach("told", told, CODES);
	return 0;
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
		told[m.type == MSG_error ? m.error.code : 0].times++;
		ended = m.type == MSG_error &&
		    (m.error.code == WIRE_code_malformed ||
		    m.error.code == WIRE_code_too_large ||
		    m.error.code == WIRE_code_unsupported);
	}
	must(ended ? peer->dropped : 1, "a connection past its end");
}

static void
turn(void)
{
	must(stage_turn(stage) == ERR_OK, "the service ended");
	must(stage->loop->gates[FRONT].bytes <=
	    stage->service.limits.memory, "too much memory");
}

/* Turn until nothing moves. */
static void
settle(struct mem_link *peer, size_t take)
{
	size_t said, heard;

	do {
		said = peer->in_at;
		heard = peer->out_len;
		peer->room = take > 0 ? take : SIZE_MAX;
		turn();
		turn();
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
	const struct gate *gate = &stage->loop->gates[FRONT];
	struct link link;

	if (len < 2 || len > 65536)
		return 0;
	mem_link_open(&peer, &link);
	must(service_admit(stage->loop, FRONT, &link) == ERR_OK, "not let in");
	peer.most = in[0];
	mem_link_say(&peer, (struct span){ in + 2, len - 2 });
	settle(&peer, in[1]);
	settle(&peer, 0);
	check_answers(&peer);
	stage_wait(stage->service.limits.half_ms);
	peer.closed = true;
	turn();
	turn();
	must(peer.dropped, "a peer that is gone");
	must(gate->bytes == 0, "memory was kept");
	must(gate->connections == 0, "a slot was kept");
	return 0;
}
