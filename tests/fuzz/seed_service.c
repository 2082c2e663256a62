/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fill.h"
#include "tests/stage.h"

/* At once, a byte at a time to a slow reader, and two in a row. */
static const struct {
	const char	*name;
	uint8_t		 most, take;
	unsigned	 times;
} ways[] = {
	{ "whole", 0, 0, 1 }, { "slow", 255, 7, 1 }, { "twice", 0, 0, 2 },
};

static int
write_seed(const char *dir, size_t way, struct stage *s, enum msg_type type)
{
	char path[4096];
	FILE *f;
	int n = snprintf(path, sizeof(path), "%s/%s-%s", dir, wire_name(type),
	    ways[way].name);

	if (n < 0 || (size_t)n >= sizeof(path) ||
	    (f = fopen(path, "wb")) == NULL)
		return 0;
	fputc(ways[way].most, f);
	fputc(ways[way].take, f);
	for (unsigned i = 0; i < ways[way].times; i++) {
		struct span frame = stage_request(s, type, i);

		fwrite(frame.at, 1, frame.len, f);
	}
	return fclose(f) == 0;
}

/* seed_service DIR: what fuzz_service begins with, each message in frames. */
int
main(int argc, char **argv)
{
	struct stage *s;

	if (argc != 2 || stage_open((void **)&s) != 0) {
		fprintf(stderr, "usage: seed_service DIR\n");
		return EXIT_FAILURE;
	}
	for (unsigned type = 1; type < wire_nspecs; type++)
		for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]);
		    way++)
			if (wire_spec((enum msg_type)type)->class ==
			    CLASS_MESSAGE && !write_seed(argv[1], way, s,
			    (enum msg_type)type))
				return EXIT_FAILURE;
	stage_close((void **)&s);
	return EXIT_SUCCESS;
}
