/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cose/keyfile.h"
#include "crypto/drbg.h"
#include "crypto/ecdh.h"
#include "crypto/ed25519.h"

static struct desk {
	char		 dir[32], path[64];
	struct secret	*passphrase, *other;
	struct drbg	*drbg;
} desk;

static int
sit_down(void **state)
{
	(void)state;
	snprintf(desk.dir, sizeof(desk.dir), "/tmp/keyfile.XXXXXX");
	if (mkdtemp(desk.dir) == NULL)
		return -1;
	snprintf(desk.path, sizeof(desk.path), "%s/key", desk.dir);
	assert_err(secret_copy(span_text("correct horse"), &desk.passphrase),
	    ERR_OK);
	assert_err(secret_copy(span_text("correct hors"), &desk.other),
	    ERR_OK);
	assert_err(drbg_from_system(span_text("test"), (struct span){ 0 },
	    &desk.drbg), ERR_OK);
	return 0;
}

static int
get_up(void **state)
{
	(void)state;
	secret_drop(&desk.passphrase);
	secret_drop(&desk.other);
	drbg_drop(&desk.drbg);
	unlink(desk.path);
	return rmdir(desk.dir);
}

static void
make(enum wire_office use, struct cose_key *key)
{
	unlink(desk.path);
	assert_err(keyfile_make(desk.path, use, desk.passphrase, desk.drbg,
	    key), ERR_OK);
}

static size_t
load(uint8_t *buf, size_t cap)
{
	int fd OWNED(fd_drop) = open(desk.path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, buf, cap);

	assert_true(n > 0);
	return (size_t)n;
}

static void
store(const uint8_t *buf, size_t len)
{
	int fd OWNED(fd_drop) = open(desk.path, O_WRONLY | O_CREAT | O_TRUNC |
	    O_CLOEXEC, 0600);

	assert_int_equal(write(fd, buf, len), len);
}

/* An officer's key, the same for all: to make one takes a while. */
static size_t
officers(uint8_t *buf, size_t cap)
{
	static uint8_t made[1024];
	static size_t len;
	struct cose_key key;

	if (len == 0) {
		make(WIRE_office_acts, &key);
		len = load(made, sizeof(made));
	}
	assert_true(len <= cap);
	memcpy(buf, made, len);
	store(buf, len);
	return len;
}

static enum err
try_open(enum wire_office use, const struct secret *passphrase)
{
	struct secret *private OWNED(secret_drop) = NULL;
	struct cose_key key;

	return keyfile_open(desk.path, use, passphrase, &private, &key);
}

static void
test_the_right_passphrase_opens(void **state)
{
	const enum wire_office use = (enum wire_office)(uintptr_t)*state;
	struct secret *private OWNED(secret_drop) = NULL;
	struct cose_key made, looked, opened;
	uint8_t x[32], y[32] = { 0 };
	struct stat st;

	make(use, &made);
	assert_int_equal(stat(desk.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_err(keyfile_look(desk.path, use, &looked), ERR_OK);
	assert_true(cose_key_equal(&made, &looked));
	assert_err(keyfile_open(desk.path, use, desk.passphrase, &private,
	    &opened), ERR_OK);
	assert_true(cose_key_equal(&made, &opened));
	if (use == WIRE_office_approvals)
		assert_err(p256_public(secret_expose(private), x, y), ERR_OK);
	else
		assert_err(ed25519_public(secret_expose(private), x), ERR_OK);
	assert_memory_equal(x, made.x, 32);
	assert_memory_equal(y, made.y, 32);
}

static void
test_another_passphrase_does_not(void **state)
{
	uint8_t buf[1024];

	(void)state;
	officers(buf, sizeof(buf));
	assert_err(try_open(WIRE_office_acts, desk.other), ERR_AUTH);
}

static void
test_a_key_of_another_use_is_refused(void **state)
{
	struct cose_key key;
	uint8_t buf[1024];

	(void)state;
	officers(buf, sizeof(buf));
	assert_err(try_open(WIRE_office_approvals, desk.passphrase),
	    ERR_STATE);
	assert_err(keyfile_look(desk.path, WIRE_office_approvals, &key),
	    ERR_STATE);
}

static void
test_what_is_there_is_not_touched(void **state)
{
	struct cose_key key, again;
	uint8_t buf[1024];

	(void)state;
	officers(buf, sizeof(buf));
	assert_err(keyfile_look(desk.path, WIRE_office_acts, &key), ERR_OK);
	assert_err(keyfile_make(desk.path, WIRE_office_acts, desk.passphrase,
	    desk.drbg, &again), ERR_STATE);
	assert_err(keyfile_look(desk.path, WIRE_office_acts, &again), ERR_OK);
	assert_true(cose_key_equal(&key, &again));
	unlink(desk.path);
	assert_int_equal(symlink("nowhere", desk.path), 0);
	assert_err(keyfile_make(desk.path, WIRE_office_acts, desk.passphrase,
	    desk.drbg, &again), ERR_STATE);
	unlink(desk.path);
	assert_err(keyfile_look(desk.path, WIRE_office_acts, &again),
	    ERR_NOT_FOUND);
}

/* Where a value begins is found by its name, which stands before it. */
static const struct change {
	const char	*name, *field;
	size_t		 at;
	uint8_t		 with;
	enum err	 want;
} changes[] = {
	{ "another salt", "dsalt", 2, 1, ERR_AUTH },
	{ "another nonce", "enonce", 3, 1, ERR_AUTH },
	{ "another tag", "fsealed", 49, 1, ERR_AUTH },
	{ "another ciphertext", "fsealed", 2, 1, ERR_AUTH },
	{ "a dearer cost", "dcost", 0, 1, ERR_AUTH },
	{ "another public half", "fpublic", 20, 1, ERR_AUTH },
	{ "a cost that is too cheap", "dcost", 0, 0x1e, ERR_MALFORMED },
	{ "a cost that is too dear", "dcost", 0, 3, ERR_MALFORMED },
	{ "more lanes than there may be", "elanes", 0, 4, ERR_MALFORMED },
	{ "another version", "gversion", 0, 3, ERR_MALFORMED },
};

static void
test_a_changed_file_does_not_open(void **state)
{
	const struct change *c = *state;
	uint8_t buf[1024], *at;
	const size_t len = officers(buf, sizeof(buf));

	at = memmem(buf, len, c->field + 1, strlen(c->field) - 1);
	assert_non_null(at);
	assert_int_equal(at[-1], 0x60 + strlen(c->field) - 1);
	at += strlen(c->field) - 1;
	at[c->at] ^= c->with;
	store(buf, len);
	assert_err(try_open(WIRE_office_acts, desk.passphrase), c->want);
}

/* A key of P-256 cannot be one for acts, whoever says so. */
static void
test_kind_and_use_go_together(void **state)
{
	struct cose_key key;
	uint8_t buf[1024], *at;
	size_t len;

	(void)state;
	make(WIRE_office_approvals, &key);
	len = load(buf, sizeof(buf));
	at = memmem(buf, len, "iapprovals", 10);
	assert_non_null(at);
	memmove(at + 5, at + 10, len - (size_t)(at + 10 - buf));
	memcpy(at, "dacts", 5);
	store(buf, len - 5);
	assert_err(keyfile_look(desk.path, WIRE_office_acts, &key),
	    ERR_MALFORMED);
}

static void
test_a_cut_file_does_not_open(void **state)
{
	uint8_t buf[1024];
	const size_t len = officers(buf, sizeof(buf));

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		store(buf, cut);
		assert_err(try_open(WIRE_office_acts, desk.passphrase),
		    ERR_MALFORMED);
	}
}

int
main(void)
{
	struct CMUnitTest tests[7 + ROWS(changes)] = {
		ROW_TEST("K", test_the_right_passphrase_opens,
		    WIRE_office_approvals),
		ROW_TEST("an officer's key", test_the_right_passphrase_opens,
		    WIRE_office_acts),
		cmocka_unit_test(test_another_passphrase_does_not),
		cmocka_unit_test(test_a_key_of_another_use_is_refused),
		cmocka_unit_test(test_what_is_there_is_not_touched),
		cmocka_unit_test(test_kind_and_use_go_together),
		cmocka_unit_test(test_a_cut_file_does_not_open),
	};

	for (size_t i = 0; i < ROWS(changes); i++)
		tests[7 + i] = ROW_TEST(changes[i].name,
		    test_a_changed_file_does_not_open, &changes[i]);
	return cmocka_run_group_tests_name("keyfile", tests, sit_down,
	    get_up);
}
