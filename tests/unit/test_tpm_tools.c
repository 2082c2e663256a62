/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/officers.h"
#include "tests/swtpm.h"
#include "tests/tools.h"
#include "tpm/ak.h"

/*
 * What tpm2-tools, which share no line with tpm/, say of the same TPM.
 * Skipped without them.
 */

struct bench {
	struct swtpm	 machine;
	struct tpm	*t;
	struct custody	 c;
};

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	return b == NULL || swtpm_new(&b->machine) != ERR_OK ||
	    chdir(b->machine.dir) == -1 ||
	    setenv("TPM2TOOLS_TCTI", b->machine.tcti, 1) == -1 ||
	    tpm_open(b->machine.tcti, &b->t) != ERR_OK;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	custody_drop(&b->c);
	tpm_drop(&b->t);
	swtpm_drop(&b->machine);
	free(b);
	return chdir("/");
}

static void
test_the_srk_has_the_name_that_they_see(void **state)
{
	struct bench *b = *state;
	struct tpm_name srk;
	uint8_t seen[64];

	assert_err(tpm_srk_create(b->t, &srk), ERR_OK);
	assert_int_equal(tools_run("tpm2_readpublic -c 0x81000001 -n seen"), 0);
	assert_int_equal(tools_get("seen", seen, sizeof(seen)), srk.len);
	assert_memory_equal(seen, srk.at, srk.len);
}

/* TCG's template, as they make it: x and y of 32 zero bytes each, in the
 * shape of their TPMS_ECC_POINT. */
static void
test_they_derive_the_same_srk(void **state)
{
	struct bench *b = *state;
	uint8_t unique[260] = { 0 }, seen[64];
	struct tpm_name srk;

	unique[0] = unique[130] = 32;
	tools_put("unique", unique, sizeof(unique));
	assert_err(tpm_srk_create(b->t, &srk), ERR_OK);
	assert_int_equal(tools_run("tpm2_createprimary -C o -g sha256 "
	    "-G ecc256:aes128cfb -u unique -c made -a fixedtpm|fixedparent|"
	    "sensitivedataorigin|userwithauth|noda|restricted|decrypt"), 0);
	assert_int_equal(tools_run("tpm2_readpublic -c made -n seen"), 0);
	assert_int_equal(tools_get("seen", seen, sizeof(seen)), srk.len);
	assert_memory_equal(seen, srk.at, srk.len);
}

static void
test_another_key_in_the_place_is_left_alone(void **state)
{
	struct bench *b = *state;
	uint8_t before[64], after[64];
	struct tpm_name srk;
	size_t n;

	assert_int_equal(tools_run("tpm2_createprimary -C o -G ecc -c other"),
	    0);
	assert_int_equal(tools_run("tpm2_evictcontrol -C o -c other "
	    "0x81000001"), 0);
	/* The slots that they leave taken are freed on the way. */
	assert_err(tpm_srk_create(b->t, &srk), ERR_LIMIT);
	assert_err(tpm_srk_create(b->t, &srk), ERR_STATE);
	assert_int_equal(tools_run("tpm2_readpublic -c other -n seen"), 0);
	n = tools_get("seen", before, sizeof(before));
	assert_int_equal(tools_run("tpm2_readpublic -c 0x81000001 -n seen"), 0);
	assert_int_equal(tools_get("seen", after, sizeof(after)), n);
	assert_memory_equal(before, after, n);
}

/* TPMT_SIGNATURE */
static void
put_signature(const char *name, const uint8_t sig[64])
{
	uint8_t packed[72] = { 0x00, 0x18, 0x00, 0x0b, 0x00, 0x20 };

	memcpy(packed + 6, sig, 32);
	packed[39] = 0x20;
	memcpy(packed + 40, sig + 32, 32);
	tools_put(name, packed, sizeof(packed));
}

/* A ceremony; and K as they load it, from SubjectPublicKeyInfo. */
static void
prepare(struct bench *b)
{
	uint8_t der[26 + 65] = {
		0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
		0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
	};

	assert_err(custody_make(b->t, &b->c), ERR_OK);
	/* They take eight PCRs and no more. */
	b->c.unseal.pcrs.mask = 0x7f;
	assert_err(officers_approve(&b->c.officers, b->t, &b->c.unseal),
	    ERR_OK);
	memcpy(der + 27, b->c.k->x, 32);
	memcpy(der + 59, b->c.k->y, 32);
	tools_put("k.der", der, sizeof(der));
	tools_do("openssl pkey -pubin -inform DER -in k.der -out k.pem");
	tools_do("tpm2_loadexternal -C o -G ecc256:ecdsa-sha256 -u k.pem "
	    "-c k -n k.name -a sign");
	tools_put("store.pub", b->c.store.pub, b->c.store.pub_len);
	tools_put("store.priv", b->c.store.priv, b->c.store.priv_len);
	tools_put("key.pub", b->c.key.pub, b->c.key.pub_len);
	tools_put("key.priv", b->c.key.priv, b->c.key.priv_len);
}

static void
put_version(uint64_t v)
{
	uint8_t operand[8];

	for (int i = 0; i < 8; i++)
		operand[i] = (uint8_t)(v >> (56 - 8 * i));
	tools_put("v", operand, sizeof(operand));
}

/* A trial session of theirs, or one to be satisfied, up to what K signed. */
static void
approve(const struct tpm_approval *a, const char *session)
{
	char line[128];

	put_version(a->version);
	snprintf(line, sizeof(line), "tpm2_startauthsession -S s %s", session);
	tools_do(line);
	if (a->policy == TPM_POLICY_UNSEAL)
		tools_do("tpm2_policypcr -S s "
		    "-l sha256:0,1,2,3,4,5,6,15");
	if (a->policy == TPM_POLICY_USE)
		tools_do("tpm2_policypcr -S s -l sha256:0,1,2,3,4,5,6,7");
	if (a->policy != TPM_POLICY_RAISE)
		tools_do("tpm2_policynv -S s -C 0x01800100 -i v 0x01800100 "
		    "ule -L d");
	else if (a->version > 0)
		tools_do("tpm2_policynv -S s -C 0x01800100 -i v 0x01800100 "
		    "eq");
	else
		tools_do("tpm2_policynvwritten -S s c");
	if (a->policy == TPM_POLICY_RAISE)
		tools_do("tpm2_policycommandcode -S s -L d "
		    "TPM2_CC_NV_Increment");
	tools_same("d", a->digest, 32);
}

/* policyRef in hexadecimal. */
static void
authorize(const struct tpm_approval *a, const char *ticket)
{
	const char *ref = tpm_policy_ref(a->policy);
	char line[256];
	int n = snprintf(line, sizeof(line), "tpm2_policyauthorize -S s "
	    "-i d -n k.name %s -L p -q ", ticket);

	for (; *ref != '\0'; ref++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%02x",
		    (unsigned)*ref);
	tools_do(line);
}

/* Approvals as K signed them, and what they stand for in an object. */
static void
test_they_compute_the_same_policies(void **state)
{
	struct bench *b = *state;
	struct tpm_approval raise = { .policy = TPM_POLICY_RAISE };
	const struct tpm_approval *all[4];
	struct tpm_approval again;
	struct tpm_name name;
	uint8_t policy[32];

	prepare(b);
	assert_err(tpm_k_name(b->c.k, &name), ERR_OK);
	tools_same("k.name", name.at, name.len);
	assert_err(officers_approve(&b->c.officers, b->t, &raise), ERR_OK);
	again = raise;
	again.version = b->c.version;
	assert_err(officers_approve(&b->c.officers, b->t, &again), ERR_OK);
	all[0] = &b->c.unseal, all[1] = &b->c.use, all[2] = &raise;
	all[3] = &again;
	for (size_t i = 0; i < ROWS(all); i++) {
		approve(all[i], "");
		authorize(all[i], "");
		assert_err(tpm_policy_of(b->c.k, all[i]->policy, false,
		    policy), ERR_OK);
		tools_same("p", policy, 32);
		tools_do("tpm2_policyauthvalue -S s -L p");
		assert_err(tpm_policy_of(b->c.k, all[i]->policy, true,
		    policy), ERR_OK);
		tools_same("p", policy, 32);
		tools_do("tpm2_flushcontext s");
	}
}

static void
test_they_see_the_same_attributes(void **state)
{
	struct bench *b = *state;
	struct tpm_name name;
	char text[128];

	prepare(b);
	tools_do("tpm2_nvreadpublic 0x01800100");
	tools_said("value: 0x22040018");
	tools_said("size: 8");
	assert_err(tpm_version_name(b->c.k, &name), ERR_OK);
	for (size_t i = 0; i < name.len; i++)
		snprintf(text + 2 * i, 3, "%02x", name.at[i]);
	tools_said(text);
	tools_do("tpm2_nvreadpublic 0x01800101");
	tools_said("value: 0x22040018");
	tools_do("tpm2_load -C 0x81000001 -u store.pub -r store.priv -c o "
	    "-n o.name");
	assert_err(tpm_name_of(&b->c.store, &name), ERR_OK);
	tools_same("o.name", name.at, name.len);
	tools_do("tpm2_readpublic -c o");
	tools_said("value: fixedtpm|fixedparent|adminwithpolicy|noda\n");
	tools_do("tpm2_load -C 0x81000001 -u key.pub -r key.priv -c o");
	tools_do("tpm2_readpublic -c o");
	tools_said("value: fixedtpm|fixedparent|sensitivedataorigin|"
	    "adminwithpolicy|noda|sign\n");
}

/* With the blobs and the approval alone they unseal too, before the cap. */
static void
test_they_use_an_approval(void **state)
{
	struct bench *b = *state;
	const struct tpm_approval *a = &b->c.unseal;
	const char *ref = tpm_policy_ref(a->policy);
	uint8_t message[64];

	prepare(b);
	memcpy(message, a->digest, 32);
	memcpy(message + 32, ref, strlen(ref));
	tools_put("m", message, 32 + strlen(ref));
	put_signature("sig", a->sig);
	tools_do("tpm2_verifysignature -c k -g sha256 -m m -s sig -t t");
	tools_do("tpm2_load -C 0x81000001 -u store.pub -r store.priv -c o");
	approve(a, "--policy-session");
	authorize(a, "-t t");
	tools_do("tpm2_unseal -c o -p session:s -o u");
	tools_same("u", secret_span(b->c.plain).at, secret_len(b->c.plain));
	/* Not again, and not without. */
	assert_int_not_equal(tools_run("tpm2_unseal -Q -c o -p session:s"), 0);
	assert_int_not_equal(tools_run("tpm2_unseal -Q -c o"), 0);
	tools_do("tpm2_flushcontext s");
}

static void
test_they_verify_what_was_signed(void **state)
{
	struct bench *b = *state;
	uint8_t digest[32] = { 5 }, sig[64], x[32], y[32];
	struct tpm_certificate made;
	struct tpm_blob ak;

	prepare(b);
	assert_err(tpm_key_sign(b->t, b->c.k, &b->c.use, &b->c.key, b->c.auth,
	    digest, sig), ERR_OK);
	tools_put("digest", digest, sizeof(digest));
	put_signature("sig", sig);
	tools_do("tpm2_loadexternal -C n -u key.pub -c o");
	tools_do("tpm2_verifysignature -c o -d digest -s sig");
	sig[4] ^= 1;
	put_signature("sig", sig);
	assert_int_not_equal(tools_run("tpm2_verifysignature -Q -c o -d digest "
	    "-s sig"), 0);
	tools_do("tpm2_flushcontext -t");

	assert_err(tpm_ak_create(b->t, b->c.auth, &ak, x, y), ERR_OK);
	assert_err(tpm_certify(b->t, b->c.k, &ak, b->c.auth, TPM_KIND_STORE,
	    &b->c.store, &b->c.store_made, digest, &made), ERR_OK);
	tools_put("ak.pub", ak.pub, ak.pub_len);
	tools_put("attest", made.attest, made.len);
	put_signature("sig", made.sig);
	tools_do("tpm2_loadexternal -C n -u ak.pub -c o");
	tools_do("tpm2_readpublic -c o");
	tools_said("value: fixedtpm|fixedparent|sensitivedataorigin|"
	    "userwithauth|adminwithpolicy|noda|restricted|sign\n");
	tools_do("tpm2_verifysignature -c o -g sha256 -m attest -s sig");
	/* Of what an administrator may, the AK has this. */
	tools_do("tpm2_startauthsession -S s");
	tools_do("tpm2_policycommandcode -S s TPM2_CC_ActivateCredential");
	tools_do("tpm2_policyauthvalue -S s -L p");
	tools_same("p", ak.pub + 12, 32);
}

/* A policy over a bank that is not kept would be a policy over nothing. */
static void
test_a_bank_that_is_not_kept(void **state)
{
	struct bench *b = *state;
	struct tpm_pcrs pcrs = { .select = { TPM_SHA1, 0xff } };
	struct tpm_approval old = { .policy = TPM_POLICY_USE,
	    .pcrs = { TPM_SHA1, 0xff } };

	assert_err(custody_make(b->t, &b->c), ERR_OK);
	old.version = b->c.version;
	assert_err(officers_approve(&b->c.officers, b->t, &old), ERR_OK);
	assert_err(custody_sign(b->t, &b->c, &old, b->c.auth), ERR_OK);
	tools_do("tpm2_pcrallocate sha1:none+sha256:all");
	swtpm_kill(&b->machine);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_err(tpm_srk_pin(b->t, &b->c.srk), ERR_OK);
	assert_err(tpm_pcr_read(b->t, &pcrs), ERR_NOT_FOUND);
	assert_err(custody_sign(b->t, &b->c, &old, b->c.auth), ERR_DENIED);
	assert_err(custody_sign(b->t, &b->c, &b->c.use, b->c.auth), ERR_OK);
}

#define BENCH(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_the_srk_has_the_name_that_they_see),
		BENCH(test_they_derive_the_same_srk),
		BENCH(test_another_key_in_the_place_is_left_alone),
		BENCH(test_they_compute_the_same_policies),
		BENCH(test_they_see_the_same_attributes),
		BENCH(test_they_use_an_approval),
		BENCH(test_they_verify_what_was_signed),
		BENCH(test_a_bank_that_is_not_kept),
	};

	return cmocka_run_group_tests_name("tpm tools", tests, NULL, NULL);
}
