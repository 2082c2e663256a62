/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row for each thing that a value may not be, over a table that has one
 * message for each kind.  The value is that of the only field, "v".
 */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "tests/fill.h"
#include "wire/map.h"

#define UUID_A "3366306339613465"	/* 3f0c9a4e */
#define LETTERS_16 "61616161 61616161 61616161 61616161"
#define LETTERS_64 LETTERS_16 LETTERS_16 LETTERS_16 LETTERS_16
#define ZEROS_16 "00000000 00000000 00000000 00000000"

static const struct row {
	const char	*name;
	const char	*type;
	const char	*value;
	enum err	 want;
} rows[] = {
	{ "uint least",			"uint",	"02",		ERR_OK },
	{ "uint most",			"uint",	"19012c",	ERR_OK },
	{ "uint too small",		"uint",	"01",		ERR_MALFORMED },
	{ "uint too large",		"uint",	"19012d",	ERR_MALFORMED },
	{ "uint negative",		"uint",	"22",		ERR_MALFORMED },
	{ "uint in text",		"uint",	"6133",		ERR_MALFORMED },
	{ "uint in a tag",		"uint",	"d81803",	ERR_MALFORMED },
	{ "uint null",			"uint",	"f6",		ERR_MALFORMED },
	{ "bool true",			"boolean", "f5",	ERR_OK },
	{ "bool false",			"boolean", "f4",	ERR_OK },
	{ "bool one",			"boolean", "01",	ERR_MALFORMED },
	{ "bool null",			"boolean", "f6",	ERR_MALFORMED },

	{ "text most",			"text",	"63616161",	ERR_OK },
	{ "text too short",		"text",	"60",		ERR_MALFORMED },
	{ "text too long",		"text",	"6461616161",	ERR_MALFORMED },
	{ "text is bytes",		"text",	"4161",		ERR_MALFORMED },
	{ "text with NUL",		"text",	"6100",		ERR_MALFORMED },
	{ "text not UTF-8",		"text",	"61ff",		ERR_MALFORMED },

	{ "id with all there is",	"id",	"6541392e5f2d",	ERR_OK },
	{ "id of 64",			"id",	"7840" LETTERS_64, ERR_OK },
	{ "id of 65",			"id",	"7841" LETTERS_64 "61",
								ERR_MALFORMED },
	{ "id empty",			"id",	"60",		ERR_MALFORMED },
	{ "id begins with a dot",	"id",	"622e61",	ERR_MALFORMED },
	{ "id begins with a dash",	"id",	"622d61",	ERR_MALFORMED },
	{ "id with a blank",		"id",	"636120 61",	ERR_MALFORMED },
	{ "id with a slash",		"id",	"63612f61",	ERR_MALFORMED },
	{ "id not ASCII",		"id",	"6361c3a9",	ERR_MALFORMED },

	{ "uuid",			"uuid",	"7824" UUID_A "2d" "37623531"
	    "2d" "34663264" "2d" "39633165" "2d" "306136643562386532663137",
								ERR_OK },
	{ "uuid in capitals",		"uuid",	"7824" "3346306339613465" "2d"
	    "37623531" "2d" "34663264" "2d" "39633165" "2d"
	    "306136643562386532663137",				ERR_MALFORMED },
	{ "uuid of version 1",		"uuid",	"7824" UUID_A "2d" "37623531"
	    "2d" "31663264" "2d" "39633165" "2d" "306136643562386532663137",
								ERR_MALFORMED },
	{ "uuid of another variant",	"uuid",	"7824" UUID_A "2d" "37623531"
	    "2d" "34663264" "2d" "63633165" "2d" "306136643562386532663137",
								ERR_MALFORMED },
	{ "uuid without dashes",	"uuid",	"7824" UUID_A "61" "37623531"
	    "61" "34663264" "61" "39633165" "61" "306136643562386532663137",
								ERR_MALFORMED },
	{ "uuid with a letter past f",	"uuid",	"7824" "6766306339613465" "2d"
	    "37623531" "2d" "34663264" "2d" "39633165" "2d"
	    "306136643562386532663137",				ERR_MALFORMED },

	{ "scope least",		"scope", "63613a62",	ERR_OK },
	{ "scope with all there is",	"scope", "6930 5f2d 3a 7a2d5f30 39",
								ERR_OK },
	{ "scope without a colon",	"scope", "63616262",	ERR_MALFORMED },
	{ "scope with two colons",	"scope", "65613a623a63",
								ERR_MALFORMED },
	{ "scope with nothing before",	"scope", "633a6262",	ERR_MALFORMED },
	{ "scope with nothing behind",	"scope", "6361613a",	ERR_MALFORMED },
	{ "scope with a capital",	"scope", "63413a62",	ERR_MALFORMED },
	{ "scope with a star",		"scope", "63613a2a",	ERR_MALFORMED },
	{ "scope with a dot",		"scope", "64613a2e62",	ERR_MALFORMED },
	{ "scope of 65",		"scope", "7841 613a" LETTERS_16
	    LETTERS_16 LETTERS_16 "616161616161616161616161616161",
								ERR_MALFORMED },

	{ "code of 6",			"code",	"66303132333435", ERR_OK },
	{ "code of 8",			"code",	"683031323334353637", ERR_OK },
	{ "code of 7",			"code",	"6730313233343536",
								ERR_MALFORMED },
	{ "code of 5",			"code",	"653031323334",	ERR_MALFORMED },
	{ "code with a letter",		"code",	"66303132333461",
								ERR_MALFORMED },
	{ "code with a blank",		"code",	"66303132333420",
								ERR_MALFORMED },
	{ "code as a number",		"code",	"1a0001e240",	ERR_MALFORMED },

	{ "when",	"when",	"74 323032362d30312d33315431323a30303a30305a",
								ERR_OK },
	{ "when with a leap second", "when",
	    "74 323031362d31322d33315432333a35393a36305a",	ERR_MALFORMED },
	{ "when on 30 February", "when",
	    "74 323032362d30322d33305431323a30303a30305a",	ERR_MALFORMED },
	{ "when as a number",	"when",	"1a6955b900",		ERR_MALFORMED },
	{ "when with a fraction", "when",
	    "76 323032362d30312d33315431323a30303a30302e305a",	ERR_MALFORMED },
	{ "time in text",	"time",
	    "74 323032362d30312d33315431323a30303a30305a",	ERR_OK },
	{ "time as a number",	"time",	"1a6955b900",		ERR_OK },
	{ "time as the largest number", "time", "1b ffffffffffffffff", ERR_OK },
	{ "time as a negative number", "time", "20",		ERR_MALFORMED },
	{ "time in other text",	"time",
	    "74 323032362d30312d33315432343a30303a30305a",	ERR_MALFORMED },
	{ "time as a float",	"time",	"fa3f800000",		ERR_MALFORMED },

	{ "bytes most",			"bytes", "420000",	ERR_OK },
	{ "bytes too short",		"bytes", "40",		ERR_MALFORMED },
	{ "bytes too long",		"bytes", "43000000",	ERR_MALFORMED },
	{ "bytes are text",		"bytes", "6161",	ERR_MALFORMED },
	{ "secret too long",		"secret", "43000000",	ERR_MALFORMED },
	{ "nonce of 15",		"nonce", "4f 000000000000000000000000"
	    "000000",						ERR_MALFORMED },
	{ "nonce of 16",		"nonce", "50" ZEROS_16,	ERR_OK },
	{ "nonce of 65",		"nonce", "5841" ZEROS_16 ZEROS_16
	    ZEROS_16 ZEROS_16 "00",				ERR_MALFORMED },
	{ "span too short",		"span",	"40",		ERR_MALFORMED },
	{ "hidden span too long",	"hidden", "43000000",	ERR_MALFORMED },
	{ "span is text",		"span",	"6161",		ERR_MALFORMED },

	{ "word",			"word",	"65677265656e",	ERR_OK },
	{ "no word of the set",		"word",	"64626c7565",	ERR_MALFORMED },
	{ "beginning of a word",	"word",	"627265",	ERR_MALFORMED },
	{ "word and more",		"word",	"6472656473",	ERR_MALFORMED },
	{ "word is bytes",		"word",	"43726564",	ERR_MALFORMED },
	{ "word as its number",		"word",	"01",		ERR_MALFORMED },

	{ "map empty",			"map",	"a0",		ERR_OK },
	{ "map with bytes for a key",	"map",	"a1 4161 01",	ERR_MALFORMED },
	{ "map of all kinds",		"map",	"a5 6161 01 6162 f5 6163 6161"
	    "6164 4100 6165 84 01f46040",			ERR_OK },
	{ "map with an empty list",	"map",	"a1 6161 80",	ERR_OK },
	{ "map with all letters in a key", "map", "a1 65 61302e2d5f 01",
								ERR_OK },
	{ "map is a list",		"map",	"80",		ERR_MALFORMED },
	{ "map with keys swapped",	"map",	"a2 6162 01 6161 01",
								ERR_MALFORMED },
	{ "map with a key twice",	"map",	"a2 6161 01 6161 01",
								ERR_MALFORMED },
	{ "map with a long key first",	"map",	"a2 626161 01 6162 01",
								ERR_MALFORMED },
	{ "map with a number for a key", "map",	"a1 01 01",	ERR_MALFORMED },
	{ "map with an empty key",	"map",	"a1 60 01",	ERR_MALFORMED },
	{ "map with a capital in a key", "map",	"a1 6141 01",	ERR_MALFORMED },
	{ "map with a key of 64",	"map",	"a1 7840" LETTERS_64 "01",
								ERR_OK },
	{ "map with a key of 65",	"map",	"a1 7841" LETTERS_64 "61 01",
								ERR_MALFORMED },
	{ "map with a negative number",	"map",	"a1 6161 20",	ERR_MALFORMED },
	{ "map with null",		"map",	"a1 6161 f6",	ERR_MALFORMED },
	{ "map with a tag",		"map",	"a1 6161 c1 01", ERR_MALFORMED },
	{ "map in a map",		"map",	"a1 6161 a0",	ERR_MALFORMED },
	{ "list in a list of a map",	"map",	"a1 6161 8180",	ERR_MALFORMED },
	{ "map in a list of a map",	"map",	"a1 6161 81a0",	ERR_MALFORMED },
	{ "null in a list of a map",	"map",	"a1 6161 81f6",	ERR_MALFORMED },
	{ "map with 33 entries",	"map",	"b821"
	    "613001 613101 613201 613301 613401 613501 613601 613701 613801"
	    "613901 616101 616201 616301 616401 616501 616601 616701 616801"
	    "616901 616a01 616b01 616c01 616d01 616e01 616f01 617001 617101"
	    "617201 617301 617401 617501 617601 617701",	ERR_MALFORMED },
	{ "map with 32 entries",	"map",	"b820"
	    "613001 613101 613201 613301 613401 613501 613601 613701 613801"
	    "613901 616101 616201 616301 616401 616501 616601 616701 616801"
	    "616901 616a01 616b01 616c01 616d01 616e01 616f01 617001 617101"
	    "617201 617301 617401 617501 617601",		ERR_OK },

	{ "group",			"rows",	"a2 63687565 63726564"
	    "646e616d65 6161",					ERR_OK },
	{ "group with its option",	"rows",	"a3 616e 09 63687565 63726564"
	    "646e616d65 6161",					ERR_OK },
	{ "group without a field",	"rows",	"a1 63687565 63726564",
								ERR_MALFORMED },
	{ "group with a field more",	"rows",	"a3 63687565 63726564"
	    "646e616d65 6161 65 7a7a7a7a7a 00",			ERR_MALFORMED },
	{ "group with a field wrong",	"rows",	"a3 616e 0a 63687565 63726564"
	    "646e616d65 6161",					ERR_MALFORMED },

	{ "list most",			"list",	"820000",	ERR_OK },
	{ "list empty",			"list",	"80",		ERR_MALFORMED },
	{ "list too long",		"list",	"83000000",	ERR_MALFORMED },
	{ "list with an item wrong",	"list",	"82000a",	ERR_MALFORMED },
	{ "list with an item of another kind", "list", "82006130",
								ERR_MALFORMED },
	{ "list is a value",		"list",	"00",		ERR_MALFORMED },
	{ "list that may be empty",	"words", "80",		ERR_OK },
	{ "list of words with a wrong one", "words", "81 64626c7565",
								ERR_MALFORMED },
	{ "list of groups with a wrong one", "things", "81 a1 616e 09",
								ERR_MALFORMED },
	{ "long list empty",		"long_bytes", "80",	ERR_OK },
	{ "long list most",		"long_bytes", "83 4100 4101 4102",
								ERR_OK },
	{ "long list too long",		"long_bytes", "84 4100 4101 4102 4103",
								ERR_MALFORMED },
	{ "long list with an item wrong", "long_bytes", "82 4100 420000",
								ERR_MALFORMED },
	{ "long list of groups empty",	"long_things", "80",	ERR_MALFORMED },
	{ "long list of groups with a wrong one", "long_things", "81 a0",
								ERR_MALFORMED },

	{ "bound reached",		"small", "4b 0000000000000000000000",
								ERR_OK },
	{ "bound passed",		"small", "4c 000000000000000000000000",
								ERR_LIMIT },
	{ "no such type",		"nothing", "00",	ERR_NOT_FOUND },
	{ "a record in an envelope",	"kept",	"00",		ERR_NOT_FOUND },
	{ "no such type, five deep",	"nothing", "818181 00",	ERR_MALFORMED },
	{ "no such type, four deep",	"nothing", "8181 00",	ERR_NOT_FOUND },
};

static size_t
wrap(const char *type, const char *body, uint8_t *out, size_t cap)
{
	struct writer w = writer_of(out, cap);
	static uint8_t bytes[4096];
	struct span s = { bytes, unhex(body, bytes, sizeof(bytes)) };

	assert_err(item_put_map(&w, 2), ERR_OK);
	assert_err(item_put_key(&w, "body"), ERR_OK);
	assert_err(item_put_raw(&w, s), ERR_OK);
	assert_err(item_put_key(&w, "type"), ERR_OK);
	assert_err(item_put_key(&w, type), ERR_OK);
	return (size_t)(w.at - out);
}

/* What is taken is given back the same. */
static void
check(const uint8_t *in, size_t len, enum err want)
{
	static uint8_t out[4096];
	struct msg m;
	size_t n;

	assert_err(wire_decode((struct span){ in, len }, &m), want);
	if (want != ERR_OK)
		return;
	assert_err(wire_encode(&m, out, sizeof(out), &n), ERR_OK);
	assert_int_equal(n, len);
	assert_memory_equal(out, in, len);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	static char body[8192];
	static uint8_t in[4096];

	assert_true(snprintf(body, sizeof(body), "a1 6176 %s", row->value) <
	    (int)sizeof(body));
	check(in, wrap(row->type, body, in, sizeof(in)), row->want);
}

/* The same for what is around a value: whole bodies. */
static const struct row bodies[] = {
	{ "without what may be left out", "options", "a1 6162 f5", ERR_OK },
	{ "with the first",	"options", "a2 6161 01 6162 f5", ERR_OK },
	{ "with the last",	"options", "a2 6162 f5 6163 01", ERR_OK },
	{ "with all",		"options", "a3 6161 01 6162 f5 6163 01",
								ERR_OK },
	{ "without what must be there", "options", "a1 6161 01",
								ERR_MALFORMED },
	{ "empty",		"options", "a0",		ERR_MALFORMED },
	{ "in another order",	"options", "a2 6162 f5 6161 01", ERR_MALFORMED },
	{ "the same twice",	"options", "a2 6162 f5 6162 f5", ERR_MALFORMED },
	{ "one too many",	"options", "a3 6161 01 6162 f5 6164 01",
								ERR_MALFORMED },
	{ "a key too long",	"options", "a2 6162 f5 626100 01",
								ERR_MALFORMED },
	{ "an option of another kind", "options", "a2 6161 f5 6162 f5",
								ERR_MALFORMED },
	{ "an option that is null", "options", "a2 6161 f6 6162 f5",
								ERR_MALFORMED },
	{ "a list",		"options", "82 6162 f5",	ERR_MALFORMED },
	{ "of no type, a list",	"nothing", "80",		ERR_MALFORMED },
	{ "of no type, keys swapped", "nothing", "a2 6162 00 6161 00",
								ERR_MALFORMED },
	{ "evidence, short",	"evident", "a1 6165 4100",	ERR_OK },
	{ "long without evidence", "evident", "a1 6176 582d" ZEROS_16 ZEROS_16
	    "00000000000000000000000000",			ERR_LIMIT },
	{ "long with evidence",	"evident", "a2 6165 4100 6176 582d" ZEROS_16
	    ZEROS_16 "00000000000000000000000000",		ERR_OK },
};

static void
test_body(void **state)
{
	const struct row *row = *state;
	uint8_t in[512];

	check(in, wrap(row->type, row->value, in, sizeof(in)), row->want);
}

/* And for the envelope itself. */
static const struct row envelopes[] = {
	{ "an envelope", "", "a2 64626f6479 a1 6162 f5 6474797065"
	    "676f7074696f6e73",					ERR_OK },
	{ "a map of one",	"", "a1 64626f6479 a1 6162 f5",	ERR_MALFORMED },
	{ "a map of three",	"", "a3 64626f6479 a1 6162 f5 6474797065"
	    "676f7074696f6e73 657a7a7a7a7a 00",			ERR_MALFORMED },
	{ "type before body",	"", "a2 6474797065 676f7074696f6e73"
	    "64626f6479 a1 6162 f5",				ERR_MALFORMED },
	{ "another first key",	"", "a2 64626f647a a1 6162 f5 6474797065"
	    "676f7074696f6e73",					ERR_MALFORMED },
	{ "another second key",	"", "a2 64626f6479 a1 6162 f5 6474797066"
	    "676f7074696f6e73",					ERR_MALFORMED },
	{ "type in bytes",	"", "a2 64626f6479 a1 6162 f5 6474797065"
	    "476f7074696f6e73",					ERR_MALFORMED },
	{ "type empty",		"", "a2 64626f6479 a1 6162 f5 6474797065 60",
								ERR_MALFORMED },
	{ "a list",		"", "84 64626f6479 a1 6162 f5 6474797065"
	    "676f7074696f6e73",					ERR_MALFORMED },
	{ "in a tag",		"", "d818 a2 64626f6479 a1 6162 f5 6474797065"
	    "676f7074696f6e73",					ERR_MALFORMED },
	{ "indefinite",		"", "bf 64626f6479 a1 6162 f5 6474797065"
	    "676f7074696f6e73 ff",				ERR_MALFORMED },
	{ "a byte behind",	"", "a2 64626f6479 a1 6162 f5 6474797065"
	    "676f7074696f6e73 00",				ERR_MALFORMED },
	{ "nothing",		"", "",				ERR_MALFORMED },
};

static void
test_envelope(void **state)
{
	const struct row *row = *state;
	uint8_t in[128];

	check(in, unhex(row->value, in, sizeof(in)), row->want);
}

/* What the decoder would not take the encoder does not make. */
static void
expect_fault(const struct msg *m)
{
	static uint8_t out[WIRE_MAX];
	size_t len;

	assert_err(wire_encode(m, out, sizeof(out), &len), ERR_INTERNAL);
}

static void
test_the_encoder_makes_no_such_thing(void **state)
{
	static const uint8_t key_of_bytes[] = { 0xa1, 0x41, 'a', 0x00 };
	static const uint8_t four[] = { 0x41, 0, 0x41, 0, 0x41, 0, 0x41, 0 };
	struct msg m;

	(void)state;
	m = (struct msg){ .type = MSG_uint, .uint.v = 1 };
	expect_fault(&m);
	m.uint.v = 301;
	expect_fault(&m);
	m = (struct msg){ .type = MSG_text };
	expect_fault(&m);
	m.text.v.len = 4;
	expect_fault(&m);
	m.text.v.len = SIZE_MAX;
	expect_fault(&m);
	m.text.v.len = 1;	/* a NUL */
	expect_fault(&m);
	m = (struct msg){ .type = MSG_id, .id.v = { 2, ".a" } };
	expect_fault(&m);
	m.id.v = (struct wire_id){ 2, "a" };	/* ends in a NUL */
	expect_fault(&m);
	m = (struct msg){ .type = MSG_bytes };
	expect_fault(&m);
	m.bytes.v.len = 3;
	expect_fault(&m);
	m = (struct msg){ .type = MSG_span };
	expect_fault(&m);
	m = (struct msg){ .type = MSG_word };
	expect_fault(&m);
	m.word.v = (enum wire_color)3;
	expect_fault(&m);
	m = (struct msg){ .type = MSG_when, .when.v = UINT64_MAX };
	expect_fault(&m);
	m = (struct msg){ .type = MSG_time, .time.v.seconds = UINT64_MAX };
	expect_fault(&m);
	m = (struct msg){ .type = MSG_map };
	expect_fault(&m);
	m.map.v = SPAN(key_of_bytes);
	expect_fault(&m);
	m = (struct msg){ .type = MSG_list };
	expect_fault(&m);
	m.list.v.count = 3;
	expect_fault(&m);
	m = (struct msg){ .type = MSG_long_bytes, .long_bytes.v = {
	    1, SPAN(key_of_bytes) } };
	expect_fault(&m);
	m.long_bytes.v = (struct wire_long){ 4, SPAN(four) };
	expect_fault(&m);
	m.long_bytes.v.count = 3;
	expect_fault(&m);
	m.long_bytes.v = (struct wire_long){ 4, { four, 6 } };
	expect_fault(&m);
	m = (struct msg){ .type = MSG_NONE };
	expect_fault(&m);
	m.type = (enum msg_type)wire_nspecs;
	expect_fault(&m);
}

static void
test_a_long_list_is_walked(void **state)
{
	static uint8_t buf[4096];
	struct msg m, got;
	struct reader r;
	size_t len, n = 0;

	(void)state;
	fill(&m, MSG_long_things, LARGEST);
	assert_err(wire_encode(&m, buf, sizeof(buf), &len), ERR_OK);
	assert_err(wire_decode((struct span){ buf, len }, &m), ERR_OK);
	assert_int_equal(m.long_things.v.count, 3);
	r = reader_of(m.long_things.v.items);
	while (item_done(&r) != ERR_OK) {
		assert_err(wire_next(&r, MSG_thing, &got), ERR_OK);
		assert_int_equal(got.type, MSG_thing);
		assert_int_equal(got.thing.hue, WIRE_color_green);
		assert_int_equal(got.thing.name.len, 256);
		n++;
	}
	assert_int_equal(n, 3);
	assert_err(wire_next(&r, MSG_NONE, &got), ERR_NOT_FOUND);
}

static void
test_common_fields_are_found_by_what_they_are(void **state)
{
	struct msg m = { .type = MSG_mixed };

	(void)state;
	assert_ptr_equal(wire_request_id(&m), &m.mixed.request_id);
	assert_null(wire_signature(&m));
	m.type = MSG_sign;
	assert_ptr_equal(wire_signature(&m), &m.sign.signature);
	assert_null(wire_request_id(&m));
	assert_null(wire_request_hash(&m));
	m.type = MSG_unlike;
	assert_null(wire_request_id(&m));
	assert_null(wire_request_hash(&m));
	assert_null(wire_signature(&m));
	m.type = MSG_NONE;
	assert_null(wire_request_id(&m));
}

#define TABLE(rows, test)                                               \
	for (size_t i = 0; i < ROWS(rows); i++)                         \
		tests[n++] = ROW_TEST((rows)[i].name, test, &(rows)[i])

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + ROWS(bodies) +
	    ROWS(envelopes) + 3] = {
		cmocka_unit_test(test_the_encoder_makes_no_such_thing),
		cmocka_unit_test(test_a_long_list_is_walked),
		cmocka_unit_test(test_common_fields_are_found_by_what_they_are),
	};
	size_t n = 3;

	TABLE(rows, test_row);
	TABLE(bodies, test_body);
	TABLE(envelopes, test_envelope);
	return cmocka_run_group_tests_name("other", tests, NULL, NULL);
}
