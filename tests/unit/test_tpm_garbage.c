/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/own.h"
#include "tests/said.h"
#include "tests/tape.h"

/* Each act, recorded once with a real TPM and then played with answers that
 * were bent. */
static struct tapes was;

static int
set_up(void **state)
{
	(void)state;
	return tapes_record(&was) != ERR_OK;
}

/* ---- what is done to an answer ---- */

static void
put_size(struct exchange *x)
{
	for (int i = 0; i < 4; i++)
		x->response[2 + i] = (uint8_t)(x->len >> (24 - 8 * i));
}

/* False when there is no i-th way for this answer. */
static bool
cut(struct exchange *x, size_t i)
{
	if (i >= x->len)
		return false;
	x->len = i;
	return true;
}

/* It says itself that it is so short. */
static bool
cut_and_say_so(struct exchange *x, size_t i)
{
	if (i + 10 >= x->len)
		return false;
	x->len = i + 10;
	put_size(x);
	return true;
}

static bool
flip(struct exchange *x, size_t i)
{
	if (i >= x->len)
		return false;
	x->response[i] ^= (uint8_t)(1 << i % 8);
	return true;
}

static bool
lengthen(struct exchange *x, size_t i)
{
	static const size_t more[] = { 1, 2, 100, CARRIER_MAX };

	if (i >= ROWS(more))
		return false;
	while (x->len < CARRIER_MAX && more[i] > x->len % 128)
		x->response[x->len++] = (uint8_t)i;
	put_size(x);
	return true;
}

/* Whole but for its head, which says well done. */
static bool
scramble(struct exchange *x, size_t i)
{
	uint32_t dice = (uint32_t)(7 + i);

	if (i >= 8 || x->len <= 10)
		return false;
	for (size_t at = 10; at < x->len; at++) {
		dice = dice * 1664525 + 1013904223;
		x->response[at] = (uint8_t)(dice >> 24);
	}
	return true;
}

/* A count or a length of nothing but ones. */
static bool
overstate(struct exchange *x, size_t i)
{
	if (i + 12 > x->len)
		return false;
	x->response[10 + i] = x->response[11 + i] = 0xff;
	return true;
}

static bool
say_done(struct exchange *x, size_t i)
{
	if (i > 0 || x->len == 10)
		return false;
	x->len = 10;
	put_size(x);
	return true;
}

static struct outcome before;

/* The answer to the command before, once more. */
static bool
repeat(struct exchange *x, size_t i)
{
	if (i > 0 || before.len == 0 || (before.len == x->len &&
	    memcmp(before.at, x->response, x->len) == 0))
		return false;
	x->len = before.len;
	memcpy(x->response, before.at, before.len);
	return true;
}

static const struct bend {
	const char	*name;
	bool		(*at)(struct exchange *x, size_t i);
	size_t		 step;		/* over its ways; tests/long: none */
	bool		 goes;		/* overlooked, changes nothing */
} bends[] = {
	{ "cut",		cut,		61, false },
	{ "cut, and says so",	cut_and_say_so,	61, false },
	{ "a byte flipped",	flip,		61, false },
	{ "lengthened",		lengthen,	3, true },
	{ "scrambled",		scramble,	5, false },
	{ "a length of ones",	overstate,	101, false },
	{ "only well done",	say_done,	1, false },
	{ "the one before",	repeat,		1, false },
};

/* What these bring back has to be noticed always: the others only tell what
 * is there, give something back, or begin what is vouched for later.  No
 * answer's HMAC covers a handle; the next command's covers its Name. */
static bool
is_vouched(uint32_t command, size_t i)
{
	switch (command) {
	case 0x122:		/* NV_UndefineSpace */
	case 0x12a:		/* NV_DefineSpace */
	case 0x134:		/* NV_Increment */
	case 0x149:		/* PolicyNV */
	case 0x14a:		/* CertifyCreation */
	case 0x14e:		/* NV_Read */
	case 0x151:		/* PolicySecret */
	case 0x153:		/* Create */
	case 0x15d:		/* Sign */
	case 0x15e:		/* Unseal */
	case 0x16a:		/* PolicyAuthorize */
	case 0x16b:		/* PolicyAuthValue */
	case 0x16c:		/* PolicyCommandCode */
	case 0x177:		/* VerifySignature */
	case 0x17b:		/* GetRandom */
	case 0x17e:		/* PCR_Read */
	case 0x17f:		/* PolicyPCR */
	case 0x180:		/* PolicyRestart */
	case 0x182:		/* PCR_Extend */
	case 0x189:		/* PolicyGetDigest */
	case 0x18f:		/* PolicyNvWritten */
		return true;
	case 0x157:		/* Load */
	case 0x167:		/* LoadExternal */
		return i >= 4;
	default:
		return false;
	}
}

/* One play of an act, with one answer bent one way. */
struct play {
	size_t		 act;
	const struct bend *bend;
	unsigned	 n;
	size_t		 i;
	bool		 bent;		/* there was such a way */
	bool		 denied;	/* the answer says that it failed */
	uint32_t	 command;	/* whose answer it was */
	const char	*wrong;
};

static void
bend_one(void *arg, unsigned n, struct exchange *x)
{
	static const uint8_t well[4];
	struct play *p = arg;

	if (n + 1 == p->n && x->len <= sizeof(before.at)) {
		before.len = x->len;
		memcpy(before.at, x->response, x->len);
	}
	if (n != p->n)
		return;
	p->command = (uint32_t)x->command.at[8] << 8 | x->command.at[9];
	p->bent = p->bend->at(x, p->i);
	p->denied = x->len >= 10 && memcmp(x->response + 6, well, 4) != 0;
}

/* Where behind the head the answer was bent. */
static size_t
way_at(const struct play *p)
{
	return p->bend->at == flip ? p->i - 10 : p->i;
}

static struct { unsigned plays, noticed; } figures[ROWS(bends)];

/* What comes of it is what came of it with the TPM, or nothing. */
static bool
play(struct play *p)
{
	const struct tape *tape = &was.of[p->act];
	const struct outcome *right = &was.outcomes[p->act];
	struct player player = {
		.tape = { tape->at, tape->len }, .bend = bend_one, .arg = p };
	struct carrier c OWNED(carrier_drop) = { 0 };
	struct outcome got;
	bool broken;
	enum err e;

	p->bent = false;
	before.len = 0;
	player_open(&player, &c);
	e = act_run(&acts[p->act], &c, &was.scene, &got, &broken);
	if (!p->bent)
		return false;
	figures[p->bend - bends].plays++;
	figures[p->bend - bends].noticed += e != ERR_OK;
	if (is_vouched(p->command, way_at(p)) && e == ERR_OK && !p->bend->goes)
		p->wrong = "not noticed";
	else if (acts[p->act].vouched && e == ERR_OK &&
	    (got.len != right->len || memcmp(got.at, right->at, got.len) != 0))
		p->wrong = "another outcome";
	else if (player.handles != 0 && !broken && !p->denied)
		p->wrong = "something is left loaded";
	return true;
}

static void
test_a_tape_is_as_good_as_the_TPM(void **state)
{
	(void)state;
	for (size_t i = 0; i < nacts; i++) {
		struct player player = {
			.tape = { was.of[i].at, was.of[i].len } };
		struct carrier c OWNED(carrier_drop) = { 0 };
		struct outcome got;
		bool broken;

		player_open(&player, &c);
		assert_err(act_run(&acts[i], &c, &was.scene, &got, &broken),
		    ERR_OK);
		assert_int_equal(got.len, was.outcomes[i].len);
		assert_memory_equal(got.at, was.outcomes[i].at, got.len);
		assert_int_equal(player.handles, 0);
		assert_int_equal(player.at, was.of[i].len);
	}
}

/* Every answer of an act, or every third and fewer, in every way. */
static void
bend_all(size_t act, const struct bend *b)
{
	const bool all = getenv("ANCHORHOLD_LONG") != NULL;
	struct play p = { .act = act, .bend = b };
	const size_t step = all ? 1 : b->step;
	char said[64];

	said_begin();
	while (p.wrong == NULL && p.n++ < tape_answers(&was.of[act]))
		for (p.i = (7 * p.n + act) % step; p.wrong == NULL &&
		    (p.n + act) % every(3) == 0 && play(&p);)
			p.i += step;
	said_end(said, sizeof(said));
	if (p.wrong != NULL)
		fail_msg("%s: answer %u (command 0x%x), %s, %zu: %s",
		    acts[act].name, p.n, p.command, b->name, p.i - step,
		    p.wrong);
}

static void
test_bend(void **state)
{
	const struct bend *b = *state;

	for (size_t act = 0; act < nacts; act++)
		bend_all(act, b);
	print_message("%s: %u answers, %u noticed\n", b->name,
	    figures[b - bends].plays, figures[b - bends].noticed);
	assert_true(figures[b - bends].plays * every(1) >= 40);
}

int
main(void)
{
	struct CMUnitTest tests[1 + ROWS(bends)] = {
		cmocka_unit_test(test_a_tape_is_as_good_as_the_TPM),
	};

	for (size_t i = 0; i < ROWS(bends); i++)
		tests[1 + i] = ROW_TEST(bends[i].name, test_bend, &bends[i]);
	return cmocka_run_group_tests_name("tpm garbage", tests, set_up, NULL);
}
