/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_HOLD_H
#define DAEMON_HOLD_H

/*
 * Answers that wait for more than the disk.
 *
 * When a turn is committed, `needs` is asked of each of its answers by its
 * request's body.  One that needs it is finished and held, with those behind
 * it on its connection, which is not read from meanwhile; all other answers
 * leave.  From then on `verdict` is asked in each turn: SEND lets all that is
 * held go, in order; LOSE makes the error `lost` of those that needed it.
 * There is one verdict for all that is held, so nothing new may need one
 * before it has been given: a request of which `defers` is true stays where it
 * is, with those behind it, until then, and is handled as if it came later.
 *
 * What takes the TPM, for one peer alone, is begun by its handler, which then
 * leaves the answer empty (MSG_NONE): that request stays where it is likewise,
 * and is handled again when `again` is true, which is asked in each turn.
 */

#include <stdbool.h>

#include "base/span.h"
#include "wire/reasons.h"

enum verdict { HOLD_ON, HOLD_SEND, HOLD_LOSE };

/* Nothing is ever held when needs is NULL. */
struct hold {
	bool		(*needs)(void *self, struct span body);
	bool		(*defers)(void *self, enum msg_type type);
	enum verdict	(*verdict)(void *self);
	enum reason	 lost;
	bool		(*again)(void *self);
};

#endif
