/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/when.h"
#include "wire/table.h"

/* A string of a field's own bounds, to where it is kept. */
static void
keep(void *to, struct span s)
{
	memcpy(to, &s.len, sizeof(s.len));
	if (s.len > 0)
		memcpy((uint8_t *)to + STRING_AT, s.at, s.len);
}

static enum err
get_uint(struct reader *r, const struct field *f, void *to)
{
	uint64_t n;

	TRY(item_uint(r, &n));
	if (n < f->min || n > f->max)
		return ERR_MALFORMED;
	memcpy(to, &n, sizeof(n));
	return ERR_OK;
}

static enum err
get_bool(struct reader *r, void *to)
{
	bool value;
	int yes;

	TRY(item_bool(r, &yes));
	value = yes != 0;
	memcpy(to, &value, sizeof(value));
	return ERR_OK;
}

static enum err
get_text(struct reader *r, const struct field *f, void *to)
{
	struct span s;

	TRY(item_text(r, f->min, f->max, &s));
	TRY(wire_check_text(f, s));
	keep(to, s);
	return ERR_OK;
}

static enum err
get_when(struct reader *r, uint64_t *seconds)
{
	struct span s;

	TRY(item_text(r, WHEN_LEN, WHEN_LEN, &s));
	return when_parse((const char *)s.at, s.len, seconds);
}

static enum err
get_time(struct reader *r, struct wire_time *t)
{
	*t = (struct wire_time){ 0 };
	t->as_number = item_uint(r, &t->seconds) == ERR_OK;
	return t->as_number ? ERR_OK : get_when(r, &t->seconds);
}

static enum err
get_bytes(struct reader *r, const struct field *f, void *to)
{
	struct span s;

	TRY(item_bytes(r, f->min, f->max, &s));
	if (f->kind == BORROWED)
		memcpy(to, &s, sizeof(s));
	else
		keep(to, s);
	return ERR_OK;
}

static enum err
get_word(struct reader *r, const struct set *set, void *to)
{
	for (unsigned i = 0; i < set->n; i++)
		if (item_key(r, set->words[i]) == ERR_OK) {
			memcpy(to, &(unsigned){ i + 1 }, sizeof(i));
			return ERR_OK;
		}
	return ERR_MALFORMED;
}

static enum err
get_map(struct reader *r, void *to)
{
	struct span s;

	TRY(item_skip(r, 2, &s));
	TRY(wire_check_map(s));
	memcpy(to, &s, sizeof(s));
	return ERR_OK;
}

static enum err get_rows(struct reader *r, const struct spec *s, void *body);

enum err
wire_get_value(struct reader *r, const struct field *f, void *to)
{
	switch (f->kind) {
	case UINT:
		return get_uint(r, f, to);
	case BOOL:
		return get_bool(r, to);
	case TEXT:
		return get_text(r, f, to);
	case WHEN:
		return get_when(r, to);
	case TIME:
		return get_time(r, to);
	case BYTES:
	case BORROWED:
		return get_bytes(r, f, to);
	case ENUM:
		return get_word(r, f->set, to);
	case MAP:
		return get_map(r, to);
	case GROUP:
		return get_rows(r, wire_spec(f->group), to);
	}
	return ERR_INTERNAL;
}

/* Each in its turn into the same place: what counts is that they are right. */
static enum err
look_at(struct reader *r, const struct field *f, size_t n)
{
	uint64_t scratch[SCRATCH / sizeof(uint64_t)];

	if (f->stride > sizeof(scratch))
		return ERR_INTERNAL;
	for (; n > 0; n--) {
		memset(scratch, 0, f->stride);
		TRY(wire_get_value(r, f, scratch));
	}
	return ERR_OK;
}

enum err
wire_check_long(const struct field *f, const struct wire_long *l)
{
	struct reader r = reader_of(l->items);

	if (l->count < f->least || l->count > f->most)
		return ERR_MALFORMED;
	TRY(look_at(&r, f, l->count));
	return item_done(&r);
}

static enum err
get_many(struct reader *r, const struct field *f, uint8_t *to)
{
	struct wire_long l;

	TRY(item_array(r, &l.count));
	if (l.count < f->least || l.count > f->most)
		return ERR_MALFORMED;
	if (f->plural == LONG) {
		l.items.at = r->at;
		TRY(look_at(r, f, l.count));
		l.items.len = (size_t)(r->at - l.items.at);
		memcpy(to, &l, sizeof(l));
		return ERR_OK;
	}
	memcpy(to, &l.count, sizeof(l.count));
	for (size_t i = 0; i < l.count; i++)
		TRY(wire_get_value(r, f, to + sizeof(l.count) +
		    i * f->stride));
	return ERR_OK;
}

/* The fields that are there, in the order of the rows; nothing else is. */
static enum err
get_rows(struct reader *r, const struct spec *s, void *body)
{
	uint8_t *base = body;
	size_t left;

	TRY(item_map(r, &left));
	for (size_t i = 0; i < s->nfields; i++) {
		const struct field *f = &s->fields[i];

		if (left == 0 || item_key(r, f->name) != ERR_OK) {
			if (f->flag == NO_FLAG)
				return ERR_MALFORMED;
			continue;
		}
		left--;
		if (f->flag != NO_FLAG)
			memcpy(base + f->flag, &(bool){ true }, sizeof(bool));
		TRY(f->plural != ONE ? get_many(r, f, base + f->offset) :
		    wire_get_value(r, f, base + f->offset));
	}
	return left == 0 ? ERR_OK : ERR_MALFORMED;
}

struct envelope {
	struct span	body;
	struct span	type;
};

/*
 * {"body": map, "type": tstr}.  The type, which says what the body must be,
 * comes last, so the body is stepped over first: a map of its own and three
 * levels at most.
 */
static enum err
open_envelope(struct span in, struct envelope *e)
{
	struct reader r = reader_of(in), body;
	size_t n;

	if (in.len > WIRE_MAX)
		return ERR_LIMIT;
	TRY(item_map(&r, &n));
	if (n != 2)
		return ERR_MALFORMED;
	TRY(item_key(&r, "body"));
	TRY(item_skip(&r, 3, &e->body));
	body = reader_of(e->body);
	TRY(item_map(&body, &n));
	TRY(item_key(&r, "type"));
	TRY(item_text(&r, 1, 64, &e->type));
	return item_done(&r);
}

enum err
wire_body(struct span envelope, struct span *body)
{
	struct envelope e;

	TRY(open_envelope(envelope, &e));
	*body = e.body;
	return ERR_OK;
}

/* len is what the bound is for: the envelope, or the map alone. */
static enum err
decode_map(enum msg_type type, struct span map, size_t len, struct msg *m)
{
	const struct spec *s = wire_spec(type);
	struct reader r = reader_of(map);

	if (s == NULL)
		return ERR_NOT_FOUND;
	if (len > wire_bound(type))
		return ERR_LIMIT;
	m->type = type;
	TRY(get_rows(&r, s, &m->body));
	TRY(item_done(&r));
	return len <= wire_allowed(s, &m->body) ? ERR_OK : ERR_LIMIT;
}

static enum err
decode_envelope(struct span envelope, struct msg *m)
{
	enum msg_type type;
	struct envelope e;

	TRY(open_envelope(envelope, &e));
	TRY(wire_find(e.type, &type));
	if (wire_spec(type)->class != CLASS_MESSAGE)
		return ERR_NOT_FOUND;
	return decode_map(type, e.body, envelope.len, m);
}

/* A half-filled message never leaves here. */
static enum err
whole_or_empty(enum err e, struct msg *m)
{
	if (e != ERR_OK)
		wire_wipe(m);
	return e;
}

enum err
wire_decode(struct span envelope, struct msg *m)
{
	memset(m, 0, sizeof(*m));
	return whole_or_empty(decode_envelope(envelope, m), m);
}

enum err
wire_decode_object(enum msg_type type, struct span map, struct msg *m)
{
	memset(m, 0, sizeof(*m));
	return whole_or_empty(decode_map(type, map, map.len, m), m);
}

enum err
wire_next(struct reader *items, enum msg_type type, struct msg *m)
{
	const struct spec *s = wire_spec(type);
	enum err e;

	m->type = MSG_NONE;
	if (s == NULL)
		return ERR_NOT_FOUND;
	memset(&m->body, 0, s->size);
	e = get_rows(items, s, &m->body);
	if (e == ERR_OK)
		m->type = type;
	else
		explicit_bzero(&m->body, s->size);
	return e;
}

void
wire_wipe(struct msg *m)
{
	explicit_bzero(m, sizeof(*m));
}
