/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"


#include "base/own.h"
#include "base/secret.h"
#include "tests/faulty.h"
#include "tests/maker.h"
#include "tests/officers.h"
#include "tests/swtpm.h"
#include "tpm/ak.h"
#include "tpm/tpm_int.h"

/* A TPM with two AKs and both EKs, and another with as many; nothing here
 * changes them. */
struct side {
	struct swtpm	  machine;
	struct tpm	 *t;
	struct tpm_public ek[TPM_EKS];
	struct tpm_blob	  ak, bare;	/* with an auth; without */
};

static struct side one, two;
static struct faulty hand;		/* on the way to the first */
static struct secret *auth;

static enum err
make(struct side *s)
{
	uint8_t x[32], y[32];
	struct tpm_name srk;

	TRY(tpm_srk_create(s->t, &srk));
	TRY(tpm_ek_public(s->t, TPM_EK_RSA, &s->ek[TPM_EK_RSA]));
	TRY(tpm_ek_public(s->t, TPM_EK_ECC, &s->ek[TPM_EK_ECC]));
	TRY(tpm_ak_create(s->t, auth, &s->ak, x, y));
	return tpm_ak_create(s->t, NULL, &s->bare, x, y);
}

static int
plug_in(void **state)
{
	struct carrier c = { 0 };

	(void)state;
	return secret_copy(span_text(CUSTODY_AUTH), &auth) != ERR_OK ||
	    swtpm_new(&one.machine) != ERR_OK ||
	    swtpm_new(&two.machine) != ERR_OK ||
	    faulty_open(&hand, one.machine.tcti, &c) != ERR_OK ||
	    tpm_open_over(&c, &one.t) != ERR_OK ||
	    tpm_open(two.machine.tcti, &two.t) != ERR_OK ||
	    make(&one) != ERR_OK || make(&two) != ERR_OK;
}

static int
unplug(void **state)
{
	struct tpm_info info = { .objects = 99 };
	enum err e = tpm_info(one.t, &info);

	(void)state;
	secret_drop(&auth);
	tpm_drop(&one.t);
	tpm_drop(&two.t);
	swtpm_drop(&one.machine);
	swtpm_drop(&two.machine);
	return e != ERR_OK || info.objects != 0 || info.sessions != 0 ||
	    info.failures != 0;
}

static const uint8_t plain[32] = "one that is known to nobody else";

/* For an AK of the first TPM; made by the second, with its own commands. */
static void
give(enum tpm_ek which, const struct side *to, const struct tpm_blob *ak,
    size_t len, struct maker_credential *out)
{
	struct tpm_name name;

	assert_err(tpm_name_of(ak, &name), ERR_OK);
	assert_err(maker_credential(two.t, which, &to->ek[which], &name,
	    (struct span){ plain, len }, out), ERR_OK);
}

static enum err
take(const struct maker_credential *made, const struct tpm_blob *ak,
    const struct secret *its, struct secret **out)
{
	const struct tpm_credential c = maker_gives(made);

	return tpm_activate(one.t, ak, its, &c, out);
}

/* Nothing comes of it. */
static enum err
refusal(const struct maker_credential *made, const struct tpm_blob *ak,
    const struct secret *its)
{
	struct secret *s = NULL;
	enum err e = take(made, ak, its, &s);

	assert_null(s);
	return e;
}

static const struct row {
	const char	*name;
	enum tpm_ek	 ek;
	bool		 bare;
	size_t		 len;
} rows[] = {
	{ "32 bytes, RSA",		TPM_EK_RSA, false, 32 },
	{ "1 byte, RSA, no auth",	TPM_EK_RSA, true, 1 },
	{ "32 bytes, ECC",		TPM_EK_ECC, false, 32 },
	{ "16 bytes, ECC, no auth",	TPM_EK_ECC, true, 16 },
	{ "1 byte, ECC",		TPM_EK_ECC, false, 1 },
};

static void
test_it_opens(void **state)
{
	const struct row *row = *state;
	const struct tpm_blob *ak = row->bare ? &one.bare : &one.ak;
	struct secret *s OWNED(secret_drop) = NULL;
	struct maker_credential c;

	give(row->ek, &one, ak, row->len, &c);
	assert_err(take(&c, ak, row->bare ? NULL : auth, &s), ERR_OK);
	assert_int_equal(secret_len(s), row->len);
	assert_memory_equal(secret_span(s).at, plain, row->len);
}

/* ---- with other keys ---- */

static void
test_only_this_ak_of_this_tpm(void **state)
{
	const enum tpm_ek which = *(const enum tpm_ek *)*state;
	struct maker_credential c, other;
	struct secret *wrong OWNED(secret_drop) = NULL;

	assert_err(secret_copy(span_text("guessed"), &wrong), ERR_OK);
	give(which, &one, &one.ak, 32, &c);
	assert_err(refusal(&c, &one.bare, NULL), ERR_AUTH);
	assert_err(refusal(&c, &two.ak, auth), ERR_AUTH);
	assert_err(refusal(&c, &one.ak, wrong), ERR_AUTH);
	assert_err(refusal(&c, &one.ak, NULL), ERR_AUTH);
	/* Of another TPM's EK, for this Name. */
	give(which, &two, &one.ak, 32, &other);
	assert_err(refusal(&other, &one.ak, auth), ERR_AUTH);
	/* Half of each. */
	other = c;
	give(which, &one, &one.ak, 32, &c);
	memcpy(c.object, other.object, c.object_len);
	assert_err(refusal(&c, &one.ak, auth), ERR_AUTH);
	give(which, &one, &one.bare, 32, &c);
	assert_err(refusal(&c, &one.bare, auth), ERR_AUTH);
}

/* What a TPM says of what was encrypted to another key; and one that has
 * failed. */
static const struct word {
	const char	*name;
	uint32_t	 code;
	bool		 for_good;
	enum err	 want;
} words[] = {
	{ "VALUE of the secret",	0x2c4, false, ERR_AUTH },
	{ "VALUE of something else",	0x1c4, false, ERR_MALFORMED },
	{ "FAILURE of this",		0x101, false, ERR_AUTH },
	{ "FAILURE of everything",	0x101, true, ERR_HARDWARE },
};

static const struct word *word;
static bool said;

static bool
refuse(void *arg, struct exchange *x)
{
	(void)arg;
	if (said)
		return word->for_good;
	said = faulty_command(x) == TPM2_CC_ActivateCredential;
	return said;
}

static void
test_word(void **state)
{
	struct maker_credential c;

	give(TPM_EK_RSA, &one, &one.ak, 32, &c);
	word = *state;
	said = false;
	hand.code = word->code;
	hand.refuse = refuse;
	enum err e = refusal(&c, &one.ak, auth);
	hand.refuse = NULL;
	assert_err(e, word->want);
}

/* One that could be told to sign what a TPM would say. */
static void
test_a_key_that_is_no_ak(void **state)
{
	struct maker_credential c;
	struct tpm_blob other;

	(void)state;
	assert_err(maker_signing_key(one.t, &other), ERR_OK);
	give(TPM_EK_ECC, &one, &other, 32, &c);
	assert_err(refusal(&c, &other, NULL), ERR_AUTH);
}

/* ---- bytes changed ---- */

static void
test_a_changed_credential(void **state)
{
	const enum tpm_ek which = *(const enum tpm_ek *)*state;
	const size_t step = every(which == TPM_EK_RSA ? 97 : 7);
	struct maker_credential c, bent;
	unsigned malformed = 0;
	enum err e;

	give(which, &one, &one.bare, 32, &c);
	for (size_t i = 0; i < c.object_len + c.secret_len; i += step) {
		bent = c;
		if (i < c.object_len)
			bent.object[i] ^= 0x10;
		else
			bent.secret[i - c.object_len] ^= 0x10;
		e = refusal(&bent, &one.bare, NULL);
		if (e != ERR_MALFORMED)
			assert_err(e, ERR_AUTH);
		malformed += e == ERR_MALFORMED;
	}
	/* Sizes, and points that are on no curve. */
	assert_true(malformed >= 1 && malformed <= 8 + (which == TPM_EK_ECC ?
	    64 / step : 0));
}

/* Of each of its two structures every beginning, and a byte behind it. */
static void
test_parts_of_a_credential(void **state)
{
	const enum tpm_ek which = *(const enum tpm_ek *)*state;
	struct maker_credential c, bent;

	give(which, &one, &one.bare, 31, &c);
	bent = c;
	for (size_t len = 0; len <= c.object_len + 1; len++) {
		bent.object_len = len;
		if (len != c.object_len)
			assert_err(refusal(&bent, &one.bare, NULL),
			    ERR_MALFORMED);
	}
	bent = c;
	for (size_t len = 0; len <= c.secret_len + 1; len++) {
		bent.secret_len = len;
		if (len != c.secret_len)
			assert_err(refusal(&bent, &one.bare, NULL),
			    ERR_MALFORMED);
	}
}

/* Whole TPM2Bs with other contents: the HMAC, and 1 to 32 bytes behind their
 * encrypted size. */
static void
test_credentials_of_other_sizes(void **state)
{
	struct maker_credential c, bent;

	(void)state;
	give(TPM_EK_ECC, &one, &one.bare, 32, &c);
	for (size_t len = 0; len <= sizeof(c.object) - 2; len++) {
		bent = c;
		bent.object[1] = (uint8_t)len;
		bent.object_len = 2 + len;
		if (len < 37 || len > 68)
			assert_err(refusal(&bent, &one.bare, NULL),
			    ERR_MALFORMED);
		else if (len == 37 || len == 67)
			assert_err(refusal(&bent, &one.bare, NULL), ERR_AUTH);
	}
	for (uint8_t len = 0; len < 34; len++) {
		bent = c;
		bent.object[3] = len;
		if (len != 32)
			assert_err(refusal(&bent, &one.bare, NULL),
			    ERR_MALFORMED);
	}
}

static void
test_secrets_of_other_sizes(void **state)
{
	const enum tpm_ek which = *(const enum tpm_ek *)*state;
	const size_t step = every(which == TPM_EK_RSA ? 85 : 7);
	struct maker_credential c, bent;

	give(which, &one, &one.bare, 32, &c);
	for (size_t len = 0; len <= c.secret_len - 2; len += step) {
		bent = c;
		bent.secret[0] = (uint8_t)(len >> 8);
		bent.secret[1] = (uint8_t)len;
		bent.secret_len = 2 + len;
		if (len != c.secret_len - 2)
			assert_err(refusal(&bent, &one.bare, NULL),
			    ERR_MALFORMED);
	}
	bent = c;
	bent.ek = which == TPM_EK_RSA ? TPM_EK_ECC : TPM_EK_RSA;
	assert_err(refusal(&bent, &one.bare, NULL), ERR_MALFORMED);
}

static const enum tpm_ek kinds[] = { TPM_EK_RSA, TPM_EK_ECC };
static const struct {
	const char	*names[2];
	void		(*test)(void **state);
} both[] = {
	{ { "RSA: only this AK of this TPM", "ECC: only this AK of this TPM" },
	  test_only_this_ak_of_this_tpm },
	{ { "RSA: changed", "ECC: changed" }, test_a_changed_credential },
	{ { "RSA: parts", "ECC: parts" }, test_parts_of_a_credential },
	{ { "RSA: other sizes", "ECC: other sizes" },
	  test_secrets_of_other_sizes },
};

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_key_that_is_no_ak),
		cmocka_unit_test(test_credentials_of_other_sizes),
	};
	struct CMUnitTest all[ROWS(rows) + ROWS(words) + 2 * ROWS(both) +
	    ROWS(tests)];
	size_t n = 0;

	for (size_t i = 0; i < ROWS(rows); i++)
		all[n++] = ROW_TEST(rows[i].name, test_it_opens, &rows[i]);
	for (size_t i = 0; i < ROWS(words); i++)
		all[n++] = ROW_TEST(words[i].name, test_word, &words[i]);
	for (size_t i = 0; i < 2 * ROWS(both); i++)
		all[n++] = ROW_TEST(both[i / 2].names[i % 2], both[i / 2].test,
		    &kinds[i % 2]);
	for (size_t i = 0; i < ROWS(tests); i++)
		all[n++] = tests[i];
	return cmocka_run_group_tests_name("tpm credential", all, plug_in,
	    unplug);
}
