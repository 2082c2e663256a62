/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

/*
 * Messages, objects, tokens, signatures and keys, put on a sheet in the words
 * of the table.  What is secret appears as its length, and nothing that is
 * shown was verified.
 *
 * Bytes in a message that are themselves a token, a signature, a key or a
 * published object are shown as such in a map beside them, whose name is
 * theirs and ":decoded".
 *
 * Knows wire and cose.  Does not know where the bytes came from.
 */

#include "cose/cwt.h"
#include "ctl/sheet.h"
#include "wire/wire.h"

/* All of these fill the map that is open. */

/* One item, whole: an envelope, a token, a COSE_Sign1, a COSE_Key, a bare map
 * of this type; with MSG_NONE such a bare map as can be told from others.
 * Nothing is shown unless OK is returned: MALFORMED, LIMIT as of wire_decode,
 * NOT_FOUND if it is nothing that we know. */
enum err show_item(struct sheet *s, struct span item, enum msg_type type);

/* The fields of a message. */
void show_message(struct sheet *s, const struct msg *m);

/* Who signed, by the header. */
void show_signer(struct sheet *s, const struct sign1 *by);

void show_claims(struct sheet *s, const struct cwt *c);
void show_key(struct sheet *s, const struct cose_key *key);
void show_uuid(struct sheet *s, const char *name, struct span bytes);

const char *show_alg(enum cose_alg alg);

#endif
