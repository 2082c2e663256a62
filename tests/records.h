/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_RECORDS_H
#define TESTS_RECORDS_H

/*
 * Records of the state, written as commands with semicolons between:
 *
 *	appliance ISSUER FLOOR POLICY METADATA REVOCATION [root | created]
 *	operator ID | device ID ID STEP DIGITS FLOOR | floor ID ID FLOOR
 *	    [restart]
 *	rule KIND NAME SCOPE | key K PHASE SIGN_UNTIL NOT_AFTER [NOT_BEFORE]
 *	phase K PHASE SIGN_UNTIL NOT_AFTER
 *	secret NAME | seen PEER LETTER UNTIL | failures CHANNEL ID TOTAL BYTES
 *	entry +SEQUENCE [wrong] | head SEQUENCE | 
 *	    mark KIND WALL [CLOCK RESETS]
 *	steps DAY TOTAL
 *	officer ID LETTER | acts QUORUM ACTS_FROM |
 *	    spent LETTER[NUMBER] EPOCH COUNTER
 *	vm ID LETTER[NUMBER] BY | appraised ID RESET RESTART CLOCK |
 *	    accepted ID RESET | trusted VERSION
 *	gone operator ID | device ID ID | rule KIND [NAME SCOPE] | key K |
 *	    secret NAME | nothing
 */

#include "store/state.h"

#define RECORDS_WORDS 8

/* The whole state as bytes. */
struct records_image {
	size_t	len;
	uint8_t	at[16384];
};

void records_image(const struct state *s, struct records_image *i);

/* The record of one command's words, the last of them NULL. */
void records_make(const struct state *s, char **words, struct msg *m);

/* Apply them all: all but the last must be OK, and one that is not must
 * change nothing.  The last one's answer. */
enum err records_run(struct state *s, const char *script);

/* "vm" to WIRE_rule_vm. */
unsigned records_kind(const char *word);

#endif
