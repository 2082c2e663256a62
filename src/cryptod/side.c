/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/side.h"

#include "base/log.h"
#include "cryptod/cap.h"
#include "cryptod/cryptod.h"
#include "cryptod/options.h"

/* Looks in a row that find nobody until the TPM counts as gone. */
#define LOOKS_GONE 3

/* What the TPM refused at a start is asked again so much later, and then in
 * intervals that double. */
#define RETRY_FIRST_MS 10000
#define RETRY_LONGEST_MS 300000

/* A look at the TPM is of now for so long. */
#define LOOK_FRESH_MS 20000

/* ---- the work ---- */

/* It is of the moment before it was asked: who sleeps over the answer does
 * not take it for one of now. */
static enum err
look(struct cryptod *d)
{
	const uint64_t asked = clock_now().boot_ms;

	TRY(tpm_life(d->root.tpm, &d->side.seen));
	d->side.seen_at = asked;
	return ERR_OK;
}

/* Whether it is still the TPM that it was comes before all else. */
enum err
side_same(struct cryptod *d)
{
	TRY(look(d));
	d->side.looked = true;
	return tpm_life_goes_on(&d->side.first, &d->side.seen) ? ERR_OK :
	    ERR_STATE;
}

static enum err
look_well(struct cryptod *d)
{
	TRY(side_same(d));
	return health_ask(d);
}

/* What the officers may have approved since. */
static enum err
read_approvals(struct cryptod *d)
{
	struct cose_key k;
	enum err e;

	TRY(cose_key_decode(WIRE_SPAN(d->anchor.anchor.k), &k));
	e = approvals_read(d->dir, &k, &d->approvals);
	if (e == ERR_NOT_FOUND || e == ERR_MALFORMED || e == ERR_AUTH)
		return log_err(ERR_DENIED, "there are no approvals that "
		    "could hold");
	return e;
}

static enum err
unseal(struct cryptod *d)
{
	const struct root_source from = {
		.anchor = &d->anchor.anchor,
		.approvals = &d->approvals,
		.attended = d->side.attended,
		.kept = d->side.kept,
		.keep = d->keeper != -1 && d->side.kept == NULL ?
		    &d->side.keep : NULL,
	};
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	enum err e;

	d->side.cap = REASON_none;
	secret_drop(&d->side.keep);
	TRY(look(d));
	d->side.first = d->side.seen;
	TRY(read_approvals(d));
	tpm = GIVE(d->root.tpm, NULL);
	root_drop(&d->root);
	e = root_open(&tpm, &from, &d->root, &d->side.store_key);
	if (e == ERR_DENIED)
		cap_look(d);
	if (e == ERR_OK)
		e = root_epoch_read(&d->root, &d->step.counter);
	/* Without its counters it is not the TPM of the ceremony. */
	TRY(e == ERR_STATE ? ERR_AUTH : e);
	TRY(root_drbg(&d->root, &d->drbg));
	/* From here on nothing has to be unsealed again. */
	TRY(cap_close(d));
	secret_drop(&d->side.attended);
	secret_drop(&d->side.kept);
	fd_drop(&d->keeper);
	return ERR_OK;
}

/* ---- what follows ---- */

static enum err
after_look(struct cryptod *d)
{
	(void)d;
	return ERR_OK;
}

/* What an error of the TPM means. */
static enum reason
reason_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return REASON_none;
	case ERR_DENIED:
		return REASON_tpm_policy;
	case ERR_AUTH:
	case ERR_NOT_FOUND:
	case ERR_MALFORMED:
		return REASON_tpm_identity;
	case ERR_STATE:
	case ERR_LIMIT:
	case ERR_BUSY:
	case ERR_HARDWARE:
	case ERR_INTERNAL:
		break;
	}
	return REASON_tpm_failed;
}

static enum reason
trouble_of(const struct cryptod *d)
{
	switch (tpm_trouble(d->root.tpm)) {
	case TPM_LATE:
		return d->side.e == ERR_OK ? REASON_none : REASON_tpm_late;
	case TPM_GONE:
	case TPM_ERRS:
		return reason_of(d->side.e);
	case TPM_WELL:
		break;
	}
	return REASON_none;
}

/* Why what is sealed was not opened. */
static enum reason
refusal(const struct side *s, bool mistyped)
{
	if (s->e == ERR_OK)
		return REASON_none;
	if (s->cap != REASON_none)
		return s->cap;
	if (mistyped)
		return REASON_tpm_attended;
	return s->trouble != REASON_none ? s->trouble : reason_of(s->e);
}

static enum err
after_unseal(struct cryptod *d)
{
	struct side *s = &d->side;

	s->retry_ms = s->retry_ms == 0 ? RETRY_FIRST_MS : 2 * s->retry_ms;
	if (s->retry_ms > RETRY_LONGEST_MS)
		s->retry_ms = RETRY_LONGEST_MS;
	s->retry_at = clock_now().boot_ms + s->retry_ms;
	return cryptod_reopened(d, refusal(s, d->root.mistyped));
}

static const struct side_job looking = { look_well, after_look, false };
static const struct side_job last = { publish_log, after_look, false };
static const struct side_job opening = { unseal, after_look, false };
static const struct side_job reopening = { unseal, after_unseal, false };

/* ---- how jobs come and go ---- */

/* All that was answered is durable; what can be written about it is. */
enum err
side_leave(struct cryptod *d, enum reason why)
{
	log_line("%s: %s %s", reason_code(why), reason_text(why),
	    reason_help(why));
	d->stage = EXIT_CELL;
	if (cryptod_end(d, reason_code(why), "failed") != ERR_OK)
		log_line("the end could not be written: the next start is an "
		    "unclean one");
	return ERR_STATE;
}

/* One line when something begins to be wrong, and one when it is over. */
static void
tell(struct cryptod *d, enum reason trouble)
{
	if (trouble == d->side.trouble)
		return;
	if (trouble != REASON_none)
		log_line("%s: %s It serves with the keys it has.",
		    reason_code(trouble), reason_text(trouble));
	else
		log_line("the TPM does what it is asked again");
	d->side.trouble = trouble;
}

/* A peer must not be able to make more looks of one. */
static enum err
judge(struct cryptod *d, bool asked)
{
	struct side *s = &d->side;
	const bool gone = tpm_trouble(d->root.tpm) == TPM_GONE;

	if (d->state != SERVING) {
		s->trouble = trouble_of(d);
		return ERR_OK;
	}
	if (s->looked && !tpm_life_goes_on(&s->first, &s->seen))
		return side_leave(d, REASON_tpm_reset);
	s->missed = gone ? s->missed + !asked : 0;
	if (s->missed >= LOOKS_GONE)
		return side_leave(d, REASON_tpm_gone);
	tell(d, trouble_of(d));
	return ERR_OK;
}

enum err
side_did(struct cryptod *d, enum err e)
{
	d->side.e = e;
	d->side.looked = false;
	TRY(judge(d, false));
	return e;
}

bool
side_waits(void *self, int *fd, int *left_ms)
{
	struct cryptod *d = self;

	int held_ms;
	bool waits;

	if (d->side.job == NULL) {
		*fd = -1;
		*left_ms = 0;
		return prove_waits(d) || publish_waits(d, left_ms);
	}
	waits = tpm_aside_waits(d->root.tpm, fd, left_ms);
	if (waits && step_waits(d, &held_ms) && held_ms < *left_ms)
		*left_ms = held_ms;
	return waits;
}

static bool
is_busy(const struct cryptod *d)
{
	int fd, left_ms;

	return d->root.tpm != NULL &&
	    tpm_aside_waits(d->root.tpm, &fd, &left_ms);
}

/* What ticks and peers want of the TPM, by what matters more. */
static enum err
begin_due(struct cryptod *d)
{
	TRY(step_due(d));
	if (d->side.late && d->side.job == NULL) {
		d->side.late = false;
		TRY(side_begin(d, &looking));
	}
	TRY(publish_due(d));
	return prove_due(d);
}

static enum err
settle(struct cryptod *d)
{
	const struct side_job *job = d->side.job;

	if (job == NULL || is_busy(d))
		return ERR_OK;
	d->side.job = NULL;
	TRY(judge(d, job->asked));
	TRY(job->after(d));
	return begin_due(d);
}

static void
work(void *self)
{
	struct cryptod *d = self;

	d->side.e = d->side.job->work(d);
}

enum err
side_begin(struct cryptod *d, const struct side_job *job)
{
	enum err e;

	if (d->side.job != NULL || d->root.tpm == NULL)
		return ERR_OK;
	d->side.job = job;
	d->side.looked = false;
	e = tpm_aside(d->root.tpm, work, d);
	if (e != ERR_OK)
		d->side.e = e;
	return settle(d);
}

enum err
side_go_on(void *self)
{
	struct cryptod *d = self;

	if (d->side.job == NULL)
		return begin_due(d);
	tpm_aside_go_on(d->root.tpm);
	step_look(d);
	return settle(d);
}

enum err
side_finish(struct cryptod *d)
{
	while (d->side.job != NULL) {
		tpm_aside_finish(d->root.tpm);
		TRY(settle(d));
	}
	return ERR_OK;
}

/* ---- what begins them ---- */

enum reason
side_open(struct cryptod *d)
{
	struct side *s = &d->side;

	if (side_begin(d, &opening) != ERR_OK || side_finish(d) != ERR_OK)
		return REASON_tpm_failed;
	s->retry_ms = RETRY_FIRST_MS;
	s->retry_at = clock_now().boot_ms + s->retry_ms;
	return refusal(s, d->root.mistyped);
}

static bool
may_pass(enum reason why)
{
	return why == REASON_tpm_failed || why == REASON_tpm_late ||
	    why == REASON_tpm_identity || why == REASON_tpm_policy ||
	    why == REASON_tpm_capped;
}

enum err
side_look(void *self)
{
	struct cryptod *d = self;

	if (d->step.owed && d->state != FAILED)
		return step_again(d);
	if (d->state == SERVING) {
		TRY(cryptod_rotate(d));
		d->side.late = d->side.job != NULL;
		return side_begin(d, &looking);
	}
	if (d->state == FAILED && may_pass(d->why) &&
	    clock_now().boot_ms >= d->side.retry_at)
		return side_begin(d, &reopening);
	return ERR_OK;
}

void
side_stop(struct cryptod *d)
{
	tpm_aside_abandon(d->root.tpm);
	d->side.now = clock_now().wall;
	d->side.job = &last;
	d->side.e = ERR_BUSY;
	if (tpm_aside(d->root.tpm, work, d) == ERR_OK)
		tpm_aside_finish(d->root.tpm);
	d->side.job = NULL;
	if (d->side.e != ERR_OK)
		log_line("the last checkpoint could not be signed or kept: "
		    "%s", err_text(d->side.e));
}

/*
 * As it was read, and never more: a Clock that was guessed could be ahead of
 * the TPM's own, and then a start would take the TPM for one that was put
 * back.  What is missing to now makes the next start ask for more time, so it
 * is at most two ticks.
 */
void
side_mark(const struct cryptod *d, struct moment now, struct msg_mark *out)
{
	const struct side *s = &d->side;

	out->has_clock = out->has_reset = now.boot_ms >= s->seen_at &&
	    now.boot_ms - s->seen_at <= LOOK_FRESH_MS &&
	    tpm_life_goes_on(&s->first, &s->seen);
	if (!out->has_clock)
		return;
	out->clock = s->seen.clock_ms;
	out->reset = s->seen.resets;
}

struct times
side_times(const struct cryptod *d, struct moment now)
{
	return (struct times){
		.wall = now.wall,
		.tpm = d->side.seen,
		.since_ms = now.boot_ms > d->side.seen_at ?
		    now.boot_ms - d->side.seen_at : 0,
	};
}

const char *
side_state(const struct cryptod *d)
{
	if (d->root.tpm == NULL)
		return "unused";
	if (d->side.job != NULL)
		return "busy";
	return d->side.trouble != REASON_none ?
	    reason_code(d->side.trouble) : "ok";
}
