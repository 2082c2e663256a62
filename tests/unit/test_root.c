/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "anchor/publish.h"
#include "anchor/root.h"
#include "audit/checkpoint.h"
#include "tests/swtpm.h"

/* One ceremony for all tests: a TPM, a directory, an anchor in it. */
static struct swtpm machine;
static char dir_name[] = "/tmp/anchor.XXXXXX";
static int dir = -1;
static struct msg anchor;
static uint8_t made_key[STORE_KEY_LEN];

static int
make_all(void **state)
{
	const struct tpm_pcr_select boot = { TPM_SHA256, 0x0000ff };
	struct root root OWNED(root_drop) = { 0 };
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	struct secret *key OWNED(secret_drop) = NULL;

	(void)state;
	if (swtpm_new(&machine) != ERR_OK || mkdtemp(dir_name) == NULL ||
	    (dir = open(dir_name, O_RDONLY | O_DIRECTORY)) == -1 ||
	    tpm_open(machine.tcti, &tpm) != ERR_OK ||
	    root_make(&tpm, boot, "test", &anchor, &root, &key) != ERR_OK)
		return -1;
	memcpy(made_key, secret_span(key).at, sizeof(made_key));
	return anchor_write(dir, &anchor) == ERR_OK ? 0 : -1;
}

static int
drop_all(void **state)
{
	(void)state;
	swtpm_drop(&machine);
	unlinkat(dir, "anchor", 0);
	unlinkat(dir, "checkpoint.cbor", 0);
	unlinkat(dir, "keys.cbor", 0);
	close(dir);
	return rmdir(dir_name);
}

static enum err
open_with(const struct msg *a, struct root *root, struct secret **key)
{
	struct tpm *tpm OWNED(tpm_drop) = NULL;

	assert_err(tpm_open(machine.tcti, &tpm), ERR_OK);
	return root_open(&tpm, &a->anchor, root, key);
}

static void
test_a_start_finds_what_the_ceremony_made(void **state)
{
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	struct msg read;

	(void)state;
	assert_err(anchor_read(dir, &read), ERR_OK);
	assert_memory_equal(&read, &anchor, sizeof(read));
	assert_err(open_with(&read, &root, &key), ERR_OK);
	assert_int_equal(secret_len(key), STORE_KEY_LEN);
	assert_memory_equal(secret_span(key).at, made_key, STORE_KEY_LEN);
	assert_string_equal(root.issuer, "test");
}

static void
test_the_root_key_signs_what_others_verify(void **state)
{
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	uint8_t sign1[512];
	struct span payload;
	struct cose_key pub;
	size_t len;

	(void)state;
	assert_err(open_with(&anchor, &root, &key), ERR_OK);
	assert_err(cose_sign_embedded(&root.signer, "anchorhold/1 test",
	    span_text("a payload"), sign1, sizeof(sign1), &len), ERR_OK);
	assert_err(cose_key_decode(WIRE_SPAN(anchor.anchor.root_key), &pub),
	    ERR_OK);
	assert_err(cose_check_embedded((struct span){ sign1, len }, &pub,
	    "anchorhold/1 test", &payload), ERR_OK);
	assert_true(span_equal(payload, span_text("a payload")));
	sign1[len - 1] ^= 1;
	assert_err(cose_check_embedded((struct span){ sign1, len }, &pub,
	    "anchorhold/1 test", &payload), ERR_AUTH);
}

static void
test_a_checkpoint_is_kept_and_read_back(void **state)
{
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	struct state *s OWNED(state_drop) = NULL;
	struct msg_checkpoint got;
	uint8_t buf[CHECKPOINT_MAX];
	ssize_t n;
	int fd;

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(WIRE_SET_TEXT(s->appliance.issuer, span_text("test")),
	    ERR_OK);
	s->has_appliance = true;
	s->sequence = 7;
	assert_err(open_with(&anchor, &root, &key), ERR_OK);
	assert_err(publish_checkpoint(&root, s, 0, 1800000000, dir), ERR_OK);
	fd = openat(dir, "checkpoint.cbor", O_RDONLY);
	n = read(fd, buf, sizeof(buf));
	close(fd);
	assert_true(n > 0);
	assert_err(checkpoint_read((struct span){ buf, (size_t)n },
	    &root.signer.key, span_text("test"), &got), ERR_OK);
	assert_int_equal(got.sequence, 7);
	assert_err(checkpoint_read((struct span){ buf, (size_t)n },
	    &root.signer.key, span_text("other"), &got), ERR_DENIED);
}

static void
test_no_anchor_is_not_a_damaged_one(void **state)
{
	struct msg m;

	(void)state;
	assert_int_equal(renameat(dir, "anchor", dir, "away"), 0);
	assert_err(anchor_read(dir, &m), ERR_NOT_FOUND);
	assert_int_equal(mkdirat(dir, "anchor", 0700), 0);
	assert_err(anchor_read(dir, &m), ERR_HARDWARE);
	assert_int_equal(unlinkat(dir, "anchor", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("away", dir, "anchor"), 0);
	assert_err(anchor_read(dir, &m), ERR_HARDWARE);
	assert_int_equal(renameat(dir, "away", dir, "anchor"), 0);
}

/* What an attacker with the disk can do to the anchor is make a start fail. */
static const struct row {
	const char	*name;
	size_t		 offset;
	enum err	 want[3];	/* one of them */
} rows[] = {
#define AT(field) offsetof(struct msg, anchor.field)
	{ "another SRK",	AT(srk_name.at) + 5,
	  { ERR_AUTH, ERR_AUTH, ERR_AUTH } },
	{ "a store object altered in its public area",
	  AT(store_pub.at) + 40, { ERR_AUTH, ERR_MALFORMED, ERR_DENIED } },
	{ "a store object altered in its private area",
	  AT(store_priv.at) + 40, { ERR_AUTH, ERR_MALFORMED, ERR_DENIED } },
	{ "a root key off its curve", AT(root_key.at) + 20,
	  { ERR_AUTH, ERR_MALFORMED, ERR_AUTH } },
	{ "other PCRs",		AT(pcrs), { ERR_DENIED, ERR_DENIED,
	  ERR_DENIED } },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	struct msg altered = anchor;
	enum err e;

	((uint8_t *)&altered)[row->offset] ^= 1;
	e = open_with(&altered, &root, &key);
	assert_true(e == row->want[0] || e == row->want[1] ||
	    e == row->want[2]);
	assert_null(key);
}

static void
test_changed_pcrs_do_not_unseal(void **state)
{
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;

	(void)state;
	assert_err(swtpm_extend(&machine, 4), ERR_OK);
	assert_err(open_with(&anchor, &root, &key), ERR_DENIED);
	assert_null(key);
}

static void
test_another_tpm_is_another_tpm(void **state)
{
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	struct swtpm other OWNED(swtpm_drop) = { 0 };
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	struct tpm_name name;

	(void)state;
	assert_err(swtpm_new(&other), ERR_OK);
	assert_err(tpm_open(other.tcti, &tpm), ERR_OK);
	assert_err(tpm_srk_create(tpm, &name), ERR_OK);
	assert_err(root_open(&tpm, &anchor.anchor, &root, &key), ERR_AUTH);
	assert_null(key);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 6] = {
		cmocka_unit_test(test_a_start_finds_what_the_ceremony_made),
		cmocka_unit_test(test_the_root_key_signs_what_others_verify),
		cmocka_unit_test(test_a_checkpoint_is_kept_and_read_back),
		cmocka_unit_test(test_no_anchor_is_not_a_damaged_one),
		cmocka_unit_test(test_another_tpm_is_another_tpm),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[5 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	/* Last: no PCR goes back. */
	tests[5 + ROWS(rows)] = (struct CMUnitTest)
	    cmocka_unit_test(test_changed_pcrs_do_not_unseal);
	return cmocka_run_group_tests_name("root", tests, make_all, drop_all);
}
