/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_EFFECTS_H
#define CRYPTOD_EFFECTS_H

/*
 * The effects of a decision as what is kept of them: the records of the
 * state, and the entry of the audit log.
 *
 * Knows decide.h and the record rows of wire/.  Does not know the disk.
 */

#include "cryptod/decide.h"
#include "wire/map.h"

/* Where records go, one by one and in order. */
struct record_sink {
	enum err	(*put)(void *self, const struct msg *record);
	void		*self;
};

/* Every record of a decision but its audit entry. */
enum err effects_records(const struct view *v, const struct msg *request,
    const struct effects *fx, const struct record_sink *sink);

/* The audit entry, without what chains and signs it; jti is that of the token
 * where there is one.  The metadata lies in room, MAP_BYTES of it. */
enum err effects_entry(const struct view *v, const struct msg *request,
    const struct effects *fx, const uint8_t jti[static 16], uint8_t *room,
    struct msg_audit_log *out);

#endif
