/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ANSWERS_H
#define TESTS_ANSWERS_H

/*
 * What the peers of a stage (tests/stage.h) ask of its service, and what they
 * must be answered; a failure is cmocka's.
 */

#include "tests/stage.h"

/* A request whose id ends with number. */
void ask(struct stage *s, struct mem_link *peer, enum msg_type type,
    unsigned number);

/* A new peer by the front door, on a socket; ours is returned. */
int connect_peer(struct stage *s);

/* The next answer is of this type, or this error, to the request of that
 * number; -1: it has no id. */
void expect(struct mem_link *peer, size_t *at, enum msg_type type,
    int number);
void expect_error(struct mem_link *peer, size_t *at, enum reason why,
    int number);

#endif
