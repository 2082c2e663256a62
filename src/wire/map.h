/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_MAP_H
#define WIRE_MAP_H

/*
 * A MAP field: up to 32 short names with flat values, 4 KiB in all, kept as
 * its encoding.  Made here, in order whatever the order of the calls, and
 * looked at here.
 *
 * Knows wire/item.h.  Does not know messages.
 */

#include "wire/item.h"

#define MAP_ENTRIES	32
#define MAP_BYTES	4096

struct map_entry {
	struct span	key;
	struct item	value;	/* UINT, BOOL, TEXT, BYTES or ARRAY */
	struct reader	items;	/* of an ARRAY: value.n of the other four */
};

struct map_reader {
	struct reader	r;
	size_t		left;
	struct span	last;
};

/* MALFORMED if it is no map, or longer than one may be. */
enum err map_open(struct span map, struct map_reader *m);

/* NOT_FOUND after the last entry, and then only if nothing follows it. */
enum err map_next(struct map_reader *m, struct map_entry *e);

/* NOT_FOUND if there is no such key. */
enum err map_find(struct span map, const char *key, struct map_entry *e);

/* A map being made.  Keys are borrowed until map_end(), values copied; the
 * first thing that goes wrong is what map_end() returns. */
struct map_maker {
	enum err	failed;
	size_t		n;
	struct map_pair {
		const char	*key;
		struct span	 value;
	}		pairs[MAP_ENTRIES];
	struct writer	w;
	uint8_t		values[MAP_BYTES];
};

void map_begin(struct map_maker *m);
void map_put_uint(struct map_maker *m, const char *key, uint64_t n);
void map_put_bool(struct map_maker *m, const char *key, int yes);
void map_put_text(struct map_maker *m, const char *key, struct span s);
void map_put_bytes(struct map_maker *m, const char *key, struct span s);
void map_put_texts(struct map_maker *m, const char *key,
    const struct span *s, size_t n);

/* Write it to buf; *map is that.  LIMIT if there is too much of it, INTERNAL
 * for a key that none may be, or one given twice. */
enum err map_end(struct map_maker *m, uint8_t *buf, size_t cap,
    struct span *map);

#endif
