/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/faulty.h"
#include "tests/said.h"
#include "tests/swtpm.h"
#include "tpm/tpm_int.h"

/* One TPM, reached through a carrier that fails, looks and tampers. */
static struct swtpm machine;
static struct faulty faulty;

static const struct tpm_pcr_select boot = { TPM_SHA256, 0x0000ff };
static const char secret_text[] = "what nobody on the bus may see";

static struct bench {
	struct tpm	*t;
	struct tpm_name	 srk;
	struct secret	*plain;
	struct tpm_blob	 sealed, root;
} bench;

static int
plug_in(void **state)
{
	struct carrier c = { 0 };
	struct bench *b = &bench;
	uint8_t x[32], y[32];

	(void)state;
	return swtpm_new(&machine) != ERR_OK ||
	    faulty_open(&faulty, machine.tcti, &c) != ERR_OK ||
	    tpm_open_over(&c, &b->t) != ERR_OK ||
	    tpm_srk_create(b->t, &b->srk) != ERR_OK ||
	    secret_copy(span_text(secret_text), &b->plain) != ERR_OK ||
	    tpm_seal(b->t, boot, b->plain, &b->sealed) != ERR_OK ||
	    tpm_root_create(b->t, boot, b->plain, &b->root, x, y) != ERR_OK;
}

static int
unplug(void **state)
{
	(void)state;
	secret_drop(&bench.plain);
	tpm_drop(&bench.t);
	swtpm_drop(&machine);
	return 0;
}

static enum err
do_create(void)
{
	struct tpm_name name;

	return tpm_srk_create(bench.t, &name);
}

static enum err
do_pin(void)
{
	return tpm_srk_pin(bench.t, &bench.srk);
}

static enum err
do_seal(void)
{
	struct tpm_blob blob;

	return tpm_seal(bench.t, boot, bench.plain, &blob);
}

/* A secret that comes is the right one, whatever happened on the way. */
static enum err
do_unseal(void)
{
	struct secret *back OWNED(secret_drop) = NULL;
	enum err e = tpm_unseal(bench.t, boot, &bench.sealed, &back);

	assert_int_equal(e == ERR_OK, back != NULL);
	if (back != NULL)
		assert_true(span_equal(secret_span(back),
		    secret_span(bench.plain)));
	return e;
}

static enum err
do_root(void)
{
	struct tpm_blob blob;
	uint8_t x[32], y[32];

	return tpm_root_create(bench.t, boot, bench.plain, &blob, x, y);
}

static enum err
do_sign(void)
{
	uint8_t sig[64], digest[32] = { 3 };

	return tpm_root_sign(bench.t, boot, &bench.root, bench.plain, digest,
	    sig);
}

static enum err
do_random(void)
{
	uint8_t bytes[100];

	return tpm_random(bench.t, bytes, sizeof(bytes));
}

static enum err
do_read(void)
{
	struct tpm_pcrs p = { .select = { TPM_SHA256, 0xffffff } };

	return tpm_pcr_read(bench.t, &p);
}

static enum err
do_info(void)
{
	struct tpm_info info;

	return tpm_info(bench.t, &info);
}

static const struct row {
	const char	*name;
	enum err	(*act)(void);
} rows[] = {
	{ "create the SRK",	do_create },
	{ "pin the SRK",	do_pin },
	{ "seal",		do_seal },
	{ "unseal",		do_unseal },
	{ "create the root key", do_root },
	{ "sign",		do_sign },
	{ "random",		do_random },
	{ "read PCRs",		do_read },
	{ "info",		do_info },
};

static const struct {
	enum fault	fault;
	uint32_t	code;
} faults[] = {
	{ FAULT_UNSENT,		0 },
	{ FAULT_UNHEARD,	0 },
	{ FAULT_SHORT,		0 },
	{ FAULT_REFUSED,	0x101 },	/* TPM_RC_FAILURE */
	{ FAULT_REFUSED,	0x920 },	/* TPM_RC_NV_RATE */
};

/* Nothing is loaded, and what has to be done again works. */
static void
assert_clean(const struct row *row)
{
	struct tpm_info info = { .objects = 99 };

	faulty_set(&faulty, FAULT_NONE, 0, 0);
	assert_err(tpm_info(bench.t, &info), ERR_OK);
	assert_int_equal(info.objects, 0);
	assert_int_equal(info.sessions, 0);
	assert_int_equal(info.failures, 0);
	assert_err(row->act(), ERR_OK);
}

/*
 * Every command of the operation fails once in every way.  The operation says
 * so, unless it was over and only gave something back; the next one works, and
 * nothing is left in the TPM.
 */
static void
test_every_command_fails_once(void **state)
{
	const struct row *row = *state;
	char said[4096];

	faulty_set(&faulty, FAULT_NONE, 0, 0);
	assert_err(row->act(), ERR_OK);
	for (unsigned n = 1, last = faulty.count; n <= last; n++)
		for (size_t i = 0; i < ROWS(faults); i++) {
			enum err e;

			faulty.code = faults[i].code;
			faulty_set(&faulty, faults[i].fault, n, 1);
			said_begin();
			e = row->act();
			said_end(said, sizeof(said));
			/* Put off once is not refused. */
			if (faults[i].code == 0x920)
				assert_err(e, ERR_OK);
			else
				assert_non_null(strstr(said, "TPM (test): "));
			assert_clean(row);
		}
}

/* The TPM puts a command off for a while, then does it. */
static void
test_put_off(void **state)
{
	static const uint32_t codes[] = { 0x922, 0x908, 0x90a, 0x920 };

	(void)state;
	for (size_t i = 0; i < ROWS(codes); i++) {
		faulty.code = codes[i];
		faulty_set(&faulty, FAULT_REFUSED, 3, 3);
		assert_err(do_unseal(), ERR_OK);
	}
}

/* For good: it gives up, after a bounded number of tries. */
static void
test_put_off_for_good(void **state)
{
	(void)state;
	faulty.code = 0x920;
	faulty_set(&faulty, FAULT_REFUSED, 3, 1000);
	assert_err(do_unseal(), ERR_BUSY);
	assert_true(faulty.count <= 20);
	faulty_set(&faulty, FAULT_NONE, 0, 0);
	assert_clean(&rows[3]);
}

enum { PCR_EXTEND = 0x182, UNSEAL = 0x15e, SIGN = 0x15d };

struct mover {
	uint32_t	before;
	unsigned	left;
};

/* Another PCR than those of the policy, so that it stays as good as it was. */
static void
move_a_pcr(void *arg, struct exchange *x)
{
	struct mover *m = arg;

	if (faulty_command(x) != m->before || m->left == 0)
		return;
	m->left--;
	assert_err(swtpm_extend(&machine, 12), ERR_OK);
}

static void
test_pcrs_that_move_are_looked_at_again(void **state)
{
	struct mover m = { UNSEAL, 4 };

	(void)state;
	faulty.before = move_a_pcr;
	faulty.arg = &m;
	assert_err(do_unseal(), ERR_OK);
	assert_int_equal(m.left, 0);
	m = (struct mover){ SIGN, 4 };
	assert_err(do_sign(), ERR_OK);
	assert_int_equal(m.left, 0);
	m = (struct mover){ UNSEAL, 1000 };
	assert_err(do_unseal(), ERR_BUSY);
	assert_int_equal(m.left, 995);
	faulty.before = NULL;
	assert_clean(&rows[3]);
}

/* Everything that passes, both ways, searched for the secret. */
static void
search(void *arg, struct exchange *x)
{
	unsigned *seen = arg;

	if (memmem(x->command.at, x->command.len, secret_text, 8) != NULL ||
	    memmem(x->response, x->len, secret_text, 8) != NULL)
		++*seen;
}

static void
test_a_listener_learns_nothing(void **state)
{
	unsigned seen = 0;

	(void)state;
	faulty.after = search;
	faulty.arg = &seen;
	assert_err(do_seal(), ERR_OK);
	assert_err(do_unseal(), ERR_OK);
	assert_err(do_root(), ERR_OK);
	assert_err(do_sign(), ERR_OK);
	faulty.after = NULL;
	assert_int_equal(seen, 0);
}

struct tamper {
	unsigned	at;		/* which answer */
	size_t		byte;
	int		done;
};

static void
flip(void *arg, struct exchange *x)
{
	struct tamper *t = arg;

	if (faulty.count != t->at || t->byte >= x->len)
		return;
	x->response[t->byte] ^= 0x01;
	t->done = 1;
}

/* One changed bit anywhere in an answer after its head. */
static void
test_a_changed_answer_is_noticed(void **state)
{
	struct tamper t = { .at = 1 };
	unsigned last, tried = 0;
	char said[4096];

	(void)state;
	faulty_set(&faulty, FAULT_NONE, 0, 0);
	assert_err(do_unseal(), ERR_OK);
	last = faulty.count;
	faulty.arg = &t;
	for (; t.at <= last; t.at++)
		for (t.byte = 10, t.done = 1; t.done; t.byte += 7) {
			enum err e;

			t.done = 0;
			faulty_set(&faulty, FAULT_NONE, 0, 0);
			faulty.after = flip;
			said_begin();
			e = do_unseal();
			said_end(said, sizeof(said));
			faulty.after = NULL;
			assert_int_equal(e != ERR_OK, t.done);
			tried += t.done != 0;
			assert_err(do_unseal(), ERR_OK);
		}
	assert_true(tried > 20);
}

/* The public area of another key, in answer to ReadPublic, with the pinned
 * Name beside it: who computes the Name is not taken in. */
static void
lie_about_the_srk(void *arg, struct exchange *x)
{
	(void)arg;
	if (faulty_command(x) == 0x173 && x->len > 60)
		x->response[10 + 2 + 50] ^= 1;
}

static void
test_the_name_is_computed_here(void **state)
{
	(void)state;
	faulty_set(&faulty, FAULT_NONE, 0, 0);
	faulty.after = lie_about_the_srk;
	assert_err(do_pin(), ERR_AUTH);
	faulty.after = NULL;
	assert_err(do_unseal(), ERR_STATE);
	assert_err(do_pin(), ERR_OK);
	assert_clean(&rows[3]);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 6];
	size_t n = 0;

	for (; n < ROWS(rows); n++)
		tests[n] = ROW_TEST(rows[n].name,
		    test_every_command_fails_once, &rows[n]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_put_off);
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(test_put_off_for_good);
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(test_pcrs_that_move_are_looked_at_again);
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(test_a_listener_learns_nothing);
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(test_a_changed_answer_is_noticed);
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(test_the_name_is_computed_here);
	return cmocka_run_group_tests_name("tpm faults", tests, plug_in,
	    unplug);
}
