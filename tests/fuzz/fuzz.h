/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

/*
 * What the fuzzers share: a promise that is checked, and a list of what the
 * inputs of a run have to reach.
 *
 * A fuzzer that reaches nothing finds nothing.  Each says in its rows what
 * its inputs must have got to, a message type or a way to end, and counts it;
 * at the end of the run each row is a line on stdout, "reached SET NAME
 * TIMES".  tests/fuzz/run fails a fuzzer without such lines, and one with a
 * zero among them.
 */

#include <stddef.h>
#include <stdint.h>

int	LLVMFuzzerInitialize(int *argc, char ***argv);
int	LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

/* Say what does not hold, on stdout since stderr is closed, and abort. */
void	must(int holds, const char *what);

struct reach {
	const char	*name;		/* NULL: no row */
	uint64_t	 times;
};

/* Print these at the end; from LLVMFuzzerInitialize, before any input. */
void	reach(const char *set, const struct reach *rows, size_t n);

#endif
