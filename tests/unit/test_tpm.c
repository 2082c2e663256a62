/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "base/own.h"
#include "tests/swtpm.h"
#include "tpm/tpm.h"

static const struct tpm_pcr_select boot = { TPM_SHA256, 0x0000ff };

/* A TPM with a pinned SRK; skipped where there is no swtpm. */
static void
begin(struct swtpm *s, struct tpm **t, struct tpm_name *srk)
{
	enum err e = swtpm_new(s);

	if (e == ERR_NOT_FOUND)
		skip();
	assert_err(e, ERR_OK);
	assert_err(tpm_open(s->tcti, t), ERR_OK);
	assert_err(tpm_srk_create(*t, srk), ERR_OK);
}

static void
test_what_is_sealed_comes_back(void **state)
{
	struct swtpm s OWNED(swtpm_drop) = { 0 };
	struct tpm *t OWNED(tpm_drop) = NULL;
	struct secret *plain OWNED(secret_drop) = NULL;
	struct secret *back OWNED(secret_drop) = NULL;
	struct tpm_blob blob;
	struct tpm_name srk;

	(void)state;
	begin(&s, &t, &srk);
	assert_err(secret_copy(span_text("the store key"), &plain), ERR_OK);
	assert_err(tpm_seal(t, boot, plain, &blob), ERR_OK);
	assert_err(tpm_unseal(t, boot, &blob, &back), ERR_OK);
	assert_true(span_equal(secret_span(back), secret_span(plain)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_sealed_comes_back),
	};

	return cmocka_run_group_tests_name("tpm", tests, NULL, NULL);
}
