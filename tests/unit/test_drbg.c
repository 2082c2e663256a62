/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "crypto/drbg.h"

/* CAVP, HMAC_DRBG, SHA-256, without prediction resistance: the first case of
 * four of its sections.  The second of two answers is the one published. */
static const struct row {
	const char	*name;
	const char	*entropy, *nonce, *person;
	const char	*reseed, *reseed_more;
	const char	*first_more, *second_more;
	const char	*want;
} rows[] = {
	{ "no reseed, no more than it needs",
	    "ca851911349384bffe89de1cbdc46e6831e44d34a4fb935ee285dd14b71a7488",
	    "659ba96c601dc69fc902940805ec0ca8",
	    "",
	    NULL,
	    "",
	    "",
	    "",
	    "e528e9abf2dece54d47c7e75e5fe302149f817ea9fb4bee6f4199697d04d5b89"
	    "d54fbb978a15b5c443c9ec21036d2460b6f73ebad0dc2aba6e624abf07745bc1"
	    "07694bb7547bb0995f70de25d6b29e2d3011bb19d27676c07162c8b5ccde0668"
	    "961df86803482cb37ed6d5c0bb8d50cf"
	    "1f50d476aa0458bdaba806f48be9dcb8" },
	{ "no reseed, everything",
	    "5d3286bc53a258a53ba781e2c4dcd79a790e43bbe0e89fb3eed39086be34174b",
	    "c5422294b7318952ace7055ab7570abf",
	    "2dba094d008e150d51c4135bb2f03dcde9cbf3468a12908a1b025c120c985b9d",
	    NULL,
	    "",
	    "793a7ef8f6f0482beac542bb785c10f8b7b406a4de92667ab168ecc2cf7573c6",
	    "2238cdb4e23d629fe0c2a83dd8d5144ce1a6229ef41dabe2a99ff722e510b530",
	    "d04678198ae7e1aeb435b45291458ffde0891560748b43330eaf866b5a6385e7"
	    "4c6fa5a5a44bdb284d436e98d244018d6acedcdfa2e9f499d8089e4db86ae89a"
	    "6ab2d19cb705e2f048f97fb597f04106a1fa6a1416ad3d859118e079a0c319eb"
	    "95686f4cbcce3b5101c7a0b010ef029c"
	    "4ef6d06cdfac97efb9773891688c37cf" },
	{ "reseed",
	    "06032cd5eed33f39265f49ecb142c511da9aff2af71203bffaf34a9ca5bd9c0d",
	    "0e66f71edc43e42a45ad3c6fc6cdc4df",
	    "",
	    "01920a4e669ed3a85ae8a33b35a74ad7fb2a6bb4cf395ce00334a9c9a5a5d552",
	    "",
	    "",
	    "",
	    "76fc79fe9b50beccc991a11b5635783a83536add03c157fb30645e611c2898bb"
	    "2b1bc215000209208cd506cb28da2a51bdb03826aaf2bd2335d576d519160842"
	    "e7158ad0949d1a9ec3e66ea1b1a064b005de914eac2e9d4f2d72a8616a802254"
	    "22918250ff66a41bd2f864a6a38cc5b6"
	    "499dc43f7f2bd09e1e0f8f5885935124" },
	{ "reseed, everything",
	    "cdb0d9117cc6dbc9ef9dcb06a97579841d72dc18b2d46a1cb61e314012bdf416",
	    "d0c0d01d156016d0eb6b7e9c7c3c8da8",
	    "6f0fb9eab3f9ea7ab0a719bfa879bf0aaed683307fda0c6d73ce018b6e34faaa",
	    "8ec6f7d5a8e2e88f43986f70b86e050d07c84b931bcf18e601c5a3eee3064c82",
	    "1ab4ca9014fa98a55938316de8ba5a68c629b0741bdd058c4d70c91cda5099b3",
	    "16e2d0721b58d839a122852abd3bf2c942a31c84d82fca74211871880d7162ff",
	    "53686f042a7b087d5d2eca0d2a96de131f275ed7151189f7ca52deaa78b79fb2",
	    "dda04a2ca7b8147af1548f5d086591ca4fd951a345ce52b3cd49d47e84aa31a1"
	    "83e31fbc42a1ff1d95afec7143c8008c97bc2a9c091df0a763848391f68cb4a3"
	    "66ad89857ac725a53b303ddea767be8dc5f605b1b95f6d24c9f06be65a973a08"
	    "9320b3cc42569dcfd4b92b62a993785b"
	    "0301b3fc452445656fce22664827b88f" },
};

/* A field in bytes. */
struct field {
	uint8_t	at[128];
	size_t	len;
};

static struct field
field_of(const char *hex)
{
	struct field f;

	f.len = unhex(hex, f.at, sizeof(f.at));
	return f;
}

static struct span
span_of(const struct field *f)
{
	return (struct span){ f->at, f->len };
}

static void
test_published(void **state)
{
	const struct row *row = *state;
	struct drbg *d OWNED(drbg_drop) = NULL;
	const struct field entropy = field_of(row->entropy);
	const struct field nonce = field_of(row->nonce);
	const struct field person = field_of(row->person);
	const struct field first = field_of(row->first_more);
	const struct field second = field_of(row->second_more);
	const struct field want = field_of(row->want);
	uint8_t out[128];

	assert_err(drbg_new(span_of(&entropy), span_of(&nonce),
	    span_of(&person), &d), ERR_OK);
	if (row->reseed != NULL) {
		const struct field fresh = field_of(row->reseed);
		const struct field more = field_of(row->reseed_more);

		assert_err(drbg_reseed(d, span_of(&fresh), span_of(&more)),
		    ERR_OK);
	}
	assert_err(drbg_generate(d, span_of(&first), out, sizeof(out)),
	    ERR_OK);
	assert_err(drbg_generate(d, span_of(&second), out, sizeof(out)),
	    ERR_OK);
	assert_memory_equal(out, want.at, want.len);
}

static const uint8_t seed[48] = "what a test may know and nothing else may";
static const struct span none;

static struct drbg *
known(void)
{
	struct drbg *d = NULL;

	assert_err(drbg_new((struct span){ seed, 32 },
	    (struct span){ seed + 32, 16 }, none, &d), ERR_OK);
	return d;
}

static void
test_inputs_are_bounded(void **state)
{
	static uint8_t much[DRBG_INPUT_MAX + 1];
	struct drbg *d OWNED(drbg_drop) = NULL;
	const struct span entropy = { seed, 32 }, nonce = { seed + 32, 16 };

	(void)state;
	assert_err(drbg_new((struct span){ seed, 31 }, nonce, none, &d),
	    ERR_LIMIT);
	assert_err(drbg_new(entropy, (struct span){ seed, 15 }, none, &d),
	    ERR_LIMIT);
	assert_err(drbg_new(entropy, nonce, SPAN(much), &d), ERR_LIMIT);
	assert_null(d);
	d = known();
	assert_err(drbg_reseed(d, (struct span){ seed, 31 }, none),
	    ERR_LIMIT);
	assert_err(drbg_reseed(d, entropy, SPAN(much)), ERR_LIMIT);
	assert_err(drbg_generate(d, SPAN(much), much, 1), ERR_LIMIT);
	assert_err(drbg_generate(d, none, much, DRBG_REQUEST_MAX + 1),
	    ERR_LIMIT);
	assert_err(drbg_generate(d, none, much, DRBG_REQUEST_MAX), ERR_OK);
}

static void
test_it_wants_fresh_entropy_in_time(void **state)
{
	struct drbg *d OWNED(drbg_drop) = known();
	uint8_t out;

	(void)state;
	for (int i = 0; i < DRBG_RESEED_AFTER; i++)
		assert_err(drbg_generate(d, none, &out, 1), ERR_OK);
	assert_err(drbg_generate(d, none, &out, 1), ERR_STATE);
	assert_err(drbg_reseed(d, (struct span){ seed, 32 }, none), ERR_OK);
	assert_err(drbg_generate(d, none, &out, 1), ERR_OK);
}

static void
test_one_of_the_system_helps_itself(void **state)
{
	struct drbg *d OWNED(drbg_drop) = NULL;
	uint8_t out;

	(void)state;
	assert_err(drbg_from_system(none, none, &d), ERR_OK);
	for (int i = 0; i < DRBG_RESEED_AFTER + 1; i++)
		assert_err(drbg_generate(d, none, &out, 1), ERR_OK);
}

static void
test_two_of_the_system_differ(void **state)
{
	struct drbg *d[2] = { NULL, NULL };
	uint8_t out[2][32];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_err(drbg_from_system(span_text("a test"), none,
		    &d[i]), ERR_OK);
		assert_err(drbg_generate(d[i], none, out[i], 32), ERR_OK);
		drbg_drop(&d[i]);
		assert_null(d[i]);
	}
	assert_memory_not_equal(out[0], out[1], 32);
}

/* In pieces, and none of them twice. */
static void
test_what_is_drawn_was_generated(void **state)
{
	struct drbg *one OWNED(drbg_drop) = known();
	struct drbg *two OWNED(drbg_drop) = known();
	uint8_t all[2][512], part[DRBG_DRAW_MAX + 1];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_err(drbg_generate(one, none, all[i], sizeof(all[i])),
		    ERR_OK);
	for (size_t i = 0; i < 2; i++)
		for (size_t at = 0; at < sizeof(all[i]); at += 16) {
			assert_err(drbg_draw(two, part, 16), ERR_OK);
			assert_memory_equal(part, all[i] + at, 16);
		}
	assert_err(drbg_draw(two, part, DRBG_DRAW_MAX), ERR_OK);
	assert_err(drbg_draw(two, part, DRBG_DRAW_MAX + 1), ERR_LIMIT);
}

/* Else parent and child would draw the same, or the child from zeros. */
static void
test_a_child_gets_nothing(void **state)
{
	struct drbg *d OWNED(drbg_drop) = known();
	const struct span fresh = { seed, 32 };
	int status = 0;
	uint8_t out[32];
	pid_t pid;

	(void)state;
	assert_err(drbg_draw(d, out, 16), ERR_OK);	/* some are kept */
	pid = fork();
	if (pid == 0) {
		close(STDERR_FILENO);
		if (drbg_generate(d, none, out, sizeof(out)) != ERR_STATE)
			_exit(1);
		if (drbg_draw(d, out, 16) != ERR_STATE)
			_exit(4);
		if (drbg_reseed(d, fresh, none) != ERR_STATE)
			_exit(2);
		drbg_drop(&d);
		_exit(d == NULL ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
	assert_err(drbg_generate(d, none, out, sizeof(out)), ERR_OK);
}

int
main(void)
{
	struct CMUnitTest tests[6 + ROWS(rows)] = {
		cmocka_unit_test(test_inputs_are_bounded),
		cmocka_unit_test(test_it_wants_fresh_entropy_in_time),
		cmocka_unit_test(test_one_of_the_system_helps_itself),
		cmocka_unit_test(test_two_of_the_system_differ),
		cmocka_unit_test(test_what_is_drawn_was_generated),
		cmocka_unit_test(test_a_child_gets_nothing),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[6 + i] = ROW_TEST(rows[i].name, test_published,
		    &rows[i]);
	return cmocka_run_group_tests_name("drbg", tests, NULL, NULL);
}
