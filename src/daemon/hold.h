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
};

#endif
