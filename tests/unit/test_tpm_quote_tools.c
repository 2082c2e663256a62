/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/officers.h"
#include "tests/swtpm.h"
#include "tests/tools.h"
#include "tpm/ak.h"
#include "tpm/ek.h"
#include "tpm/quote.h"

/*
 * EK, quote and credential as tpm2-tools and OpenSSL see them.  Skipped
 * without them.
 */

struct bench {
	struct swtpm	 machine;
	struct tpm	*t;
	struct tpm_name	 srk;
	struct tpm_blob	 ak;
	struct secret	*auth;
};

static const uint8_t nonce[32] = { 0xab, 0xcd };
#define NONCE "abcd000000000000000000000000000000000000000000000000000000000000"

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	uint8_t x[32], y[32];

	*state = b;
	return b == NULL || swtpm_new(&b->machine) != ERR_OK ||
	    chdir(b->machine.dir) == -1 ||
	    setenv("TPM2TOOLS_TCTI", b->machine.tcti, 1) == -1 ||
	    secret_copy(span_text(CUSTODY_AUTH), &b->auth) != ERR_OK ||
	    tpm_open(b->machine.tcti, &b->t) != ERR_OK ||
	    tpm_srk_create(b->t, &b->srk) != ERR_OK ||
	    tpm_ak_create(b->t, b->auth, &b->ak, x, y) != ERR_OK;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	secret_drop(&b->auth);
	tpm_drop(&b->t);
	swtpm_drop(&b->machine);
	free(b);
	return chdir("/");
}

static void
test_they_derive_the_same_ek(void **state)
{
	static const struct { enum tpm_ek ek; const char *line; } kinds[] = {
		{ TPM_EK_RSA, "tpm2_createek -Q -G rsa -c ek -u ek.pub" },
		{ TPM_EK_ECC, "tpm2_createek -Q -G ecc -c ek -u ek.pub" },
	};
	struct bench *b = *state;
	struct tpm_public ek;

	for (size_t i = 0; i < ROWS(kinds); i++) {
		assert_err(tpm_ek_public(b->t, kinds[i].ek, &ek), ERR_OK);
		tools_do(kinds[i].line);
		tools_same("ek.pub", ek.at, ek.len);
		tools_do("tpm2_readpublic -c ek -n ek.name");
		tools_same("ek.name", ek.name.at, ek.name.len);
	}
}

/* ---- quotes ---- */

/*
 * Their file of values, which is their structures in memory: a selection of
 * up to 16 banks, and lists of up to 8 digests.
 */
enum { LIST_AT = 132 + 4, LIST_LEN = 4 + 8 * 66 };

static void
put_values(const struct tpm_pcrs *p)
{
	uint8_t at[LIST_AT + 3 * LIST_LEN] = {
		1, 0, 0, 0, (uint8_t)p->select.bank, 0, 3,
		(uint8_t)p->select.mask, (uint8_t)(p->select.mask >> 8),
		(uint8_t)(p->select.mask >> 16),
	};
	uint8_t *list, *digest;
	unsigned n = 0;

	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if ((p->select.mask >> i & 1) == 0)
			continue;
		list = at + LIST_AT + n / 8 * LIST_LEN;
		digest = list + 4 + n % 8 * 66;
		list[0]++;
		digest[0] = (uint8_t)p->digest_len;
		memcpy(digest + 2, p->value[i], p->digest_len);
		n++;
	}
	at[132] = (uint8_t)((n + 7) / 8);
	tools_put("values", at, LIST_AT + (n + 7) / 8 * LIST_LEN);
}

static int
check(const struct bench *b, const struct tpm_quote *q)
{
	tools_put("ak.pub", b->ak.pub, b->ak.pub_len);
	tools_put("attest", q->attest, q->attest_len);
	tools_put("sig", q->sig, q->sig_len);
	put_values(&q->pcrs);
	return tools_run("tpm2_checkquote -Q -u ak.pub -m attest -s sig "
	    "-f values -g sha256 -q " NONCE);
}

static const struct tpm_pcr_select selections[] = {
	{ TPM_SHA256, 0xff }, { TPM_SHA256, 0x808091 },
	{ TPM_SHA256, 0xffffff }, { TPM_SHA1, 0x1000f },
	{ TPM_SHA384, 0xffffff }, { TPM_SHA512, 1 },
};

static void
test_they_verify_a_quote(void **state)
{
	struct bench *b = *state;
	struct tpm_quote q, bent;

	for (size_t i = 0; i < ROWS(selections); i++) {
		assert_err(tpm_quote(b->t, &b->ak, b->auth, selections[i],
		    nonce, &q), ERR_OK);
		assert_int_equal(check(b, &q), 0);
	}
	bent = q;
	bent.pcrs.value[0][3] ^= 1;
	assert_int_not_equal(check(b, &bent), 0);
	bent = q;
	bent.attest[70] ^= 1;
	assert_int_not_equal(check(b, &bent), 0);
	bent = q;
	bent.sig[q.sig_len - 1] ^= 1;
	assert_int_not_equal(check(b, &bent), 0);
}

static void
test_a_bank_that_is_not_kept(void **state)
{
	const struct tpm_pcr_select sha1 = { TPM_SHA1, 0xff };
	struct tpm_quote q = { .attest_len = 0 };
	struct bench *b = *state;

	tools_do("tpm2_pcrallocate -Q sha1:none+sha256:all");
	swtpm_kill(&b->machine);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_err(tpm_quote(b->t, &b->ak, b->auth, sha1, nonce, &q),
	    ERR_NOT_FOUND);
	assert_int_equal(q.attest_len, 0);
}

/* ---- credentials ---- */

/* In their file: a magic number, a version, both structures. */
static struct tpm_credential
read_credential(enum tpm_ek ek, uint8_t at[512])
{
	static const uint8_t head[] = { 0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1 };
	const size_t len = tools_get("credential", at, 512);
	struct tpm_credential c = { .ek = ek };

	assert_memory_equal(at, head, sizeof(head));
	c.id_object.at = at + 8;
	c.id_object.len = 2 + ((size_t)at[8] << 8) + at[9];
	c.enc_secret.at = c.id_object.at + c.id_object.len;
	assert_true(8 + c.id_object.len < len);
	c.enc_secret.len = len - 8 - c.id_object.len;
	return c;
}

/* Made without a TPM, from the EK's public part. */
static struct tpm_credential
make_credential(const struct bench *b, enum tpm_ek which, uint8_t at[512])
{
	char line[256];
	int n = snprintf(line, sizeof(line), "tpm2_makecredential -Q -T none "
	    "-u ek.pub -s secret -o credential -n ");
	struct tpm_public ek;
	struct tpm_name name;

	assert_err(tpm_name_of(&b->ak, &name), ERR_OK);
	assert_err(tpm_ek_public(b->t, which, &ek), ERR_OK);
	for (size_t i = 0; i < name.len; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%02x",
		    name.at[i]);
	tools_put("ek.pub", ek.at, ek.len);
	tools_put("secret", "a secret of theirs", 18);
	tools_do(line);
	return read_credential(which, at);
}

static void
test_we_open_what_they_make(void **state)
{
	struct bench *b = *state;
	uint8_t at[512];

	for (enum tpm_ek ek = 0; ek < TPM_EKS; ek++) {
		const struct tpm_credential c = make_credential(b, ek, at);
		struct secret *plain OWNED(secret_drop) = NULL;

		assert_err(tpm_activate(b->t, &b->ak, b->auth, &c, &plain),
		    ERR_OK);
		assert_int_equal(secret_len(plain), 18);
		assert_memory_equal(secret_span(plain).at,
		    "a secret of theirs", 18);
	}
}

/* ---- a TPM as one leaves its maker ---- */

static char endorse[PATH_MAX];		/* tests/endorse */

static void
assert_certifies(const struct tpm_public *ek)
{
	char want[16 + 2 * 256 + 1] = "Modulus=";

	for (size_t i = 0; i < 256; i++)
		snprintf(want + 8 + 2 * i, 3, "%02X",
		    ek->at[ek->len - 256 + i]);
	tools_do("openssl x509 -inform DER -in ek.der -out ek.pem");
	tools_do("openssl x509 -in ek.pem -noout -modulus");
	tools_said(want);
	tools_do("openssl verify -CAfile root.pem -untrusted issuer.pem "
	    "ek.pem");
}

static void
test_a_certificate_that_was_issued(void **state)
{
	struct bench *b = *state;
	uint8_t cert[TPM_EK_CERT_MAX];
	char line[PATH_MAX + 80];
	bool has[TPM_EKS];
	struct tpm_public ek;
	size_t len;

	swtpm_kill(&b->machine);
	snprintf(line, sizeof(line), "%s %s", endorse, b->machine.dir);
	if (access("/usr/bin/swtpm_localca", X_OK) == -1)
		skip();
	assert_int_equal(tools_run(line), 0);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_err(tpm_srk_create(b->t, &b->srk), ERR_OK);
	assert_err(tpm_ek_certificates(b->t, has), ERR_OK);
	assert_true(has[TPM_EK_RSA]);
	assert_false(has[TPM_EK_ECC]);
	assert_err(tpm_ek_certificate(b->t, TPM_EK_RSA, cert, &len), ERR_OK);
	tools_put("ek.der", cert, len);
	assert_err(tpm_ek_public(b->t, TPM_EK_RSA, &ek), ERR_OK);
	assert_certifies(&ek);
	tools_do("tpm2_nvread -Q 0x01c00002 -C o -o seen");
	tools_get("seen", cert, sizeof(cert));
	tools_put("theirs", cert, len);
	assert_int_equal(tools_run("cmp ek.der theirs"), 0);
}

#define BENCH(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_they_derive_the_same_ek),
		BENCH(test_they_verify_a_quote),
		BENCH(test_a_bank_that_is_not_kept),
		BENCH(test_we_open_what_they_make),
		BENCH(test_a_certificate_that_was_issued),
	};
	const char *top = getenv("top_srcdir");
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/tests/endorse",
	    top == NULL ? "." : top);
	if (realpath(path, endorse) == NULL)
		return 1;
	return cmocka_run_group_tests_name("tpm quote tools", tests, NULL,
	    NULL);
}
