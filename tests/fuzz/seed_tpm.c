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

static size_t
put_blob(uint8_t *to, const struct tpm_blob *b)
{
	size_t n = put(to, b->pub, b->pub_len);

	return n + put(to + n, b->priv, b->priv_len);
}

static struct span
scene_of(const struct scene *s)
{
	static uint8_t bytes[9 * 256];
	size_t n = 0;

	n += put(bytes + n, s->srk.at, s->srk.len);
	n += put(bytes + n, s->k.x, sizeof(s->k.x));
	n += put(bytes + n, s->k.y, sizeof(s->k.y));
	n += put_blob(bytes + n, &s->store);
	n += put_blob(bytes + n, &s->key);
	n += put_blob(bytes + n, &s->ak);
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
