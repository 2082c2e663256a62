/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds for every row of a table, whatever it says.  Compiled twice:
 * for the protocol, and as test_other for a table that is only a test.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/fill.h"

static uint8_t sent[WIRE_MAX + 64], again[WIRE_MAX];

static enum err
encode(const struct msg *m, uint8_t *buf, size_t cap, size_t *len)
{
	return wire_spec(m->type)->class == CLASS_MESSAGE ?
	    wire_encode(m, buf, cap, len) :
	    wire_encode_object(m, buf, cap, len);
}

static enum err
decode(enum msg_type type, size_t len, struct msg *m)
{
	struct span in = { sent, len };

	return wire_spec(type)->class == CLASS_MESSAGE ?
	    wire_decode(in, m) : wire_decode_object(type, in, m);
}

static char *
print(const struct msg *m)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	wire_print(f, m);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* Bytes, message, the same bytes; and the two messages look alike. */
static void
make_trip(const struct msg *m)
{
	struct msg got;
	size_t len, len_again;
	char *before, *after;

	assert_err(encode(m, sent, sizeof(sent), &len), ERR_OK);
	assert_err(decode(m->type, len, &got), ERR_OK);
	assert_int_equal(got.type, m->type);
	assert_err(encode(&got, again, sizeof(again), &len_again), ERR_OK);
	assert_int_equal(len_again, len);
	assert_memory_equal(again, sent, len);

	before = print(m);
	after = print(&got);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static const struct spec *
spec_of(enum msg_type type, struct msg *m)
{
	memset(m, 0xa5, sizeof(*m));
	return wire_spec(type);
}

#define EACH_TYPE(type) \
	enum msg_type type = (enum msg_type)1; type < wire_nspecs; type++

static void
test_smallest_and_largest_survive_the_trip(void **state)
{
	struct msg m;

	(void)state;
	for (EACH_TYPE(type)) {
		fill(&m, type, SMALLEST);
		make_trip(&m);
		fill(&m, type, FITTING);
		make_trip(&m);
	}
}

static void
test_each_field_alone_survives_the_trip(void **state)
{
	struct msg m;

	(void)state;
	for (EACH_TYPE(type)) {
		const struct spec *s = spec_of(type, &m);

		for (size_t i = 0; i < s->nfields; i++) {
			fill_with(&m, type, &s->fields[i], SMALLEST);
			make_trip(&m);
			fill_with(&m, type, &s->fields[i], LARGEST);
			if (encode(&m, sent, sizeof(sent), &(size_t){ 0 }) !=
			    ERR_LIMIT)
				make_trip(&m);
		}
	}
}

/* All of the first and the last bytes, and every so many between. */
static void
test_every_prefix_is_refused(void **state)
{
	struct msg m;
	size_t len;

	(void)state;
	for (EACH_TYPE(type))
		for (int how = SMALLEST; how <= FITTING; how += FITTING) {
			fill(&m, type, (enum fullness)how);
			assert_err(encode(&m, sent, sizeof(sent), &len),
			    ERR_OK);
			for (size_t n = 0; n < len; n += n > 2048 &&
			    n + 2048 < len ? 97 : 1)
				assert_err(decode(type, n, &m),
				    ERR_MALFORMED);
		}
}

static void
test_every_short_buffer_is_refused(void **state)
{
	struct msg m;
	size_t len, n;

	(void)state;
	for (EACH_TYPE(type)) {
		fill(&m, type, SMALLEST);
		assert_err(encode(&m, sent, sizeof(sent), &len), ERR_OK);
		for (size_t cap = 0; cap < len; cap++)
			assert_err(encode(&m, again, cap, &n), ERR_LIMIT);
	}
}

static void
test_more_than_the_bound_is_refused(void **state)
{
	struct msg m;

	(void)state;
	for (EACH_TYPE(type)) {
		size_t bound = wire_bound(type);

		memset(sent, 0, sizeof(sent));
		assert_true(bound > 0 && bound <= WIRE_MAX);
		if (spec_of(type, &m)->class != CLASS_MESSAGE)
			assert_err(decode(type, bound + 1, &m), ERR_LIMIT);
	}
}

/* A map without one field: fine for an optional one, else refused. */
static void
test_a_field_left_out(void **state)
{
	struct msg m, got;
	size_t len;

	(void)state;
	for (EACH_TYPE(type)) {
		const struct spec *s = spec_of(type, &m);

		for (size_t i = 0; i < s->nfields; i++) {
			const struct field *f = &s->fields[i];

			fill_with(&m, type, f, SMALLEST);
			assert_err(wire_encode_body(&m, f->name, sent,
			    sizeof(sent), &len), ERR_OK);
			assert_err(wire_decode_object(type,
			    (struct span){ sent, len }, &got),
			    f->flag == NO_FLAG ? ERR_MALFORMED : ERR_OK);
		}
		assert_err(wire_encode_body(&m, "no such field", sent,
		    sizeof(sent), &len), ERR_INTERNAL);
	}
}

static void
test_a_field_too_many_is_refused(void **state)
{
	static const uint8_t more[] = { 0x78, 24, 'z', 'z', 'z', 'z', 'z', 'z',
	    'z', 'z', 'z', 'z', 'z', 'z', 'z', 'z', 'z', 'z', 'z', 'z', 'z',
	    'z', 'z', 'z', 'z', 'z', 0x00 };
	struct msg m;
	size_t len;

	(void)state;
	for (EACH_TYPE(type)) {
		fill(&m, type, SMALLEST);
		assert_err(wire_encode_object(&m, sent, sizeof(sent), &len),
		    ERR_OK);
		sent[0]++;
		memcpy(sent + len, more, sizeof(more));
		assert_err(wire_decode_object(type,
		    (struct span){ sent, len + sizeof(more) }, &m),
		    ERR_MALFORMED);
	}
}

static void
test_a_count_too_large_is_refused(void **state)
{
	struct msg m;
	size_t len;

	(void)state;
	for (EACH_TYPE(type)) {
		fill(&m, type, SMALLEST);
		assert_err(wire_encode_object(&m, sent, sizeof(sent), &len),
		    ERR_OK);
		sent[0]++;
		assert_err(wire_decode_object(type,
		    (struct span){ sent, len }, &m), ERR_MALFORMED);
	}
}

static void
test_what_follows_is_refused(void **state)
{
	struct msg m;
	size_t len;

	(void)state;
	for (EACH_TYPE(type)) {
		fill(&m, type, SMALLEST);
		assert_err(encode(&m, sent, sizeof(sent), &len), ERR_OK);
		sent[len] = 0;
		assert_err(decode(type, len + 1, &m), ERR_MALFORMED);
	}
}

static void
test_what_is_refused_leaves_nothing(void **state)
{
	static const struct msg empty;
	struct msg m;
	size_t len;

	(void)state;
	for (EACH_TYPE(type)) {
		fill(&m, type, FITTING);
		assert_err(encode(&m, sent, sizeof(sent), &len), ERR_OK);
		assert_err(decode(type, len - 1, &m), ERR_MALFORMED);
		assert_memory_equal(&m, &empty, sizeof(m));
	}
}

static void
test_rows_stand_in_order(void **state)
{
	struct msg m;

	(void)state;
	for (EACH_TYPE(type)) {
		const struct spec *s = spec_of(type, &m);

		for (size_t i = 1; i < s->nfields; i++) {
			const char *a = s->fields[i - 1].name;
			const char *b = s->fields[i].name;

			if (strlen(a) > strlen(b) || (strlen(a) ==
			    strlen(b) && strcmp(a, b) >= 0))
				fail_msg("%s: %s before %s", s->name, a, b);
		}
	}
}

/* What is held in a message is small, and so is what is looked at. */
static void
test_rows_keep_to_their_kinds(void **state)
{
	struct msg m;

	(void)state;
	for (EACH_TYPE(type)) {
		const struct spec *s = spec_of(type, &m);

		assert_true(s->nfields > 0 && s->nfields < 23);
		for (size_t i = 0; i < s->nfields; i++) {
			const struct field *f = &s->fields[i];

			assert_true(f->min <= f->max);
			assert_true(f->least <= f->most);
			assert_true(f->kind != BYTES || f->max <= 1024);
			assert_true(f->plural != LONG || f->stride <= SCRATCH);
			assert_true(strlen(f->name) < 24);
			assert_true(f->kind != GROUP || wire_spec(
			    f->group)->class == CLASS_GROUP);
		}
	}
}

static void
test_names_are_found(void **state)
{
	enum msg_type found;

	(void)state;
	for (EACH_TYPE(type)) {
		assert_err(wire_find(span_text(wire_name(type)), &found),
		    ERR_OK);
		assert_int_equal(found, type);
	}
	assert_err(wire_find(span_text("nothing"), &found), ERR_NOT_FOUND);
	assert_err(wire_find(span_text("none"), &found), ERR_NOT_FOUND);
}

/* Only a MESSAGE travels in an envelope. */
static void
test_other_types_are_unknown_in_an_envelope(void **state)
{
	struct msg m;
	size_t len;

	(void)state;
	for (EACH_TYPE(type)) {
		struct writer w = writer_of(sent, sizeof(sent));

		if (spec_of(type, &m)->class == CLASS_MESSAGE)
			continue;
		fill(&m, type, SMALLEST);
		assert_err(wire_encode(&m, again, sizeof(again), &len),
		    ERR_INTERNAL);
		assert_err(wire_encode_object(&m, again, sizeof(again), &len),
		    ERR_OK);
		assert_err(item_put_map(&w, 2), ERR_OK);
		assert_err(item_put_key(&w, "body"), ERR_OK);
		assert_err(item_put_raw(&w, (struct span){ again, len }),
		    ERR_OK);
		assert_err(item_put_key(&w, "type"), ERR_OK);
		assert_err(item_put_key(&w, wire_name(type)), ERR_OK);
		assert_err(wire_decode((struct span){ sent,
		    (size_t)(w.at - sent) }, &m), ERR_NOT_FOUND);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest_and_largest_survive_the_trip),
		cmocka_unit_test(test_each_field_alone_survives_the_trip),
		cmocka_unit_test(test_every_prefix_is_refused),
		cmocka_unit_test(test_every_short_buffer_is_refused),
		cmocka_unit_test(test_more_than_the_bound_is_refused),
		cmocka_unit_test(test_a_field_left_out),
		cmocka_unit_test(test_a_field_too_many_is_refused),
		cmocka_unit_test(test_a_count_too_large_is_refused),
		cmocka_unit_test(test_what_follows_is_refused),
		cmocka_unit_test(test_what_is_refused_leaves_nothing),
		cmocka_unit_test(test_rows_stand_in_order),
		cmocka_unit_test(test_rows_keep_to_their_kinds),
		cmocka_unit_test(test_names_are_found),
		cmocka_unit_test(test_other_types_are_unknown_in_an_envelope),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
