/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/walk.h"

static const char *const foreign[] = {
	"00", "17", "1818", "20", "3863", "40", "4178", "60", "6178",
	"80", "8100", "816178", "a0", "a1617800", "f4", "f5", "f6", "f7",
	"e0", "f818", "f8ff", "f90000", "fa00000000", "fb0000000000000000",
	"1c", "3d", "5e", "7c", "9d", "be", "dc", "fc", "ff",
	"5f4178ff", "7f6178ff", "9f00ff", "bf617800ff", "5fff", "9fff",
	"c000", "c1 00", "c24100", "d8184100", "d9d9f7a0",
};

bool
walk_takes(const struct field *f, bool one, unsigned major)
{
	static const unsigned of[] = { [UINT] = 1 << 0, [BOOL] = 1 << 7,
	    [TEXT] = 1 << 3, [WHEN] = 1 << 3, [TIME] = 1 << 0 | 1 << 3,
	    [BYTES] = 1 << 2, [BORROWED] = 1 << 2, [ENUM] = 1 << 3,
	    [MAP] = 1 << 5, [GROUP] = 1 << 5 };
	const unsigned set = f->plural != ONE && !one ? 1 << 4 : of[f->kind];

	return (set & 1u << major) != 0;
}

/* As it is, but of another kind; one is an item of a list. */
static void
try_kinds(const struct place *p, bool one)
{
	const uint8_t first = p->value.at[0];
	struct writer w;

	for (unsigned major = 0; major < 8; major++) {
		if (walk_takes(p->f, one, major))
			continue;
		w = writer_of(walk_room, sizeof(walk_room));
		walk_byte(&w, major << 5 | (first & 0x1f));
		walk_add(&w, (struct span){ p->value.at + 1,
		    p->value.len - 1 });
		walk_refuse(p, walk_done(&w, walk_room), "another kind");
	}
	for (size_t i = 0; i < ROWS(foreign); i++) {
		size_t len = unhex(foreign[i], walk_room, sizeof(walk_room));

		if (!walk_takes(p->f, one, walk_room[0] >> 5) ||
		    (walk_room[0] & 0x1f) > 27)
			walk_refuse(p, (struct span){ walk_room, len },
			    foreign[i]);
	}
}

static void
try_heads(const struct place *p)
{
	struct reader r = reader_of(p->value);
	const unsigned major = p->value.at[0] >> 5;
	struct item i;
	struct span rest;
	struct writer w;

	assert_err(item_next(&r, &i), ERR_OK);
	rest = p->value;
	rest.at += 1 + walk_width(i.n);
	rest.len -= 1 + walk_width(i.n);
	for (unsigned width = 1; major != 7 && width <= 8; width *= 2) {
		if (width <= walk_width(i.n))
			continue;
		w = writer_of(walk_room, sizeof(walk_room));
		walk_head(&w, major, i.n, width);
		walk_add(&w, rest);
		walk_refuse(p, walk_done(&w, walk_room), "a long head");
	}
	for (unsigned info = 28; info <= 31; info++) {
		w = writer_of(walk_room, sizeof(walk_room));
		walk_byte(&w, major << 5 | info);
		walk_add(&w, info == 31 && (major == 2 || major == 3) ?
		    p->value : rest);
		walk_byte(&w, 0xff);
		walk_refuse(p, walk_done(&w, walk_room), "no definite length");
	}
}

static void
try_tags(const struct place *p)
{
	static const char *const tags[] = { "c0", "c1", "c6", "d2", "d81c",
	    "d818", "d83d", "d9d9f7", "db0000000000000001" };

	for (size_t i = 0; i < ROWS(tags); i++) {
		struct writer w = writer_of(walk_room, sizeof(walk_room));

		w.at += unhex(tags[i], walk_room, sizeof(walk_room));
		walk_add(&w, p->value);
		walk_refuse(p, walk_done(&w, walk_room), "a tag");
	}
}

static void try_value(const struct place *p, bool one);
static void try_fields(const struct place *around, const struct spec *s,
    const struct field *only);

static struct span
several(struct span item, uint64_t n, uint64_t said)
{
	struct writer w = writer_of(walk_room, sizeof(walk_room));

	walk_short(&w, 4, said);
	while (n-- > 0)
		walk_add(&w, item);
	return walk_done(&w, walk_room);
}

static void
try_lists(const struct place *p)
{
	static uint8_t before[16384];
	struct writer w = writer_of(before, sizeof(before));
	struct reader r = reader_of(p->value);
	struct place item = *p;
	size_t n;

	assert_err(item_array(&r, &n), ERR_OK);
	if (n == 0)
		return;
	assert_err(item_skip(&r, 4, &item.value), ERR_OK);
	assert_true(p->f->least <= 1);
	for (uint64_t k = p->f->least; k <= p->f->most + 1; k += k == 0 ||
	    k >= p->f->most ? 1 : p->f->most - k)
		walk_try(p, several(item.value, k, k), "a length of a list",
		    k <= p->f->most ? ERR_OK : ERR_MALFORMED);
	if (p->f->least > 0)
		walk_refuse(p, several(item.value, 0, 0), "nothing");
	walk_refuse(p, several(item.value, 1, 2), "less than it says");
	walk_refuse(p, several(item.value, 2, 1), "more than it says");

	walk_add(&w, p->before);
	walk_byte(&w, 0x81);
	item.before = walk_done(&w, before);
	try_value(&item, true);
}

static void
try_value(const struct place *p, bool one)
{
	try_kinds(p, one);
	try_heads(p);
	try_tags(p);
	if (p->f->plural != ONE && !one)
		try_lists(p);
	else if (p->f->kind == GROUP)
		try_fields(p, wire_spec(p->f->group), NULL);
	else
		walk_bounds(p);
}

struct pair { struct span key, value; };

/* The map's fields with one of them changed in some way, and its count. */
static void
try_pairs(const struct place *p, const struct pair *pairs, size_t n,
    const char *what, enum err want)
{
	struct writer w = writer_of(walk_room, sizeof(walk_room));

	walk_short(&w, 5, n);
	for (size_t i = 0; i < n; i++) {
		walk_add(&w, pairs[i].key);
		walk_add(&w, pairs[i].value);
	}
	walk_try(p, walk_done(&w, walk_room), what, want);
}

static size_t
read_pairs(struct span map, struct pair out[static 24])
{
	struct reader r = reader_of(map);
	size_t n;

	assert_err(item_map(&r, &n), ERR_OK);
	assert_true(n < 23);
	for (size_t i = 0; i < n; i++) {
		assert_err(item_skip(&r, 0, &out[i].key), ERR_OK);
		assert_err(item_skip(&r, 4, &out[i].value), ERR_OK);
	}
	return n;
}

/* Left out, twice, in another's place, under another name. */
static void
try_places(const struct place *p, const struct pair *pairs, size_t n,
    size_t at)
{
	const struct pair me = pairs[at];
	struct pair with[25];
	uint8_t name[64];

	memcpy(with, pairs, n * sizeof(*with));
	memmove(with + at, with + at + 1, (n - at - 1) * sizeof(*with));
	try_pairs(p, with, n - 1, "left out", p->f->flag == NO_FLAG ?
	    ERR_MALFORMED : ERR_OK);
	for (size_t to = 0; to < n; to++) {
		memmove(with + to + 1, with + to, (n - 1 - to) *
		    sizeof(*with));
		with[to] = me;
		if (to != at)
			try_pairs(p, with, n, "out of order", ERR_MALFORMED);
		memmove(with + to, with + to + 1, (n - 1 - to) *
		    sizeof(*with));
	}
	memcpy(with, pairs, n * sizeof(*with));
	memmove(with + at + 1, with + at, (n - at) * sizeof(*with));
	try_pairs(p, with, n + 1, "twice", ERR_MALFORMED);

	memcpy(with, pairs, n * sizeof(*with));
	memcpy(name, me.key.at, me.key.len);
	with[at].key.at = name;
	name[me.key.len - 1]++;
	try_pairs(p, with, n, "another name", ERR_MALFORMED);
	name[me.key.len - 1] = me.key.at[me.key.len - 1];
	name[0] ^= 0x20;
	try_pairs(p, with, n, "a name that is bytes", ERR_MALFORMED);
	name[0] = 0x78;
	name[1] = me.key.at[0] & 0x1f;
	memcpy(name + 2, me.key.at + 1, me.key.len - 1);
	with[at].key.len++;
	try_pairs(p, with, n, "a long head of a name", ERR_MALFORMED);
}

/* A map as far as the value of one of its fields, and what follows that. */
static struct place
open_map(const struct place *around, const struct pair *pairs, size_t n,
    size_t at, uint8_t room[static 2][16384])
{
	struct writer before = writer_of(room[0], sizeof(room[0])),
	    after = writer_of(room[1], sizeof(room[1]));
	struct place p = *around;

	walk_add(&before, around->before);
	walk_short(&before, 5, n);
	for (size_t i = 0; i <= at; i++) {
		walk_add(&before, pairs[i].key);
		if (i < at)
			walk_add(&before, pairs[i].value);
	}
	for (size_t i = at + 1; i < n; i++) {
		walk_add(&after, pairs[i].key);
		walk_add(&after, pairs[i].value);
	}
	walk_add(&after, around->after);
	p.value = pairs[at].value;
	p.before = walk_done(&before, room[0]);
	p.after = walk_done(&after, room[1]);
	return p;
}

static const struct field *
row_of(const struct spec *s, struct span key)
{
	struct reader r = reader_of(key);
	size_t i = 0;

	while (item_key(&r, s->fields[i].name) != ERR_OK)
		assert_true(++i < s->nfields);
	return &s->fields[i];
}

/* The fields that are in this map, or only one of them. */
static void
try_fields(const struct place *around, const struct spec *s,
    const struct field *only)
{
	static uint8_t rooms[2][2][16384];
	struct pair pairs[24];
	const size_t n = read_pairs(around->value, pairs);

	for (size_t at = 0; at < n; at++) {
		const struct field *f = row_of(s, pairs[at].key);
		struct place whole = *around, p;

		if (only != NULL && f != only)
			continue;
		whole.f = f;
		try_places(&whole, pairs, n, at);
		p = open_map(around, pairs, n, at, rooms[only == NULL]);
		p.f = f;
		try_value(&p, false);
	}
}

void
walk_field(enum msg_type type, const struct field *f, struct span body)
{
	try_fields(&(struct place){ .type = type, .value = body },
	    wire_spec(type), f);
}
