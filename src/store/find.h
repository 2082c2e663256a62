/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_FIND_H
#define STORE_FIND_H

/*
 * Looking into the state: what a decision asks it.  Rows are borrowed until
 * the next state_apply(); NULL is "there is none".
 */

#include "store/state.h"

const struct msg_operator *state_operator(const struct state *s,
    struct span operator_id);

const struct device *state_device(const struct state *s,
    struct span operator_id, struct span device_id);

/* The line of this kind that allows it; of several the one with the shortest
 * lifetime.  A line's name may be "*", and its scope may end in ":*", which
 * stands for any right-hand side.  scope is looked for as it is: a '*' in it
 * is no wildcard. */
const struct msg_rule *state_rule(const struct state *s, enum wire_rule kind,
    struct span name, struct span scope);

/* True if there is any line of this kind with that scope: from a channel of
 * none no code is taken at all. */
bool state_rule_any(const struct state *s, enum wire_rule kind,
    struct span scope);

const struct key *state_key(const struct state *s, struct span kid);

/* The key that signs for this use at that time: in phase current, from
 * not_before on, until sign_until. */
const struct key *state_signer(const struct state *s, enum wire_use use,
    uint64_t now);

/* The key of that use in phase next or current, whatever the time: there is one
 * at most. */
const struct key *state_key_of(const struct state *s, enum wire_use use,
    enum wire_phase phase);

const struct msg_officer *state_officer_named(const struct state *s,
    struct span officer_id);

/* Was this act carried out? */
bool state_act_spent(const struct state *s, struct span act_id);

/* The TPM that is enrolled for a domain. */
const struct msg_vm *state_vm(const struct state *s, struct span vm_id);

/* The row that a TPM stands in already, so that it cannot be enrolled like
 * this: by that AK, or by its EK for another domain.  A domain's own TPM may
 * get another AK. */
const struct msg_vm *state_vm_clash(const struct state *s,
    const struct msg_vm *vm);

const struct volume *state_volume(const struct state *s, struct span name);

/* The bucket of (channel, operator_id), "" being that of the unknown ones. */
const struct msg_failures *state_failures(const struct state *s,
    struct span channel, struct span operator_id);

/* The next bucket of the operator on any channel; *at begins at 0. */
const struct msg_failures *state_failures_next(const struct state *s,
    struct span operator_id, size_t *at);

/* How many of its last 20 were at since or later. */
size_t failures_since(const struct msg_failures *f, uint64_t since);

/* The i-th of those that are kept, oldest first. */
uint64_t failures_at(const struct msg_failures *f, size_t i);

/* One more, at now; the oldest of 20 is dropped. */
void failures_add(struct msg_failures *f, uint64_t now);

/* How many more requests can be remembered before old ones are forgotten. */
size_t state_seen_room(const struct state *s);

#endif
