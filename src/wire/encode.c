/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/when.h"
#include "wire/table.h"

/* What the decoder would refuse is a fault of ours. */
static enum err
ours(enum err e)
{
	return e == ERR_MALFORMED ? ERR_INTERNAL : e;
}

static enum err
put_uint(struct writer *w, const struct field *f, const void *from)
{
	uint64_t n;

	memcpy(&n, from, sizeof(n));
	if (n < f->min || n > f->max)
		return ERR_INTERNAL;
	return item_put_uint(w, n);
}

static enum err
put_bool(struct writer *w, const void *from)
{
	bool yes;

	memcpy(&yes, from, sizeof(yes));
	return item_put_bool(w, yes);
}

static struct span
kept(const void *from)
{
	struct span s = { (const uint8_t *)from + STRING_AT, 0 };

	memcpy(&s.len, from, sizeof(s.len));
	return s;
}

static enum err
put_text(struct writer *w, const struct field *f, const void *from)
{
	TRY(ours(wire_check_text(f, kept(from))));
	return item_put_text(w, kept(from));
}

static enum err
put_when(struct writer *w, uint64_t seconds)
{
	char text[WHEN_LEN + 1];

	if (seconds > WHEN_MAX)
		return ERR_INTERNAL;
	when_format(seconds, text);
	return item_put_text(w, span_text(text));
}

static enum err
put_time(struct writer *w, const struct wire_time *t)
{
	return t->as_number ? item_put_uint(w, t->seconds) :
	    put_when(w, t->seconds);
}

static enum err
put_bytes(struct writer *w, const struct field *f, const void *from)
{
	struct span s;

	if (f->kind == BORROWED)
		memcpy(&s, from, sizeof(s));
	else
		s = kept(from);
	if (s.len < f->min || s.len > f->max)
		return ERR_INTERNAL;
	return item_put_bytes(w, s);
}

static enum err
put_word(struct writer *w, const struct set *set, const void *from)
{
	unsigned value;

	memcpy(&value, from, sizeof(value));
	if (value < 1 || value > set->n)
		return ERR_INTERNAL;
	return item_put_key(w, set->words[value - 1]);
}

static enum err
put_map(struct writer *w, const void *from)
{
	struct span s;

	memcpy(&s, from, sizeof(s));
	TRY(ours(wire_check_map(s)));
	return item_put_raw(w, s);
}

static enum err put_rows(struct writer *w, const struct spec *s,
    const void *body, const struct field *without);

static enum err
put_value(struct writer *w, const struct field *f, const void *from)
{
	switch (f->kind) {
	case UINT:
		return put_uint(w, f, from);
	case BOOL:
		return put_bool(w, from);
	case TEXT:
		return put_text(w, f, from);
	case WHEN:
		return put_when(w, *(const uint64_t *)from);
	case TIME:
		return put_time(w, from);
	case BYTES:
	case BORROWED:
		return put_bytes(w, f, from);
	case ENUM:
		return put_word(w, f->set, from);
	case MAP:
		return put_map(w, from);
	case GROUP:
		return put_rows(w, wire_spec(f->group), from, NULL);
	}
	return ERR_INTERNAL;
}

static enum err
put_long(struct writer *w, const struct field *f, const void *from)
{
	struct wire_long l;

	memcpy(&l, from, sizeof(l));
	TRY(ours(wire_check_long(f, &l)));
	TRY(item_put_array(w, l.count));
	return item_put_raw(w, l.items);
}

static enum err
put_list(struct writer *w, const struct field *f, const uint8_t *from)
{
	size_t n;

	memcpy(&n, from, sizeof(n));
	if (n < f->least || n > f->most)
		return ERR_INTERNAL;
	TRY(item_put_array(w, n));
	for (size_t i = 0; i < n; i++)
		TRY(put_value(w, f, from + sizeof(n) + i * f->stride));
	return ERR_OK;
}

static enum err
put_field(struct writer *w, const struct field *f, const uint8_t *from)
{
	TRY(item_put_key(w, f->name));
	switch (f->plural) {
	case ONE:
		return put_value(w, f, from);
	case LIST:
		return put_list(w, f, from);
	case LONG:
		return put_long(w, f, from);
	}
	return ERR_INTERNAL;
}

static enum err
put_rows(struct writer *w, const struct spec *s, const void *body,
    const struct field *without)
{
	const struct field *end = s->fields + s->nfields;
	size_t n = 0;

	for (const struct field *f = s->fields; f < end; f++)
		n += f != without && wire_present(f, body);
	TRY(item_put_map(w, n));
	for (const struct field *f = s->fields; f < end; f++)
		if (f != without && wire_present(f, body))
			TRY(put_field(w, f, (const uint8_t *)body +
			    f->offset));
	return ERR_OK;
}

/* A writer that ends where the buffer does, or the message must. */
static struct writer
bounded(const struct msg *m, const struct spec *s, uint8_t *buf, size_t cap)
{
	size_t allowed = wire_allowed(s, &m->body);

	return writer_of(buf, cap < allowed ? cap : allowed);
}

enum err
wire_encode_body(const struct msg *m, const char *without, uint8_t *buf,
    size_t cap, size_t *len)
{
	const struct spec *s = wire_spec(m->type);
	const struct field *left_out = NULL;
	struct writer w;

	if (s == NULL)
		return ERR_INTERNAL;
	if (without != NULL && (left_out = wire_field(s, without)) == NULL)
		return ERR_INTERNAL;
	w = bounded(m, s, buf, cap);
	TRY(put_rows(&w, s, &m->body, left_out));
	*len = (size_t)(w.at - buf);
	return ERR_OK;
}

enum err
wire_encode_object(const struct msg *m, uint8_t *buf, size_t cap, size_t *len)
{
	return wire_encode_body(m, NULL, buf, cap, len);
}

enum err
wire_encode(const struct msg *m, uint8_t *buf, size_t cap, size_t *len)
{
	const struct spec *s = wire_spec(m->type);
	struct writer w;

	if (s == NULL || s->class != CLASS_MESSAGE)
		return ERR_INTERNAL;
	w = bounded(m, s, buf, cap);
	TRY(item_put_map(&w, 2));
	TRY(item_put_key(&w, "body"));
	TRY(put_rows(&w, s, &m->body, NULL));
	TRY(item_put_key(&w, "type"));
	TRY(item_put_key(&w, s->name));
	*len = (size_t)(w.at - buf);
	return ERR_OK;
}
