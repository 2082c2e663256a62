/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/cryptod.h"

#include "base/log.h"

enum err
cryptod_mark(struct cryptod *d, enum wire_mark kind)
{
	const struct moment now = clock_now();
	struct msg m = { .type = MSG_mark };

	m.mark.kind = kind;
	m.mark.wall = now.wall;
	m.mark.boot = now.boot_ms / 1000;
	side_mark(d, now, &m.mark);
	return store_put(d->store, &m);
}

enum err
cryptod_note(struct cryptod *d, const char *action, const char *result,
    struct span metadata)
{
	return cryptod_put_event(d, &(struct audit_event){
		.actor = span_text("cryptod"),
		.action = span_text(action),
		.result = span_text(result),
		.metadata = metadata,
		.now = clock_now().wall,
	    });
}

enum err
cryptod_write(struct cryptod *d)
{
	enum err e;

	if (store_mark(d->store) == 0)
		return ERR_OK;
	e = step_commit(d);
	d->unwritten = e != ERR_OK;
	d->commits += e == ERR_OK;
	return e;
}

/* After a clean stop they were whole and synced: somebody altered them. */
static enum err
note_mended(struct cryptod *d, bool clean)
{
	uint8_t room[MAP_BYTES];
	struct map_maker map;
	struct span metadata;

	map_begin(&map);
	map_put_uint(&map, "from", d->mended);
	TRY(map_end(&map, room, sizeof(room), &metadata));
	return cryptod_note(d, "audit.mended", clean ? "altered" : "ok",
	    metadata);
}

static enum err
put_start(struct cryptod *d, bool clean)
{
	if (!clean || d->tables->steps.loose)
		TRY(cryptod_raise_floors(d));
	if (!clean)
		TRY(cryptod_count_start(d));
	if (d->step.crashed)
		TRY(cryptod_note(d, "state.unclean", "stepped",
		    (struct span){ 0 }));
	if (d->cut) {
		TRY(cryptod_mark(d, WIRE_mark_cut));
		TRY(cryptod_note(d, "state.cut", "ok", (struct span){ 0 }));
	}
	if (d->mended != 0)
		TRY(note_mended(d, clean));
	TRY(cryptod_mark(d, WIRE_mark_start));
	return cryptod_note(d, "state.start", clean ? "ok" : "unclean",
	    (struct span){ 0 });
}

/* The disk is full or in the way: what is there stays as it is until the
 * first frame can be written. */
static enum err
wait_to_begin(struct cryptod *d, enum err e)
{
	TRY(store_undo(d->store, 0));
	d->step.causes = 0;
	d->state = RECOVERY;
	d->why = e == ERR_LIMIT ? REASON_state_full : REASON_state_commit;
	log_line("%s: %s %s", reason_code(d->why), reason_text(d->why),
	    reason_help(d->why));
	return ERR_OK;
}

/* A crash came between a commit and its step; no frame can begin another
 * epoch before that is made. */
static enum err
wait_for_step(struct cryptod *d)
{
	d->state = RECOVERY;
	d->why = REASON_state_unclean;
	return step_again(d);
}

enum err
cryptod_begin(struct cryptod *d)
{
	struct rotate r;
	bool clean;
	enum err e;

	if (d->state != SERVING)
		return ERR_OK;
	if (d->step.owed)
		return wait_for_step(d);
	/* Before a record of a new key follows the stop's. */
	clean = d->tables->stopped && !d->cut && !d->step.crashed;
	r = cryptod_rotation(d, clock_now().wall);
	e = rotate_due(&r);
	if (e == ERR_OK)
		e = put_start(d, clean);
	if (e == ERR_OK)
		e = trusted_begin(d);
	step_want(d, EPOCH_START);
	if (e == ERR_OK)
		e = cryptod_write(d);
	if (e == ERR_LIMIT || e == ERR_HARDWARE)
		return wait_to_begin(d, e);
	TRY(e);
	d->step.crashed = false;
	return cryptod_publish(d);
}

/* Bring the segments up to the log, whatever kept them, and sync them. */
static enum err
sync_segments(struct cryptod *d, uint64_t *synced)
{
	TRY(segments_follow(d->segments, d->store, d->tables));
	return segments_sync(d->segments, synced);
}

/* INTERNAL alone is the end; any other failure leaves the journal as it is,
 * only longer. */
static enum err
snapshot(struct cryptod *d)
{
	uint64_t synced;

	if (sync_segments(d, &synced) != ERR_OK)
		return ERR_OK;
	return store_snapshot(d->store, synced) == ERR_INTERNAL ?
	    ERR_INTERNAL : ERR_OK;
}

enum err
cryptod_snapshot(struct cryptod *d)
{
	return store_wants_snapshot(d->store) ? snapshot(d) : ERR_OK;
}

enum err
cryptod_make_room(struct cryptod *d)
{
	return store_needs_snapshot(d->store) ? snapshot(d) : ERR_OK;
}

static enum err
flush_one(struct cryptod *d, struct suppressed *s)
{
	uint8_t room[MAP_BYTES];
	struct map_maker map;
	struct span metadata;

	map_begin(&map);
	map_put_text(&map, "vm_id", span_text(s->vm_id));
	map_put_text(&map, "reason", span_text(reason_code(s->reason)));
	map_put_uint(&map, "count", s->count);
	TRY(map_end(&map, room, sizeof(room), &metadata));
	return cryptod_note(d, "refused.count", "refused", metadata);
}

/* The time goes first, if there is anything to say. */
static enum err
write_counts(struct cryptod *d)
{
	for (size_t i = 0; i < d->nsuppressed; i++) {
		if (d->suppressed[i].count == 0)
			continue;
		if (store_mark(d->store) == 0)
			TRY(cryptod_mark(d, WIRE_mark_commit));
		TRY(flush_one(d, &d->suppressed[i]));
	}
	return cryptod_write(d);
}

enum err
cryptod_end(struct cryptod *d, const char *action, const char *result)
{
	uint64_t synced;

	/* A time that is not acted on is not remembered either: the next
	 * start will be an unclean one. */
	if (cryptod_clock(d, clock_now()) != REASON_none)
		return ERR_OK;
	TRY(write_counts(d));
	TRY(cryptod_note(d, action, result, (struct span){ 0 }));
	TRY(store_commit(d->store));
	TRY(sync_segments(d, &synced));
	/* It says that the segments are synced too. */
	TRY(cryptod_mark(d, WIRE_mark_stop));
	return store_commit(d->store);
}

enum err
cryptod_stop(struct cryptod *d)
{
	if (d->state != SERVING || cryptod_clock(d, clock_now()) !=
	    REASON_none)
		return ERR_OK;
	TRY(step_finish(d));
	TRY(cryptod_end(d, "state.stop", "ok"));
	side_stop(d);
	return ERR_OK;
}

/* What went on in this minute is counted on; the rest is over. */
static void
forget_quiet(struct cryptod *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->nsuppressed; i++) {
		if (d->suppressed[i].count == 0)
			continue;
		d->suppressed[kept] = d->suppressed[i];
		d->suppressed[kept++].count = 0;
	}
	d->nsuppressed = kept;
}

enum err
cryptod_flush(void *self)
{
	struct cryptod *d = self;
	enum err e;

	if (d->state != SERVING || cryptod_clock(d, clock_now()) !=
	    REASON_none)
		return ERR_OK;
	if (d->unpublished)
		TRY(cryptod_publish(d));
	e = write_counts(d);
	if (e == ERR_INTERNAL)
		return e;
	if (e == ERR_OK)
		forget_quiet(d);
	TRY(step_tick(d));
	/* What a full disk had kept out of them may go on now. */
	if (segments_last(d->segments) != d->tables->sequence)
		(void)!segments_follow(d->segments, d->store, d->tables);
	return cryptod_snapshot(d);
}
