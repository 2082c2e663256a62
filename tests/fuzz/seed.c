/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/seed.h"

#include <stdbool.h>
#include <stdio.h>

enum err
seed_write(const char *dir, const char *name, const char *suffix,
    const struct span *parts, size_t n)
{
	char path[4096];
	bool whole = true;
	FILE *f;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s-%s", dir, name,
	    suffix) >= sizeof(path) || (f = fopen(path, "wb")) == NULL)
		return ERR_HARDWARE;
	for (size_t i = 0; i < n; i++)
		if (parts[i].len > 0)
			whole = fwrite(parts[i].at, 1, parts[i].len, f) ==
			    parts[i].len && whole;
	return fclose(f) == 0 && whole ? ERR_OK : ERR_HARDWARE;
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 2;
	}
	if (seed_all(argv[1]) == ERR_OK)
		return 0;
	fprintf(stderr, "%s: no seeds\n", argv[0]);
	return 1;
}
