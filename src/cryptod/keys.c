/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/keys.h"

#include "base/log.h"
#include "cryptod/cryptod.h"

static struct held *
held_of(struct cryptod *d, enum wire_use use)
{
	return use == WIRE_use_token ? &d->token : &d->audit;
}

/* What the TPM does beside the turns comes first; one that is in trouble is
 * not waited for by everybody once more. */
static enum err
tpm_free(struct cryptod *d)
{
	TRY(side_finish(d));
	return d->side.trouble == REASON_none ? ERR_OK : ERR_BUSY;
}

/* Whoever wants it waits for the TPM, and everybody with him. */
static enum err
sign_in_tpm(const struct signer *s, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN])
{
	const struct held *h = s->self;

	TRY(tpm_free(h->cryptod));
	return side_did(h->cryptod, token_key_sign(&h->key, h->seed, tbs,
	    sig));
}

/* The seed is copied: the state may be made anew, and its rows with it. */
static enum err
hold(struct cryptod *d, const struct key *k, struct held *h)
{
	struct secret *seed OWNED(secret_drop) = NULL;
	struct signer signer = { .sign = sign_in_tpm, .self = h };

	TRY(secret_copy(secret_span(k->seed), &seed));
	if (key_in_tpm(&k->row)) {
		h->cryptod = d;
		TRY(token_key_load(&d->root, k, &h->key));
		TRY(signer_name(&signer, &h->key.public));
	} else {
		TRY(signer_ed25519(seed, &signer));
	}
	secret_drop(&h->seed);
	h->seed = GIVE(seed, NULL);
	h->signer = signer;
	return ERR_OK;
}

enum err
cryptod_signer(struct cryptod *d, enum wire_use use,
    const struct signer **out)
{
	const struct key *k = state_key_of(d->tables, use,
	    WIRE_phase_current);
	struct held *h = held_of(d, use);

	if (k == NULL)
		return log_err(ERR_NOT_FOUND, "there is no %s key",
		    use == WIRE_use_token ? "token" : "audit");
	if (!span_equal(SPAN(h->signer.kid), WIRE_SPAN(k->row.kid)))
		TRY(hold(d, k, h));
	*out = &h->signer;
	return ERR_OK;
}

bool
cryptod_waits_for_tpm(const struct cryptod *d)
{
	const struct key *k = state_key_of(d->tables, WIRE_use_token,
	    WIRE_phase_current);

	return k != NULL && key_in_tpm(&k->row);
}

bool
cryptod_is_shown(const struct cryptod *d)
{
	const struct key *k = state_key_of(d->tables, WIRE_use_token,
	    WIRE_phase_current);

	return k != NULL && k->row.has_announced;
}

enum reason
cryptod_may_sign(const struct cryptod *d, uint64_t now)
{
	if (state_signer(d->tables, WIRE_use_token, now) == NULL ||
	    state_signer(d->tables, WIRE_use_audit, now) == NULL)
		return REASON_key_expired;
	return cryptod_is_shown(d) ? REASON_none : publish_reason(d);
}

static enum err
put(void *self, const struct msg *record)
{
	struct cryptod *d = self;

	return store_put(d->store, record);
}

static enum err
note(void *self, const struct audit_event *event)
{
	return cryptod_put_event(self, event);
}

static enum err
make_in_tpm(void *self, const struct secret *auth, struct msg_key *row,
    struct cose_key *public)
{
	struct cryptod *d = self;

	TRY(tpm_free(d));
	return side_did(d, key_make_in_tpm(&d->root, auth, row, public));
}

struct rotate
cryptod_rotation(struct cryptod *d, uint64_t now)
{
	return (struct rotate){
		.state = d->tables, .drbg = d->drbg,
		.every = d->settings.rotate / 1000, .now = now,
		.put = put, .note = note, .self = d,
		.make_in_tpm = d->settings.custody == CUSTODY_TPM ?
		    make_in_tpm : NULL,
	};
}

/* A frame of its own: all of it, or as it was. */
static enum err
write_all(struct cryptod *d, enum err e)
{
	if (e == ERR_OK)
		return cryptod_write(d);
	log_line("the keys could not be rotated: %s", err_text(e));
	d->step.causes = 0;
	return store_undo(d->store, 0) == ERR_OK ? e : ERR_INTERNAL;
}

enum err
cryptod_rotate(struct cryptod *d)
{
	const struct moment now = clock_now();
	const struct rotate r = cryptod_rotation(d, now.wall);
	enum err e;

	if (cryptod_clock(d, now) != REASON_none || !rotate_is_due(&r))
		return ERR_OK;
	e = cryptod_mark(d, WIRE_mark_commit);
	if (e == ERR_OK)
		e = rotate_due(&r);
	step_want(d, EPOCH_TICK);
	e = write_all(d, e);
	if (e != ERR_OK)
		return e == ERR_INTERNAL ? e : ERR_OK;
	if (!cryptod_is_shown(d))
		return cryptod_publish(d);
	publish_soon(d);
	return ERR_OK;
}

enum err
cryptod_announced(struct cryptod *d)
{
	const struct moment now = clock_now();
	const struct rotate r = cryptod_rotation(d, now.wall);
	enum err e;

	if (cryptod_clock(d, now) != REASON_none ||
	    !rotate_is_news(&r, &d->keys))
		return ERR_OK;
	e = cryptod_mark(d, WIRE_mark_commit);
	if (e == ERR_OK)
		e = rotate_announced(&r, &d->keys);
	e = write_all(d, e);
	return e == ERR_INTERNAL ? e : ERR_OK;
}
