/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/keys.h"

#include "base/log.h"
#include "cryptod/cryptod.h"

static struct held *
held_of(struct cryptod *d, enum wire_use use)
{
	return use == WIRE_use_token ? &d->token : &d->audit;
}

/* The seed is copied: the state may be made anew, and its rows with it. */
static enum err
hold(const struct key *k, struct held *h)
{
	struct secret *seed OWNED(secret_drop) = NULL;
	struct signer signer;

	TRY(secret_copy(secret_span(k->seed), &seed));
	TRY(signer_ed25519(seed, &signer));
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
		TRY(hold(k, h));
	*out = &h->signer;
	return ERR_OK;
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

struct rotate
cryptod_rotation(struct cryptod *d, uint64_t now)
{
	return (struct rotate){
		.state = d->tables, .drbg = d->drbg,
		.every = d->settings.rotate / 1000, .now = now,
		.put = put, .note = note, .self = d,
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
