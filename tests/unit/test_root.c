/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "anchor/publish.h"
#include "anchor/make.h"
#include "audit/checkpoint.h"
#include "tests/officers.h"
#include "tests/swtpm.h"

/* One ceremony for all tests: a TPM, a directory, an anchor in it. */
static struct swtpm machine;
static char dir_name[] = "/tmp/anchor.XXXXXX";
static int dir = -1;
static struct msg anchor;
static struct officers officers;
static struct approvals approvals;
static uint64_t version, first_epoch;
static uint8_t made_key[STORE_KEY_LEN];

static struct tpm *
reach(void)
{
	struct tpm *tpm;

	assert_err(tpm_open(machine.tcti, &tpm), ERR_OK);
	return tpm;
}

static struct approval *
add(enum tpm_policy kind, uint64_t v)
{
	struct approval *a = &approvals.at[approvals.count++];

	*a = (struct approval){ .a = { .policy = kind, .version = v } };
	return a;
}

static void
sign(struct approval *a)
{
	assert_err(policy_compute(&officers.k, a), ERR_OK);
	assert_err(officers_sign(&officers, &a->a), ERR_OK);
}

/* For the present values of PCR 0 to 7, and the cap at zero. */
static void
approve(struct tpm *tpm, enum tpm_policy kind, uint64_t v)
{
	struct approval *a = add(kind, v);
	struct tpm_pcrs p = { .select = { TPM_SHA256, 0x0000ff } };

	assert_err(tpm_pcr_read(tpm, &p), ERR_OK);
	for (unsigned i = 0; i < TPM_PCRS; i++)
		memcpy(a->value[i], p.value[i], POLICY_PCR_LEN);
	a->a.pcrs = p.select;
	a->a.cap = kind == TPM_POLICY_UNSEAL ? 15 : 0;
	sign(a);
}

static void
claim(struct tpm *tpm)
{
	approvals.k.kind = COSE_P256;
	memcpy(approvals.k.x, officers.k.x, 32);
	memcpy(approvals.k.y, officers.k.y, 32);
	sign(add(TPM_POLICY_RAISE, 0));
	assert_err(root_define(tpm, &officers.k), ERR_OK);
	assert_err(root_define(tpm, &officers.k), ERR_STATE);
	assert_err(root_first(tpm, &approvals, &version), ERR_OK);
	approve(tpm, TPM_POLICY_UNSEAL, version);
	approve(tpm, TPM_POLICY_USE, version);
}

static int
make_all(void **state)
{
	const struct root_plan plan = { .issuer = "test" };
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	struct tpm *tpm OWNED(tpm_drop) = NULL;

	(void)state;
	if (swtpm_new(&machine) != ERR_OK || mkdtemp(dir_name) == NULL ||
	    (dir = open(dir_name, O_RDONLY | O_DIRECTORY)) == -1 ||
	    officers_new(&officers) != ERR_OK)
		return -1;
	tpm = reach();
	claim(tpm);
	if (root_make(&tpm, &plan, &approvals, &anchor, &root, &key) !=
	    ERR_OK || root_count(&root, &first_epoch) != ERR_OK)
		return -1;
	memcpy(made_key, secret_span(key).at, sizeof(made_key));
	return anchor_write(dir, &anchor) == ERR_OK &&
	    approvals_write(dir, &approvals) == ERR_OK ? 0 : -1;
}

static int
drop_all(void **state)
{
	static const char *const files[] = {
		"anchor", "approvals", "checkpoint.cbor", "keys.cbor",
	};

	(void)state;
	swtpm_drop(&machine);
	for (size_t i = 0; i < ROWS(files); i++)
		unlinkat(dir, files[i], 0);
	close(dir);
	return rmdir(dir_name);
}

static enum err
open_under(const struct msg *a, const struct approvals *list,
    struct root *root, struct secret **key)
{
	struct tpm *tpm OWNED(tpm_drop) = reach();

	return root_open(&tpm, &(struct root_source){ .anchor = &a->anchor,
	    .approvals = list }, root, key);
}

static enum err
open_with(const struct msg *a, struct root *root, struct secret **key)
{
	return open_under(a, &approvals, root, key);
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
	assert_int_equal(root.cap, 15);
	assert_int_equal(root.version, version);
}

static void
test_approvals_survive_their_file(void **state)
{
	struct approvals read;

	(void)state;
	assert_err(approvals_read(dir, &approvals.k, &read), ERR_OK);
	assert_int_equal(read.count, approvals.count);
	assert_memory_equal(read.at, approvals.at,
	    approvals.count * sizeof(approvals.at[0]));
}

static void
test_the_epoch_goes_up_by_one(void **state)
{
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	uint64_t now = 0, then = 0;

	(void)state;
	assert_err(open_with(&anchor, &root, &key), ERR_OK);
	assert_err(root_epoch_read(&root, &now), ERR_OK);
	assert_int_equal(now, first_epoch);
	assert_err(root_count(&root, &now), ERR_OK);
	assert_int_equal(now, first_epoch);
	assert_err(root_epoch_step(&root, &then), ERR_OK);
	assert_int_equal(then, now + 1);
	assert_err(root_epoch_read(&root, &now), ERR_OK);
	assert_int_equal(now, then);
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
	{ "another K",		AT(k.at) + 20,
	  { ERR_AUTH, ERR_MALFORMED, ERR_STATE } },
	{ "a person's secret asked for", AT(attended),
	  { ERR_AUTH, ERR_AUTH, ERR_AUTH } },
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

/* ---- which approvals hold ---- */

/* With these approvals and no others. */
static enum err
try_with(const struct approvals *list)
{
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	const enum err e = open_under(&anchor, list, &root, &key);

	assert_true((e == ERR_OK) == (key != NULL));
	return e;
}

static void
test_both_kinds_are_wanted(void **state)
{
	struct approvals less = { .k = approvals.k, .count = 1 };

	(void)state;
	less.at[0] = approvals.at[1];
	assert_err(try_with(&less), ERR_DENIED);
	less.at[0] = approvals.at[2];
	assert_err(try_with(&less), ERR_DENIED);
	less.at[1] = approvals.at[1];
	less.count = 2;
	assert_err(try_with(&less), ERR_OK);
}

static void
test_a_half_done_reseal_does_not_open(void **state)
{
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	struct msg half = anchor;

	(void)state;
	half.anchor.has_next_pub = true;
	half.anchor.next_pub.len = 1;
	assert_err(open_with(&half, &root, &key), ERR_STATE);
}

/* The officers' word goes by the way of the attacker's disk. */
static void
test_an_altered_approval_is_found(void **state)
{
	static const size_t offsets[] = {
		offsetof(struct approval, a.digest) + 3,
		offsetof(struct approval, a.sig) + 3,
		offsetof(struct approval, a.version),
		offsetof(struct approval, a.cap),
		offsetof(struct approval, a.pcrs.mask),
		offsetof(struct approval, value) + 7 * POLICY_PCR_LEN,
	};
	static uint8_t buf[APPROVALS_BYTES];
	struct approvals altered, read;
	struct officers others;
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < ROWS(offsets); i++) {
		altered = approvals;
		assert_int_equal(altered.at[0].a.policy, TPM_POLICY_UNSEAL);
		((uint8_t *)&altered.at[0])[offsets[i]] ^= 4;
		assert_err(approvals_encode(&altered, buf, &len), ERR_OK);
		assert_err(approvals_decode((struct span){ buf, len }, &read),
		    ERR_AUTH);
	}
	altered = approvals;
	assert_err(officers_new(&others), ERR_OK);
	memcpy(altered.k.x, others.k.x, 32);
	memcpy(altered.k.y, others.k.y, 32);
	assert_err(approvals_encode(&altered, buf, &len), ERR_OK);
	assert_err(approvals_decode((struct span){ buf, len }, &read),
	    ERR_AUTH);
}

static void
test_another_tpm_is_another_tpm(void **state)
{
	struct root root OWNED(root_drop) = { 0 };
	struct secret *key OWNED(secret_drop) = NULL;
	struct swtpm other OWNED(swtpm_drop) = { 0 };
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	const struct root_source from = { .anchor = &anchor.anchor,
	    .approvals = &approvals };
	struct tpm_name name;

	(void)state;
	assert_err(swtpm_new(&other), ERR_OK);
	assert_err(tpm_open(other.tcti, &tpm), ERR_OK);
	assert_err(tpm_srk_create(tpm, &name), ERR_OK);
	assert_err(root_open(&tpm, &from, &root, &key), ERR_AUTH);
	assert_null(key);
}

/* The walk of an update: approved beforehand, both states open; raised, the
 * old approvals are dead, and an approval of the new version opens. */
static void
test_a_raise_ends_old_approvals(void **state)
{
	struct approvals old = approvals;
	struct tpm *tpm OWNED(tpm_drop) = reach();
	uint64_t now = 0;

	(void)state;
	assert_err(tpm_srk_create(tpm, &(struct tpm_name){ 0 }), ERR_OK);
	approve(tpm, TPM_POLICY_UNSEAL, version + 1);
	approve(tpm, TPM_POLICY_USE, version + 1);
	sign(add(TPM_POLICY_RAISE, version));
	tpm_drop(&tpm);
	assert_err(try_with(&approvals), ERR_OK);
	tpm = reach();
	assert_err(tpm_srk_create(tpm, &(struct tpm_name){ 0 }), ERR_OK);
	assert_err(tpm_version_raise(tpm, &officers.k,
	    &approvals.at[approvals.count - 1].a, &now), ERR_OK);
	assert_int_equal(now, version + 1);
	tpm_drop(&tpm);
	assert_err(try_with(&old), ERR_DENIED);
	assert_err(try_with(&approvals), ERR_OK);
	approvals_prune(&approvals, now);
	assert_int_equal(approvals.count, 2);
	assert_err(try_with(&approvals), ERR_OK);
}

/* Both by the approvals' own word and by the TPM's. */
static void
test_a_capped_tpm_does_not_unseal(void **state)
{
	struct approvals lie = approvals;

	(void)state;
	assert_err(swtpm_extend(&machine, 15), ERR_OK);
	assert_err(try_with(&approvals), ERR_DENIED);
	for (size_t i = 0; i < lie.count; i++)
		lie.at[i].a.cap = 0;
	assert_err(try_with(&lie), ERR_DENIED);
}

static void
test_changed_pcrs_do_not_unseal(void **state)
{
	(void)state;
	swtpm_kill(&machine);
	assert_err(swtpm_start(&machine), ERR_OK);
	assert_err(try_with(&approvals), ERR_OK);
	assert_err(swtpm_extend(&machine, 4), ERR_OK);
	assert_err(try_with(&approvals), ERR_DENIED);
}

/* They change the TPM, so they come last, in this order. */
static const struct CMUnitTest last[] = {
	cmocka_unit_test(test_a_raise_ends_old_approvals),
	cmocka_unit_test(test_a_capped_tpm_does_not_unseal),
	cmocka_unit_test(test_changed_pcrs_do_not_unseal),
	cmocka_unit_test(test_an_altered_approval_is_found),
};

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + ROWS(last) + 9] = {
		cmocka_unit_test(test_a_start_finds_what_the_ceremony_made),
		cmocka_unit_test(test_approvals_survive_their_file),
		cmocka_unit_test(test_the_epoch_goes_up_by_one),
		cmocka_unit_test(test_the_root_key_signs_what_others_verify),
		cmocka_unit_test(test_a_checkpoint_is_kept_and_read_back),
		cmocka_unit_test(test_no_anchor_is_not_a_damaged_one),
		cmocka_unit_test(test_another_tpm_is_another_tpm),
		cmocka_unit_test(test_both_kinds_are_wanted),
		cmocka_unit_test(test_a_half_done_reseal_does_not_open),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[9 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	memcpy(tests + 9 + ROWS(rows), last, sizeof(last));
	return cmocka_run_group_tests_name("root", tests, make_all, drop_all);
}
