/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a TPM answered to each act, as fuzz_tpm reads it. */

#include "tests/fuzz/seed.h"
#include "tests/tape.h"

static size_t
put(uint8_t *to, const uint8_t *at, size_t len)
{
	to[0] = (uint8_t)len;
	memcpy(to + 1, at, len);
	return 1 + len;
}

static struct span
scene_of(const struct scene *s)
{
	static uint8_t bytes[5 * 256];
	size_t n = 0;

	n += put(bytes + n, s->srk.at, s->srk.len);
	n += put(bytes + n, s->sealed.pub, s->sealed.pub_len);
	n += put(bytes + n, s->sealed.priv, s->sealed.priv_len);
	n += put(bytes + n, s->root.pub, s->root.pub_len);
	n += put(bytes + n, s->root.priv, s->root.priv_len);
	return (struct span){ bytes, n };
}

enum err
seed_all(const char *dir)
{
	static struct tapes was;
	struct span scene;

	TRY(tapes_record(&was));
	scene = scene_of(&was.scene);
	for (size_t i = 0; i < nacts; i++) {
		const uint8_t act = (uint8_t)i;
		const struct span whole = { was.of[i].at, was.of[i].len };

		TRY(seed_write(dir, acts[i].name, "whole", (struct span[]){
		    { &act, 1 }, scene, whole }, 3));
		TRY(seed_write(dir, acts[i].name, "half", (struct span[]){
		    { &act, 1 }, scene, { whole.at, whole.len / 2 } }, 3));
	}
	return ERR_OK;
}
