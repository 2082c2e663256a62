/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/map.h"

#include "wire/table.h"

static int
is_flat(enum item_kind kind)
{
	return kind == ITEM_UINT || kind == ITEM_BOOL || kind == ITEM_TEXT ||
	    kind == ITEM_BYTES;
}

static enum err
check_key(struct span key)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";

	for (size_t i = 0; i < key.len; i++)
		if (key.at[i] == '\0' || strchr(allowed, key.at[i]) == NULL)
			return ERR_MALFORMED;
	return ERR_OK;
}

/* Text keys in order: shorter first, then bytewise. */
static int
in_order(struct span a, struct span b)
{
	if (a.len != b.len)
		return a.len < b.len;
	return memcmp(a.at, b.at, a.len) < 0;
}

static enum err
skip_flat(struct reader *r, uint64_t n)
{
	struct item i;

	for (; n > 0; n--) {
		TRY(item_next(r, &i));
		if (!is_flat(i.kind))
			return ERR_MALFORMED;
	}
	return ERR_OK;
}

enum err
map_open(struct span map, struct map_reader *m)
{
	*m = (struct map_reader){ .r = reader_of(map) };
	if (map.len > MAP_BYTES)
		return ERR_MALFORMED;
	TRY(item_map(&m->r, &m->left));
	return m->left <= MAP_ENTRIES ? ERR_OK : ERR_MALFORMED;
}

enum err
map_next(struct map_reader *m, struct map_entry *e)
{
	struct reader *r = &m->r;

	if (m->left == 0) {
		TRY(item_done(r));
		return ERR_NOT_FOUND;
	}
	TRY(item_text(r, 1, 64, &e->key));
	TRY(check_key(e->key));
	if (m->last.at != NULL && !in_order(m->last, e->key))
		return ERR_MALFORMED;

	TRY(item_next(r, &e->value));
	e->items = (struct reader){ r->at, r->at };
	if (e->value.kind == ITEM_ARRAY) {
		TRY(skip_flat(r, e->value.n));
		e->items.end = r->at;
	} else if (!is_flat(e->value.kind)) {
		return ERR_MALFORMED;
	}
	m->last = e->key;
	m->left--;
	return ERR_OK;
}

enum err
map_find(struct span map, const char *key, struct map_entry *e)
{
	struct map_reader m;

	TRY(map_open(map, &m));
	do
		TRY(map_next(&m, e));
	while (!span_equal(e->key, span_text(key)));
	return ERR_OK;
}

enum err
wire_check_map(struct span s)
{
	struct map_reader m;
	struct map_entry e;
	enum err found;

	TRY(map_open(s, &m));
	do
		found = map_next(&m, &e);
	while (found == ERR_OK);
	return found == ERR_NOT_FOUND ? ERR_OK : found;
}

void
map_begin(struct map_maker *m)
{
	m->failed = ERR_OK;
	m->n = 0;
	m->w = writer_of(m->values, sizeof(m->values));
}

/* Give the key what was written since; e says whether it could be. */
static void
add(struct map_maker *m, const char *key, const uint8_t *since, enum err e)
{
	if (m->failed == ERR_OK && m->n == MAP_ENTRIES)
		m->failed = ERR_LIMIT;
	if (m->failed == ERR_OK)
		m->failed = e;
	if (m->failed == ERR_OK)
		m->pairs[m->n++] = (struct map_pair){ key,
		    { since, (size_t)(m->w.at - since) } };
}

void
map_put_uint(struct map_maker *m, const char *key, uint64_t n)
{
	const uint8_t *since = m->w.at;

	add(m, key, since, item_put_uint(&m->w, n));
}

void
map_put_bool(struct map_maker *m, const char *key, int yes)
{
	const uint8_t *since = m->w.at;

	add(m, key, since, item_put_bool(&m->w, yes));
}

void
map_put_text(struct map_maker *m, const char *key, struct span s)
{
	const uint8_t *since = m->w.at;

	add(m, key, since, item_put_text(&m->w, s));
}

void
map_put_bytes(struct map_maker *m, const char *key, struct span s)
{
	const uint8_t *since = m->w.at;

	add(m, key, since, item_put_bytes(&m->w, s));
}

void
map_put_texts(struct map_maker *m, const char *key, const struct span *s,
    size_t n)
{
	const uint8_t *since = m->w.at;
	enum err e = item_put_array(&m->w, n);

	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = item_put_text(&m->w, s[i]);
	add(m, key, since, e);
}

static void
sort(struct map_pair *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && in_order(span_text(p[k].key),
		    span_text(p[k - 1].key)); k--) {
			struct map_pair held = p[k];

			p[k] = p[k - 1];
			p[k - 1] = held;
		}
}

enum err
map_end(struct map_maker *m, uint8_t *buf, size_t cap, struct span *map)
{
	struct writer w = writer_of(buf, cap < MAP_BYTES ? cap : MAP_BYTES);
	struct span made;

	TRY(m->failed);
	sort(m->pairs, m->n);
	TRY(item_put_map(&w, m->n));
	for (size_t i = 0; i < m->n; i++) {
		TRY(item_put_key(&w, m->pairs[i].key));
		TRY(item_put_raw(&w, m->pairs[i].value));
	}
	made = (struct span){ buf, (size_t)(w.at - buf) };
	if (wire_check_map(made) != ERR_OK)
		return ERR_INTERNAL;
	*map = made;
	return ERR_OK;
}
