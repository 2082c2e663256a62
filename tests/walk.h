/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_WALK_H
#define TESTS_WALK_H

/*
 * Every row of every table, with each thing wrong that can be wrong with it.
 * Bytes are made here by hand out of a message that is right, so that the
 * encoder does not judge the decoder; what a text may be is said once more,
 * as the protocol says it.  For tests/unit/test_walk.c alone.
 */

#include "tests/unit/unit.h"

#include "tests/fill.h"

/* Where in a message a value stands, and its row. */
struct place {
	enum msg_type		 type;
	const struct field	*f;
	struct span		 before, value, after;
};

struct walked {
	unsigned long	refused, taken;
};

/* What came of a type so far. */
extern struct walked walked[256];

/* Bytes that must fit; a head whose number has so many bytes, needed or not;
 * the shortest head. */
void walk_add(struct writer *w, struct span s);
void walk_byte(struct writer *w, unsigned byte);
void walk_head(struct writer *w, unsigned major, uint64_t n, unsigned width);
void walk_short(struct writer *w, unsigned major, uint64_t n);
unsigned walk_width(uint64_t n);
struct span walk_done(const struct writer *w, const uint8_t *from);

/* Room to make a value in, of WALK_ROOM bytes. */
#define WALK_ROOM (1 << 20)
extern uint8_t walk_room[WALK_ROOM];

/* Decode it: it is what is wanted, and what is taken has one encoding. */
void walk_expect(enum msg_type type, const char *name, const char *what,
    struct span in, enum err want);

/* The same of the message with this in its place. */
void walk_try(const struct place *p, struct span value, const char *what,
    enum err want);
void walk_refuse(const struct place *p, struct span value, const char *what);
void walk_try_text(const struct place *p, struct span text, const char *what,
    enum err want);

/* Does a value, or one item of a list, of this row have this major type? */
bool walk_takes(const struct field *f, bool one, unsigned major);

/* What is wrong with the bounds of a value that is no list. */
void walk_bounds(const struct place *p);

/* All that is wrong with one field of a whole body. */
void walk_field(enum msg_type type, const struct field *f, struct span body);

#endif
