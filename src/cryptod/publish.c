/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/side.h"

#include "base/log.h"
#include "cryptod/cryptod.h"

/* So long a change waits for others, to be signed with them. */
#define TOGETHER_MS 250

/* ---- beside the turns ---- */

enum err
publish_log(struct cryptod *d)
{
	return publish_checkpoint(&d->root, d->tables, store_epoch(d->store),
	    d->side.now, d->audit_dir);
}

static enum err
publish(struct cryptod *d)
{
	TRY(side_same(d));
	TRY(publish_keys(&d->root, d->tables, d->side.now, d->audit_dir,
	    &d->keys));
	return publish_log(d);
}

/* ---- between them ---- */

/* A TPM that fails leaves the old ones in place, and they run out by
 * themselves: status says so, serving goes on. */
static enum err
after_publish(struct cryptod *d)
{
	const enum err e = d->side.e;

	d->unpublished = e != ERR_OK;
	if (e == ERR_INTERNAL)
		return e;
	if (e != ERR_OK)
		log_line("what is published could not be signed or kept: %s; "
		    "it is tried again in a minute", err_text(e));
	TRY(cryptod_announced(d));
	return cryptod_snapshot(d);
}

static const struct side_job publishing = { publish, after_publish, false };

/*
 * The version that is about to be signed is durable before it is.  A run's
 * first is at least its second of time: after officers have taken an old state
 * back it is higher than what had been published since that state.
 */
static enum err
next_version(struct cryptod *d)
{
	struct msg m = { .type = MSG_appliance };
	uint64_t *version = &m.appliance.metadata_version;

	m.appliance = d->tables->appliance;
	*version = d->keys.len == 0 && d->side.now > *version ?
	    d->side.now : *version + 1;
	TRY(cryptod_mark(d, WIRE_mark_commit));
	TRY(store_put(d->store, &m));
	return cryptod_write(d);
}

/* What is signed has the time of now: the wall clock may be another's when
 * the TPM has got as far. */
enum err
publish_due(struct cryptod *d)
{
	const struct moment now = clock_now();
	struct side *s = &d->side;

	if (!s->due || s->job != NULL || d->state != SERVING ||
	    now.boot_ms < s->due_ms)
		return ERR_OK;
	s->due = false;
	if (cryptod_clock(d, now) != REASON_none) {
		d->unpublished = true;
		return ERR_OK;
	}
	s->now = now.wall;
	s->e = next_version(d);
	return s->e == ERR_OK ? side_begin(d, &publishing) :
	    after_publish(d);
}

bool
publish_waits(const struct cryptod *d, int *left_ms)
{
	const uint64_t now = clock_now().boot_ms, due = d->side.due_ms;

	*left_ms = due > now ? (int)(due - now) : 0;
	return d->side.due && d->state == SERVING;
}

static bool
is_near(const struct cryptod *d)
{
	return d->side.due || d->side.job == &publishing;
}

enum reason
publish_reason(const struct cryptod *d)
{
	return is_near(d) ? REASON_keys_pending : REASON_keys_unsigned;
}

bool
publish_is_pending(const struct cryptod *d)
{
	return is_near(d) && (!cryptod_is_shown(d) ||
	    clock_now().wall >= d->keys.issued_at + PUBLISH_FRESH);
}

void
publish_soon(struct cryptod *d)
{
	if (d->side.due)
		return;
	d->side.due = true;
	d->side.due_ms = clock_now().boot_ms + TOGETHER_MS;
}

enum err
cryptod_publish(void *self)
{
	struct cryptod *d = self;

	if (d->state != SERVING || cryptod_clock(d, clock_now()) !=
	    REASON_none)
		return ERR_OK;
	d->side.due = true;
	d->side.due_ms = 0;
	return publish_due(d);
}
