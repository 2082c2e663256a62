/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/visit.h"

#include "base/when.h"
#include "wire/map.h"
#include "wire/table.h"

static const struct span no_name;

static void
show_number(const struct visitor *v, struct span name, enum item_kind kind,
    uint64_t n)
{
	v->value(v->self, name, &(struct wire_value){ .kind = kind, .n = n });
}

static void
show_string(const struct visitor *v, struct span name, enum item_kind kind,
    struct span s)
{
	v->value(v->self, name, &(struct wire_value){ .kind = kind,
	    .bytes = s });
}

static void
show_when(const struct visitor *v, struct span name, uint64_t seconds)
{
	char text[WHEN_LEN + 1];

	when_format(seconds, text);
	v->value(v->self, name, &(struct wire_value){ .kind = ITEM_TEXT,
	    .n = seconds, .bytes = span_text(text), .time = true });
}

static void
show_time(const struct visitor *v, struct span name, struct wire_time t)
{
	if (t.as_number)
		v->value(v->self, name, &(struct wire_value){
		    .kind = ITEM_UINT, .n = t.seconds, .time = true });
	else
		show_when(v, name, t.seconds);
}

static void
show_item(const struct visitor *v, struct span name, const struct item *i)
{
	if (i->kind == ITEM_TEXT || i->kind == ITEM_BYTES)
		show_string(v, name, i->kind, (struct span){ i->data, i->n });
	else
		show_number(v, name, i->kind, i->n);
}

static void
show_entry(const struct visitor *v, struct map_entry *e)
{
	struct item i;

	if (e->value.kind != ITEM_ARRAY) {
		show_item(v, e->key, &e->value);
		return;
	}
	v->open(v->self, e->key, ITEM_ARRAY);
	while (item_next(&e->items, &i) == ERR_OK)
		show_item(v, no_name, &i);
	v->close(v->self, ITEM_ARRAY);
}

static void
show_map(const struct visitor *v, struct span name, struct span map)
{
	struct map_reader m;
	struct map_entry e;

	v->open(v->self, name, ITEM_MAP);
	if (map_open(map, &m) == ERR_OK)
		while (map_next(&m, &e) == ERR_OK)
			show_entry(v, &e);
	v->close(v->self, ITEM_MAP);
}

/* The bytes of a string, or what a span points at. */
static struct span
string_of(const struct field *f, const uint8_t *from)
{
	struct span s;

	if (f->kind == BORROWED || f->kind == MAP) {
		memcpy(&s, from, sizeof(s));
		return s;
	}
	memcpy(&s.len, from, sizeof(s.len));
	s.at = from + STRING_AT;
	return s;
}

static void
show_hidden(const struct visitor *v, struct span name, const struct field *f,
    const uint8_t *from)
{
	v->value(v->self, name, &(struct wire_value){
	    .kind = f->kind == TEXT ? ITEM_TEXT : ITEM_BYTES,
	    .bytes = { NULL, string_of(f, from).len }, .hidden = true });
}

static void
show_word(const struct visitor *v, struct span name, const struct set *set,
    const void *from)
{
	unsigned n;

	memcpy(&n, from, sizeof(n));
	show_string(v, name, ITEM_TEXT, span_text(
	    n >= 1 && n <= set->n ? set->words[n - 1] : ""));
}

static void show_rows(const struct visitor *v, const struct spec *s,
    const uint8_t *body);

static void
show_value(const struct visitor *v, struct span name, const struct field *f,
    const uint8_t *from)
{
	struct wire_time t;
	uint64_t n;

	if (f->hidden) {
		show_hidden(v, name, f, from);
		return;
	}
	switch (f->kind) {
	case UINT:
		memcpy(&n, from, sizeof(n));
		show_number(v, name, ITEM_UINT, n);
		break;
	case BOOL:
		show_number(v, name, ITEM_BOOL, *from != 0);
		break;
	case TEXT:
		show_string(v, name, ITEM_TEXT, string_of(f, from));
		break;
	case BYTES:
	case BORROWED:
		show_string(v, name, ITEM_BYTES, string_of(f, from));
		break;
	case WHEN:
		memcpy(&n, from, sizeof(n));
		show_when(v, name, n);
		break;
	case TIME:
		memcpy(&t, from, sizeof(t));
		show_time(v, name, t);
		break;
	case ENUM:
		show_word(v, name, f->set, from);
		break;
	case MAP:
		show_map(v, name, string_of(f, from));
		break;
	case GROUP:
		v->open(v->self, name, ITEM_MAP);
		show_rows(v, wire_spec(f->group), from);
		v->close(v->self, ITEM_MAP);
		break;
	}
}

static void
show_long(const struct visitor *v, const struct field *f,
    const struct wire_long *l)
{
	uint64_t scratch[SCRATCH / sizeof(uint64_t)];
	struct reader r = reader_of(l->items);

	for (size_t i = 0; i < l->count; i++) {
		memset(scratch, 0, sizeof(scratch));
		if (wire_get_value(&r, f, scratch) == ERR_OK)
			show_value(v, no_name, f, (uint8_t *)scratch);
	}
}

static void
show_many(const struct visitor *v, const struct field *f, const uint8_t *from)
{
	struct wire_long l;

	v->open(v->self, span_text(f->name), ITEM_ARRAY);
	if (f->plural == LONG) {
		memcpy(&l, from, sizeof(l));
		show_long(v, f, &l);
	} else {
		memcpy(&l.count, from, sizeof(l.count));
		for (size_t i = 0; i < l.count && i < f->most; i++)
			show_value(v, no_name, f, from + sizeof(l.count) +
			    i * f->stride);
	}
	v->close(v->self, ITEM_ARRAY);
}

static void
show_rows(const struct visitor *v, const struct spec *s, const uint8_t *body)
{
	for (size_t i = 0; i < s->nfields; i++) {
		const struct field *f = &s->fields[i];

		if (!wire_present(f, body))
			continue;
		if (f->plural != ONE)
			show_many(v, f, body + f->offset);
		else
			show_value(v, span_text(f->name), f,
			    body + f->offset);
	}
}

void
wire_visit(const struct msg *m, const struct visitor *v)
{
	const struct spec *s = wire_spec(m->type);

	if (s != NULL)
		show_rows(v, s, (const uint8_t *)&m->body);
}
