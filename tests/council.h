/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_COUNCIL_H
#define TESTS_COUNCIL_H

/*
 * Officers who decide on an act for a state of the test's: what is asked of
 * decide_act(), to be altered before it is approved and after.
 */

#include "cose/act.h"
#include "cryptod/decide.h"
#include "wire/map.h"

#define COUNCIL_NOW UINT64_C(1800000015)
#define COUNCIL_COUNTER UINT64_C(500)

/* The act opens the channel "unlocker" for "alice", who failed there; it is
 * ten epochs old, good for a second more, and acts_from is 350. */
struct council {
	struct state	*state;
	struct view	 view;
	struct msg	 act, request;
	struct secret	*seeds[17];	/* the last one is no officer's */
	struct signer	 officers[17];
	struct map_maker arguments;
	uint8_t		 map[MAP_BYTES], bytes[ACT_MAX];
	size_t		 approvers[16], napprovers;
};

extern struct council council;

/* For cmocka: three officers, of whom two decide, the third and the first. */
int council_meet(void **state);
int council_leave(void **state);

/* The same with others; none register if there are none. */
int council_of(size_t officers, uint64_t quorum);

/* The state without officers, and the act, as they are at first. */
void council_fill_state(void);
void council_fill_act(void);

/* Make the act's bytes, the approvals and the request. */
void council_seal(void);

void council_decide(struct effects *fx);
void council_apply(const struct msg *m);
void council_refuses(enum reason want);

#endif
