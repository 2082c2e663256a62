/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "attest/event_text.h"
#include "tests/fuzz/fuzz.h"

/* An input: the bank in two bytes, and a text. */
enum { HEAD = 2 };

enum { DIGESTS, DATA, PREFIX, VARIABLE, ORDERED, ANYWHERE, REFUSED, WAYS };
static struct reach ways[WAYS] = {
	[DIGESTS]	= { "digests", 0 },
	[DATA]		= { "data", 0 },
	[PREFIX]	= { "prefix", 0 },
	[VARIABLE]	= { "variable", 0 },
	[ORDERED]	= { "ordered", 0 },
	[ANYWHERE]	= { "anywhere", 0 },
	[REFUSED]	= { "refused", 0 },
};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	reach("rules", ways, WAYS);
	return 0;
}

static void
count(const struct msg_event_rule *r)
{
	ways[DIGESTS].times += r->has_digests;
	ways[DATA].times += r->has_data;
	ways[PREFIX].times += r->has_prefix;
	ways[VARIABLE].times += r->has_variable;
	ways[r->ordered ? ORDERED : ANYWHERE].times++;
}

/* Each rule as a line again, whatever the text looked like. */
static size_t
write_again(struct span object, uint16_t alg, char *out, size_t cap)
{
	char line[EVENT_TEXT_LINE];
	struct reader r;
	struct msg m;
	size_t used = 0, n;

	must(wire_decode_object(MSG_event_rules, object, &m) == ERR_OK,
	    "no rules");
	r = reader_of(m.event_rules.rules.items);
	while (item_done(&r) != ERR_OK) {
		must(wire_next(&r, MSG_event_rule, &m) == ERR_OK, "no rule");
		count(&m.event_rule);
		n = strlen(event_text_put(&m.event_rule, alg, line));
		must(n < sizeof(line) - 1 && used + n + 1 <= cap, "a line");
		memcpy(out + used, line, n);
		out[used + n] = '\n';
		used += n + 1;
	}
	return used;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static uint8_t first[EVENT_RULES_BYTES], second[EVENT_RULES_BYTES];
	static char text[4 * EVENT_RULES_BYTES + 256 * EVENT_TEXT_LINE];
	static struct event_rules rules;
	static struct event_text t;
	struct span a = { first, 0 }, b = { second, 0 };
	enum hash_alg hash;
	enum err e;

	if (len < HEAD)
		return 0;
	t = (struct event_text){ .rest = { in + HEAD, len - HEAD },
	    .alg = (uint16_t)(in[0] << 8 | in[1]) };
	if (bank_hash(t.alg, &hash) != ERR_OK)
		return 0;
	e = event_text_encode(&t, first, sizeof(first), &a.len);
	must(e == ERR_OK || t.why != NULL, "no reason");
	ways[REFUSED].times += e != ERR_OK;
	if (e != ERR_OK)
		return 0;
	must(event_rules_read(a, t.alg, &rules) == ERR_OK, "rules of a text "
	    "that make no sense");
	t = (struct event_text){ .alg = t.alg };
	t.rest = (struct span){ (const uint8_t *)text,
	    write_again(a, t.alg, text, sizeof(text)) };
	must(event_text_encode(&t, second, sizeof(second), &b.len) == ERR_OK,
	    "not read again");
	must(span_equal(a, b), "other rules");
	return 0;
}
