/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

static void
must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* Whatever the decoder takes, the encoder gives back unchanged. */
static void
check_envelope(struct span in)
{
	static uint8_t out[WIRE_MAX];
	static struct msg m;
	struct span body;
	FILE *null;
	size_t n;

	if (wire_decode(in, &m) != ERR_OK)
		return;
	must(wire_encode(&m, out, sizeof(out), &n) == ERR_OK, "encode");
	must(span_equal(in, (struct span){ out, n }), "other bytes");
	must(wire_body(in, &body) == ERR_OK, "body");
	must(wire_encode_object(&m, out, sizeof(out), &n) == ERR_OK, "object");
	must(span_equal(body, (struct span){ out, n }), "another body");
	null = fopen("/dev/null", "w");
	must(null != NULL, "/dev/null");
	wire_print(null, &m);
	fclose(null);
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
	must(wire_encode_object(&m, out, sizeof(out), &n) == ERR_OK, "object");
	must(span_equal(in, (struct span){ out, n }), "other bytes");
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
