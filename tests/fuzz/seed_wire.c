/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fill.h"

static int
write_seed(const char *dir, const char *name, const char *suffix,
    struct span bytes)
{
	char path[4096];
	FILE *f;
	int n = snprintf(path, sizeof(path), "%s/%s-%s", dir, name, suffix);

	if (n < 0 || (size_t)n >= sizeof(path) ||
	    (f = fopen(path, "wb")) == NULL)
		return 0;
	n = fwrite(bytes.at, 1, bytes.len, f) == bytes.len;
	return fclose(f) == 0 && n;
}

/* One envelope, and one bare map behind its type. */
static int
write_both(const char *dir, enum msg_type type, enum fullness how)
{
	static const char *const envelope[] = { "least", "most", "fits" };
	static const char *const map[] = { "map-least", "map-most",
	    "map-fits" };
	static uint8_t buf[WIRE_MAX];
	const struct spec *s = wire_spec(type);
	static struct msg m;
	size_t len;

	fill(&m, type, how);
	if (s->class == CLASS_MESSAGE &&
	    (wire_encode(&m, buf, sizeof(buf), &len) != ERR_OK ||
	    !write_seed(dir, s->name, envelope[how],
	    (struct span){ buf, len })))
		return 0;
	buf[0] = (uint8_t)type;
	return wire_encode_object(&m, buf + 1, sizeof(buf) - 1, &len) ==
	    ERR_OK && write_seed(dir, s->name, map[how],
	    (struct span){ buf, len + 1 });
}

/* seed_wire DIR: valid inputs for fuzz_wire, one of each type and size. */
int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seed_wire DIR\n");
		return EXIT_FAILURE;
	}
	for (unsigned type = 1; type < wire_nspecs; type++)
		if (!write_both(argv[1], (enum msg_type)type, SMALLEST) ||
		    !write_both(argv[1], (enum msg_type)type, FITTING)) {
			fprintf(stderr, "seed_wire: %s: no seed\n",
			    wire_name((enum msg_type)type));
			return EXIT_FAILURE;
		}
	return EXIT_SUCCESS;
}
