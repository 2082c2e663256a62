/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "base/own.h"
#include "tests/bus.h"
#include "tests/plug.h"
#include "tpm/tpm_int.h"

/*
 * Who sits on the bus and listens: he hears what is said in clear, and of each
 * act of tests/acts.c nothing, since its sessions are encrypted and salted.
 */

/* The linker's --wrap: the listener's friend, who leaves encryption out. */
static bool in_clear;
enum err __real_session_use(const struct held *session, TPMA_SESSION how);
enum err __wrap_session_use(const struct held *session, TPMA_SESSION how);

enum err
__wrap_session_use(const struct held *session, TPMA_SESSION how)
{
	TPM2_HANDLE handle = 0;

	if (!in_clear)
		return __real_session_use(session, how);
	assert_int_equal(Esys_TR_GetTpmHandle(plug.t->esys, session->tr,
	    &handle), TSS2_RC_SUCCESS);
	/* One that authorises nothing has to be good for something. */
	return __real_session_use(session,
	    handle >> 24 == TPM2_HT_POLICY_SESSION ? 0 : TPMA_SESSION_AUDIT);
}

static enum err
act_on(const struct act *a, bool clear)
{
	struct outcome out;
	enum err e;

	TRY(plug_before(a));
	in_clear = clear;
	e = plug_act(a, &out);
	in_clear = false;
	return e;
}

static void
assert_seen(uint32_t command, bool answer)
{
	struct bus_found at;

	assert_true(bus_find(&at));
	assert_int_equal(at.command, command);
	assert_int_equal(at.answer, answer);
	bus_forget();
	assert_false(bus_find(&at));
}

static void
stir(const uint8_t *at, size_t len)
{
	TPM2B_SENSITIVE_DATA data = { .size = (uint16_t)len };

	memcpy(data.buffer, at, len);
	assert_err(tpm_check(plug.t, Esys_StirRandom(plug.t->esys, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, &data), "stir"), ERR_OK);
}

/* Whole or half, as it is or turned round; and nothing else. */
static void
test_what_is_said_in_clear_is_found(void **state)
{
	static const struct { size_t word, from, len; bool seen; } ways[] = {
		{ 1, 0, 24, true }, { 4, 0, 24, true }, { 8, 0, 24, true },
		{ 24, 0, 24, true }, { 1, 12, 12, true }, { 1, 5, 8, true },
		{ 1, 5, 7, false }, { 3, 0, 24, false }, { 6, 0, 24, false },
	};
	struct secret *s = NULL;
	uint8_t known[24], said[24];
	struct bus_found at;

	(void)state;
	assert_err(tpm_ready(plug.t), ERR_OK);
	assert_err(tpm_srk_pin(plug.t, &plug.scene.srk), ERR_OK);
	assert_err(secret_new(sizeof(known), &s), ERR_OK);
	assert_err(tpm_random(plug.t, secret_expose(s), sizeof(known)), ERR_OK);
	memcpy(known, secret_span(s).at, sizeof(known));
	secret_drop(&s);
	bus_forget();
	for (size_t i = 0; i < ROWS(ways); i++) {
		const size_t w = ways[i].word;

		for (size_t j = 0; j < sizeof(said); j++)
			said[j] = known[j - j % w + w - 1 - j % w];
		stir(said + ways[i].from, ways[i].len);
		if (ways[i].seen)
			assert_seen(0x146, false);
		else
			assert_false(bus_find(&at));
	}
}

static void
test_what_is_answered_in_clear_is_found(void **state)
{
	TPM2B_DIGEST *some = NULL;

	(void)state;
	bus_forget();
	assert_err(tpm_check(plug.t, Esys_GetRandom(plug.t->esys, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, 32, &some), "get some"), ERR_OK);
	bus_know(some->buffer, some->size);
	Esys_Free(some);
	assert_seen(0x17b, true);
}

static void
test_encrypted_or_seen(void **state)
{
	const struct act *a = *state;
	struct bus_found at;

	bus_forget();
	assert_err(act_on(a, false), ERR_OK);
	assert_false(bus_find(&at));
	assert_err(act_on(a, true), ERR_OK);
	if (a->hides != 0 || a->tells != 0)
		assert_seen(a->hides + a->tells, a->tells != 0);
	else
		assert_false(bus_find(&at));
}

/* TPM2_StartAuthSession: its salt goes to the SRK, and parameters under
 * AES-128-CFB; of a trial nobody has anything. */
static void
assert_salted(struct span command)
{
	static const uint8_t srk_no_bind[] = {
		0x81, 0, 0, 1, 0x40, 0, 0, 7, 0, 32 };
	static const uint8_t aes128cfb_sha256[] = {
		0, 6, 0, 128, 0, 0x43, 0, 0x0b };
	const uint8_t *salt = command.at + 10 + 10 + 32;
	const size_t len = (size_t)salt[0] << 8 | salt[1];
	const uint8_t kind = salt[2 + len];

	assert_int_equal(command.len, 10 + 10 + 32 + 2 + len + 1 + 8);
	if (kind == TPM2_SE_TRIAL)
		return;
	/* A point of P-256. */
	assert_int_equal(len, 4 + 32 + 32);
	assert_memory_equal(command.at + 10, srk_no_bind, sizeof(srk_no_bind));
	assert_memory_equal(salt + 2 + len + 1, aes128cfb_sha256,
	    sizeof(aes128cfb_sha256));
}

static void
look_at_sessions(void *arg, struct exchange *x)
{
	(void)arg;
	if (faulty_command(x) == TPM2_CC_StartAuthSession)
		assert_salted(x->command);
}

static void
test_each_session_is_salted(void **state)
{
	plug.hand.after = look_at_sessions;
	enum err e = act_on(*state, false);
	plug.hand.after = NULL;
	assert_err(e, ERR_OK);
}

int
main(void)
{
	const struct CMUnitTest reading[] = {
		cmocka_unit_test(test_what_is_said_in_clear_is_found),
		cmocka_unit_test(test_what_is_answered_in_clear_is_found),
	};
	int failed = cmocka_run_group_tests_name("what is said in clear",
	    reading, plug_in, plug_out);

	failed += plug_run("encrypted, or seen", test_encrypted_or_seen);
	return failed + plug_run("salted", test_each_session_is_salted);
}
