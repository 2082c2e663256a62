/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_CLERK_H
#define TESTS_CLERK_H

/*
 * Who decides on requests (cryptod/decide.h): a state with operators, their
 * devices and rules, and one request, which a test fills and alters.
 */

#include "cryptod/decide.h"

#define CLERK_NOW UINT64_C(1800000015)

/* On the channel "unlocker". */
struct clerk {
	struct state	*state;
	struct view	 view;
	struct msg	 request;
};

extern struct clerk clerk;

/* The secret of each device, which has six digits of SHA-1 every 30 s. */
extern const uint8_t clerk_seed[20];

/* For cmocka: alice and her "phone"; carol, who is disabled; web and unlocker,
 * and what they may. */
int clerk_begin(void **state);
int clerk_end(void **state);

void clerk_apply(const struct msg *m);

/* A lifetime of 0 is none of its own. */
void clerk_rule(enum wire_rule kind, const char *name, const char *scope,
    uint64_t lifetime);

#endif
