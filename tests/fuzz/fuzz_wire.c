/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "tests/fuzz/fuzz.h"
#include "wire/table.h"

enum { TYPES = 128 };

/* By type, how many were decoded and encoded again. */
static struct reach envelopes[TYPES], maps[TYPES];
static FILE *null;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	must(wire_nspecs <= TYPES, "too many types");
	for (unsigned i = 1; i < wire_nspecs; i++) {
		const struct spec *s = wire_spec((enum msg_type)i);

		maps[i].name = s->name;
		if (s->class == CLASS_MESSAGE)
			envelopes[i].name = s->name;
	}
	reach("envelope", envelopes, TYPES);
	reach("map", maps, TYPES);
	null = fopen("/dev/null", "w");
	must(null != NULL, "/dev/null");
	return 0;
}

/* Whatever the decoder takes, the encoder gives back unchanged. */
static void
check_envelope(struct span in)
{
	static uint8_t out[WIRE_MAX];
	static struct msg m;
	struct span body;
	size_t n;

	if (wire_decode(in, &m) != ERR_OK)
		return;
	must(wire_encode(&m, out, sizeof(out), &n) == ERR_OK, "encode");
	must(span_equal(in, (struct span){ out, n }), "other bytes");
	must(wire_body(in, &body) == ERR_OK, "body");
	must(wire_encode_object(&m, out, sizeof(out), &n) == ERR_OK, "object");
	must(span_equal(body, (struct span){ out, n }), "another body");
	wire_print(null, &m);
	envelopes[m.type].times++;
	wire_wipe(&m);
}

/* The first byte chooses a type for the rest as a bare map. */
static void
check_object(enum msg_type type, struct span in)
{
	static uint8_t out[WIRE_MAX];
	static struct msg m;
	size_t n;

	if (wire_decode_object(type, in, &m) != ERR_OK)
		return;
	must(m.type == type, "another type");
	must(wire_encode_object(&m, out, sizeof(out), &n) == ERR_OK, "object");
	must(span_equal(in, (struct span){ out, n }), "other bytes");
	maps[type].times++;
	wire_wipe(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	check_envelope((struct span){ in, len });
	if (len > 0)
		check_object((enum msg_type)in[0],
		    (struct span){ in + 1, len - 1 });
	return 0;
}
