/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "cryptod/cap.h"
#include "cryptod/cryptod.h"
#include "cryptod/keeper.h"
#include "cryptod/options.h"
#include "cryptod/side.h"
#include "tpm/custody.h"

static const char *const words[] = {
	[CAP_PCR] = "pcr", [CAP_KEEPER] = "keeper", [CAP_OFF] = "off",
};

enum err
cap_inherit(struct cryptod *d)
{
	enum err e;

	if (d->keeper == -1)
		return ERR_OK;
	e = keeper_ask(d->keeper, &d->side.kept);
	if (e != ERR_OK && e != ERR_NOT_FOUND) {
		d->stage = EXIT_CAP;
		return e;
	}
	return ERR_OK;
}

void
cap_look(struct cryptod *d)
{
	const unsigned pcr = (unsigned)d->anchor.anchor.cap;
	bool capped = false;

	if (pcr != 0 && tpm_capped(d->root.tpm, pcr, &capped) == ERR_OK &&
	    capped)
		d->side.cap = REASON_tpm_capped;
}

/* What would not be there after the cap, for who comes next. */
static enum err
leave(struct cryptod *d)
{
	if (d->side.keep == NULL)
		return ERR_OK;
	return keeper_give(d->keeper, d->side.keep);
}

/* The PCR is that of the approval under which the state was unsealed. */
enum err
cap_close(struct cryptod *d)
{
	enum err e;

	e = leave(d);
	if (e == ERR_OK && d->settings.cap != CAP_OFF && d->root.cap != 0)
		e = tpm_cap(d->root.tpm, d->root.cap);
	if (e != ERR_OK)
		d->side.cap = REASON_tpm_cap;
	secret_drop(&d->side.keep);
	return e;
}

const char *
cap_problem(const struct cryptod *d)
{
	if (d->settings.cap == CAP_OFF)
		return "the TPM is not capped";
	return d->state == SERVING && d->root.cap == 0 ? "the approval in "
	    "force names no PCR to cap" : NULL;
}

enum err
cap_end(struct cryptod *d)
{
	d->stage = EXIT_CAP;
	return log_err(ERR_STATE, "%s: %s %s", reason_code(REASON_tpm_cap),
	    reason_text(REASON_tpm_cap), reason_help(REASON_tpm_cap));
}

const char *
cap_state(const struct cryptod *d)
{
	return words[d->settings.cap];
}
