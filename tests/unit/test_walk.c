/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every message, and all else that the tables say, with every field wrong. */
#include "tests/walk.h"

#include <stdlib.h>

static uint8_t sent[WIRE_MAX + 1], made[2 * WIRE_MAX];
static struct msg m;

#define EACH_TYPE(type) \
	enum msg_type type = (enum msg_type)1; type < wire_nspecs; type++

static void
test_every_field_wrong_in_every_way(void **state)
{
	size_t len;

	(void)state;
	for (EACH_TYPE(type)) {
		const struct spec *s = wire_spec(type);

		for (size_t i = 0; i < 2 * s->nfields; i++) {
			fill_with(&m, type, &s->fields[i / 2], i % 2 == 0 ?
			    SMALLEST : LARGEST);
			if (wire_encode_object(&m, sent, sizeof(sent),
			    &len) == ERR_LIMIT)
				continue;
			walk_field(type, &s->fields[i / 2],
			    (struct span){ sent, len });
		}
	}
}

/* ---- the whole ---- */

static size_t
fill_sent(enum msg_type type, enum fullness how)
{
	size_t len;

	fill(&m, type, how);
	assert_err(wire_spec(type)->class == CLASS_MESSAGE ?
	    wire_encode(&m, sent, sizeof(sent), &len) :
	    wire_encode_object(&m, sent, sizeof(sent), &len), ERR_OK);
	return len;
}

/* Of what is long, not each byte in the middle unless there is time. */
static size_t
next_prefix(size_t n, size_t len)
{
	return n < 2048 || len < n + 2048 || getenv("ANCHORHOLD_LONG") !=
	    NULL ? 1 : 61;
}

/* The smallest and the largest, everything that they begin with, and one
 * byte more. */
static void
test_every_prefix_and_every_byte_more(void **state)
{
	(void)state;
	for (EACH_TYPE(type))
		for (int how = SMALLEST; how <= FITTING; how += FITTING) {
			size_t len = fill_sent(type, (enum fullness)how);

			walk_expect(type, "", "whole",
			    (struct span){ sent, len }, ERR_OK);
			for (size_t n = 0; n < len; n += next_prefix(n, len))
				walk_expect(type, "", "a prefix",
				    (struct span){ sent, n }, ERR_MALFORMED);
			memcpy(made, sent, len);
			for (unsigned more = 0; more < 256; more++) {
				made[len] = (uint8_t)more;
				walk_expect(type, "", "a byte more",
				    (struct span){ made, len + 1 },
				    ERR_MALFORMED);
			}
		}
}

/* What an envelope may be, {"body": BODY, "type": NAME}; B and T stand for
 * the two, b for the body as a byte string. */
static const struct wrapping {
	const char	*text;
	enum err	 want;
} wrappings[] = {
	{ "\xa2\x64" "bodyB\x64" "typeT", ERR_OK },
	{ "\xa2\x64" "typeT\x64" "bodyB", ERR_MALFORMED },
	{ "\xa1\x64" "bodyB", ERR_MALFORMED },
	{ "\xa1\x64" "typeT", ERR_MALFORMED },
	{ "\xa1\x64" "bodyB\x64" "typeT", ERR_MALFORMED },
	{ "\xa3\x64" "bodyB\x64" "typeT", ERR_MALFORMED },
	{ "\xa3\x64" "bodyB\x64" "typeT\x65" "extraT", ERR_MALFORMED },
	{ "\xa3\x63" "addT\x64" "bodyB\x64" "typeT", ERR_MALFORMED },
	{ "\xa3\x64" "bodyB\x64" "bodyB\x64" "typeT", ERR_MALFORMED },
	{ "\xa3\x64" "bodyB\x64" "typeT\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x64" "bodyb\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x64" "body\xf6\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x64" "body\xa0\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x64" "body\x80\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x64" "body\x81" "B\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x64" "bodyB\x64" "type\x01", ERR_MALFORMED },
	{ "\xa2\x64" "bodyB\x64" "type\x60", ERR_MALFORMED },
	{ "\xa2\x64" "bodyB\x64" "type\x81T", ERR_MALFORMED },
	{ "\xa2\x64" "bodyB\x64" "type\xc0T", ERR_MALFORMED },
	{ "\xa2\x64" "body\xc1" "B\x64" "typeT", ERR_MALFORMED },
	{ "\xc1\xa2\x64" "bodyB\x64" "typeT", ERR_MALFORMED },
	{ "\xbf\x64" "bodyB\x64" "typeT\xff", ERR_MALFORMED },
	{ "\xb8\x02\x64" "bodyB\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x78\x04" "bodyB\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x64" "bodyB\x78\x04" "typeT", ERR_MALFORMED },
	{ "\xa2\x44" "bodyB\x64" "typeT", ERR_MALFORMED },
	{ "\x82\x64" "bodyB\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x64" "BodyB\x64" "typeT", ERR_MALFORMED },
	{ "\xa2\x64" "bodyB\x64" "kindT", ERR_MALFORMED },
	{ "\xa2\x64" "bodyB\x64" "typeT\xf6", ERR_MALFORMED },
	{ "\xa2\x64" "bodyB\x64" "type\x67" "unknown", ERR_NOT_FOUND },
	{ "\xa2\x64" "bodyB\x64" "type\x63" "act", ERR_NOT_FOUND },
	{ "\xa2\x64" "body\xa0\x64" "type\x64" "none", ERR_NOT_FOUND },
	{ "\xa2\x64" "body\x80\x64" "type\x64" "none", ERR_MALFORMED },
};

static struct span
wrap(const char *text, struct span body, struct span name)
{
	struct writer w = writer_of(made, sizeof(made));

	for (; *text != '\0'; text++) {
		if (*text == 'b' && text[1] == '\x64')
			walk_short(&w, 2, body.len);
		if (*text == 'T')
			walk_short(&w, 3, name.len);
		if (*text == 'T')
			walk_add(&w, name);
		else if ((*text == 'B' && text[1] != 'o') || (*text == 'b' &&
		    text[1] == '\x64'))
			walk_add(&w, body);
		else
			walk_byte(&w, (uint8_t)*text);
	}
	return walk_done(&w, made);
}

static void
test_every_envelope(void **state)
{
	(void)state;
	for (EACH_TYPE(type)) {
		struct span body = { sent, 0 };

		if (wire_spec(type)->class != CLASS_MESSAGE)
			continue;
		for (size_t i = 0; i < ROWS(wrappings); i++) {
			fill(&m, type, SMALLEST);
			assert_err(wire_encode_object(&m, sent, sizeof(sent),
			    &body.len), ERR_OK);
			walk_expect(type, "envelope", wrappings[i].text,
			    wrap(wrappings[i].text, body,
			    span_text(wire_name(type))), wrappings[i].want);
		}
	}
}

/* None of them was passed over. */
static void
test_how_many_there_were(void **state)
{
	(void)state;
	for (EACH_TYPE(type)) {
		print_message("%-20s %7lu refused %6lu taken\n",
		    wire_name(type), walked[type].refused,
		    walked[type].taken);
		assert_true(walked[type].refused > 200);
		assert_true(walked[type].taken > 0);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_wrong_in_every_way),
		cmocka_unit_test(test_every_prefix_and_every_byte_more),
		cmocka_unit_test(test_every_envelope),
		cmocka_unit_test(test_how_many_there_were),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
