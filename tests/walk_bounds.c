/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/walk.h"

#include <regex.h>

static void
try_hex(const struct place *p, const char *hex, const char *what)
{
	walk_refuse(p, (struct span){ walk_room, unhex(hex, walk_room,
	    sizeof(walk_room)) }, what);
}

static void
try_numbers(const struct place *p)
{
	const uint64_t beyond[] = { p->f->min - 1, p->f->max + 1, UINT64_MAX };

	for (size_t i = 0; i < ROWS(beyond); i++) {
		struct writer w = writer_of(walk_room, sizeof(walk_room));

		walk_short(&w, 0, beyond[i]);
		walk_try(p, walk_done(&w, walk_room), "a number at the edge",
		    beyond[i] >= p->f->min && beyond[i] <= p->f->max ?
		    ERR_OK : ERR_MALFORMED);
	}
}

static void
try_lengths(const struct place *p, unsigned major)
{
	const uint64_t beyond[] = { p->f->min - 1, p->f->max + 1 };
	struct writer w;

	for (size_t i = p->f->min == 0; i < ROWS(beyond); i++) {
		w = writer_of(walk_room, sizeof(walk_room));
		walk_short(&w, major, beyond[i]);
		assert_true(beyond[i] < (size_t)(w.end - w.at));
		memset(w.at, 'x', beyond[i]);
		w.at += beyond[i];
		walk_refuse(p, walk_done(&w, walk_room), "a length beyond");
	}
}

/* What the protocol says that such a text looks like. */
static const char *const shapes[] = {
	[ANY] = "^[\001-\177]*$",	/* of a byte alone, what UTF-8 may be */
	[ID] = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
	[UUID] = ("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-"
	    "[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
	[SCOPE] = "^[a-z0-9_-]+:[a-z0-9_-]+$",
	[CODE] = "^([0-9]{6}|[0-9]{8})$",
};
static regex_t shape[ROWS(shapes)];
static bool compiled[ROWS(shapes)];

static bool
may_be(const struct field *f, struct span s)
{
	char text[600] = "";

	assert_true(s.len < sizeof(text));
	if (s.len < f->min || s.len > f->max || memchr(s.at, 0, s.len) != NULL)
		return false;
	memcpy(text, s.at, s.len);
	if (!compiled[f->grammar])
		assert_int_equal(regcomp(&shape[f->grammar],
		    shapes[f->grammar], REG_EXTENDED | REG_NOSUB), 0);
	compiled[f->grammar] = true;
	return regexec(&shape[f->grammar], text, 0, NULL, 0) == 0;
}

static void
try_shape(const struct place *p, struct span text, const char *what)
{
	walk_try_text(p, text, what, may_be(p->f, text) ? ERR_OK :
	    ERR_MALFORMED);
}

/* Odd ones; shorter and longer ones of the same letters; each byte at the
 * beginning, in the middle and at the end. */
static void
try_texts(const struct place *p, struct span text)
{
	static const char *const odd[] = { ":xx", "xx:", "x:x:x", "x::x",
	    "*:*", "x:*", "-x", "_x", ".x", "x-", "x y", "1234567", "123456 ",
	    " 123456", "+12345", "0x1234", "\n12345", "12345\n", };
	uint8_t copy[600];

	for (size_t i = 0; i < ROWS(odd); i++)
		try_shape(p, span_text(odd[i]), odd[i]);
	for (size_t n = 0; n < text.len + 3; n++) {
		memset(copy, '7', sizeof(copy));
		memcpy(copy, text.at, text.len);
		try_shape(p, (struct span){ copy, n }, "another length");
	}
	for (size_t i = 0; text.len > 0 && i < 256 * 5; i++) {
		/* Of a UUID those that say which version it is. */
		const size_t at[] = { 0, text.len * 14 / 36, text.len / 2,
		    text.len * 19 / 36, text.len - 1 };
		struct span s = { copy, text.len };

		memcpy(copy, text.at, text.len);
		copy[at[i / 256]] = (uint8_t)i;
		try_shape(p, s, "another character");
	}
}

/* Sequences that are no UTF-8, and some that are. */
static void
try_utf8(const struct place *p)
{
	static const struct {
		const char	*text;
		enum err	 want;
	} rows[] = {
		{ "\xc3\xa9", ERR_OK }, { "\xe2\x82\xac", ERR_OK },
		{ "\xf0\x9f\x94\x91", ERR_OK }, { "\xf4\x8f\xbf\xbf", ERR_OK },
		{ "\xc0\x80", ERR_MALFORMED }, { "\xc1\xbf", ERR_MALFORMED },
		{ "\xe0\x80\xaf", ERR_MALFORMED }, { "\xc3", ERR_MALFORMED },
		{ "\xed\xa0\x80", ERR_MALFORMED },
		{ "\xe2\x82", ERR_MALFORMED },
		{ "\xf0\x8f\xbf\xbf", ERR_MALFORMED },
		{ "\xf4\x90\x80\x80", ERR_MALFORMED },
		{ "\xf8\x88\x80\x80\x80", ERR_MALFORMED },
	};

	if (p->f->min > 2 || p->f->max < 5)
		return;
	for (size_t i = 0; i < ROWS(rows); i++)
		walk_try_text(p, span_text(rows[i].text), "UTF-8",
		    rows[i].want);
}

static void
try_times(const struct place *p)
{
	static const struct {
		const char	*text;
		enum err	 want;
	} rows[] = {
		{ "2026-01-31T12:00:00Z", ERR_OK },
		{ "1970-01-01T00:00:00Z", ERR_OK },
		{ "9999-12-31T23:59:59Z", ERR_OK },
		{ "2024-02-29T23:59:59Z", ERR_OK },
		{ "", ERR_MALFORMED },
		{ "2026-01-31T12:00:00", ERR_MALFORMED },
		{ "2026-01-31T12:00:0Z", ERR_MALFORMED },
		{ "2026-01-31T12:00:00ZZ", ERR_MALFORMED },
		{ "2026-01-31T12:00:00.0Z", ERR_MALFORMED },
		{ "2026-01-31T12:00:00+00:00", ERR_MALFORMED },
		{ "2026-01-31 12:00:00Z", ERR_MALFORMED },
		{ "2026-01-31t12:00:00Z", ERR_MALFORMED },
		{ "2026-01-31T12:00:00z", ERR_MALFORMED },
		{ "2026-1-31T12:00:000Z", ERR_MALFORMED },
		{ "2026-00-31T12:00:00Z", ERR_MALFORMED },
		{ "2026-13-31T12:00:00Z", ERR_MALFORMED },
		{ "2026-01-00T12:00:00Z", ERR_MALFORMED },
		{ "2026-01-32T12:00:00Z", ERR_MALFORMED },
		{ "2026-02-29T12:00:00Z", ERR_MALFORMED },
		{ "2026-01-31T24:00:00Z", ERR_MALFORMED },
		{ "2026-01-31T12:60:00Z", ERR_MALFORMED },
		{ "2016-12-31T23:59:60Z", ERR_MALFORMED },
		{ "1969-12-31T23:59:59Z", ERR_MALFORMED },
		{ "-026-01-31T12:00:00Z", ERR_MALFORMED },
		{ "2026-01-31T12:00:0:Z", ERR_MALFORMED },
		{ "2026-01-31T12:00:0/Z", ERR_MALFORMED },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		walk_try_text(p, span_text(rows[i].text), rows[i].text,
		    rows[i].want);
}

static void
try_words(const struct place *p)
{
	char text[64];

	walk_try_text(p, span_text(""), "no word", ERR_MALFORMED);
	for (size_t i = 0; i < p->f->set->n; i++) {
		const char *word = p->f->set->words[i];
		const size_t len = strlen(word);

		walk_try_text(p, span_text(word), "a word", ERR_OK);
		memcpy(text, word, len + 1);
		text[len - 1] = '\0';
		walk_try_text(p, span_text(text), "less than a word",
		    ERR_MALFORMED);
		memcpy(text, word, len + 1);
		text[0] ^= 0x20;
		walk_try_text(p, span_text(text), "a capital", ERR_MALFORMED);
		text[0] ^= 0x20;
		text[len] = 's';
		text[len + 1] = '\0';
		walk_try_text(p, span_text(text), "more than a word",
		    ERR_MALFORMED);
	}
}

static void
try_maps(const struct place *p)
{
	static const char *const bad[] = {
		"a1 617820", "a1 6178f6", "a1 6178f7", "a1 6178f90000",
		"a1 6178a0", "a1 61788180", "a1 617881a0", "a1 617881f6",
		"a1 6178c100", "a1 60 00", "a1 00 00", "a1 4178 00",
		"a1 6158 00", "a1 6120 00", "a1 61c3 00", "a1 6100 00",
		"a2 617800 617800", "a2 617900 617800", "a2 626161 00 617800",
		"a1 6178", "a2 617800", "a1 617800 00", "b801 617800",
		"a1 7801 78 00", "a1 6178 1817 ff", "a1 6178 1800",
		"a1 6178 61c3",
		"a1 6178 8200", "a1 6178 5f41784178ff",
	};
	struct writer w = writer_of(walk_room, sizeof(walk_room));

	for (size_t i = 0; i < ROWS(bad); i++)
		try_hex(p, bad[i], bad[i]);
	walk_short(&w, 5, 33);
	for (unsigned i = 0; i < 33; i++) {
		walk_byte(&w, 0x61);
		walk_byte(&w, (uint8_t)"-.0123456789_"
		    "abcdefghijklmnopqrstuvwxyz"[i]);
		walk_byte(&w, 0);
	}
	walk_refuse(p, walk_done(&w, walk_room), "33 entries");
	for (size_t len = 4096; len <= 4097; len++) {
		w = writer_of(walk_room, sizeof(walk_room));
		walk_add(&w, span_text("\xa1\x61x"));
		walk_head(&w, 2, len - 6, 2);
		memset(w.at, 'x', len - 6);
		w.at += len - 6;
		walk_try(p, walk_done(&w, walk_room), "about 4 KiB",
		    len > 4096 ? ERR_MALFORMED : ERR_OK);
	}
	w = writer_of(walk_room, sizeof(walk_room));
	walk_add(&w, span_text("\xa1\x78\x41"));
	memset(w.at, 'x', 65);
	w.at += 65;
	walk_byte(&w, 0);
	walk_refuse(p, walk_done(&w, walk_room), "a key of 65");
}


void
walk_bounds(const struct place *p)
{
	struct reader r = reader_of(p->value);
	struct item i;

	assert_err(item_next(&r, &i), ERR_OK);
	switch (p->f->kind) {
	case UINT:
		try_numbers(p);
		break;
	case BYTES:
	case BORROWED:
		try_lengths(p, 2);
		break;
	case TEXT:
		try_lengths(p, 3);
		try_texts(p, (struct span){ i.data, i.n });
		if (p->f->grammar == ANY)
			try_utf8(p);
		break;
	case WHEN:
	case TIME:
		try_times(p);
		break;
	case ENUM:
		try_words(p);
		break;
	case MAP:
		try_maps(p);
		break;
	case BOOL:
	case GROUP:
		break;
	}
}
