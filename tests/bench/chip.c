/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/bench.h"

#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "tests/officers.h"
#include "tests/swtpm.h"

/* A TPM as the ceremony leaves it. */
struct chip {
	struct swtpm	 machine;
	struct tpm	*tpm;
	struct custody	 custody;
};

static void
chip_clear(struct chip *c)
{
	custody_drop(&c->custody);
	tpm_drop(&c->tpm);
	swtpm_drop(&c->machine);
}

static enum err
sign(struct chip *c)
{
	return custody_sign(c->tpm, &c->custody, &c->custody.use,
	    c->custody.auth);
}

static enum err
step(struct chip *c)
{
	return custody_step(c->tpm, &c->custody, &c->custody.use,
	    c->custody.auth);
}

static const struct {
	const char	*name;
	enum err	(*run)(struct chip *c);
} ops[] = {
	{ "sign", sign },
	{ "step", step },
};

static enum err
repeat(enum err (*run)(struct chip *c), unsigned ms, uint64_t *count,
    struct lap *lap)
{
	struct chip c OWNED(chip_clear) = { 0 };
	uint64_t end;

	TRY(swtpm_new(&c.machine));
	TRY(tpm_open(c.machine.tcti, &c.tpm));
	TRY(custody_make(c.tpm, &c.custody));
	TRY(run(&c));
	*count = 0;
	*lap = lap_start();
	end = lap->wall + (uint64_t)ms * 1000000;
	do {
		TRY(run(&c));
		++*count;
	} while (lap_now() < end);
	lap_stop(lap);
	return ERR_OK;
}

enum err
chip_run(const char *name, unsigned ms, uint64_t *count, struct lap *lap)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(ops[i].name, name) == 0)
			return repeat(ops[i].run, ms, count, lap);
	return log_err(ERR_NOT_FOUND, "%s: no such operation", name);
}
