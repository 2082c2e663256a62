/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_VISIT_H
#define WIRE_VISIT_H

/*
 * A walk over what a message holds, for those who show it: the log line,
 * anchorctl.  Whoever listens sees names and values in the order of the rows
 * and needs to know no message; of what is secret it sees the length.
 *
 * Knows the table.  Does not know what the walk is for.
 */

#include "wire/wire.h"

struct wire_value {
	enum item_kind	kind;	/* UINT, BOOL, TEXT or BYTES */
	uint64_t	n;	/* of UINT and BOOL; of a time, its seconds */
	struct span	bytes;	/* of TEXT and BYTES; at is NULL if hidden */
	bool		hidden;
	bool		time;	/* a point in time, as TEXT or as UINT */
};

/* name is empty for what stands in an ARRAY; open and close come in pairs
 * around the items of an ARRAY or a MAP. */
struct visitor {
	void	(*open)(void *self, struct span name, enum item_kind kind);
	void	(*value)(void *self, struct span name,
		    const struct wire_value *value);
	void	(*close)(void *self, enum item_kind kind);
	void	*self;
};

/* The fields of a message that was decoded, or that could be encoded. */
void wire_visit(const struct msg *m, const struct visitor *v);

#endif
