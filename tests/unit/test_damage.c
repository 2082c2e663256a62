/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/place.h"
#include "tests/unit/unit.h"

/* Each flipped byte is damage, but in the last frame, which is left out. */
static void
test_every_flipped_byte_is_found(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);

	for (size_t i = 0; i < len; i++) {
		buf[i] ^= (uint8_t)(1 << i % 8);
		place_save(p, buf, len);
		if (i < 16)
			place_expect(p, ERR_MALFORMED, JOURNAL_FORMAT, "");
		else if (i < ends[PLACE_COMMITS - 1])
			place_expect(p, ERR_AUTH, JOURNAL_DAMAGED, NULL);
		else
			place_expect(p, ERR_OK, JOURNAL_CUT,
			    "old-a old-b one two ");
		buf[i] ^= (uint8_t)(1 << i % 8);
	}
}

static void
test_every_truncation_is_a_cut_or_damage(void **state)
{
	static const char *const said[] = {
		"old-a old-b ", "old-a old-b one ", "old-a old-b one two ",
		"old-a old-b one two six ",
	};
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);
	size_t whole = 0;

	for (size_t n = 0; n <= len; n++) {
		place_save(p, buf, n);
		if (n < ends[0]) {
			place_expect(p, ERR_AUTH, JOURNAL_DAMAGED, NULL);
			continue;
		}
		if (whole < PLACE_COMMITS && n == ends[whole + 1])
			whole++;
		place_expect(p, ERR_OK, n == ends[whole] ? JOURNAL_CLEAN :
		    JOURNAL_CUT, said[whole]);
		assert_int_equal(p->report.cut, n - ends[whole]);
	}
}

/* What a file is made of in these rows: H head, A about, a and b snapshot, E
 * its end, 1 2 3 commits; x y z those of another journal under the same key,
 * p q those of this one in another life; w is 2 with its text altered, v is 3
 * with its length; 0 a few zeros, Z more than a frame of them. */
static const struct row {
	const char		*name;
	const char		*parts;
	enum err		 want;
	enum journal_fate	 fate;
	const char		*said;
} rows[] = {
	{ "as it was", "HAabE123", ERR_OK, JOURNAL_CLEAN, "old-a old-b one two six " },
	{ "two commits swapped", "HAabE213", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "the last two swapped", "HAabE132", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "the first dropped", "HAabE23", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "one from the middle dropped: the rest is one altered frame", "HAabE13", ERR_OK, JOURNAL_CUT, "old-a old-b one " },
	{ "one doubled", "HAabE1123", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "the last doubled", "HAabE1233", ERR_OK, JOURNAL_CUT, "old-a old-b one two six " },
	{ "one replayed at the end", "HAabE1231", ERR_OK, JOURNAL_CUT, "old-a old-b one two six " },
	{ "two replayed at the end", "HAabE12312", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "a commit before the snapshot's end", "HAab1E23", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "the snapshot's end dropped", "HAab123", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "snapshot frames swapped", "HAbaE123", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "a snapshot frame dropped", "HAbE123", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "one of another journal between", "HAabE1y3", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "one of another journal at the end", "HAabE12z", ERR_OK, JOURNAL_CUT, "old-a old-b one two " },
	{ "the other's commits", "HAabExyz", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "two lives of one journal mixed", "HAabE1qp", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "a commit of another life, and what followed here", "HAabEp23", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "an altered text, and a bad length behind it", "HAabE1wv", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "no frame", "H", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "zeros at the end", "HAabE1230", ERR_OK, JOURNAL_CUT, "old-a old-b one two six " },
	{ "zeros in between", "HAabE10023", ERR_AUTH, JOURNAL_DAMAGED, NULL },
	{ "more zeros than a frame", "HAabE123Z", ERR_AUTH, JOURNAL_DAMAGED, NULL },
};

static struct span
frame_at(const uint8_t *buf, size_t *at)
{
	const uint8_t *f = buf + *at;
	const size_t len = SEAL_OVER + ((size_t)f[2] << 8 | f[3]);

	*at += len;
	return (struct span){ f, len };
}

/* The parts of a file that place_make() wrote, under these letters. */
static void
name_parts(const uint8_t *buf, const char *letters, struct span *part)
{
	size_t at = 32;

	part['H'] = (struct span){ buf, at };
	for (; *letters != '\0'; letters++)
		part[(unsigned char)*letters] = frame_at(buf, &at);
}

/* The journal in buf, cut before its commits, is given two others. */
static void
live_again(struct place *p, uint8_t *buf, const size_t *ends)
{
	place_save(p, buf, ends[0]);
	assert_err(place_reopen(p), ERR_OK);
	assert_err(place_commit(p, "pip"), ERR_OK);
	assert_err(place_commit(p, "quo"), ERR_OK);
	journal_drop(&p->j);
	place_load(p, buf);
}

static struct span
altered(struct span frame, size_t at, uint8_t *buf)
{
	memcpy(buf, frame.at, frame.len);
	buf[at] ^= 1;
	return (struct span){ buf, frame.len };
}

static void
test_row(void **state)
{
	static uint8_t zeros[SEAL_PLAIN_MAX + SEAL_OVER + 1];
	const struct row *row = *state;
	struct place *p;
	uint8_t a[PLACE_CAP], b[PLACE_CAP], c[PLACE_CAP], w[256], v[256];
	struct span part[128] = { ['0'] = { zeros, 9 }, ['Z'] = SPAN(zeros) };
	size_t ends[PLACE_COMMITS + 1];
	FILE *f;

	place_begin((void **)&p);
	place_make(p, b, ends);
	name_parts(b, "....xyz", part);
	unlinkat(p->dir, "journal", 0);
	place_make(p, a, ends);
	memcpy(c, a, sizeof(c));
	live_again(p, c, ends);
	name_parts(c, "....pq", part);
	name_parts(a, "AabE123", part);
	part['w'] = altered(part['2'], SEAL_HEAD_LEN + 30, w);
	part['v'] = altered(part['3'], 3, v);

	f = fdopen(openat(p->dir, "journal", O_WRONLY | O_TRUNC), "w");
	for (const char *name = row->parts; *name != '\0'; name++) {
		const struct span one = part[(unsigned char)*name];

		assert_int_equal(fwrite(one.at, 1, one.len, f), one.len);
	}
	fclose(f);
	place_expect(p, row->want, row->fate, row->said);
	place_end((void **)&p);
}

/* Frames that are authentic and have no place where they stand: kind and
 * epoch in turn, each with the payload "x" but the first. */
static const struct forged {
	const char	*name;
	const char	*frames;
	enum err	 want;
} forged[] = {
	{ "one of each kind", "10 20 30 40 41", ERR_OK },
	{ "no snapshot frame", "10 30", ERR_OK },
	{ "about twice", "10 10 20 30 40", ERR_AUTH },
	{ "no about", "20 30 40", ERR_AUTH },
	{ "a commit in the snapshot", "10 20 40 30", ERR_AUTH },
	{ "two ends", "10 20 30 30", ERR_AUTH },
	{ "a snapshot frame after the end", "10 20 30 20", ERR_AUTH },
	{ "a kind that is none", "10 20 30 60", ERR_AUTH },
	{ "a commit that takes any epoch", "10 20 30 57", ERR_OK },
	{ "an epoch that goes back", "11 21 31 40", ERR_AUTH },
	{ "an epoch that jumps", "10 20 30 42", ERR_AUTH },
	{ "a plaintext without its head", "10 20 30 s0", ERR_AUTH },
};

static size_t
forge(struct place *p, const char *frames, uint8_t *out)
{
	struct secret *keys OWNED(secret_drop) = NULL;
	struct chain c;
	uint8_t plain[64] = { 0 };
	size_t at = 32;

	assert_err(seal_keys(p->setup.key, &keys), ERR_OK);
	assert_err(seal_begin(p->drbg, &c), ERR_OK);
	memcpy(out, "anchorhold jrnl\1", 16);
	memcpy(out + 16, c.id, SEAL_ID_LEN);
	for (; *frames != '\0'; frames += frames[2] == ' ' ? 3 : 2) {
		struct span s = { plain, 10 };

		plain[7] = (uint8_t)(frames[1] - '0');
		plain[8] = (uint8_t)(frames[0] - '0');
		plain[9] = 'x';
		if (frames[0] == 's')
			s.len = 8;
		if (frames[0] == '1') {
			memcpy(plain + 9, place_appliance,
			    sizeof(place_appliance));
			s.len = 9 + sizeof(place_appliance);
		}
		assert_err(seal_frame(keys, &c, p->drbg, s, out + at), ERR_OK);
		seal_advance(&c, (struct span){ out + at, s.len + SEAL_OVER });
		at += s.len + SEAL_OVER;
	}
	return at;
}

static void
test_forged(void **state)
{
	const struct forged *row = *state;
	struct place *p;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len;

	place_begin((void **)&p);
	place_make(p, buf, ends);
	len = forge(p, row->frames, buf);
	place_save(p, buf, len);
	place_expect(p, row->want, row->want == ERR_OK ? JOURNAL_CLEAN :
	    JOURNAL_DAMAGED, NULL);
	place_end((void **)&p);
}

static void
test_another_key_opens_nothing(void **state)
{
	static const uint8_t other[32] = { 4 };
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	p->setup.key = SPAN(other);
	place_expect(p, ERR_AUTH, JOURNAL_DAMAGED, "");
}

static void
test_another_appliance_is_told(void **state)
{
	static const uint8_t other[JOURNAL_APPLIANCE_LEN] = { 4 };
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	p->setup.appliance = SPAN(other);
	place_expect(p, ERR_DENIED, JOURNAL_FOREIGN, "");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, place_begin, place_end)

int
main(void)
{
	const struct CMUnitTest alone[] = {
		TEST(test_every_flipped_byte_is_found),
		TEST(test_every_truncation_is_a_cut_or_damage),
		TEST(test_another_key_opens_nothing),
		TEST(test_another_appliance_is_told),
	};
	struct CMUnitTest tests[ROWS(rows) + ROWS(forged)];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(forged); i++)
		tests[ROWS(rows) + i] =
		    ROW_TEST(forged[i].name, test_forged, &forged[i]);
	return cmocka_run_group_tests_name("damage", alone, NULL, NULL) +
	    cmocka_run_group_tests_name("damage rows", tests, NULL, NULL);
}
