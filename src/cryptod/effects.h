/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_EFFECTS_H
#define CRYPTOD_EFFECTS_H

/*
 * The effects of a decision as what is kept of them: the records of the
 * state, and the entry of the audit log.
 *
 * Knows decide.h and the record rows of wire/.  Does not know the disk.
 */

#include "audit/entry.h"
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

/* Of them, those of an act that is carried out. */
enum err effects_act_records(const struct view *v, const struct effects *fx,
    const struct record_sink *sink);

/* Where the parts of an event lie that are not the request's. */
struct event_room {
	char	actor[3 + 64 + 1];
	uint8_t	metadata[MAP_BYTES];
};

/* What the audit log is to say of a decision; jti is that of the token where
 * there is one.  Borrows from the request, v, fx and room. */
enum err effects_event(const struct view *v, const struct msg *request,
    const struct effects *fx, const uint8_t jti[static 16],
    struct event_room *room, struct audit_event *out);

/* The same of an admin_req; private to effects*.c. */
void effects_act_event(const struct view *v, const struct msg_admin_req *q,
    const struct effects *fx, struct map_maker *map, struct event_room *room,
    struct audit_event *out);

#endif
