/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
	const char		*name;
	const struct reach	*rows;
	size_t			 n;
} sets[8];
static size_t nsets;

void
must(int holds, const char *what)
{
	if (holds)
		return;
	printf("%s\n", what);
	fflush(stdout);
	abort();
}

static void
print_reached(void)
{
	for (size_t s = 0; s < nsets; s++)
		for (size_t i = 0; i < sets[s].n; i++)
			if (sets[s].rows[i].name != NULL)
				printf("reached %s %s %" PRIu64 "\n",
				    sets[s].name, sets[s].rows[i].name,
				    sets[s].rows[i].times);
}

void
reach(const char *set, const struct reach *rows, size_t n)
{
	must(nsets < sizeof(sets) / sizeof(sets[0]), "too many sets");
	if (nsets == 0)
		must(atexit(print_reached) == 0, "atexit");
	sets[nsets].name = set;
	sets[nsets].rows = rows;
	sets[nsets++].n = n;
}
