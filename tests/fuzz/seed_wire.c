/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Valid inputs for fuzz_wire and fuzz_show, one of each type and size. */

#include "tests/fill.h"
#include "tests/fuzz/seed.h"

/* One envelope, and one bare map behind its type. */
static enum err
put_both(const char *dir, enum msg_type type, enum fullness how)
{
	static const char *const envelope[] = { "least", "most", "fits" };
	static const char *const map[] = { "map-least", "map-most",
	    "map-fits" };
	static uint8_t buf[WIRE_MAX];
	const struct spec *s = wire_spec(type);
	static struct msg m;
	size_t len;

	fill(&m, type, how);
	if (s->class == CLASS_MESSAGE) {
		TRY(wire_encode(&m, buf, sizeof(buf), &len));
		TRY(seed_write(dir, s->name, envelope[how],
		    &(struct span){ buf, len }, 1));
	}
	buf[0] = (uint8_t)type;
	TRY(wire_encode_object(&m, buf + 1, sizeof(buf) - 1, &len));
	return seed_write(dir, s->name, map[how],
	    &(struct span){ buf, len + 1 }, 1);
}

enum err
seed_all(const char *dir)
{
	for (unsigned type = 1; type < wire_nspecs; type++) {
		TRY(put_both(dir, (enum msg_type)type, SMALLEST));
		TRY(put_both(dir, (enum msg_type)type, FITTING));
	}
	return ERR_OK;
}
