/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_CAGE_H
#define TESTS_CAGE_H

/*
 * What becomes of a child that enters a sandbox (daemon/sandbox.h) and then
 * does one thing.  As root each row runs twice: once more as an ordinary user.
 */

#include "daemon/sandbox.h"
#include "tests/unit/unit.h"

struct caged {
	const char		*name;
	const struct sandbox	*box;
	int			(*act)(void);	/* returns its exit status */
	int			 signal, status;	/* how it ends */
	unsigned		 rights;	/* granted to it, or 0 */
	const char		*below;		/* a directory, or NULL */
};

struct cage_run {
	const struct caged	*row;
	bool			 as_nobody;
	char			 name[64];
};

/* A directory with a "file" in it; in the child, its descriptor. */
extern char cage_dir[];
extern int cage_granted;

/* For cmocka: of a group. */
int cage_begin(void **state);
int cage_end(void **state);

/* Two runs and two tests for each row. */
void cage_fill(const struct caged *rows, size_t n, struct cage_run *runs,
    struct CMUnitTest *tests);

#endif
