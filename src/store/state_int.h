/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_STATE_INT_H
#define STORE_STATE_INT_H

/* What state.c, gone.c and office.c share; theirs alone. */

#include "store/state.h"

/* The row to be written: the one there is, or a new one.  NULL: full. */
#define ROW(s, table, old, max)                                         \
	((old) != NULL ? (s)->table + ((old) - (s)->table) :            \
	    (s)->n##table < (max) ? &(s)->table[(s)->n##table++] : NULL)

/* Take row i out of a table; the last one moves into its place. */
#define REMOVE(s, table, i)                                             \
	((s)->table[i] = (s)->table[(s)->n##table - 1],                 \
	    memset(&(s)->table[--(s)->n##table], 0, sizeof((s)->table[0])))

/* The line that says exactly this; NULL if there is none. */
const struct msg_rule *state_same_rule(const struct state *s,
    enum wire_rule kind, struct span name, struct span scope);

/* Officers, and what they have decided. */
enum err state_officer(struct state *s, const struct msg *m);
enum err state_acts(struct state *s, const struct msg *m);
enum err state_enrol(struct state *s, const struct msg *m);
enum err state_trusted(struct state *s, const struct msg *m);
enum err state_appraised(struct state *s, const struct msg *m);
enum err state_accepted(struct state *s, const struct msg *m);
enum err state_spent(struct state *s, const struct msg *m);

/* What is of a later time than this one is of this one. */
void state_set_clock(struct state *s, uint64_t wall);

/* A row goes: which one is said by the fields that there are. */
enum err state_gone(struct state *s, const struct msg *m);

#endif
