/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Something for each door of fuzz_trust, and for each of its ends. */

#include "tests/fuzz/seed.h"
#include "tests/fuzz/trust_scene.h"

static const struct file {
	const char	*name, *door, *issuer, *by;
	uint64_t	 version;
} files[] = {
	{ "good", "t", "cryptod", "01", 7 },
	{ "other", "t", "cryptoe", "01", 7 },
	{ "stranger", "t", "cryptod", "03", 7 },
	{ "twice", "t", "cryptod", "00", 7 },
	{ "few", "t", "cryptod", "2", 7 },
	{ "next", "f", "cryptod", "12", 8 },
	{ "old", "f", "cryptod", "12", 6 },
};

static enum err
put(const char *dir, const char *door, const char *name, struct span bytes)
{
	return seed_write(dir, door, name,
	    (struct span[]){ span_text(door), bytes }, 2);
}

enum err
seed_all(const char *dir)
{
	static struct trust_scene s;
	static struct trust t;
	uint8_t seen[TRUST_SEEN_MAX];
	size_t len;

	TRY(trust_scene(&s));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const struct file *f = &files[i];

		TRY(trust_scene_file(&s, f->version, f->issuer, f->by, &t));
		TRY(put(dir, f->door, f->name,
		    (struct span){ t.bytes, t.len }));
	}
	TRY(put(dir, "t", "none", span_text("x")));
	TRY(trust_scene_file(&s, 6, "cryptod", "01", &t));
	if (trust_check(&t, &s.pin.set) != REASON_none)
		return ERR_INTERNAL;
	TRY(trust_remember(&t, &s.pin, seen, &len));
	TRY(put(dir, "s", "memory", (struct span){ seen, len }));
	return put(dir, "s", "none", span_text("x"));
}
