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

static void
take_approval(struct span *in, enum tpm_policy policy, struct tpm_approval *a)
{
	size_t len;

	*a = (struct tpm_approval){ .policy = policy };
	take(in, (uint8_t *)&a->pcrs, sizeof(a->pcrs), &len);
	take(in, (uint8_t *)&a->cap, 1, &len);
	take(in, (uint8_t *)&a->version, sizeof(a->version), &len);
	take(in, a->digest, sizeof(a->digest), &len);
	take(in, a->sig, sizeof(a->sig), &len);
}

/* What a state directory says there is in the TPM, each a length and bytes. */
static void
take_scene(struct span *in, struct scene *s)
{
	size_t len;

	*s = (struct scene){ 0 };
	take(in, s->srk.at, sizeof(s->srk.at), &s->srk.len);
	take(in, (uint8_t *)&s->officers.k, sizeof(s->officers.k), &len);
	take_approval(in, TPM_POLICY_UNSEAL, &s->unseal);
	take_approval(in, TPM_POLICY_USE, &s->use);
	take_approval(in, TPM_POLICY_RAISE, &s->raise);
	take_blob(in, &s->store);
	take_blob(in, &s->attended);
	take_blob(in, &s->key);
	take_blob(in, &s->ak);
	take(in, s->key_made.hash, sizeof(s->key_made.hash), &len);
	take(in, s->key_made.proof, sizeof(s->key_made.proof),
	    &s->key_made.len);
	s->credential.ek = TPM_EK_ECC;
	take(in, s->credential.object, sizeof(s->credential.object),
	    &s->credential.object_len);
	take(in, s->credential.secret, sizeof(s->credential.secret),
	    &s->credential.secret_len);
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
