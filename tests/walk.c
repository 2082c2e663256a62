/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/walk.h"

uint8_t walk_room[WALK_ROOM];
struct walked walked[256];

static uint8_t made[WALK_ROOM + 1024];
static struct msg m;

void
walk_add(struct writer *w, struct span s)
{
	assert_err(item_put_raw(w, s), ERR_OK);
}

void
walk_byte(struct writer *w, unsigned byte)
{
	walk_add(w, (struct span){ &(uint8_t){ (uint8_t)byte }, 1 });
}

/* A head whose number takes so many bytes, needed or not. */
void
walk_head(struct writer *w, unsigned major, uint64_t n, unsigned width)
{
	static const unsigned info[] = { [1] = 24, [2] = 25, [4] = 26,
	    [8] = 27 };

	walk_byte(w, major << 5 | (width == 0 ? (unsigned)n : info[width]));
	while (width-- > 0)
		walk_byte(w, n >> 8 * width & 0xff);
}

unsigned
walk_width(uint64_t n)
{
	return n < 24 ? 0 : n <= UINT8_MAX ? 1 : n <= UINT16_MAX ? 2 :
	    n <= UINT32_MAX ? 4 : 8;
}

void
walk_short(struct writer *w, unsigned major, uint64_t n)
{
	walk_head(w, major, n, walk_width(n));
}

struct span
walk_done(const struct writer *w, const uint8_t *from)
{
	return (struct span){ from, (size_t)(w->at - from) };
}

static struct span
join(struct span a, struct span b, struct span c)
{
	struct writer w = writer_of(made, sizeof(made));

	walk_add(&w, a);
	walk_add(&w, b);
	walk_add(&w, c);
	return walk_done(&w, made);
}

static struct span
in_envelope(enum msg_type type, struct span body)
{
	static uint8_t envelope[WALK_ROOM + 2048];
	struct writer w = writer_of(envelope, sizeof(envelope));
	struct span name = span_text(wire_name(type));

	if (wire_spec(type)->class != CLASS_MESSAGE)
		return body;
	walk_add(&w, span_text("\xa2\x64" "body"));
	walk_add(&w, body);
	walk_add(&w, span_text("\x64" "type"));
	walk_short(&w, 3, name.len);
	walk_add(&w, name);
	return walk_done(&w, envelope);
}

static enum err
decode(enum msg_type type, struct span in)
{
	return wire_spec(type)->class == CLASS_MESSAGE ?
	    wire_decode(in, &m) : wire_decode_object(type, in, &m);
}

/* What was taken is said again with the same bytes. */
static void
expect_again(enum msg_type type, struct span in)
{
	static uint8_t again[WIRE_MAX];
	size_t len;

	assert_err(wire_spec(type)->class == CLASS_MESSAGE ?
	    wire_encode(&m, again, sizeof(again), &len) :
	    wire_encode_object(&m, again, sizeof(again), &len), ERR_OK);
	assert_int_equal(len, in.len);
	assert_memory_equal(again, in.at, len);
}

void
walk_expect(enum msg_type type, const char *name, const char *what,
    struct span in, enum err want)
{
	enum err got = decode(type, in);

	/* Which of the two is said first is not laid down. */
	if (in.len > wire_bound(type) && (want == ERR_OK || got == ERR_LIMIT))
		want = ERR_LIMIT;
	if (got != want)
		fail_msg("%s.%s: %s: %s, not %s", wire_name(type), name, what,
		    err_name(got), err_name(want));
	if (got == ERR_OK) {
		expect_again(type, in);
		walked[type].taken++;
	} else {
		assert_int_equal(m.type, MSG_NONE);
		walked[type].refused++;
	}
}

void
walk_try(const struct place *p, struct span value, const char *what,
    enum err want)
{
	walk_expect(p->type, p->f->name, what, in_envelope(p->type,
	    join(p->before, value, p->after)), want);
}

void
walk_refuse(const struct place *p, struct span value, const char *what)
{
	walk_try(p, value, what, ERR_MALFORMED);
}

void
walk_try_text(const struct place *p, struct span text, const char *what,
    enum err want)
{
	static uint8_t value[4096];
	struct writer w = writer_of(value, sizeof(value));

	walk_short(&w, 3, text.len);
	walk_add(&w, text);
	walk_try(p, walk_done(&w, value), what, want);
}

