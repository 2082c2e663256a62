/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "base/own.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "tests/swtpm.h"
#include "tpm/ek.h"

/* One TPM for all, and a second one. */
static struct swtpm machine;
static struct tpm *t;

struct other {
	struct swtpm	 machine;
	struct tpm	*t;
};

static int
plug_in(void **state)
{
	struct tpm_name srk;

	(void)state;
	return swtpm_new(&machine) != ERR_OK ||
	    tpm_open(machine.tcti, &t) != ERR_OK ||
	    tpm_srk_create(t, &srk) != ERR_OK;
}

static int
unplug(void **state)
{
	struct tpm_info info = { .objects = 99 };
	enum err e = tpm_info(t, &info);

	(void)state;
	tpm_drop(&t);
	swtpm_drop(&machine);
	return e != ERR_OK || info.objects != 0 || info.sessions != 0 ||
	    info.failures != 0;
}

static void
other_drop(struct other *o)
{
	tpm_drop(&o->t);
	swtpm_drop(&o->machine);
}

static void
other_new(struct other *o)
{
	struct tpm_name srk;

	assert_err(swtpm_new(&o->machine), ERR_OK);
	assert_err(tpm_open(o->machine.tcti, &o->t), ERR_OK);
	assert_err(tpm_srk_create(o->t, &srk), ERR_OK);
}

/* ---- its public part ---- */

#define POLICY_A "837197674484b3f81a90cc8d46a5d724" \
	"fd52d76e06520b64f2a1da1b331469aa"

/* TPM2B_PUBLIC up to what makes it unique: type, nameAlg, attributes, policy,
 * AES-128-CFB, no scheme. */
static const struct kind {
	const char	*name;
	enum tpm_ek	 ek;
	const char	*hex;
	size_t		 unique;	/* bytes behind it */
} kinds[] = {
	{ "RSA 2048", TPM_EK_RSA, "013a 0001 000b 000300b2 0020" POLICY_A
	  "0006 0080 0043 0010 0800 00000000 0100", 256 },
	{ "ECC P-256", TPM_EK_ECC, "007a 0023 000b 000300b2 0020" POLICY_A
	  "0006 0080 0043 0010 0003 0010 0020", 32 + 2 + 32 },
};

static void
test_it_is_of_the_template(void **state)
{
	const struct kind *k = *state;
	struct other o OWNED(other_drop) = { 0 };
	struct tpm_public ek, again;
	uint8_t want[64] = { 0 }, digest[32];
	size_t len = unhex(k->hex, want, sizeof(want));

	assert_err(tpm_ek_public(t, k->ek, &ek), ERR_OK);
	assert_int_equal(ek.len, len + k->unique);
	assert_memory_equal(ek.at, want, len);
	assert_err(sha256(&(struct span){ ek.at + 2, ek.len - 2 }, 1, digest),
	    ERR_OK);
	assert_int_equal(ek.name.len, 34);
	assert_memory_equal(ek.name.at, "\0\x0b", 2);
	assert_memory_equal(ek.name.at + 2, digest, 32);
	assert_err(tpm_ek_public(t, k->ek, &again), ERR_OK);
	assert_memory_equal(&ek, &again, sizeof(ek));
	other_new(&o);
	assert_err(tpm_ek_public(o.t, k->ek, &again), ERR_OK);
	assert_int_equal(ek.len, again.len);
	assert_memory_not_equal(ek.at, again.at, ek.len);
}

static void
test_it_takes_a_pinned_srk(void **state)
{
	struct swtpm own OWNED(swtpm_drop) = { 0 };
	struct tpm *bare OWNED(tpm_drop) = NULL;
	const struct tpm_credential none = { .ek = TPM_EK_ECC };
	uint8_t cert[TPM_EK_CERT_MAX];
	struct secret *plain = NULL;
	struct tpm_public ek;
	struct tpm_blob ak = { 0 };
	size_t len;

	(void)state;
	assert_err(swtpm_new(&own), ERR_OK);
	assert_err(tpm_open(own.tcti, &bare), ERR_OK);
	assert_err(tpm_ek_public(bare, TPM_EK_ECC, &ek), ERR_STATE);
	assert_err(tpm_ek_certificate(bare, TPM_EK_ECC, cert, &len),
	    ERR_STATE);
	assert_err(tpm_activate(bare, &ak, NULL, &none, &plain),
	    ERR_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW_TEST(kinds[0].name, test_it_is_of_the_template, &kinds[0]),
		ROW_TEST(kinds[1].name, test_it_is_of_the_template, &kinds[1]),
		cmocka_unit_test(test_it_takes_a_pinned_srk),
	};

	return cmocka_run_group_tests_name("tpm ek", tests, plug_in, unplug);
}
