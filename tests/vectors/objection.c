/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/objection.h"

#include <stdbool.h>

#define DEPTH 64

enum major { UINT, NINT, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

struct walk {
	struct span	 rest;
	const char	*why;		/* the first objection */
	bool		 broken;	/* not well-formed */
};

static void
object_to(struct walk *w, const char *why)
{
	if (w->why == NULL)
		w->why = why;
}

static uint64_t
take(struct walk *w, size_t n)
{
	uint64_t value = 0;

	if (n > w->rest.len) {
		w->broken = true;
		return 0;
	}
	for (; n > 0; n--, w->rest.at++, w->rest.len--)
		value = value << 8 | *w->rest.at;
	return value;
}

/* The argument of a head, and objections to a form longer than it needs. */
static uint64_t
argument(struct walk *w, unsigned info)
{
	static const uint64_t least[] = { 24, 0x100, 0x10000, 0x100000000 };
	uint64_t n;

	if (info < 24)
		return info;
	if (info > 27) {
		w->broken = true;
		return 0;
	}
	n = take(w, (size_t)1 << (info - 24));
	if (n < least[info - 24])
		object_to(w, "not deterministic: a head longer than needed");
	return n;
}

static void item(struct walk *w, unsigned depth);

static bool
at_break(struct walk *w)
{
	if (w->rest.len == 0 || *w->rest.at != 0xff)
		return false;
	take(w, 1);
	return true;
}

/* Chunks of one kind up to a break, or items, in pairs for a map. */
static void
indefinite(struct walk *w, unsigned major, unsigned depth)
{
	size_t n = 0;

	object_to(w, "not deterministic: an indefinite length");
	for (; !w->broken && !at_break(w); n++) {
		if (w->rest.len == 0)
			w->broken = true;
		else if (major >= ARRAY)
			item(w, depth);
		else if (*w->rest.at >> 5 != major ||
		    (*w->rest.at & 31) == 31)
			w->broken = true;
		else
			item(w, depth);
	}
	if (major == MAP && n % 2 != 0)
		w->broken = true;
}

static void
string(struct walk *w, unsigned major, uint64_t len)
{
	if (len > w->rest.len) {
		w->broken = true;
		return;
	}
	if (major == TEXT && memchr(w->rest.at, 0, (size_t)len) != NULL)
		object_to(w, "a text with NUL");
	w->rest.at += len;
	w->rest.len -= (size_t)len;
}

/* Bytewise: a key may not come before the one before it, nor be it. */
static void
check_order(struct walk *w, struct span last, struct span key)
{
	size_t common = last.len < key.len ? last.len : key.len;
	int order = last.at != NULL ? memcmp(last.at, key.at, common) : -1;

	if (order > 0 || (order == 0 && last.len > key.len))
		object_to(w, "not deterministic: keys out of order");
	else if (order == 0 && last.len == key.len)
		object_to(w, "a key twice");
}

static void
entries(struct walk *w, unsigned major, uint64_t n, unsigned depth)
{
	struct span last = { 0 };

	for (; n > 0 && !w->broken; n--) {
		struct span key = w->rest;

		item(w, depth);
		if (major != MAP || w->broken)
			continue;
		key.len -= w->rest.len;
		check_order(w, last, key);
		last = key;
		item(w, depth);
	}
}

static void
simple(struct walk *w, unsigned info)
{
	if (info == 24 && take(w, 1) < 32)
		w->broken = true;
	else if (info >= 25 && info <= 27)
		take(w, (size_t)1 << (info - 24));
	else if (info >= 28)
		w->broken = true;
	if (info >= 25 && info <= 27)
		object_to(w, "a float, which no message of ours has");
	else if (info == 23)
		object_to(w, "undefined, which no message of ours has");
	else if (info < 20 || info == 24)
		object_to(w, "a simple value, which no message of ours has");
}

static void
item(struct walk *w, unsigned depth)
{
	unsigned head = (unsigned)take(w, 1), major = head >> 5;
	uint64_t n;

	if (w->broken || depth == 0) {
		w->broken = true;
		return;
	}
	if (major == SIMPLE) {
		simple(w, head & 31);
		return;
	}
	if ((head & 31) == 31 && major >= BYTES && major <= MAP) {
		indefinite(w, major, depth - 1);
		return;
	}
	n = argument(w, head & 31);
	if (major == TAG && (n == 2 || n == 3))
		object_to(w, "a big number, which no message of ours has");
	if (major == TAG)
		item(w, depth - 1);
	else if (major >= ARRAY)
		entries(w, major, n, depth - 1);
	else if (major >= BYTES)
		string(w, major, n);
}

const char *
objection(struct span bytes)
{
	struct walk w = { .rest = bytes };

	item(&w, DEPTH);
	return w.broken || w.rest.len > 0 ? NOT_CBOR : w.why;
}
