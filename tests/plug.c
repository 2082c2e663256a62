/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/plug.h"

#include "tests/unit/unit.h"
#include "tpm/tpm_int.h"

struct plug plug;

int
plug_in(void **state)
{
	struct carrier c = { 0 };

	(void)state;
	return swtpm_new(&plug.machine) != ERR_OK ||
	    scene_make(plug.machine.tcti, &plug.scene) != ERR_OK ||
	    faulty_open(&plug.hand, plug.machine.tcti, &c) != ERR_OK ||
	    tpm_open_over(&c, &plug.t) != ERR_OK;
}

int
plug_out(void **state)
{
	(void)state;
	tpm_drop(&plug.t);
	swtpm_drop(&plug.machine);
	return 0;
}

int
plug_run(const char *name, void (*test)(void **state))
{
	struct CMUnitTest rows[TAPES_MAX];

	for (size_t i = 0; i < nacts; i++)
		rows[i] = ROW_TEST(acts[i].name, test, &acts[i]);
	return _cmocka_run_group_tests(name, rows, nacts, plug_in, plug_out);
}

enum err
plug_act(const struct act *a, struct outcome *out)
{
	plug.hand.count = 0;
	out->len = 0;
	return a->run(plug.t, &plug.scene, out);
}

enum err
plug_before(const struct act *a)
{
	return a->before == NULL ? ERR_OK : a->before(plug.t, &plug.scene);
}

void
plug_reset_for(const struct act *a)
{
	if (!a->once)
		return;
	swtpm_kill(&plug.machine);
	assert_err(swtpm_start(&plug.machine), ERR_OK);
}

void
plug_assert_clean(void)
{
	struct tpm_info info = { .objects = 99 };

	assert_err(tpm_info(plug.t, &info), ERR_OK);
	assert_int_equal(info.objects, 0);
	assert_int_equal(info.sessions, 0);
	assert_int_equal(info.failures, 0);
}
