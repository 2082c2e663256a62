/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "anchor/policy.h"
#include "base/own.h"
#include "tests/officers.h"
#include "tests/swtpm.h"

/* A TPM that tests/officers.c has made an appliance's: what that computes
 * from the specification is what policy_compute() has to say. */
static struct swtpm machine;
static struct tpm *tpm;
static struct custody custody;

static int
begin(void **state)
{
	(void)state;
	return swtpm_new(&machine) != ERR_OK ||
	    tpm_open(machine.tcti, &tpm) != ERR_OK ||
	    custody_make(tpm, &custody) != ERR_OK;
}

static int
end(void **state)
{
	(void)state;
	custody_drop(&custody);
	tpm_drop(&tpm);
	swtpm_drop(&machine);
	return 0;
}

static const struct row {
	const char		*name;
	struct tpm_approval	 a;
	enum err		 want;
} rows[] = {
#define BOOT(kind, bits, c, v) { .policy = TPM_POLICY_##kind, \
	.pcrs = { TPM_SHA256, (bits) }, .cap = (c), .version = (v) }
	{ "unseal", BOOT(UNSEAL, 0xff, 15, 1), ERR_OK },
	{ "unseal, another cap", BOOT(UNSEAL, 0x95, 8, 7), ERR_OK },
	{ "unseal, no cap", BOOT(UNSEAL, 0x95, 0, 7), ERR_OK },
	{ "use", BOOT(USE, 0xff, 0, 1), ERR_OK },
	{ "a large version", BOOT(USE, 0x10080, 0, UINT64_MAX), ERR_OK },
	{ "the first write", BOOT(RAISE, 0, 0, 0), ERR_OK },
	{ "a raise", BOOT(RAISE, 0, 0, 0x0102030405060708), ERR_OK },
	{ "no PCR", BOOT(UNSEAL, 0, 15, 1), ERR_MALFORMED },
	{ "a PCR that there is not", BOOT(USE, 1 << 24, 0, 1),
	    ERR_MALFORMED },
	{ "a cap that can be reset", BOOT(UNSEAL, 0xff, 16, 1),
	    ERR_MALFORMED },
	{ "a cap among the boot PCRs", BOOT(UNSEAL, 0xff, 7, 1),
	    ERR_MALFORMED },
	{ "a bank that is not capped", { .policy = TPM_POLICY_UNSEAL,
	    .pcrs = { TPM_SHA1, 0xff }, .cap = 15, .version = 1 },
	    ERR_MALFORMED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct approval mine = { .a = row->a };
	struct tpm_pcrs p = { .select = row->a.pcrs };
	struct tpm_approval theirs = row->a;

	if (row->want == ERR_OK && row->a.policy != TPM_POLICY_RAISE)
		assert_err(tpm_pcr_read(tpm, &p), ERR_OK);
	for (unsigned i = 0; i < TPM_PCRS; i++)
		memcpy(mine.value[i], p.value[i], POLICY_PCR_LEN);
	assert_err(policy_compute(&custody.officers.k, &mine), row->want);
	if (row->want != ERR_OK)
		return;
	assert_err(officers_approve(&custody.officers, tpm, &theirs), ERR_OK);
	assert_memory_equal(mine.a.digest, theirs.digest, 32);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("policy", tests, begin, end);
}
