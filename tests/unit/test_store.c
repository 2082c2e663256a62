/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/find.h"
#include "store/store.h"
#include "tests/faults.h"
#include "tests/place.h"

/* A store in a place of its own. */
struct shop {
	struct place		*place;
	struct state		*state;
	struct store		*store;
	struct journal_report	 report;
	uint64_t		 told;		/* the last entry */
};

static int
begin(void **state)
{
	struct shop *s = calloc(1, sizeof(*s));

	place_begin((void **)&s->place);
	assert_err(state_new(&s->state), ERR_OK);
	assert_err(store_create(&s->place->setup, s->state, &s->store),
	    ERR_OK);
	*state = s;
	return 0;
}

static int
end(void **state)
{
	struct shop *s = *state;

	fault_on(NULL, 0);
	store_drop(&s->store);
	state_drop(&s->state);
	place_end((void **)&s->place);
	free(s);
	return 0;
}

static enum err
reopen(struct shop *s)
{
	store_drop(&s->store);
	state_clear(s->state);
	return store_open(&s->place->setup, s->state, &s->store, &s->report);
}

static enum err
put_operator(struct shop *s, const char *id)
{
	struct msg m = { .type = MSG_operator };

	TRY(WIRE_SET_TEXT(m.operator.operator_id, span_text(id)));
	return store_put(s->store, &m);
}

static bool
has(const struct shop *s, const char *id)
{
	return state_operator(s->state, span_text(id)) != NULL;
}

static enum err
put_entry(struct shop *s)
{
	struct msg m = { .type = MSG_entry }, e = { .type = MSG_audit_log };
	struct msg_audit_log *a = &e.audit_log;
	uint8_t body[1024];

	TRY(WIRE_SET_TEXT(a->actor, span_text("vm1")));
	TRY(WIRE_SET_TEXT(a->action, span_text("test")));
	TRY(WIRE_SET_TEXT(a->result, span_text("ok")));
	TRY(WIRE_SET_TEXT(a->entry_id,
	    span_text("3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17")));
	a->sequence = s->state->sequence + 1;
	a->signature.len = 1;
	TRY(WIRE_SET_BYTES(a->previous, SPAN(s->state->head)));
	TRY(wire_encode_object(&e, body, sizeof(body), &m.entry.body.len));
	m.entry.body.at = body;
	return store_put(s->store, &m);
}

static void
test_what_was_committed_is_there_again(void **state)
{
	struct shop *s = *state;

	assert_err(put_operator(s, "al"), ERR_OK);
	assert_err(put_operator(s, "bo"), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_err(put_operator(s, "cy"), ERR_OK);
	assert_err(reopen(s), ERR_OK);
	assert_int_equal(s->report.fate, JOURNAL_CLEAN);
	/* The snapshot has no frame: about, its end, one commit. */
	assert_int_equal(s->report.frames, 3);
	assert_true(has(s, "al") && has(s, "bo") && !has(s, "cy"));
}

static void
test_nothing_put_is_nothing_written(void **state)
{
	struct shop *s = *state;

	fault_on("pwrite", EIO);
	assert_err(store_commit(s->store), ERR_OK);
}

static void
test_a_failed_commit_leaves_no_effect(void **state)
{
	struct shop *s = *state;
	const struct state *same = s->state;

	assert_err(put_operator(s, "al"), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_err(put_operator(s, "bo"), ERR_OK);
	assert_true(has(s, "bo"));
	fault_on("pwrite", ENOSPC);
	assert_err(store_commit(s->store), ERR_LIMIT);
	fault_on(NULL, 0);
	assert_true(has(s, "al") && !has(s, "bo"));
	assert_ptr_equal(s->state, same);
	assert_false(store_is_dead(s->store));
	assert_err(put_operator(s, "cy"), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_err(reopen(s), ERR_OK);
	assert_true(has(s, "al") && !has(s, "bo") && has(s, "cy"));
}

static void
test_a_step_goes_with_its_commit(void **state)
{
	struct shop *s = *state;

	assert_err(put_operator(s, "al"), ERR_OK);
	store_step(s->store);
	assert_int_equal(store_epoch(s->store), 0);
	assert_err(store_commit(s->store), ERR_OK);
	assert_int_equal(store_epoch(s->store), 1);
	assert_err(put_operator(s, "bo"), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_int_equal(store_epoch(s->store), 1);
	assert_err(store_snapshot(s->store, 0), ERR_OK);
	assert_err(reopen(s), ERR_OK);
	assert_int_equal(store_epoch(s->store), 1);
}

static void
test_a_step_is_taken_back_with_its_turn(void **state)
{
	struct shop *s = *state;

	assert_err(put_operator(s, "al"), ERR_OK);
	store_step(s->store);
	assert_err(store_undo(s->store, 0), ERR_OK);
	assert_err(put_operator(s, "bo"), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_int_equal(store_epoch(s->store), 0);

	assert_err(put_operator(s, "cy"), ERR_OK);
	store_step(s->store);
	fault_on("pwrite", EIO);
	assert_err(store_commit(s->store), ERR_HARDWARE);
	fault_on(NULL, 0);
	assert_err(put_operator(s, "cy"), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_int_equal(store_epoch(s->store), 0);
}

static void
test_an_acceptance_goes_on_behind_the_counter(void **state)
{
	struct shop *s = *state;

	assert_err(put_operator(s, "al"), ERR_OK);
	store_accept(s->store, 40);
	assert_err(store_commit(s->store), ERR_OK);
	assert_int_equal(store_epoch(s->store), 41);
	assert_err(reopen(s), ERR_OK);
	assert_int_equal(store_epoch(s->store), 41);
	assert_true(has(s, "al"));
}

static void
test_undo_goes_back_to_the_mark(void **state)
{
	struct shop *s = *state;
	size_t mark;

	assert_err(put_operator(s, "al"), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_err(put_operator(s, "bo"), ERR_OK);
	mark = store_mark(s->store);
	assert_err(put_operator(s, "cy"), ERR_OK);
	assert_err(store_undo(s->store, mark), ERR_OK);
	assert_true(has(s, "al") && has(s, "bo") && !has(s, "cy"));
	assert_err(store_commit(s->store), ERR_OK);
	assert_err(reopen(s), ERR_OK);
	assert_true(has(s, "al") && has(s, "bo") && !has(s, "cy"));
}

static void
test_what_is_refused_is_not_written(void **state)
{
	struct shop *s = *state;
	struct msg m = { .type = MSG_status_req };

	assert_err(WIRE_SET_TEXT(m.status_req.request_id,
	    span_text("3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17")), ERR_OK);
	assert_err(store_put(s->store, &m), ERR_MALFORMED);
	assert_int_equal(store_mark(s->store), 0);
	m.type = MSG_operator;
	memset(&m.operator, 0, sizeof(m.operator));
	assert_err(store_put(s->store, &m), ERR_INTERNAL);
	assert_int_equal(store_mark(s->store), 0);
}

static void
test_a_full_frame_refuses_whole_records(void **state)
{
	struct shop *s = *state;
	enum err e;
	uint64_t last;

	while ((e = put_entry(s)) == ERR_OK)
		;
	assert_err(e, ERR_LIMIT);
	last = s->state->sequence;
	assert_true(store_room(s->store) < 1024);
	assert_err(store_commit(s->store), ERR_OK);
	assert_err(put_entry(s), ERR_OK);
	assert_err(reopen(s), ERR_OK);
	assert_int_equal(s->state->sequence, last);
}

static void
test_a_failed_sync_is_the_end(void **state)
{
	struct shop *s = *state;

	assert_err(put_operator(s, "al"), ERR_OK);
	fault_on("fdatasync", EIO);
	assert_err(store_commit(s->store), ERR_INTERNAL);
	fault_on(NULL, 0);
	assert_true(store_is_dead(s->store));
	assert_err(store_commit(s->store), ERR_INTERNAL);
}

static void
test_a_state_that_cannot_be_made_anew_is_the_end(void **state)
{
	struct shop *s = *state;

	assert_err(put_operator(s, "al"), ERR_OK);
	fault_on("pread", EIO);
	assert_err(store_undo(s->store, 0), ERR_INTERNAL);
	fault_on(NULL, 0);
	assert_true(store_is_dead(s->store));
	assert_err(put_operator(s, "bo"), ERR_INTERNAL);
	assert_err(store_commit(s->store), ERR_INTERNAL);
}

static void
test_a_snapshot_keeps_the_state(void **state)
{
	struct shop *s = *state;

	assert_err(put_operator(s, "al"), ERR_OK);
	assert_err(put_entry(s), ERR_OK);
	assert_err(store_snapshot(s->store, 1), ERR_STATE);
	assert_err(store_commit(s->store), ERR_OK);
	assert_err(store_snapshot(s->store, 0), ERR_STATE);
	assert_err(store_snapshot(s->store, 1), ERR_OK);
	assert_err(put_entry(s), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_err(reopen(s), ERR_OK);
	assert_int_equal(s->report.frames, 4);
	assert_true(has(s, "al"));
	assert_int_equal(s->state->sequence, 2);
}

/* More than one frame of a snapshot holds. */
static void
test_a_large_state_has_many_frames(void **state)
{
	struct shop *s = *state;
	struct msg m = { .type = MSG_seen_digest };

	m.seen_digest.digest.len = SEEN_DIGEST;
	for (uint32_t i = 0; i < 40000; i++) {
		memcpy(m.seen_digest.digest.at, &i, sizeof(i));
		assert_err(state_apply(s->state, &m), ERR_OK);
	}
	assert_err(store_snapshot(s->store, 0), ERR_OK);
	assert_err(reopen(s), ERR_OK);
	assert_int_equal(s->state->seen.n, 40000);
	assert_true(s->report.frames > 10);
	assert_false(store_wants_snapshot(s->store));
}

/* Commits of this many bytes and a little more. */
static void
commit_much(struct shop *s, size_t bytes)
{
	struct msg m = { .type = MSG_appliance };
	size_t begun;

	m.appliance.root_key.len = sizeof(m.appliance.root_key.at);
	memset(m.appliance.issuer.at, 'i', 256);
	m.appliance.issuer.len = 256;
	for (size_t done = 0; done < bytes; done += begun) {
		begun = store_mark(s->store);
		while (store_room(s->store) > 1024)
			assert_err(store_put(s->store, &m), ERR_OK);
		begun = store_mark(s->store) - begun;
		assert_err(store_commit(s->store), ERR_OK);
	}
}

static void
test_a_journal_needs_room_before_it_is_full(void **state)
{
	const size_t mib = 1 << 20;
	struct shop *s = *state;

	commit_much(s, 16 * mib - mib / 2);
	assert_true(store_wants_snapshot(s->store));
	assert_false(store_needs_snapshot(s->store));
	commit_much(s, mib);
	assert_true(store_needs_snapshot(s->store));
	/* Each try costs something: there is more to gain before the next. */
	fault_on("renameat", EIO);
	assert_err(store_snapshot(s->store, 0), ERR_HARDWARE);
	fault_on(NULL, 0);
	assert_false(store_needs_snapshot(s->store));
	commit_much(s, mib + mib / 16);
	assert_true(store_needs_snapshot(s->store));
	assert_err(store_snapshot(s->store, 0), ERR_OK);
	assert_false(store_needs_snapshot(s->store));
	assert_false(store_wants_snapshot(s->store));
}

static void
note(void *self, uint64_t sequence, struct span body)
{
	struct shop *s = self;

	assert_true(body.len > 0);
	assert_int_equal(sequence, s->told + 1);
	s->told = sequence;
}

static enum err
note_all(void *self, uint64_t sequence, struct span body)
{
	note(self, sequence, body);
	return ERR_OK;
}

static void
test_entries_are_told_when_they_are_durable(void **state)
{
	struct shop *s = *state;

	store_on_entry(s->store, note, s);
	assert_err(put_entry(s), ERR_OK);
	assert_err(put_operator(s, "al"), ERR_OK);
	assert_err(put_entry(s), ERR_OK);
	assert_int_equal(s->told, 0);
	fault_on("pwrite", ENOSPC);
	assert_err(store_commit(s->store), ERR_LIMIT);
	fault_on(NULL, 0);
	assert_int_equal(s->told, 0);
	assert_err(put_entry(s), ERR_OK);
	assert_err(put_entry(s), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_int_equal(s->told, 2);
}

static void
test_entries_are_given_out_of_the_journal(void **state)
{
	struct shop *s = *state;

	for (int i = 0; i < 4; i++) {
		assert_err(put_entry(s), ERR_OK);
		assert_err(store_commit(s->store), ERR_OK);
	}
	s->told = 2;
	assert_err(store_entries(s->store, 3, note_all, s), ERR_OK);
	assert_int_equal(s->told, 4);
	assert_err(store_snapshot(s->store, 4), ERR_OK);
	assert_err(store_entries(s->store, 4, note_all, s), ERR_NOT_FOUND);
	assert_err(put_entry(s), ERR_OK);
	assert_err(store_commit(s->store), ERR_OK);
	assert_err(store_entries(s->store, 5, note_all, s), ERR_OK);
	assert_int_equal(s->told, 5);
	assert_false(store_is_dead(s->store));
}

/* A payload of ours that does not decode is refused at the start. */
static void
test_a_payload_that_is_none_is_refused(void **state)
{
	struct shop *s = *state;

	store_drop(&s->store);
	state_clear(s->state);
	assert_int_equal(unlinkat(s->place->dir, "journal", 0), 0);
	assert_err(journal_create(&s->place->setup, &place_old,
	    &s->place->j), ERR_OK);
	journal_drop(&s->place->j);
	assert_err(reopen(s), ERR_MALFORMED);
	assert_int_equal(s->report.fate, JOURNAL_REFUSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_was_committed_is_there_again),
		TEST(test_nothing_put_is_nothing_written),
		TEST(test_a_failed_commit_leaves_no_effect),
		TEST(test_a_step_goes_with_its_commit),
		TEST(test_a_step_is_taken_back_with_its_turn),
		TEST(test_an_acceptance_goes_on_behind_the_counter),
		TEST(test_undo_goes_back_to_the_mark),
		TEST(test_what_is_refused_is_not_written),
		TEST(test_a_full_frame_refuses_whole_records),
		TEST(test_a_failed_sync_is_the_end),
		TEST(test_a_state_that_cannot_be_made_anew_is_the_end),
		TEST(test_a_snapshot_keeps_the_state),
		TEST(test_a_large_state_has_many_frames),
		TEST(test_a_journal_needs_room_before_it_is_full),
		TEST(test_entries_are_told_when_they_are_durable),
		TEST(test_entries_are_given_out_of_the_journal),
		TEST(test_a_payload_that_is_none_is_refused),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
