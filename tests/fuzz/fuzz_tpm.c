/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/own.h"
#include "tests/fuzz/fuzz.h"
#include "tests/tape.h"

enum { ACTS = TAPES_MAX };

/* Acts that were begun, and those that came to a good end. */
static struct reach begun[ACTS], done[ACTS];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	must(nacts <= ACTS, "too many acts");
	for (size_t i = 0; i < nacts; i++)
		begun[i].name = done[i].name = acts[i].name;
	reach("begun", begun, ACTS);
	reach("done", done, ACTS);
	return 0;
}

static void
take(struct span *in, uint8_t *to, size_t cap, size_t *len)
{
	*len = 0;
	if (in->len == 0)
		return;
	*len = in->at[0] < cap ? in->at[0] : cap;
	if (*len > in->len - 1)
		*len = in->len - 1;
	memcpy(to, in->at + 1, *len);
	*in = (struct span){ in->at + 1 + *len, in->len - 1 - *len };
}

static void
take_blob(struct span *in, struct tpm_blob *b)
{
	take(in, b->pub, sizeof(b->pub), &b->pub_len);
	take(in, b->priv, sizeof(b->priv), &b->priv_len);
}

/* What a state directory says there is in the TPM, each a length and bytes. */
static void
take_scene(struct span *in, struct scene *s)
{
	size_t len;

	*s = (struct scene){ 0 };
	take(in, s->srk.at, sizeof(s->srk.at), &s->srk.len);
	take(in, s->k.x, sizeof(s->k.x), &len);
	take(in, s->k.y, sizeof(s->k.y), &len);
	take_blob(in, &s->store);
	take_blob(in, &s->key);
	take_blob(in, &s->ak);
	s->unseal = (struct tpm_approval){ .policy = TPM_POLICY_UNSEAL,
	    .pcrs = { TPM_SHA256, 0xff }, .cap = 15 };
	s->use = (struct tpm_approval){ .policy = TPM_POLICY_USE,
	    .pcrs = { TPM_SHA256, 0xff } };
	s->made.len = sizeof(s->made.proof);
}

/*
 * The first byte chooses an act, then comes the scene; the rest is a tape of
 * what the TPM answers, whatever it is asked.  However it ends, it ends: in a
 * bounded number of commands, and what could not be had is no outcome.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct carrier c OWNED(carrier_drop) = { 0 };
	struct player p = { .loose = true };
	struct outcome got;
	struct scene scene;
	bool broken;
	size_t act;
	enum err e;

	if (len < 1)
		return 0;
	act = in[0] % nacts;
	p.tape = (struct span){ in + 1, len - 1 };
	take_scene(&p.tape, &scene);
	player_open(&p, &c);
	begun[act].times++;
	e = act_run(&acts[act], &c, &scene, &got, &broken);
	must(p.count < 1000, "commands without end");
	must(e == ERR_OK || got.len == 0, "an outcome of a failure");
	must(e != ERR_INTERNAL, "a fault of ours");
	if (e == ERR_OK)
		done[act].times++;
	return 0;
}
