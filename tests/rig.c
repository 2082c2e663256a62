/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/rig.h"

#include <stdlib.h>

#include "base/own.h"
#include "tests/unit/unit.h"
#include "tpm/tpm_int.h"

int
rig_set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct carrier c = { 0 };

	*state = r;
	return r == NULL || swtpm_new(&r->machine) != ERR_OK ||
	    faulty_open(&r->faulty, r->machine.tcti, &c) != ERR_OK ||
	    tpm_open_over(&c, &r->t) != ERR_OK ||
	    custody_make(r->t, &r->c) != ERR_OK ||
	    secret_copy(span_text("guessed"), &r->other) != ERR_OK ||
	    rig_unseal(r) != ERR_OK;	/* from now on the same each time */
}

int
rig_tear_down(void **state)
{
	struct rig *r = *state;

	secret_drop(&r->other);
	custody_drop(&r->c);
	tpm_drop(&r->t);
	swtpm_drop(&r->machine);
	free(r);
	return 0;
}

int
rig_tear_down_well(void **state)
{
	const struct rig *r = *state;
	struct tpm_info info = { .objects = 99 };
	enum err e = tpm_info(r->t, &info);
	int failed = rig_tear_down(state);

	return failed || e != ERR_OK || info.objects != 0 ||
	    info.sessions != 0 || info.failures != 0;
}

enum err
rig_unseal(struct rig *r)
{
	return custody_unseal(r->t, &r->c, &r->c.unseal);
}

void
rig_assert_well(struct rig *r)
{
	struct tpm_info info = { .objects = 99 };

	r->faulty.limit_ms = 0;
	assert_err(rig_unseal(r), ERR_OK);
	assert_err(tpm_info(r->t, &info), ERR_OK);
	assert_int_equal(info.objects, 0);
	assert_int_equal(info.sessions, 0);
	assert_int_equal(info.failures, 0);
}
