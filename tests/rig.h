/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

/*
 * What a test of tpm/ works with: a software TPM that errs when it is told
 * to, with something sealed in it.
 */

#include "base/secret.h"
#include "tests/faulty.h"
#include "tests/officers.h"
#include "tests/swtpm.h"
#include "tpm/tpm.h"

/* So long is waited for a TPM that is known not to answer. */
enum { SHORT_MS = 60 };

struct rig {
	struct swtpm	 machine;
	struct faulty	 faulty;
	struct tpm	*t;
	struct custody	 c;
	struct secret	*other;		/* an authorisation of nobody's */
	unsigned	 halt_at;	/* before which command; 0 never */
	unsigned	 works;		/* that ended */
	enum err	 e;		/* how the last one did */
};

/* For cmocka: *state is a struct rig. */
int rig_set_up(void **state);
int rig_tear_down(void **state);

/* Fails when something is left in the TPM or counted against us. */
int rig_tear_down_well(void **state);

#define RIG(test) \
	cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)
#define RIG_WELL(test) \
	cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down_well)

/* INTERNAL: it opens, and is not what was sealed. */
enum err rig_unseal(struct rig *r);

/* It unseals, and nothing is left in it or counted against us. */
void rig_assert_well(struct rig *r);

#endif
