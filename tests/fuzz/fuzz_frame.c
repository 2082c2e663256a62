/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"
#include "base/own.h"
#include "link/call.h"
#include "link/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/mem_link.h"
#include "wire/table.h"

enum { TYPES = 128, ENDS = ERR_INTERNAL + 1 };

/* By type, what a client took out of a stream of frames; and how frame_parse
 * ended. */
static struct reach taken[TYPES];
static struct reach ends[ENDS] = {
	[ERR_OK]	= { "a-frame", 0 },
	[ERR_BUSY]	= { "half-a-frame", 0 },
	[ERR_MALFORMED]	= { "no-frame", 0 },
	[ERR_LIMIT]	= { "too-long", 0 },
};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	must(wire_nspecs <= TYPES, "too many types");
	for (unsigned i = 1; i < wire_nspecs; i++) {
		const struct spec *s = wire_spec((enum msg_type)i);

		if (s->class == CLASS_MESSAGE)
			taken[i].name = s->name;
	}
	reach("taken", taken, TYPES);
	reach("end", ends, ENDS);
	return 0;
}

/* What one frame's beginning is, byte for byte: nothing is refused before its
 * first wrong byte is there, and nothing taken before its last. */
static enum err
check_frame(struct span in, size_t max, size_t *whole)
{
	struct span envelope = { 0 }, early = { 0 };
	uint8_t head[FRAME_HEAD];
	size_t long_is = 0;
	enum err e = frame_parse(in, max, &envelope, whole);

	must(ends[e].name != NULL, "another end");
	ends[e].times++;
	for (size_t n = 0; n < in.len && n <= FRAME_HEAD; n++) {
		enum err then = frame_parse((struct span){ in.at, n }, max,
		    &early, &long_is);

		must(then == ERR_BUSY || then == e, "changed its mind");
		must(then != ERR_BUSY || long_is > n, "waits for nothing");
	}
	if (e != ERR_OK)
		return e;
	must(envelope.at == in.at + FRAME_HEAD, "not behind its head");
	must(envelope.len <= max && envelope.len + FRAME_HEAD == *whole &&
	    *whole <= in.len, "not in the stream");
	frame_head(envelope.len, head);
	must(memcmp(head, in.at, FRAME_HEAD) == 0, "a second head");
	must(frame_parse((struct span){ in.at, *whole - 1 }, max, &early,
	    &long_is) == ERR_BUSY && long_is == *whole, "taken early");
	return e;
}

/* A client takes the messages of a stream however it is cut, one by one up to
 * the first that is none, and then no more. */
static void
check_call(struct span in, size_t cut)
{
	static struct mem_link peer;
	struct call c OWNED(call_close) = { 0 };
	struct span envelope = { 0 };
	static struct msg got, want;
	struct link link;
	size_t at = 0, whole = 0;
	enum err e, left;

	mem_link_open(&peer, &link);
	must(call_over(&c, &link) == ERR_OK, "a call");
	peer.most = cut;
	peer.closed = true;
	mem_link_say(&peer, in);
	while ((e = call_receive(&c, &got, 1000)) == ERR_OK) {
		must(frame_parse((struct span){ in.at + at, in.len - at },
		    FRAME_MAX, &envelope, &whole) == ERR_OK, "no frame");
		must(wire_decode(envelope, &want) == ERR_OK, "no message");
		must(got.type == want.type, "another message");
		taken[got.type].times++;
		at += whole;
	}
	must(peer.dropped, "a connection past its end");
	left = frame_parse((struct span){ in.at + at, in.len - at },
	    FRAME_MAX, &envelope, &whole);
	must(left != ERR_OK || wire_decode(envelope, &want) != ERR_OK,
	    "a message that was not taken");
	must(e == (left == ERR_BUSY ? ERR_HARDWARE : ERR_MALFORMED),
	    "another end");
	must(call_receive(&c, &got, 1000) == ERR_HARDWARE, "it went on");
	wire_wipe(&got);
	wire_wipe(&want);
}

/* The first byte says how many bytes come at a time, the second how many KiB
 * a frame may have; the rest is what comes. */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct span rest;
	size_t whole = 0;

	if (len < 2 || len > 65536)
		return 0;
	rest = (struct span){ in + 2, len - 2 };
	while (check_frame(rest, (size_t)in[1] * 1024, &whole) == ERR_OK)
		rest = (struct span){ rest.at + whole, rest.len - whole };
	check_call((struct span){ in + 2, len - 2 }, in[0]);
	return 0;
}
