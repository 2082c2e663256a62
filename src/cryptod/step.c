/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/cryptod.h"

#include "base/log.h"
#include "tpm/carrier.h"

/* ---- in the frame ---- */

void
step_want(struct cryptod *d, unsigned causes)
{
	d->step.causes |= causes;
}

void
step_accept(struct cryptod *d)
{
	d->step.accepts = true;
	step_want(d, EPOCH_CHANGE);
}

/* A day that a wrong clock has begun would be the budget's for long. */
static uint64_t
wall_of(const struct cryptod *d)
{
	const struct moment now = clock_now();

	return d->state == SERVING && cryptod_clock(d, now) == REASON_none ?
	    now.wall : d->tables->wall;
}

static enum err
put_step(struct cryptod *d, const struct msg_steps *steps)
{
	const struct msg m = { .type = MSG_steps, .steps = *steps };

	TRY(store_put(d->store, &m));
	if (d->step.accepts)
		store_accept(d->store, d->step.counter);
	else
		store_step(d->store);
	return ERR_OK;
}

static enum err
begin(struct cryptod *d)
{
	struct step *s = &d->step;

	s->taken = s->owed = s->due = true;
	s->tried = s->late = false;
	s->until_ms = carrier_now_ms() + d->settings.tpm_limit;
	s->last_ms = clock_now().boot_ms;
	s->sequence = d->tables->sequence;
	/* It is durable: whatever is wrong now is no error of the commit. */
	return step_due(d) == ERR_OK ? ERR_OK : ERR_INTERNAL;
}

enum err
step_commit(struct cryptod *d)
{
	const unsigned causes = d->step.causes;
	struct msg_steps steps;
	bool is = causes != 0 && epoch_steps(&d->step.policy,
	    &d->tables->steps, causes, wall_of(d), &steps);
	enum err e = ERR_OK;

	if (is && d->step.owed) {
		d->step.again = true;
		is = false;
	}
	if (is)
		e = put_step(d, &steps);
	d->step.causes = 0;
	d->step.accepts = false;
	if (e != ERR_OK)
		return store_undo(d->store, 0) == ERR_OK ? e : ERR_INTERNAL;
	TRY(store_commit(d->store));
	return is ? begin(d) : ERR_OK;
}

/* In a frame of its own.  INTERNAL alone is an error: the next tick has
 * another try. */
static enum err
step_alone(struct cryptod *d)
{
	if (store_mark(d->store) == 0)
		TRY(cryptod_mark(d, WIRE_mark_commit));
	step_want(d, EPOCH_TICK);
	return cryptod_write(d) == ERR_INTERNAL ? ERR_INTERNAL : ERR_OK;
}

enum err
step_tick(struct cryptod *d)
{
	const struct step *s = &d->step;

	if (s->owed || s->sequence == d->tables->sequence ||
	    clock_now().boot_ms - s->last_ms < s->policy.every * 1000)
		return ERR_OK;
	return step_alone(d);
}

enum reason
step_judge(struct cryptod *d)
{
	struct step *s = &d->step;

	switch (epoch_judge(store_epoch(d->store), s->counter)) {
	case EPOCH_SAME:
		break;
	case EPOCH_OWED:
		s->crashed = s->owed = s->late = true;
		s->tried = false;
		break;
	case EPOCH_OTHER:
		log_line("the journal's epoch is %llu and the TPM's counter "
		    "%llu", (unsigned long long)store_epoch(d->store),
		    (unsigned long long)s->counter);
		return REASON_state_rolled_back;
	}
	return REASON_none;
}

/* ---- in the TPM ---- */

static enum err
read_counter(void *self, uint64_t *now)
{
	return root_epoch_read(self, now);
}

static enum err
step_counter(void *self, uint64_t *now)
{
	return root_epoch_step(self, now);
}

/* One that comes late may meet another TPM. */
static enum err
follow(struct cryptod *d)
{
	const struct epoch_counter counter = {
		read_counter, step_counter, &d->root,
	};

	if (d->step.tried && d->state == SERVING)
		TRY(side_same(d));
	return epoch_follow(&counter, store_epoch(d->store), &d->step.tried);
}

bool
step_is_awaited(const struct cryptod *d)
{
	return d->state == RECOVERY && d->why == REASON_state_unclean;
}

static enum err
begin_again(struct cryptod *d)
{
	if (!step_is_awaited(d))
		return ERR_OK;
	d->state = SERVING;
	d->why = REASON_none;
	return cryptod_begin(d);
}

static enum err
after_follow(struct cryptod *d)
{
	struct step *s = &d->step;

	if (d->side.e == ERR_STATE)
		return side_leave(d, REASON_epoch_foreign);
	s->late = d->side.e != ERR_OK;
	if (s->late)
		return ERR_OK;
	s->owed = s->due = false;
	s->counter = store_epoch(d->store);
	if (!s->again)
		return begin_again(d);
	s->again = false;
	return step_alone(d);
}

static const struct side_job following = { follow, after_follow, false };

enum err
step_due(struct cryptod *d)
{
	if (!d->step.due || d->side.job != NULL)
		return ERR_OK;
	d->step.due = false;
	return side_begin(d, &following);
}

enum err
step_again(struct cryptod *d)
{
	d->step.due = true;
	return step_due(d);
}

enum err
step_finish(struct cryptod *d)
{
	if (d->side.job != &following)
		return ERR_OK;
	tpm_aside_finish(d->root.tpm);
	return side_go_on(d);
}

/* ---- what is held ---- */

bool
step_waits(const struct cryptod *d, int *left_ms)
{
	const uint64_t now = carrier_now_ms(), until = d->step.until_ms;

	*left_ms = until > now ? (int)(until - now) : 0;
	return d->step.owed && !d->step.late;
}

void
step_look(struct cryptod *d)
{
	int left_ms;

	if (step_waits(d, &left_ms) && left_ms == 0)
		d->step.late = true;
}

bool
step_defers(void *self, enum msg_type type)
{
	const struct cryptod *d = self;

	return d->step.owed && !d->step.late &&
	    (type == MSG_totp_validate_req || type == MSG_admin_req);
}

enum verdict
step_verdict(void *self)
{
	struct cryptod *d = self;

	step_look(d);
	if (!d->step.owed)
		return HOLD_SEND;
	return d->step.late ? HOLD_LOSE : HOLD_ON;
}
