/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/tape.h"

#include <string.h>

#include "base/own.h"
#include "tests/dice.h"
#include "tests/faulty.h"
#include "tests/swtpm.h"
#include "tpm/ak.h"
#include "tpm/tpm_int.h"

/* ---- recording ---- */

static void
put_number(uint8_t *at, uint32_t n, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(n >> 8 * (len - 1 - i));
}

static void
record(void *arg, struct exchange *x)
{
	struct tape *t = arg;

	if (t->len + TAPE_HEAD + x->len > sizeof(t->at))
		return;
	put_number(t->at + t->len, faulty_command(x), 4);
	put_number(t->at + t->len + 4, (uint32_t)x->len, 2);
	memcpy(t->at + t->len + TAPE_HEAD, x->response, x->len);
	t->len += TAPE_HEAD + x->len;
}

static enum err
before(const struct act *a, const char *tcti, struct scene *s)
{
	struct tpm *t OWNED(tpm_drop) = NULL;

	if (a->before == NULL)
		return ERR_OK;
	TRY(tpm_open(tcti, &t));
	return a->before(t, s);
}

enum err
tape_record(const struct act *a, const char *tcti, struct scene *s,
    struct tape *out, struct outcome *outcome)
{
	struct faulty f = { .after = record, .arg = out };
	struct carrier c OWNED(carrier_drop) = { 0 };
	bool broken;

	out->len = 0;
	TRY(before(a, tcti, s));
	TRY(faulty_open(&f, tcti, &c));
	return act_run(a, &c, s, outcome, &broken);
}

/* Of a ceremony, with approvals for a later version as well. */
static enum err
take_custody(struct tpm *t, const struct custody *c, struct scene *out)
{
	out->srk = c->srk;
	out->officers = c->officers;
	out->store = c->store;
	out->key = c->key;
	out->key_made = c->key_made;
	memcpy(out->key_at.x, c->x, 32);
	memcpy(out->key_at.y, c->y, 32);
	out->unseal = c->unseal;
	out->use = c->use;
	out->unseal.version = out->use.version = c->version + 100000;
	TRY(officers_approve(&c->officers, t, &out->unseal));
	return officers_approve(&c->officers, t, &out->use);
}

/* A certificate that is not read at once, and a credential. */
static enum err
endorse(struct tpm *t, struct scene *out)
{
	uint8_t cert[1100];
	struct tpm_public ek;
	struct tpm_name name;

	for (size_t i = 0; i < sizeof(cert); i++)
		cert[i] = (uint8_t)(i * 7 + (i >> 8));
	TRY(maker_index(t, MAKER_ECC, cert, sizeof(cert)));
	TRY(tpm_ek_public(t, TPM_EK_ECC, &ek));
	TRY(tpm_name_of(&out->ak, &name));
	return maker_credential(t, TPM_EK_ECC, &ek, &name,
	    span_text(CUSTODY_PLAIN), &out->credential);
}

enum err
scene_make(const char *tcti, struct scene *out)
{
	struct tpm *t OWNED(tpm_drop) = NULL;
	struct custody c OWNED(custody_drop) = { 0 };
	uint8_t x[32], y[32];

	TRY(tpm_open(tcti, &t));
	TRY(custody_make(t, &c));
	TRY(take_custody(t, &c, out));
	TRY(tpm_store_seal(t, c.k, c.plain, c.auth, &out->attended, NULL));
	TRY(tpm_ak_create(t, c.auth, &out->ak, x, y));
	return endorse(t, out);
}

enum err
tapes_record(struct tapes *out)
{
	struct swtpm machine OWNED(swtpm_drop) = { 0 };

	TRY(swtpm_new(&machine));
	TRY(scene_make(machine.tcti, &out->scene));
	for (size_t i = 0; i < nacts; i++)
		TRY(tape_record(&acts[i], machine.tcti, &out->scene,
		    &out->of[i], &out->outcomes[i]));
	return ERR_OK;
}

unsigned
tape_answers(const struct tape *t)
{
	struct span answer;
	uint32_t code;
	size_t at = 0;
	unsigned n = 0;

	while (tape_next((struct span){ t->at, t->len }, &at, &code, &answer))
		n++;
	return n;
}

/* ---- playing ---- */

bool
tape_next(struct span tape, size_t *at, uint32_t *code, struct span *answer)
{
	const uint8_t *head = tape.at + *at;
	size_t len;

	if (tape.len - *at < TAPE_HEAD)
		return false;
	*code = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
	    (uint32_t)head[2] << 8 | head[3];
	len = (size_t)head[4] << 8 | head[5];
	if (len > tape.len - *at - TAPE_HEAD)
		len = tape.len - *at - TAPE_HEAD;
	*answer = (struct span){ head + TAPE_HEAD, len };
	*at += TAPE_HEAD + len;
	return true;
}

static void
answer(struct exchange *x, struct span what)
{
	x->len = what.len < CARRIER_MAX ? what.len : CARRIER_MAX;
	if (x->len > 0)
		memcpy(x->response, what.at, x->len);
}

static bool
take(struct player *p, struct exchange *x)
{
	static const uint8_t done[] = { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0 };
	const uint32_t command = faulty_command(x);
	uint32_t code = TPM2_CC_FlushContext;
	struct span next;
	size_t at = p->at;

	/* A flush on the tape may have been answered by others. */
	while (code == TPM2_CC_FlushContext &&
	    tape_next(p->tape, &at, &code, &next))
		if (p->loose || code == command) {
			p->at = at;
			answer(x, next);
			return true;
		}
	if (command != TPM2_CC_FlushContext)
		return false;
	answer(x, SPAN(done));
	return true;
}

static void
count_handles(struct player *p, const struct exchange *x)
{
	static const uint8_t well[4];

	if (x->len < 10 || memcmp(x->response + 6, well, 4) != 0)
		return;
	switch (faulty_command(x)) {
	case TPM2_CC_StartAuthSession:
	case TPM2_CC_Load:
	case TPM2_CC_LoadExternal:
	case TPM2_CC_CreatePrimary:
		p->handles++;
		break;
	case TPM2_CC_FlushContext:
		p->handles--;
		break;
	default:
		break;
	}
}

static enum err
exchange(void *self, struct exchange *x)
{
	struct player *p = self;

	p->count++;
	x->rc = TSS2_TCTI_RC_IO_ERROR;
	x->why = "the tape is at its end";
	if (p->instead != NULL && p->instead(p->arg, p->count, x))
		return ERR_OK;
	if (!take(p, x))
		return ERR_HARDWARE;
	/* By what the TPM did, whatever is made of its answer. */
	count_handles(p, x);
	if (p->bend != NULL)
		p->bend(p->arg, p->count, x);
	return ERR_OK;
}

static void
close_player(void *self)
{
	(void)self;
}

void
player_open(struct player *p, struct carrier *out)
{
	*out = (struct carrier){ exchange, close_player, p };
}
