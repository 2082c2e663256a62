/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_ADMIN_H
#define CRYPTOD_ADMIN_H

/*
 * What acts of the officers mean for the cryptod that runs: when they are
 * taken, and what they do beside changing the state.
 *
 * Knows cryptod.h.  Does not know whether an act is good: decide_act().
 */

#include "cryptod/cryptod.h"

/* REASON_none, or what is in the way of serving anything but acts. */
enum reason admin_recovery(const struct cryptod *d);

/* REASON_none, or why not even acts are taken now. */
enum reason admin_may(const struct cryptod *d);

/* The epoch that acts are held against. */
uint64_t admin_counter(const struct cryptod *d);

/* An act is to be carried out in this turn; and they are durable now, each
 * of them 1 << its kind. */
enum err admin_take(struct cryptod *d, const struct deed *deed);
enum err admin_did(struct cryptod *d, unsigned deeds);

/* What the service loop wants. */
service_serve cryptod_admin;

/* What the answer says besides; it lies in debt. */
enum err admin_detail(const struct view *v, const struct effects *fx,
    struct debt *debt, struct msg_admin_resp *out);

#endif
