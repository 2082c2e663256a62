/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_DESK_H
#define TESTS_DESK_H

/*
 * What the unlocker finds when a test starts it: a folder (tests/volume.h)
 * with an enrolled volume, a trust file, a configuration and a server.
 */

#include "luks/luks.h"
#include "tests/fake_cryptod.h"
#include "tests/volume.h"

extern struct luks_facts desk_facts;

/* For cmocka: make the folder; a state directory that has seen nothing. */
int desk_make(void **state);
int desk_forget(void **state);

void desk_write(const char *name, const char *text);

/* Write the configuration, with a digest of another volume if it is not NULL,
 * and with more at the end of its first section. */
void desk_config(unsigned uid, const char *digest, const char *more);

/* Serve with this lie. */
void desk_serve(struct fake *f, enum lie lie, uint64_t version);

/* In a child: become the unlocker, with --test and more arguments. */
void desk_exec(const char *const *more);

#endif
