/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/keys.h"
#include "base/own.h"
#include "store/file.h"
#include "tests/faults.h"
#include "tests/ledger.h"

/* What lies beside the segments, and anybody may have had in hand. */

#define KEYS "keys.cbor"
#define CAP 16384

static const struct span nothing = { NULL, 0 };

static size_t
load(struct ledger *l, const char *name, uint8_t *buf)
{
	int fd OWNED(fd_drop) = openat(l->dir, name, O_RDONLY);
	const ssize_t n = read(fd, buf, CAP);

	assert_true(n >= 0 && n < CAP);
	return (size_t)n;
}

static void
save(struct ledger *l, const char *name, const uint8_t *buf, size_t len)
{
	int fd OWNED(fd_drop) = openat(l->dir, name, O_WRONLY | O_CREAT,
	    0600);

	assert_int_equal(write(fd, buf, len), len);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
}

/* Two objects, the first and the latest, as a running cryptod leaves them. */
static size_t
make_keys(struct ledger *l, uint8_t *buf, size_t *first)
{
	uint8_t a[4096], b[4096];
	struct span one = ledger_metadata(l, &l->root, "test", 1, a,
	    sizeof(a));
	struct span two = ledger_metadata(l, &l->root, "test", 2, b,
	    sizeof(b));

	assert_err(audit_keys_save(l->dir, &l->root.key, two), ERR_OK);
	*first = one.len;
	assert_int_equal(load(l, KEYS, buf), one.len + two.len);
	assert_memory_equal(buf, one.at, one.len);
	return one.len + two.len;
}

/* It is refused by whoever verifies with it; and the next keys that are kept
 * make it good. */
static void
expect_mended(struct ledger *l, size_t kept)
{
	struct audit_keys keys;
	uint8_t buf[CAP], c[4096];
	const struct span new = ledger_metadata(l, &l->root, "test", 3, c,
	    sizeof(c));

	assert_err(audit_keys_save(l->dir, &l->root.key, new), ERR_OK);
	assert_int_equal(load(l, KEYS, buf), kept + new.len);
	assert_memory_equal(buf + kept, new.at, new.len);
	assert_err(audit_keys_load(l->dir, &l->root.key, span_text("test"),
	    &keys), ERR_OK);
	assert_int_equal(keys.count, 1);
}

static void
test_flipped_keys_vouch_for_nothing_and_are_made_good(void **state)
{
	struct ledger *l = *state;
	struct audit_keys keys;
	uint8_t buf[CAP];
	size_t first, len = make_keys(l, buf, &first), flips = 0;

	for (size_t i = 0; i < len; i++, flips++) {
		struct audit_verdict v;

		buf[i] ^= (uint8_t)(1 << i % 8);
		save(l, KEYS, buf, len);
		assert_true(audit_keys_load(l->dir, &l->root.key,
		    span_text("test"), &keys) != ERR_OK);
		assert_err(ledger_verify(l, nothing, &v), ERR_AUTH);
		assert_int_equal(v.flaw, REASON_audit_keys);
		expect_mended(l, i < first ? 0 : first);
		buf[i] ^= (uint8_t)(1 << i % 8);
	}
	print_message("keys.cbor: %zu bytes flipped\n", flips);
}

static void
test_cut_keys_vouch_for_what_is_whole(void **state)
{
	struct ledger *l = *state;
	struct audit_keys keys;
	uint8_t buf[CAP];
	size_t first, len = make_keys(l, buf, &first);

	for (size_t n = 0; n < len; n++) {
		save(l, KEYS, buf, n);
		assert_err(audit_keys_load(l->dir, &l->root.key,
		    span_text("test"), &keys),
		    n == first ? ERR_OK : ERR_MALFORMED);
		expect_mended(l, n < first ? 0 : first);
	}
	print_message("keys.cbor: cut at %zu lengths\n", len);
}

/* A link or a pipe in its place is not ours to follow, nor to take away. */
static void
test_keys_that_are_no_file_are_told(void **state)
{
	struct ledger *l = *state;
	uint8_t a[4096], buf[CAP];
	const struct span object = ledger_metadata(l, &l->root, "test", 1, a,
	    sizeof(a));

	assert_int_equal(renameat(l->dir, KEYS, l->dir, "away"), 0);
	assert_int_equal(symlinkat("away", l->dir, KEYS), 0);
	assert_err(audit_keys_save(l->dir, &l->root.key, object),
	    ERR_HARDWARE);
	assert_int_equal(unlinkat(l->dir, KEYS, 0), 0);
	assert_int_equal(mkfifoat(l->dir, KEYS, 0600), 0);
	assert_err(audit_keys_save(l->dir, &l->root.key, object),
	    ERR_HARDWARE);
	assert_int_equal(unlinkat(l->dir, KEYS, 0), 0);
	memset(buf, 0, sizeof(buf));
	assert_int_equal(symlinkat("away", l->dir, "keys.cbor.new"), 0);
	assert_err(audit_keys_save(l->dir, &l->root.key, object), ERR_OK);
	assert_int_equal(load(l, "away", buf), object.len);
	assert_memory_equal(buf, object.at, object.len);
}

static void
keep_checkpoint(struct ledger *l)
{
	uint8_t buf[CHECKPOINT_MAX];
	const struct span c = ledger_checkpoint(l, &l->root, buf,
	    sizeof(buf));

	assert_err(file_replace(l->dir, CHECKPOINT_NAME, &c, 1), ERR_OK);
}

static enum err
hold(const struct ledger *l)
{
	return checkpoint_hold(l->dir, &l->root.key, l->state);
}

static void
test_a_checkpoint_tells_a_journal_that_lost_something(void **state)
{
	struct ledger *l = *state;
	uint8_t journal[PLACE_CAP * 4];
	int fd OWNED(fd_drop) = -1;
	ssize_t n;

	assert_err(hold(l), ERR_OK);		/* there is none */
	ledger_write(l, 1, nothing);
	fd = openat(l->place->dir, "journal", O_RDONLY);
	n = read(fd, journal, sizeof(journal));
	ledger_write(l, 1, nothing);
	keep_checkpoint(l);
	assert_err(hold(l), ERR_OK);
	/* It goes back with its log, and on as another. */
	place_save(l->place, journal, (size_t)n);
	assert_int_equal(unlinkat(l->dir, "00000000000000000001.seg", 0), 0);
	assert_err(ledger_reopen(l), ERR_OK);
	assert_err(hold(l), ERR_STATE);
	ledger_write(l, 1, nothing);
	assert_err(hold(l), ERR_STATE);
	ledger_write(l, 1, nothing);
	assert_err(hold(l), ERR_OK);		/* no more to be seen there */
}

/* A damaged one says nothing; it is written anew by and by. */
static void
test_a_damaged_checkpoint_says_nothing(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[CAP];
	struct msg_checkpoint c;
	size_t len;

	ledger_write(l, 2, nothing);
	keep_checkpoint(l);
	l->state->sequence--;			/* a good one is in the way */
	assert_err(hold(l), ERR_STATE);
	len = load(l, CHECKPOINT_NAME, buf);
	for (size_t i = 0; i < len; i++) {
		buf[i] ^= (uint8_t)(1 << i % 8);
		save(l, CHECKPOINT_NAME, buf, len);
		assert_true(checkpoint_read((struct span){ buf, len },
		    &l->root.key, span_text("test"), &c) != ERR_OK);
		assert_err(hold(l), ERR_OK);
		buf[i] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < len; n++) {
		save(l, CHECKPOINT_NAME, buf, n);
		assert_err(hold(l), ERR_OK);
	}
	memset(buf, 0, sizeof(buf));
	save(l, CHECKPOINT_NAME, buf, CHECKPOINT_MAX + 1);
	assert_err(hold(l), ERR_OK);
	print_message("checkpoint.cbor: %zu bytes flipped, cut at %zu "
	    "lengths\n", len, len);
	l->state->sequence++;
}

/* What the root key signed and is longer than any of them is a flaw of it,
 * and not of the machine that reads it. */
static void
test_a_signed_object_that_is_too_long_is_none(void **state)
{
	struct ledger *l = *state;
	static uint8_t zeros[70000], buf[71000];
	struct span c = { buf, 0 };
	struct audit_verdict v;
	size_t len;

	ledger_write(l, 1, nothing);
	assert_err(cose_sign_embedded(&l->root, CHECKPOINT_AAD,
	    (struct span){ zeros, 1500 }, buf, sizeof(buf), &c.len), ERR_OK);
	assert_err(ledger_verify(l, c, &v), ERR_AUTH);
	assert_int_equal(v.flaw, REASON_audit_checkpoint);
	assert_err(cose_sign_embedded(&l->root, "anchorhold/1 key_metadata",
	    SPAN(zeros), buf, sizeof(buf), &len), ERR_OK);
	save(l, KEYS, buf, len);
	assert_err(ledger_verify(l, nothing, &v), ERR_AUTH);
	assert_int_equal(v.flaw, REASON_audit_keys);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ledger_begin, ledger_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_flipped_keys_vouch_for_nothing_and_are_made_good),
		TEST(test_cut_keys_vouch_for_what_is_whole),
		TEST(test_keys_that_are_no_file_are_told),
		TEST(test_a_checkpoint_tells_a_journal_that_lost_something),
		TEST(test_a_damaged_checkpoint_says_nothing),
		TEST(test_a_signed_object_that_is_too_long_is_none),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
