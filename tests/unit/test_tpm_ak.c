/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "tests/officers.h"
#include "tests/swtpm.h"
#include "tpm/ak.h"

/* One ceremony for all; nothing here changes it. */
static struct swtpm machine;
static struct tpm *t;
static struct custody c;
static struct tpm_blob ak, attended;
static struct tpm_creation attended_made;
static const uint8_t nonce[32] = { 1, 2, 3 };

static int
plug_in(void **state)
{
	uint8_t x[32], y[32];

	(void)state;
	return swtpm_new(&machine) != ERR_OK ||
	    tpm_open(machine.tcti, &t) != ERR_OK ||
	    custody_make(t, &c) != ERR_OK ||
	    tpm_store_seal(t, c.k, c.plain, c.auth, &attended,
	    &attended_made) != ERR_OK ||
	    tpm_ak_create(t, c.auth, &ak, x, y) != ERR_OK;
}

static int
unplug(void **state)
{
	struct tpm_info info = { .objects = 99 };
	enum err e = tpm_info(t, &info);

	(void)state;
	custody_drop(&c);
	tpm_drop(&t);
	swtpm_drop(&machine);
	return e != ERR_OK || info.objects != 0 || info.sessions != 0 ||
	    info.failures != 0;
}

static const struct row {
	const char		*name;
	enum tpm_kind		 kind;
	const struct tpm_blob	*blob;
	const struct tpm_creation *made;
} rows[] = {
	{ "a store object",	TPM_KIND_STORE,	&c.store, &c.store_made },
	{ "an attended one",	TPM_KIND_ATTENDED, &attended, &attended_made },
	{ "a signing key",	TPM_KIND_KEY,	&c.key, &c.key_made },
};

static enum err
certify(const struct row *row, struct tpm_certificate *out)
{
	return tpm_certify(t, c.k, &ak, c.auth, row->kind, row->blob,
	    row->made, nonce, out);
}

static enum err
check(const struct tpm_certificate *made, const struct row *row)
{
	return tpm_certified(made, &ak, c.k, row->kind, row->blob, nonce);
}

static void
test_the_ak_certifies(void **state)
{
	const struct row *row = *state;
	struct tpm_certificate made, bent;

	assert_err(certify(row, &made), ERR_OK);
	assert_err(check(&made, row), ERR_OK);
	for (size_t i = 0; i < made.len; i++) {
		bent = made;
		bent.attest[i] ^= 1;
		assert_err(check(&bent, row), ERR_AUTH);
	}
	for (size_t i = 0; i < sizeof(made.sig); i++) {
		bent = made;
		bent.sig[i] ^= 1;
		assert_err(check(&bent, row), ERR_AUTH);
	}
	for (size_t len = 0; len < made.len; len += 13) {
		bent = made;
		bent.len = len;
		assert_err(check(&bent, row), ERR_AUTH);
	}
	bent.len = SIZE_MAX;
	assert_err(check(&bent, row), ERR_AUTH);
}

/* What is certified is one object, of one kind, under one K, once. */
static void
test_it_is_of_nothing_else(void **state)
{
	const struct row *row = *state;
	struct tpm_certificate made;
	struct tpm_blob bent = *row->blob;
	uint8_t other_nonce[32] = { 1, 2, 4 };
	struct tpm_point other = *c.k;

	assert_err(certify(row, &made), ERR_OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (&rows[i] == row)
			continue;
		assert_err(tpm_certified(&made, &ak, c.k, rows[i].kind,
		    row->blob, nonce), ERR_AUTH);
		assert_err(tpm_certified(&made, &ak, c.k, rows[i].kind,
		    rows[i].blob, nonce), ERR_AUTH);
	}
	assert_err(tpm_certified(&made, &ak, c.k, row->kind, row->blob,
	    other_nonce), ERR_AUTH);
	other.y[31] ^= 1;
	assert_err(tpm_certified(&made, &ak, &other, row->kind, row->blob,
	    nonce), ERR_AUTH);
	bent.pub[bent.pub_len - 1] ^= 1;
	assert_err(tpm_certified(&made, &ak, c.k, row->kind, &bent, nonce),
	    ERR_AUTH);
	bent.pub_len--;
	assert_err(tpm_certified(&made, &ak, c.k, row->kind, &bent, nonce),
	    ERR_MALFORMED);
}

/* ---- signed by the AK, and not what it says of an object ---- */

/* An AK's public part with a key that the test has: what it signs is not only
 * what a TPM made. */
static void
pose_as_ak(struct officers *key, struct tpm_blob *out)
{
	assert_err(officers_new(key), ERR_OK);
	*out = ak;
	memcpy(out->pub + out->pub_len - 66, key->k.x, 32);
	memcpy(out->pub + out->pub_len - 32, key->k.y, 32);
}

static const struct forgery {
	const char	*name;
	size_t		 at;	/* in TPMS_ATTEST */
	uint8_t		 flip;
	size_t		 more;	/* bytes behind it */
	enum err	 want;
} forgeries[] = {
	{ "as it was",			0, 0, 0, ERR_OK },
	{ "not begun by TPM_GENERATED",	0, 0x01, 0, ERR_AUTH },
	{ "of another type",		5, 0x01, 0, ERR_AUTH },
	{ "another nonce",		44, 0x01, 0, ERR_AUTH },
	{ "a longer nonce",		43, 0x01, 0, ERR_AUTH },
	{ "another Name",		110, 0x01, 0, ERR_AUTH },
	{ "a byte behind it",		0, 0, 1, ERR_AUTH },
};

static void
test_forged(void **state)
{
	const struct forgery *f = *state;
	struct tpm_certificate made;
	struct officers key;
	struct tpm_blob posing;
	uint8_t digest[32];

	pose_as_ak(&key, &posing);
	assert_err(certify(&rows[0], &made), ERR_OK);
	made.attest[f->at] ^= f->flip;
	memset(made.attest + made.len, 0, f->more);
	made.len += f->more;
	assert_err(sha256(&(struct span){ made.attest, made.len }, 1, digest),
	    ERR_OK);
	assert_true(officers_ecdsa(&key, digest, made.sig));
	assert_err(tpm_certified(&made, &posing, c.k, TPM_KIND_STORE,
	    &c.store, nonce), f->want);
}

/* The ticket is the object's own, and the TPM's. */
static void
test_what_it_did_not_make_it_does_not_certify(void **state)
{
	const struct row *row = *state;
	struct tpm_certificate out;
	struct tpm_creation bent = *row->made;

	bent.hash[9] ^= 1;
	assert_err(tpm_certify(t, c.k, &ak, c.auth, row->kind, row->blob,
	    &bent, nonce, &out), ERR_AUTH);
	bent = *row->made;
	bent.proof[9] ^= 1;
	assert_err(tpm_certify(t, c.k, &ak, c.auth, row->kind, row->blob,
	    &bent, nonce, &out), ERR_AUTH);
	bent.len = sizeof(bent.proof) + 1;
	assert_err(tpm_certify(t, c.k, &ak, c.auth, row->kind, row->blob,
	    &bent, nonce, &out), ERR_MALFORMED);
}

/* An AK with other attributes could have signed what was handed to it. */
static void
test_only_an_ak_certifies(void **state)
{
	struct tpm_certificate made;
	struct tpm_blob other;

	(void)state;
	assert_err(certify(&rows[0], &made), ERR_OK);
	for (size_t i = 2; i < ak.pub_len; i++) {
		other = ak;
		other.pub[i] ^= 1;
		assert_true(tpm_certified(&made, &other, c.k, TPM_KIND_STORE,
		    &c.store, nonce) != ERR_OK);
	}
	assert_err(tpm_certified(&made, &c.key, c.k, TPM_KIND_STORE,
	    &c.store, nonce), ERR_AUTH);
	assert_err(tpm_certify(t, c.k, &c.key, c.auth, TPM_KIND_STORE,
	    &c.store, &c.store_made, nonce, &made), ERR_AUTH);
}

static void
test_a_wrong_auth_certifies_nothing(void **state)
{
	struct secret *wrong OWNED(secret_drop) = NULL;
	struct tpm_certificate made;
	struct tpm_info info;

	(void)state;
	assert_err(secret_copy(span_text("guessed"), &wrong), ERR_OK);
	for (int i = 0; i < 5; i++) {
		assert_err(tpm_certify(t, c.k, &ak, wrong, TPM_KIND_STORE,
		    &c.store, &c.store_made, nonce, &made), ERR_AUTH);
		assert_err(tpm_certify(t, c.k, &ak, NULL, TPM_KIND_STORE,
		    &c.store, &c.store_made, nonce, &made), ERR_AUTH);
	}
	assert_err(tpm_info(t, &info), ERR_OK);
	assert_int_equal(info.failures, 0);
}

/* Of another domain. */
static void
test_an_ak_may_have_no_auth(void **state)
{
	struct tpm_certificate made;
	struct tpm_blob bare;
	struct tpm_name one, two;
	uint8_t x[32], y[32];

	(void)state;
	assert_err(tpm_ak_create(t, NULL, &bare, x, y), ERR_OK);
	assert_err(tpm_certify(t, c.k, &bare, NULL, TPM_KIND_STORE, &c.store,
	    &c.store_made, nonce, &made), ERR_OK);
	assert_err(tpm_certified(&made, &bare, c.k, TPM_KIND_STORE, &c.store,
	    nonce), ERR_OK);
	assert_err(tpm_name_of(&ak, &one), ERR_OK);
	assert_err(tpm_name_of(&bare, &two), ERR_OK);
	assert_memory_not_equal(one.at, two.at, sizeof(one.at));
}

/* Each time after it was used, without a shutdown. */
static void
test_crashes_do_not_lock_the_ak(void **state)
{
	struct tpm_certificate made;
	struct tpm_info info;

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_err(certify(&rows[0], &made), ERR_OK);
		swtpm_kill(&machine);
		assert_err(swtpm_start(&machine), ERR_OK);
	}
	assert_err(certify(&rows[0], &made), ERR_OK);
	assert_err(tpm_info(t, &info), ERR_OK);
	assert_int_equal(info.failures, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_an_ak_certifies),
		cmocka_unit_test(test_a_wrong_auth_certifies_nothing),
		cmocka_unit_test(test_an_ak_may_have_no_auth),
		cmocka_unit_test(test_crashes_do_not_lock_the_ak),
	};
	struct CMUnitTest all[3 * ROWS(rows) + ROWS(forgeries) + ROWS(tests)];
	size_t n = 0;

	for (size_t i = 0; i < ROWS(rows); i++) {
		all[n++] = ROW_TEST(rows[i].name, test_the_ak_certifies,
		    &rows[i]);
		all[n++] = ROW_TEST(rows[i].name, test_it_is_of_nothing_else,
		    &rows[i]);
		all[n++] = ROW_TEST(rows[i].name,
		    test_what_it_did_not_make_it_does_not_certify, &rows[i]);
	}
	for (size_t i = 0; i < ROWS(forgeries); i++)
		all[n++] = ROW_TEST(forgeries[i].name, test_forged,
		    &forgeries[i]);
	for (size_t i = 0; i < ROWS(tests); i++)
		all[n++] = tests[i];
	return cmocka_run_group_tests_name("tpm ak", all, plug_in, unplug);
}
