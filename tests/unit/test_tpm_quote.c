/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <poll.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/faulty.h"
#include "tests/maker.h"
#include "tests/officers.h"
#include "tests/swtpm.h"
#include "tpm/ak.h"
#include "tpm/aside.h"
#include "tpm/tpm_int.h"

static struct swtpm machine;
static struct faulty hand;
static struct tpm *t;
static struct secret *auth;
static struct tpm_name srk;
static struct tpm_blob ak, bare;	/* with an auth; without */
static const struct tpm_pcr_select boot = { TPM_SHA256, 0xff };
static const uint8_t nonce[32] = { 9, 8, 7 };

static int
plug_in(void **state)
{
	struct carrier c = { 0 };
	uint8_t x[32], y[32];

	(void)state;
	return swtpm_new(&machine) != ERR_OK ||
	    secret_copy(span_text(CUSTODY_AUTH), &auth) != ERR_OK ||
	    faulty_open(&hand, machine.tcti, &c) != ERR_OK ||
	    tpm_open_over(&c, &t) != ERR_OK ||
	    tpm_srk_create(t, &srk) != ERR_OK ||
	    tpm_ak_create(t, auth, &ak, x, y) != ERR_OK ||
	    tpm_ak_create(t, NULL, &bare, x, y) != ERR_OK;
}

static int
unplug(void **state)
{
	struct tpm_info info = { .objects = 99 };
	enum err e = tpm_info(t, &info);

	(void)state;
	secret_drop(&auth);
	tpm_drop(&t);
	swtpm_drop(&machine);
	return e != ERR_OK || info.objects != 0 || info.sessions != 0 ||
	    info.failures != 0;
}

static enum err
quote(struct tpm_pcr_select select, struct tpm_quote *out)
{
	return tpm_quote(t, &ak, auth, select, nonce, out);
}

static const struct row {
	const char		*name;
	struct tpm_pcr_select	 select;
	enum err		 want;
} rows[] = {
	{ "PCR 0",		{ TPM_SHA256, 0x000001 }, ERR_OK },
	{ "PCR 23",		{ TPM_SHA256, 0x800000 }, ERR_OK },
	{ "boot and cap",	{ TPM_SHA256, 0x0080ff }, ERR_OK },
	{ "all",		{ TPM_SHA256, 0xffffff }, ERR_OK },
	{ "all, SHA-1",		{ TPM_SHA1, 0xffffff }, ERR_OK },
	{ "every other, SHA-384", { TPM_SHA384, 0x555555 }, ERR_OK },
	{ "all, SHA-512",	{ TPM_SHA512, 0xffffff }, ERR_OK },
	{ "none",		{ TPM_SHA256, 0 }, ERR_MALFORMED },
	{ "PCR 24",		{ TPM_SHA256, 0x1000001 }, ERR_MALFORMED },
	{ "no bank",		{ 0x0012, 0xff }, ERR_MALFORMED },
};

static void
test_the_values_come_with_it(void **state)
{
	const struct row *row = *state;
	struct tpm_quote q = { .attest_len = 0 };
	struct tpm_pcrs now = { .select = row->select };

	assert_err(quote(row->select, &q), row->want);
	if (row->want != ERR_OK) {
		assert_int_equal(q.attest_len, 0);
		return;
	}
	assert_true(maker_quoted(&ak, &q, nonce));
	assert_err(tpm_pcr_read(t, &now), ERR_OK);
	assert_memory_equal(&q.pcrs, &now, sizeof(now));
}

/* The judge of all this sees what is wrong: each byte is signed, and each
 * value is in the digest. */
static void
test_nothing_of_it_can_be_changed(void **state)
{
	const uint8_t other[32] = { 9, 8, 6 };
	struct tpm_quote q, bent;

	(void)state;
	assert_err(quote(boot, &q), ERR_OK);
	assert_false(maker_quoted(&ak, &q, other));
	assert_false(maker_quoted(&bare, &q, nonce));
	for (size_t i = 0; i < q.attest_len; i++) {
		bent = q;
		bent.attest[i] ^= 0x20;
		assert_false(maker_quoted(&ak, &bent, nonce));
	}
	for (size_t i = 0; i < q.sig_len; i++) {
		bent = q;
		bent.sig[i] ^= 0x20;
		assert_false(maker_quoted(&ak, &bent, nonce));
	}
	for (unsigned i = 0; i < 8; i++) {
		bent = q;
		bent.pcrs.value[i][31] ^= 0x20;
		assert_false(maker_quoted(&ak, &bent, nonce));
	}
}

static uint64_t
number(const uint8_t *at, size_t len)
{
	uint64_t n = 0;

	while (len-- > 0)
		n = n << 8 | *at++;
	return n;
}

/* A child of the EK: in any other hierarchy they would be obfuscated. */
static void
test_clock_and_firmware_are_in_clear(void **state)
{
	struct tpm_life before, after;
	struct tpm_info info;
	struct tpm_quote q;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_err(tpm_life(t, &before), ERR_OK);
		assert_err(quote(boot, &q), ERR_OK);
		assert_err(tpm_life(t, &after), ERR_OK);
		assert_err(tpm_info(t, &info), ERR_OK);
		assert_in_range(number(q.attest + 76, 8), before.clock_ms,
		    after.clock_ms);
		assert_int_equal(number(q.attest + 84, 4), before.resets);
		assert_int_equal(number(q.attest + 88, 4), before.restarts);
		assert_int_equal(q.attest[92], before.safe);
		assert_int_equal(number(q.attest + 93, 8), info.firmware);
		assert_int_equal(info.resets, before.resets);
		assert_int_equal(info.restarts, before.restarts);
		assert_int_equal(info.safe, before.safe);
		swtpm_kill(&machine);
		assert_err(swtpm_start(&machine), ERR_OK);
	}
	assert_int_not_equal(before.resets, 0);
	assert_int_not_equal(info.firmware, 0);
}

/* ---- by whom ---- */

static void
test_only_with_its_auth(void **state)
{
	struct secret *wrong OWNED(secret_drop) = NULL;
	struct tpm_quote q = { .attest_len = 0 };

	(void)state;
	assert_err(secret_copy(span_text("guessed"), &wrong), ERR_OK);
	assert_err(tpm_quote(t, &ak, wrong, boot, nonce, &q), ERR_AUTH);
	assert_err(tpm_quote(t, &ak, NULL, boot, nonce, &q), ERR_AUTH);
	assert_err(tpm_quote(t, &bare, auth, boot, nonce, &q), ERR_AUTH);
	assert_int_equal(q.attest_len, 0);
	assert_err(tpm_quote(t, &bare, NULL, boot, nonce, &q), ERR_OK);
	assert_true(maker_quoted(&bare, &q, nonce));
}

static void
test_only_by_an_ak_of_this_tpm(void **state)
{
	struct swtpm far OWNED(swtpm_drop) = { 0 };
	struct tpm *other OWNED(tpm_drop) = NULL;
	struct tpm_quote q = { .attest_len = 0 };
	struct tpm_blob bent;
	uint8_t x[32], y[32];
	struct tpm_name its;

	(void)state;
	assert_err(swtpm_new(&far), ERR_OK);
	assert_err(tpm_open(far.tcti, &other), ERR_OK);
	assert_err(tpm_quote(other, &ak, auth, boot, nonce, &q), ERR_STATE);
	assert_err(tpm_srk_create(other, &its), ERR_OK);
	assert_err(tpm_quote(other, &ak, auth, boot, nonce, &q), ERR_AUTH);
	assert_err(tpm_ak_create(other, auth, &bent, x, y), ERR_OK);
	assert_err(quote(boot, &q), ERR_OK);
	assert_err(tpm_quote(t, &bent, auth, boot, nonce, &q), ERR_AUTH);
	bent = ak;
	bent.pub_len--;
	assert_err(tpm_quote(t, &bent, auth, boot, nonce, &q), ERR_MALFORMED);
	assert_err(maker_signing_key(t, &bent), ERR_OK);
	assert_err(tpm_quote(t, &bent, NULL, boot, nonce, &q), ERR_AUTH);
}

/* ---- while PCRs move ---- */

enum { QUOTE = 0x158 };

struct mover {
	unsigned	pcr, left, quotes;
};

static void
move_a_pcr(void *arg, struct exchange *x)
{
	struct mover *m = arg;

	if (faulty_command(x) != QUOTE)
		return;
	m->quotes++;
	if (m->left == 0)
		return;
	m->left--;
	assert_err(swtpm_extend(&machine, m->pcr), ERR_OK);
}

static const struct moved {
	const char	*name;
	unsigned	 pcr, times, quotes;
	enum err	 want;
} moves[] = {
	{ "one that is not asked for",	9, 1000, 1, ERR_OK },
	{ "once",			3, 1, 2, ERR_OK },
	{ "four times",			3, 4, 5, ERR_OK },
	{ "for good",			3, 1000, 5, ERR_BUSY },
};

static void
test_a_pcr_that_moves(void **state)
{
	const struct moved *row = *state;
	struct mover m = { row->pcr, row->times, 0 };
	struct tpm_quote q = { .attest_len = 0 };

	hand.before = move_a_pcr;
	hand.arg = &m;
	enum err e = quote(boot, &q);
	hand.before = NULL;
	assert_err(e, row->want);
	assert_int_equal(m.quotes, row->quotes);
	assert_int_equal(e == ERR_OK, maker_quoted(&ak, &q, nonce));
}

/* ---- a TPM that says something else ---- */

static const struct lie {
	const char	*name;
	size_t		 at;	/* in TPMS_ATTEST */
	uint8_t		 flip;
	size_t		 more;	/* bytes behind it */
	size_t		 less;	/* the TPM2B that lacks its last byte */
	enum err	 want;
} lies[] = {
	{ "no magic",		0, 0x01, 0, 0, ERR_HARDWARE },
	{ "another type",	5, 0x0f, 0, 0, ERR_HARDWARE },	/* certify */
	{ "another nonce",	75, 0x01, 0, 0, ERR_HARDWARE },
	{ "a shorter nonce",	0, 0x00, 0, 42, ERR_HARDWARE },
	{ "another bank",	106, 0x07, 0, 0, ERR_HARDWARE },
	{ "fewer PCRs",		108, 0x80, 0, 0, ERR_HARDWARE },
	{ "more PCRs",		109, 0x80, 0, 0, ERR_HARDWARE },
	{ "another digest",	113, 0x01, 0, 0, ERR_BUSY },
	{ "a shorter digest",	0, 0x00, 0, 111, ERR_HARDWARE },
	{ "a byte behind it",	0, 0x00, 1, 0, ERR_HARDWARE },
	{ "longer than any",	0, 0x00, 200, 0, ERR_HARDWARE },
};

static const struct lie *lie;

static void
bend(TPM2B_ATTEST *a)
{
	uint8_t *at = a->attestationData, *end;

	at[lie->at] ^= lie->flip;
	a->size = (uint16_t)(a->size + lie->more);
	if (lie->less == 0)
		return;
	end = at + lie->less + 2 + at[lie->less + 1]--;
	memmove(end - 1, end, (size_t)(at + a->size-- - end));
}

/* The linker's --wrap. */
TSS2_RC __real_Esys_Quote(ESYS_CONTEXT *c, ESYS_TR by, ESYS_TR s1, ESYS_TR s2,
    ESYS_TR s3, const TPM2B_DATA *extra, const TPMT_SIG_SCHEME *scheme,
    const TPML_PCR_SELECTION *pcrs, TPM2B_ATTEST **out, TPMT_SIGNATURE **sig);
TSS2_RC __wrap_Esys_Quote(ESYS_CONTEXT *c, ESYS_TR by, ESYS_TR s1, ESYS_TR s2,
    ESYS_TR s3, const TPM2B_DATA *extra, const TPMT_SIG_SCHEME *scheme,
    const TPML_PCR_SELECTION *pcrs, TPM2B_ATTEST **out, TPMT_SIGNATURE **sig);

TSS2_RC
__wrap_Esys_Quote(ESYS_CONTEXT *c, ESYS_TR by, ESYS_TR s1, ESYS_TR s2,
    ESYS_TR s3, const TPM2B_DATA *extra, const TPMT_SIG_SCHEME *scheme,
    const TPML_PCR_SELECTION *pcrs, TPM2B_ATTEST **out, TPMT_SIGNATURE **sig)
{
	TSS2_RC rc = __real_Esys_Quote(c, by, s1, s2, s3, extra, scheme, pcrs,
	    out, sig);

	if (rc == TSS2_RC_SUCCESS && lie != NULL)
		bend(*out);
	return rc;
}

static void
test_what_was_not_asked_for(void **state)
{
	struct tpm_quote q = { .attest_len = 0 };

	lie = *state;
	enum err e = quote(boot, &q);
	assert_err(e, lie->want);
	lie = NULL;
	assert_int_equal(q.attest_len, 0);
}

/* ---- beside a loop ---- */

struct job {
	struct tpm_quote q;
	enum err	 e;
	bool		 done;
};

static void
work(void *self)
{
	struct job *j = self;

	j->e = quote(boot, &j->q);
	j->done = true;
}

static void
test_it_keeps_nobody(void **state)
{
	struct job j = { .done = false };
	struct pollfd p = { .events = POLLIN };
	unsigned free_moments = 0;
	int left_ms;

	(void)state;
	hand.count = 0;
	assert_err(tpm_aside(t, work, &j), ERR_OK);
	while (tpm_aside_waits(t, &p.fd, &left_ms)) {
		free_moments++;
		assert_false(j.done);
		assert_int_equal(poll(&p, 1, -1), 1);
		tpm_aside_go_on(t);
	}
	assert_err(j.e, ERR_OK);
	assert_true(maker_quoted(&ak, &j.q, nonce));
	assert_int_equal(free_moments, hand.count);
	/* About a dozen, as the header has it. */
	assert_in_range(hand.count, 10, 14);
}

/* It is late, and the next one is as if nothing had been. */
static void
test_a_stopped_one_is_given_up(void **state)
{
	struct tpm_quote q = { .attest_len = 0 };

	(void)state;
	swtpm_halt(&machine);
	tpm_limit(t, 60);
	enum err e = quote(boot, &q);
	tpm_limit(t, 10000);
	swtpm_go(&machine);
	assert_err(e, ERR_HARDWARE);
	assert_int_equal(tpm_trouble(t), TPM_LATE);
	assert_int_equal(q.attest_len, 0);
	assert_err(quote(boot, &q), ERR_OK);
}

#define ADD(table, test) \
	for (size_t i = 0; i < ROWS(table); i++) \
		all[n++] = ROW_TEST((table)[i].name, test, &(table)[i])

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_of_it_can_be_changed),
		cmocka_unit_test(test_clock_and_firmware_are_in_clear),
		cmocka_unit_test(test_only_with_its_auth),
		cmocka_unit_test(test_only_by_an_ak_of_this_tpm),
		cmocka_unit_test(test_it_keeps_nobody),
		cmocka_unit_test(test_a_stopped_one_is_given_up),
	};
	struct CMUnitTest all[ROWS(rows) + ROWS(moves) + ROWS(lies) +
	    ROWS(tests)];
	size_t n = 0;

	ADD(rows, test_the_values_come_with_it);
	ADD(moves, test_a_pcr_that_moves);
	ADD(lies, test_what_was_not_asked_for);
	for (size_t i = 0; i < ROWS(tests); i++)
		all[n++] = tests[i];
	return cmocka_run_group_tests_name("tpm quote", all, plug_in, unplug);
}
