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
	const size_t n = put(to, b->pub, b->pub_len);

	return n + put(to + n, b->priv, b->priv_len);
}

static size_t
put_approval(uint8_t *to, const struct tpm_approval *a)
{
	size_t n = put(to, (const uint8_t *)&a->pcrs, sizeof(a->pcrs));

	n += put(to + n, (const uint8_t *)&a->cap, 1);
	n += put(to + n, (const uint8_t *)&a->version, sizeof(a->version));
	n += put(to + n, a->digest, sizeof(a->digest));
	return n + put(to + n, a->sig, sizeof(a->sig));
}

static struct span
scene_of(const struct scene *s)
{
	static uint8_t bytes[32 * 256];
	size_t n = 0;

	n += put(bytes + n, s->srk.at, s->srk.len);
	n += put(bytes + n, (const uint8_t *)&s->officers.k,
	    sizeof(s->officers.k));
	n += put_approval(bytes + n, &s->unseal);
	n += put_approval(bytes + n, &s->use);
	n += put_approval(bytes + n, &s->raise);
	n += put_blob(bytes + n, &s->store);
	n += put_blob(bytes + n, &s->attended);
	n += put_blob(bytes + n, &s->key);
	n += put_blob(bytes + n, &s->ak);
	n += put(bytes + n, s->key_made.hash, sizeof(s->key_made.hash));
	n += put(bytes + n, s->key_made.proof, s->key_made.len);
	n += put(bytes + n, s->credential.object, s->credential.object_len);
	n += put(bytes + n, s->credential.secret, s->credential.secret_len);
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
