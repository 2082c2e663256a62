/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COSE_ACT_H
#define COSE_ACT_H

/*
 * An act is what officers decide together: the object act of
 * docs/protocol.cddl, as bytes.  An approval is a detached COSE_Sign1 by an
 * officer's Ed25519 key over exactly these bytes.
 *
 * Knows wire and crypto.  Does not know what a command does, who the officers
 * are, or whether an act is still good.
 */

#include "cose/sign1.h"
#include "wire/wire.h"

#define ACT_AAD		"anchorhold/1 act"
#define ACT_OFFICERS	16
#define ACT_MAX		8192

/* Four words for an act, so that people can say over a telephone which one
 * they look at: 64 bits of its SHA-256, in proquints (five letters say 16
 * bits, consonants and vowels by turns). */
#define ACT_WORDS	24
enum err act_words(struct span act, char out[static ACT_WORDS]);

/* Approve it with an officer's key. */
enum err act_approve(const struct signer *officer, struct span act,
    struct wire_sig *out);

/* Which of the keys approved: bit i of *who is keys[i], however often it did.
 * AUTH if an approval is by none of them, or not over this act. */
enum err act_approvers(struct span act, const struct wire_sig *approvals,
    size_t n, const struct wire_key *keys, size_t nkeys, uint16_t *who);

#endif
