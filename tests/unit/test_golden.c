/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "crypto/hash.h"
#include "store/find.h"
#include "store/store.h"
#include "tests/place.h"
#include "tests/records.h"

/* The journals of tests/golden: each version's, made once by make_golden. */

#define CAP 16384
#define TYPES 256
#define FRAMES 10		/* about, snapshot, end, seven commits */

static uint8_t golden[CAP];
static size_t golden_len;
/* Where each frame ends, the file's head being the first. */
static size_t ends[FRAMES + 1];

static size_t
load(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/tests/golden/%s",
	    top == NULL ? "." : top, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	n = fread(golden, 1, sizeof(golden), f);
	fclose(f);
	assert_true(n > 0 && n < sizeof(golden));
	return n;
}

static void
find_frames(void)
{
	size_t at = 32;

	for (size_t i = 0; i <= FRAMES; i++) {
		ends[i] = at;
		at += SEAL_OVER + ((size_t)golden[at + 2] << 8 |
		    golden[at + 3]);
	}
	assert_int_equal(ends[FRAMES], golden_len);
}

static int
begin(void **state)
{
	struct place *p;
	int fd;

	place_begin(state);
	p = *state;
	golden_len = load("store-1");
	find_frames();
	fd = openat(p->dir, "journal", O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	place_save(p, golden, golden_len);
	return 0;
}

/* What was said so far: a digest of the one before and the payload. */
struct told {
	size_t	n;
	uint8_t	after[FRAMES + 1][SHA256_LEN];
};

static enum err
tell(void *self, struct span payload)
{
	struct told *t = self;
	const struct span parts[] = { SPAN(t->after[t->n]), payload };

	assert_true(t->n < FRAMES);
	t->n++;
	return sha256(parts, 2, t->after[t->n]);
}

static enum err
listen_to(struct place *p, struct told *t)
{
	const struct journal_sink sink = { tell, t };

	*t = (struct told){ 0 };
	journal_drop(&p->j);
	return journal_open(&p->setup, &sink, &p->j, &p->report);
}

static void
expect_same(const struct told *t, const struct told *whole, size_t n)
{
	assert_int_equal(t->n, n);
	assert_memory_equal(t->after[n], whole->after[n], SHA256_LEN);
}

/* A bit of every byte: closed, or as without the last frame. */
static void
test_every_flipped_byte_is_found(void **state)
{
	struct place *p = *state;
	struct told whole, t;
	size_t n = 0, cut = 0;

	assert_err(listen_to(p, &whole), ERR_OK);
	for (size_t i = 0; i < golden_len; i += every(1), n++) {
		enum err e;

		golden[i] ^= (uint8_t)(1 << i % 8);
		place_save(p, golden, golden_len);
		golden[i] ^= (uint8_t)(1 << i % 8);
		e = listen_to(p, &t);
		if (i >= ends[FRAMES - 1]) {
			assert_err(e, ERR_OK);
			assert_int_equal(p->report.fate, JOURNAL_CUT);
			expect_same(&t, &whole, whole.n - 1);
			cut++;
			continue;
		}
		assert_err(e, i < 16 ? ERR_MALFORMED : ERR_AUTH);
		assert_int_equal(p->report.fate, i < 16 ? JOURNAL_FORMAT :
		    JOURNAL_DAMAGED);
	}
	print_message("journal: %zu bytes flipped, %zu of them in the last "
	    "frame\n", n, cut);
}

static void
test_every_truncation_is_found(void **state)
{
	struct place *p = *state;
	struct told whole, t;
	size_t cuts = 0;

	assert_err(listen_to(p, &whole), ERR_OK);
	for (size_t n = 0; n < golden_len; n += every(1), cuts++) {
		size_t k = FRAMES;

		while (k > 0 && ends[k] > n)
			k--;
		place_save(p, golden, n);
		if (k < 3) {		/* the snapshot has no end */
			assert_err(listen_to(p, &t), ERR_AUTH);
			assert_int_equal(p->report.fate, JOURNAL_DAMAGED);
			continue;
		}
		assert_err(listen_to(p, &t), ERR_OK);
		assert_int_equal(p->report.fate, n == ends[k] ?
		    JOURNAL_CLEAN : JOURNAL_CUT);
		expect_same(&t, &whole, k - 2);
	}
	print_message("journal: cut at %zu lengths\n", cuts);
}

/* Frames by their numbers, as one file. */
static void
arrange(struct place *p, const size_t *frames, size_t n)
{
	uint8_t buf[2 * CAP];
	size_t len = ends[0];

	memcpy(buf, golden, len);
	for (size_t i = 0; i < n; i++) {
		const size_t at = ends[frames[i]];
		const size_t size = ends[frames[i] + 1] - at;

		memcpy(buf + len, golden + at, size);
		len += size;
	}
	place_save(p, buf, len);
}

/* Refused, or the beginning of what was said. */
static bool
is_closed(struct place *p, const struct told *whole)
{
	struct told t;
	const enum err e = listen_to(p, &t);

	if (e != ERR_OK) {
		assert_err(e, ERR_AUTH);
		assert_int_equal(p->report.fate, JOURNAL_DAMAGED);
		return true;
	}
	assert_int_equal(p->report.fate, JOURNAL_CUT);
	expect_same(&t, whole, t.n);
	/* All but a last frame, or one that is like it for want of another. */
	assert_true(t.n + 2 >= whole->n);
	return false;
}

static void
test_every_other_order_is_found(void **state)
{
	struct place *p = *state;
	struct told whole;
	size_t frames[FRAMES + 1], n = 0, cut = 0;

	assert_err(listen_to(p, &whole), ERR_OK);
	for (size_t i = 0; i < FRAMES; i++)
		for (size_t j = 0; j <= FRAMES; j++) {
			/* i is put before j once more; swapped; left out. */
			for (size_t k = 0; k < FRAMES; k++)
				frames[k + (k >= j)] = k;
			frames[j] = i;
			arrange(p, frames, FRAMES + 1);
			n++, cut += !is_closed(p, &whole);
			if (j >= i)
				continue;
			for (size_t k = 0; k < FRAMES; k++)
				frames[k] = k == i ? j : k == j ? i : k;
			arrange(p, frames, FRAMES);
			n++, cut += !is_closed(p, &whole);
		}
	for (size_t i = 0; i < FRAMES - 1; i++, n++) {
		for (size_t k = 0; k < FRAMES - 1; k++)
			frames[k] = k + (k >= i);
		arrange(p, frames, FRAMES - 1);
		cut += !is_closed(p, &whole);
	}
	print_message("journal: %zu orders of its frames, %zu of them cut\n",
	    n, cut);
}

static void
expect_state(const struct state *s)
{
	const struct device *d = state_device(s, span_text("al"),
	    span_text("ph"));

	assert_string_equal(s->appliance.issuer.at, "golden");
	assert_int_equal(s->appliance.policy_version, 3);
	assert_int_equal(s->noperators, 3);
	assert_int_equal(s->ndevices, 2);
	assert_non_null(d);
	assert_int_equal(d->row.floor, 101);
	assert_string_equal(d->row.floor_channel.at, "vm1");
	assert_memory_equal(secret_span(d->secret).at, "pppppppppppppppppppp",
	    20);
	assert_true(state_device(s, span_text("cy"),
	    span_text("ph"))->row.restart);
	assert_int_equal(s->nrules, 3);
	assert_int_equal(s->nkeys, 2);
	assert_int_equal(s->nvolumes, 2);
	assert_int_equal(s->nfailures, 2);
	assert_int_equal(s->seen.n, 4);
	assert_int_equal(s->sequence, 6);
	assert_int_equal(s->wall, 3070);
	assert_true(s->stopped);
}

/* The state, and byte for byte what it is written as. */
static void
test_version_1_opens(void **state)
{
	static const char want[] =
	    "8c785c64af09e4323fbaef2e8625df5b"
	    "dab2550e16aa13dfd11023926f7ffa53";
	struct place *p = *state;
	struct state *s OWNED(state_drop) = NULL;
	struct store *store OWNED(store_drop) = NULL;
	struct records_image image;
	uint8_t digest[SHA256_LEN], expected[SHA256_LEN];
	struct span bytes;

	assert_err(state_new(&s), ERR_OK);
	assert_err(store_open(&p->setup, s, &store, &p->report), ERR_OK);
	assert_int_equal(p->report.fate, JOURNAL_CLEAN);
	assert_int_equal(p->report.frames, FRAMES);
	expect_state(s);
	records_image(s, &image);
	bytes = (struct span){ image.at, image.len };
	assert_err(sha256(&bytes, 1, digest), ERR_OK);
	assert_int_equal(unhex(want, expected, sizeof(expected)), SHA256_LEN);
	assert_memory_equal(digest, expected, SHA256_LEN);
}

/* All that a state can be made of is in it: a mask of the types. */
static enum err
note_types(void *self, struct span payload)
{
	struct reader r = reader_of(payload);
	bool *has = self;

	while (item_done(&r) != ERR_OK) {
		struct span name, map;
		enum msg_type type;

		TRY(item_text(&r, 1, 64, &name));
		TRY(item_skip(&r, 4, &map));
		TRY(wire_find(name, &type));
		assert_true(type < TYPES);
		has[type] = true;
	}
	return ERR_OK;
}

static void
test_it_has_every_kind_of_record(void **state)
{
	static const enum msg_type types[] = {
		MSG_appliance, MSG_operator, MSG_device, MSG_floor, MSG_rule,
		MSG_key, MSG_key_phase, MSG_secret, MSG_gone, MSG_seen,
		MSG_seen_digest, MSG_failures, MSG_entry, MSG_audit_head,
		MSG_mark,
	};
	struct place *p = *state;
	bool has[TYPES] = { false };
	const struct journal_sink sink = { note_types, has };

	assert_err(journal_open(&p->setup, &sink, &p->j, &p->report), ERR_OK);
	for (size_t i = 0; i < ROWS(types); i++)
		assert_true(has[types[i]]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, place_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_version_1_opens),
		TEST(test_it_has_every_kind_of_record),
		TEST(test_every_flipped_byte_is_found),
		TEST(test_every_truncation_is_found),
		TEST(test_every_other_order_is_found),
	};

	return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
