/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FILL_H
#define TESTS_FILL_H

/*
 * A valid message of any type, made from its rows: what the tests of wire/
 * and the fuzz seeds begin with.
 */

#include "wire/table.h"

enum fullness {
	SMALLEST,	/* every value at its least, nothing optional */
	LARGEST,	/* every value at its most, everything there */
	FITTING,	/* as LARGEST, with spans cut until it fits */
};

/* What spans point at is overwritten by the next call. */
void fill(struct msg *m, enum msg_type type, enum fullness how);

/* The same as SMALLEST, with this field at its least or at its most. */
void fill_with(struct msg *m, enum msg_type type, const struct field *f,
    enum fullness how);

#endif
