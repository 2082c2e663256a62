/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/entry.h"
#include "audit/keys.h"
#include "tests/ledger.h"

#define ENTRIES 5

static const struct span nothing = { NULL, 0 };

static void
expect(struct ledger *l, struct span checkpoint, enum reason flaw,
    uint64_t sequence)
{
	struct audit_verdict v;

	assert_err(ledger_verify(l, checkpoint, &v),
	    flaw == REASON_none ? ERR_OK : ERR_AUTH);
	assert_string_equal(reason_code(v.flaw), reason_code(flaw));
	if (flaw != REASON_none)
		assert_int_equal(v.sequence, sequence);
	else
		assert_int_equal(v.entries, sequence);
}

/* The bodies of the first segment. */
static size_t
split(struct ledger *l, uint8_t *buf, struct span *bodies)
{
	struct reader r = reader_of((struct span){ buf,
	    ledger_load(l, buf) });
	size_t n = 0;

	while (item_done(&r) != ERR_OK)
		assert_err(item_skip(&r, 4, &bodies[n++]), ERR_OK);
	return n;
}

static void
join(struct ledger *l, const struct span *bodies, size_t n)
{
	uint8_t buf[LEDGER_CAP];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(buf + len, bodies[i].at, bodies[i].len);
		len += bodies[i].len;
	}
	ledger_save(l, buf, len);
}

static const uint8_t other_metadata[] = { 0xa1, 0x61, 'x', 0x00 };

/* One field of the third entry changed, its signature left. */
#define CHANGE(field, change)                                           \
	static void                                                     \
	change_##field(struct msg_audit_log *a)                         \
	{                                                               \
		change;                                                 \
	}
CHANGE(actor, a->actor.at[0] ^= 1)
CHANGE(action, a->action.at[0] ^= 1)
CHANGE(result, a->result.at[0] ^= 1)
CHANGE(target, a->target.at[0] ^= 1)
CHANGE(no_target, a->has_target = false)
CHANGE(entry_id, a->entry_id.at[0] = a->entry_id.at[0] == '0' ? '1' : '0')
CHANGE(request_id, a->request_id.at[0] ^= 1)
CHANGE(no_request, a->has_request_id = false)
CHANGE(metadata, a->metadata = SPAN(other_metadata))
CHANGE(no_metadata, a->has_metadata = false)
CHANGE(timestamp, a->timestamp++)
CHANGE(previous, a->previous.at[0] ^= 1)
CHANGE(later, a->sequence++)
CHANGE(earlier, a->sequence--)
CHANGE(signature, a->signature.at[a->signature.len - 1] ^= 1)
CHANGE(signature_short, a->signature.len--)

static const struct change {
	const char	*name;
	void		(*change)(struct msg_audit_log *a);
	enum reason	 flaw;
} changes[] = {
	{ "actor", change_actor, REASON_audit_signature },
	{ "action", change_action, REASON_audit_signature },
	{ "result", change_result, REASON_audit_signature },
	{ "target", change_target, REASON_audit_signature },
	{ "target left out", change_no_target, REASON_audit_signature },
	{ "entry_id", change_entry_id, REASON_audit_signature },
	{ "request_id", change_request_id, REASON_audit_signature },
	{ "request_id left out", change_no_request, REASON_audit_signature },
	{ "metadata", change_metadata, REASON_audit_signature },
	{ "metadata left out", change_no_metadata, REASON_audit_signature },
	{ "timestamp", change_timestamp, REASON_audit_signature },
	{ "previous", change_previous, REASON_audit_chain },
	{ "a higher sequence", change_later, REASON_audit_missing },
	{ "a lower sequence", change_earlier, REASON_audit_order },
	{ "signature", change_signature, REASON_audit_signature },
	{ "signature cut", change_signature_short, REASON_audit_signature },
};

static struct span
some_metadata(void)
{
	static const uint8_t map[] = { 0xa1, 0x61, 'k', 0x01 };

	return SPAN(map);
}

static void
test_change(void **state)
{
	const struct change *row = *state;
	struct ledger *l;
	uint8_t buf[LEDGER_CAP], changed[AUDIT_BODY_MAX];
	struct span bodies[ENTRIES];
	struct msg m;

	ledger_begin((void **)&l);
	ledger_write(l, ENTRIES, some_metadata());
	assert_int_equal(split(l, buf, bodies), ENTRIES);
	assert_err(wire_decode_object(MSG_audit_log, bodies[2], &m), ERR_OK);
	row->change(&m.audit_log);
	assert_err(wire_encode_object(&m, changed, sizeof(changed),
	    &bodies[2].len), ERR_OK);
	bodies[2].at = changed;
	join(l, bodies, ENTRIES);
	expect(l, nothing, row->flaw, 3);
	ledger_end((void **)&l);
}

/* Which entries of five the segment holds, in order; the checkpoint is that
 * of all five. */
static const struct arrangement {
	const char	*name;
	const char	*entries;
	enum reason	 flaw, flaw_at_checkpoint;
	uint64_t	 sequence, sequence_at_checkpoint;
} arrangements[] = {
	{ "all", "12345", REASON_none, REASON_none, 5, 5 },
	{ "the first gone", "2345", REASON_audit_missing, REASON_audit_missing, 1, 1 },
	{ "one gone", "1245", REASON_audit_missing, REASON_audit_missing, 3, 3 },
	{ "the last gone", "1234", REASON_none, REASON_audit_cut, 4, 5 },
	{ "the last two gone", "123", REASON_none, REASON_audit_cut, 3, 4 },
	{ "all gone", "", REASON_none, REASON_audit_cut, 0, 1 },
	{ "two swapped", "12435", REASON_audit_missing, REASON_audit_missing, 3, 3 },
	{ "one doubled", "123345", REASON_audit_order, REASON_audit_order, 4, 4 },
	{ "one again at the end", "123452", REASON_audit_order, REASON_audit_order, 6, 6 },
};

static void
test_arrangement(void **state)
{
	const struct arrangement *row = *state;
	struct ledger *l;
	uint8_t buf[LEDGER_CAP], checkpoint[CHECKPOINT_MAX];
	struct span bodies[ENTRIES], arranged[8], c;
	size_t n = 0;

	ledger_begin((void **)&l);
	ledger_write(l, ENTRIES, nothing);
	c = ledger_checkpoint(l, &l->root, checkpoint, sizeof(checkpoint));
	assert_int_equal(split(l, buf, bodies), ENTRIES);
	for (; row->entries[n] != '\0'; n++)
		arranged[n] = bodies[row->entries[n] - '1'];
	join(l, arranged, n);
	expect(l, nothing, row->flaw, row->sequence);
	expect(l, c, row->flaw_at_checkpoint, row->sequence_at_checkpoint);
	ledger_end((void **)&l);
}

/* And it is the entry with the flipped byte that is named. */
static void
test_every_flipped_byte_is_found(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[LEDGER_CAP];
	struct span bodies[ENTRIES];
	struct audit_verdict v;
	size_t n, at = 0;

	ledger_write(l, 2, some_metadata());
	n = split(l, buf, bodies);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < bodies[i].len; k++, at++) {
			buf[at] ^= (uint8_t)(1 << at % 8);
			ledger_save(l, buf, bodies[0].len + bodies[1].len);
			assert_err(ledger_verify(l, nothing, &v), ERR_AUTH);
			assert_int_equal(v.sequence, i + 1);
			buf[at] ^= (uint8_t)(1 << at % 8);
		}
}

static void
test_every_truncation_is_found(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[LEDGER_CAP], checkpoint[CHECKPOINT_MAX];
	struct span c;
	size_t len;

	ledger_write(l, 1, nothing);
	c = ledger_checkpoint(l, &l->root, checkpoint, sizeof(checkpoint));
	len = ledger_load(l, buf);
	for (size_t n = 0; n < len; n++) {
		ledger_save(l, buf, n);
		expect(l, c, n == 0 ? REASON_audit_cut : REASON_audit_shape,
		    1);
	}
}

static void
test_a_log_outlives_its_keys(void **state)
{
	struct ledger *l = *state;

	ledger_write(l, 2, nothing);
	ledger_rotate(l);
	ledger_write(l, 2, nothing);
	ledger_rotate(l);
	ledger_write(l, 1, nothing);
	expect(l, nothing, REASON_none, 7);
}

static void
test_the_old_key_signs_no_more(void **state)
{
	struct ledger *l = *state;

	ledger_write(l, 1, nothing);
	ledger_rotate(l);
	l->key = 0;
	ledger_write(l, 1, nothing);
	expect(l, nothing, REASON_audit_key, 3);
}

/* Signed all right, by a key that nobody handed over to: even by one that
 * the metadata list, for another use. */
static void
test_a_key_out_of_turn_is_refused(void **state)
{
	struct ledger *l = *state;

	ledger_write(l, 1, nothing);
	l->key = 2;
	ledger_write(l, 1, nothing);
	expect(l, nothing, REASON_audit_key, 2);
}

static void
test_the_first_key_is_one_of_the_metadata(void **state)
{
	struct ledger *l = *state;

	l->key = 2;
	ledger_write(l, 1, nothing);
	expect(l, nothing, REASON_audit_key, 1);
}

/* The newest metadata say who signs now, and not who began: whoever had a
 * later key could make a log of his own with it. */
static void
test_a_later_key_begins_no_log(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[4096];

	l->key = 1;
	assert_err(audit_keys_save(l->dir, &l->root.key, ledger_metadata(l,
	    &l->root, "test", 2, buf, sizeof(buf))), ERR_OK);
	ledger_write(l, 1, nothing);
	expect(l, nothing, REASON_audit_key, 1);
}

/* The entry says the old key's name and is signed by another. */
static void
test_a_false_name_does_not_help(void **state)
{
	struct ledger *l = *state;

	ledger_write(l, 1, nothing);
	memcpy(l->keys[1].kid, l->keys[0].kid, COSE_KID_LEN);
	l->key = 1;
	ledger_write(l, 1, nothing);
	expect(l, nothing, REASON_audit_signature, 2);
}

static void
save_keys(struct ledger *l, struct span bytes)
{
	const int fd = openat(l->dir, "keys.cbor", O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, bytes.at, bytes.len), bytes.len);
	close(fd);
}

static void
test_keys_are_those_of_the_root_key(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[4096];
	struct span object;

	ledger_write(l, 1, nothing);
	object = ledger_metadata(l, &l->root, "test", 1, buf, sizeof(buf));
	buf[object.len - 1] ^= 1;
	save_keys(l, object);
	expect(l, nothing, REASON_audit_keys, 1);
	save_keys(l, ledger_metadata(l, &l->keys[0], "test", 1, buf,
	    sizeof(buf)));
	expect(l, nothing, REASON_audit_keys, 1);
	save_keys(l, ledger_metadata(l, &l->root, "other", 1, buf,
	    sizeof(buf)));
	expect(l, nothing, REASON_audit_keys, 1);
	save_keys(l, nothing);
	expect(l, nothing, REASON_audit_keys, 1);
	unlinkat(l->dir, "keys.cbor", 0);
	expect(l, nothing, REASON_audit_keys, 1);
}

static void
test_a_checkpoint_is_the_root_keys(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[CHECKPOINT_MAX];
	struct span c;

	ledger_write(l, 1, nothing);
	c = ledger_checkpoint(l, &l->keys[0], buf, sizeof(buf));
	expect(l, c, REASON_audit_checkpoint, 1);
	c = ledger_checkpoint(l, &l->root, buf, sizeof(buf));
	buf[c.len - 1] ^= 1;
	expect(l, c, REASON_audit_checkpoint, 1);
	l->state->appliance.issuer.at[0] ^= 1;
	c = ledger_checkpoint(l, &l->root, buf, sizeof(buf));
	l->state->appliance.issuer.at[0] ^= 1;
	expect(l, c, REASON_audit_checkpoint, 1);
}

static void
test_two_logs_are_a_fork(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[CHECKPOINT_MAX];
	struct span c;

	ledger_write(l, 2, nothing);
	l->state->head[0] ^= 1;
	c = ledger_checkpoint(l, &l->root, buf, sizeof(buf));
	l->state->head[0] ^= 1;
	ledger_write(l, 2, nothing);
	expect(l, c, REASON_audit_fork, 2);
	expect(l, nothing, REASON_none, 4);
}

/* An older checkpoint is right for a log that has gone on. */
static void
test_a_log_goes_on_after_a_checkpoint(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[CHECKPOINT_MAX];
	struct span c;

	ledger_write(l, 2, nothing);
	c = ledger_checkpoint(l, &l->root, buf, sizeof(buf));
	ledger_write(l, 2, nothing);
	expect(l, c, REASON_none, 4);
}

/* A copy may lie anywhere, be anybody's, and have its keys elsewhere: it is
 * the signatures that count.  A link or a pipe is none. */
static void
test_a_copy_need_not_be_ours(void **state)
{
	struct ledger *l = *state;
	const char *name = "00000000000000000001.seg";
	uint8_t buf[4096], other[4096];
	struct audit_verdict v;
	struct audit_claim claim = {
		.dir = l->dir, .root = &l->root.key,
		.issuer = span_text("test"),
	};

	ledger_write(l, 2, nothing);
	claim.keys = ledger_metadata(l, &l->root, "test", 1, buf,
	    sizeof(buf));
	assert_int_equal(fchmodat(l->dir, name, 0666, 0), 0);
	assert_int_equal(unlinkat(l->dir, "keys.cbor", 0), 0);
	expect(l, nothing, REASON_audit_keys, 1);
	assert_err(audit_verify(&claim, &v), ERR_OK);
	assert_int_equal(v.entries, 2);
	claim.keys = ledger_metadata(l, &l->keys[0], "test", 1,
	    other, sizeof(other));
	assert_err(audit_verify(&claim, &v), ERR_AUTH);
	assert_int_equal(v.flaw, REASON_audit_keys);

	claim.keys = ledger_metadata(l, &l->root, "test", 1, buf,
	    sizeof(buf));
	assert_int_equal(renameat(l->dir, name, l->dir, "x"), 0);
	assert_int_equal(symlinkat("x", l->dir, name), 0);
	assert_err(audit_verify(&claim, &v), ERR_HARDWARE);
	assert_int_equal(unlinkat(l->dir, name, 0), 0);
	assert_int_equal(mkfifoat(l->dir, name, 0600), 0);
	assert_err(audit_verify(&claim, &v), ERR_HARDWARE);
}

static void
test_an_entry_has_a_bound(void **state)
{
	struct ledger *l = *state;
	uint8_t body[AUDIT_BODY_MAX];
	static uint8_t long_text[300];
	struct audit_event event = {
		.actor = SPAN(long_text), .action = span_text("a"),
		.result = span_text("ok"),
	};
	struct msg record;

	memset(long_text, 'x', sizeof(long_text));
	assert_err(audit_entry(l->state, &event, &l->keys[0],
	    l->place->drbg, body, &record), ERR_LIMIT);
	event.actor = nothing;
	assert_err(audit_entry(l->state, &event, &l->keys[0],
	    l->place->drbg, body, &record), ERR_INTERNAL);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ledger_begin, ledger_end)

int
main(void)
{
	const struct CMUnitTest alone[] = {
		TEST(test_every_flipped_byte_is_found),
		TEST(test_every_truncation_is_found),
		TEST(test_a_log_outlives_its_keys),
		TEST(test_the_old_key_signs_no_more),
		TEST(test_a_key_out_of_turn_is_refused),
		TEST(test_the_first_key_is_one_of_the_metadata),
		TEST(test_a_later_key_begins_no_log),
		TEST(test_a_false_name_does_not_help),
		TEST(test_keys_are_those_of_the_root_key),
		TEST(test_a_checkpoint_is_the_root_keys),
		TEST(test_two_logs_are_a_fork),
		TEST(test_a_log_goes_on_after_a_checkpoint),
		TEST(test_a_copy_need_not_be_ours),
		TEST(test_an_entry_has_a_bound),
	};
	struct CMUnitTest tests[ROWS(changes) + ROWS(arrangements)];
	size_t n = 0;

	for (size_t i = 0; i < ROWS(changes); i++)
		tests[n++] = ROW_TEST(changes[i].name, test_change,
		    &changes[i]);
	for (size_t i = 0; i < ROWS(arrangements); i++)
		tests[n++] = ROW_TEST(arrangements[i].name, test_arrangement,
		    &arrangements[i]);
	return cmocka_run_group_tests_name("audit", alone, NULL, NULL) +
	    cmocka_run_group_tests_name("audit rows", tests, NULL, NULL);
}
