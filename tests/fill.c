/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fill.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/when.h"
#include "wire/map.h"

/* Room for what spans point at, and for the items of LONG lists, taken from
 * front to back. */
static uint8_t pool[1 << 20], items[1 << 21];
static struct writer left, items_left;

/* No span is longer, and no LONG list has more items than a part of it. */
static size_t longest;
#define ITEMS_MAX (longest / 128)

/* The table is wrong if this is reached. */
static void
must(enum err e)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "fill: %s\n", err_name(e));
	abort();
}

static struct span
some_bytes(size_t len)
{
	struct span s = { left.at, len };

	if (len > (size_t)(left.end - left.at))
		must(ERR_LIMIT);
	memset(left.at, 'x', len);
	left.at += len;
	return s;
}

static void
keep(void *to, struct span s)
{
	memcpy(to, &s.len, sizeof(s.len));
	memcpy((uint8_t *)to + STRING_AT, s.at, s.len);
}

static struct span
some_text(const struct field *f, size_t len)
{
	struct span s = some_bytes(len);
	uint8_t *at = left.at - len;

	switch (f->grammar) {
	case ANY:
		break;
	case ID:
		memset(at + 1, '.', len - 1);
		break;
	case UUID:
		memcpy(at, "3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17", len);
		break;
	case SCOPE:
		at[len / 2] = ':';
		break;
	case CODE:
		memset(at, '7', len);
		break;
	}
	return s;
}

/* Thirty-two names of 64 letters; what is left goes to the last value. */
static struct span
some_map(enum fullness how)
{
	static struct map_maker maker;
	static char keys[MAP_ENTRIES][65];
	const size_t pair = 2 + 64 + 1, room = MAP_BYTES - 2;
	struct span map;

	map_begin(&maker);
	for (size_t i = 0; how != SMALLEST && i < MAP_ENTRIES; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%064zu", i);
		if (i + 1 < MAP_ENTRIES)
			map_put_uint(&maker, keys[i], i % 24);
		else
			map_put_bytes(&maker, keys[i], some_bytes(
			    room - MAP_ENTRIES * pair - 2));
	}
	must(map_end(&maker, left.at, MAP_BYTES, &map));
	left.at += map.len;
	return map;
}

static void put_rows(struct msg *m, uint8_t *body, const struct spec *s,
    enum fullness how);

static void
put_value(struct msg *m, const struct field *f, uint8_t *to,
    enum fullness how)
{
	uint64_t n = how == SMALLEST ? f->min : f->max;
	struct wire_time time = { how == SMALLEST ? 0 : WHEN_MAX,
	    how == SMALLEST };
	struct span s;

	switch (f->kind) {
	case UINT:
		memcpy(to, &n, sizeof(n));
		break;
	case BOOL:
		memcpy(to, &(bool){ how != SMALLEST }, sizeof(bool));
		break;
	case TEXT:
		keep(to, some_text(f, n));
		break;
	case BYTES:
		keep(to, some_bytes(n));
		break;
	case WHEN:
		memcpy(to, &time.seconds, sizeof(time.seconds));
		break;
	case TIME:
		memcpy(to, &time, sizeof(time));
		break;
	case BORROWED:
		s = some_bytes(n < longest ? n : longest);
		memcpy(to, &s, sizeof(s));
		break;
	case ENUM:
		memcpy(to, &(unsigned){ how == SMALLEST ? 1 :
		    (unsigned)f->set->n }, sizeof(unsigned));
		break;
	case MAP:
		s = some_map(how);
		memcpy(to, &s, sizeof(s));
		break;
	case GROUP:
		put_rows(m, to, wire_spec(f->group), how);
		break;
	}
}

/* One item of a LONG list as its encoding. */
static void
put_item(const struct field *f, enum fullness how)
{
	uint8_t bytes[SCRATCH] = { 0 };
	struct msg m = { .type = f->group };
	struct writer before = left, *w = &items_left;
	struct span s = { bytes + STRING_AT, 0 };
	size_t len = 0;

	if (f->kind == GROUP) {
		put_rows(&m, (uint8_t *)&m.body, wire_spec(f->group), how);
		must(wire_encode_object(&m, w->at, (size_t)(w->end - w->at),
		    &len));
		w->at += len;
	} else if (f->kind == BYTES) {
		put_value(&m, f, bytes, how);
		memcpy(&s.len, bytes, sizeof(s.len));
		must(item_put_bytes(w, s));
	} else {
		must(ERR_INTERNAL);
	}
	left = before;
}

static void
put_long(const struct field *f, void *to, size_t n, enum fullness how)
{
	struct wire_long l = { n < ITEMS_MAX ? n : ITEMS_MAX,
	    { items_left.at, 0 } };

	for (size_t i = 0; i < l.count; i++)
		put_item(f, how);
	l.items.len = (size_t)(items_left.at - l.items.at);
	memcpy(to, &l, sizeof(l));
}

static void
put_field(struct msg *m, const struct field *f, uint8_t *body,
    enum fullness how)
{
	size_t n = how == SMALLEST ? f->least : f->most;
	uint8_t *to = body + f->offset;

	if (f->flag != NO_FLAG)
		memcpy(body + f->flag, &(bool){ true }, sizeof(bool));
	if (f->plural == ONE)
		put_value(m, f, to, how);
	if (f->plural == LONG)
		put_long(f, to, n, how);
	if (f->plural == LIST)
		memcpy(to, &n, sizeof(n));
	for (size_t i = 0; f->plural == LIST && i < n; i++)
		put_value(m, f, to + sizeof(n) + i * f->stride, how);
}

static void
put_rows(struct msg *m, uint8_t *body, const struct spec *s,
    enum fullness how)
{
	for (size_t i = 0; i < s->nfields; i++)
		if (how != SMALLEST || s->fields[i].flag == NO_FLAG)
			put_field(m, &s->fields[i], body, how);
}

static int
fits(const struct msg *m, const struct spec *s)
{
	static uint8_t buf[WIRE_MAX];
	size_t len;

	return (s->class == CLASS_MESSAGE ?
	    wire_encode(m, buf, sizeof(buf), &len) :
	    wire_encode_object(m, buf, sizeof(buf), &len)) != ERR_LIMIT;
}

static void
fill_once(struct msg *m, enum msg_type type, enum fullness how)
{
	left = writer_of(pool, sizeof(pool));
	items_left = writer_of(items, sizeof(items));
	memset(m, 0, sizeof(*m));
	m->type = type;
	put_rows(m, (uint8_t *)&m->body, wire_spec(type), how);
}

void
fill(struct msg *m, enum msg_type type, enum fullness how)
{
	longest = WIRE_MAX;
	fill_once(m, type, how);
	while (how == FITTING && !fits(m, wire_spec(type))) {
		longest = longest * 7 / 8;
		must(longest > 0 ? ERR_OK : ERR_LIMIT);
		fill_once(m, type, how);
	}
}

void
fill_with(struct msg *m, enum msg_type type, const struct field *f,
    enum fullness how)
{
	fill(m, type, SMALLEST);
	put_field(m, f, (uint8_t *)&m->body, how);
}
