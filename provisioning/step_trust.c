/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <stdio.h>

#include "base/log.h"
#include "provisioning/trust.h"

enum err
step_trust(const struct mint_options *o)
{
	struct mint m OWNED(mint_drop) = mint_none;
	struct msg anchor;
	enum err e;

	TRY(mint_open(&m, o));
	TRY(anchor_read(m.dir, &anchor));
	if ((e = trust_draft(o->trust, &anchor.anchor, m.state)) ==
	    ERR_STATE)
		*o->blame = MINT_STATE;
	TRY(e);
	printf("trust: %s is for the officers to sign\n", o->trust);
	return ERR_OK;
}
