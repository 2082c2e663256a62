/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BUS_H
#define TESTS_BUS_H

/*
 * The bus between a test program and its TPMs, with a listener on it.
 *
 * A program that the Makefile links with BUS can open no carrier past it:
 * every byte that passes, either way, is kept.  What was in a struct secret is
 * known when that is dropped or cut, and random bytes when the TPM gave them.
 * Each group of tests gets a last case: of all that, no eight bytes were ever
 * on the bus, as they are, backwards, or in words of 4 or 8 bytes turned
 * round.  Bytes of a secret with fewer than four different values in eight
 * prove nothing and are left out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus_figures {
	size_t	exchanges, bytes;	/* a command and its answer are one */
	size_t	pieces;			/* of secrets, eight bytes each */
};

/* Where the first of them was seen. */
struct bus_found {
	uint32_t	command;	/* TPM_CC */
	bool		answer;		/* not the command itself */
	size_t		at;		/* byte of it */
};

struct bus_figures bus_figures(void);

/* What passed since bus_forget, or the beginning. */
bool bus_find(struct bus_found *out);
void bus_forget(void);

/* Know these bytes from now on. */
void bus_know(const uint8_t *at, size_t len);

#endif
