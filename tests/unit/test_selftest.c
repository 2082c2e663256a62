/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "crypto/aead.h"
#include "crypto/cfb.h"
#include "crypto/drbg.h"
#include "crypto/ecdh.h"
#include "crypto/ecdsa.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/oaep.h"
#include "crypto/otp.h"
#include "crypto/selftest.h"
#include "tests/kat_flipped.h"

/* The state is for good: every case has a process to itself. */
static int
status_of(int (*act)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		/* What it logs is not of interest here. */
		close(STDERR_FILENO);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
pass(void)
{
	return crypto_selftest() == ERR_OK && crypto_ok() ? 0 : 1;
}

static int
fail_for_good(void)
{
	if (crypto_selftest() != ERR_STATE || crypto_ok())
		return 1;
	kat_flipped = KAT_END;
	return crypto_selftest() == ERR_STATE && !crypto_ok() ? 0 : 2;
}

static void
test_the_right_answers_pass(void **state)
{
	(void)state;
	kat_flipped = KAT_END;
	assert_int_equal(status_of(pass), 0);
}

static void
test_one_wrong_answer_fails_for_good(void **state)
{
	(void)state;
	for (kat_flipped = 0; kat_flipped < KAT_END; kat_flipped++)
		if (status_of(fail_for_good) != 0)
			fail_msg("answer %d, flipped, goes unnoticed",
			    (int)kat_flipped);
}

/* Whatever buffers an operation wants. */
static uint8_t a[64], b[64], c[96];
static const struct span part = SPAN(c);
static struct drbg *d;

static enum err
do_sha256(void)
{
	return sha256(&part, 1, a);
}

static enum err
do_hmac(void)
{
	return hmac(HASH_SHA1, part, &part, 1, a);
}

static enum err
do_hkdf(void)
{
	return hkdf_sha256(part, part, part, a, 32);
}

static enum err
do_hotp(void)
{
	char code[OTP_TEXT];

	return hotp(HASH_SHA1, part, 0, 6, code);
}

static enum err
do_gcm_seal(void)
{
	return aes256gcm_seal(a, b, part, (struct span){ b, 16 }, c);
}

static enum err
do_gcm_open(void)
{
	return aes256gcm_open(a, b, part, (struct span){ b, 16 }, c);
}

static enum err
do_xchacha_seal(void)
{
	return xchacha_seal(a, b, part, (struct span){ b, 16 }, c);
}

static enum err
do_xchacha_open(void)
{
	return xchacha_open(a, b, part, (struct span){ b, 16 }, c);
}

static enum err
do_ed25519_public(void)
{
	return ed25519_public(a, b);
}

static enum err
do_ed25519_sign(void)
{
	return ed25519_sign(a, b, part, a);
}

static enum err
do_ed25519_verify(void)
{
	return ed25519_verify(a, part, b);
}

static enum err
do_ed25519_check(void)
{
	return ed25519_check(a);
}

static enum err
do_x25519_public(void)
{
	return x25519_public(a, b);
}

static enum err
do_x25519_shared(void)
{
	return x25519_shared(a, b, c);
}

static enum err
do_p256_public(void)
{
	return p256_public(a, b, c);
}

static enum err
do_p256_shared(void)
{
	return p256_shared(a, b, b, c);
}

static enum err
do_p256_on_curve(void)
{
	return p256_on_curve(a, b);
}

static enum err
do_p256_verify(void)
{
	return p256_verify(a, b, a, b);
}

static enum err
do_p256_low_s(void)
{
	return p256_low_s(a);
}

static enum err
do_drbg_new(void)
{
	return drbg_new(SPAN(a), SPAN(b), part, &d);
}

static enum err
do_drbg_from_system(void)
{
	return drbg_from_system(part, part, &d);
}

static const uint8_t odd[256] = { [0] = 0x80, [255] = 1 };
static const struct rsa_public rsa = { SPAN(odd), 3 };
static uint8_t wide[256];

static enum err
do_rsa_v15_verify(void)
{
	return rsa_v15_verify(&rsa, HASH_SHA256, a, SPAN(wide));
}

static enum err
do_rsa_pss_verify(void)
{
	return rsa_pss_verify(&rsa, HASH_SHA256, a, 32, SPAN(wide));
}

static enum err
do_rsa_oaep_encrypt(void)
{
	return rsa_oaep_encrypt(&rsa, HASH_SHA256, part, part, a, wide);
}

static enum err
do_cfb_encrypt(void)
{
	return aes128cfb_encrypt(a, b, part, c);
}

static enum err
do_kdfa(void)
{
	return kdfa(HASH_SHA256, part, "label", part, part, 256, a);
}

static enum err
do_kdfe(void)
{
	return kdfe(HASH_SHA256, part, "label", part, part, 256, a);
}

static const struct row {
	const char	*name;
	enum err	(*act)(void);
} rows[] = {
#define ROW(name) { #name, do_##name }
	ROW(sha256), ROW(hmac), ROW(hkdf), ROW(hotp), ROW(gcm_seal),
	ROW(gcm_open), ROW(xchacha_seal), ROW(xchacha_open),
	ROW(ed25519_public), ROW(ed25519_sign), ROW(ed25519_verify),
	ROW(ed25519_check), ROW(x25519_public), ROW(x25519_shared),
	ROW(p256_public), ROW(p256_shared), ROW(p256_on_curve),
	ROW(p256_verify), ROW(p256_low_s), ROW(drbg_new),
	ROW(drbg_from_system), ROW(rsa_v15_verify), ROW(rsa_pss_verify),
	ROW(rsa_oaep_encrypt), ROW(cfb_encrypt), ROW(kdfa), ROW(kdfe),
#undef ROW
};

/* The number, from 1, of the first operation that still works. */
static int
try_every_operation(void)
{
	if (crypto_selftest() != ERR_STATE)
		return 255;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (rows[i].act() != ERR_STATE)
			return (int)i + 1;
	return 0;
}

static void
test_no_operation_works_after_a_failure(void **state)
{
	int first;

	(void)state;
	kat_flipped = KAT_sha256;
	first = status_of(try_every_operation);
	if (first == 255)
		fail_msg("the self-test passes");
	if (first != 0)
		fail_msg("%s works in the error state",
		    rows[first - 1].name);
}

static int
work_unasked(void)
{
	return do_sha256() == ERR_STATE && !crypto_ok() ? 0 : 1;
}

static void
test_it_runs_before_the_first_operation(void **state)
{
	(void)state;
	kat_flipped = KAT_drbg;
	assert_int_equal(status_of(work_unasked), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_right_answers_pass),
		cmocka_unit_test(test_one_wrong_answer_fails_for_good),
		cmocka_unit_test(test_no_operation_works_after_a_failure),
		cmocka_unit_test(test_it_runs_before_the_first_operation),
	};

	return cmocka_run_group_tests_name("selftest", tests, NULL, NULL);
}
