/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_PLUG_H
#define TESTS_PLUG_H

/*
 * One software TPM for a group of tests, with a scene in it (tests/tape.h),
 * reached through a carrier that a test sees, alters and breaks.
 */

#include "tests/faulty.h"
#include "tests/swtpm.h"
#include "tests/tape.h"
#include "tpm/tpm.h"

extern struct plug {
	struct swtpm	 machine;
	struct faulty	 hand;
	struct tpm	*t;
	struct scene	 scene;
} plug;

/* For cmocka: of a group. */
int plug_in(void **state);
int plug_out(void **state);

/* A group of this test for each act. */
int plug_run(const char *name, void (*test)(void **state));

/* From its first command on. */
enum err plug_act(const struct act *a, struct outcome *out);

/* What has to be so before it. */
enum err plug_before(const struct act *a);

/* What can be done once is done to a TPM that was reset. */
void plug_reset_for(const struct act *a);

/* Nothing is left in the TPM or counted against us. */
void plug_assert_clean(void);

#endif
