/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/swtpm.h"
#include "tpm/tpm.h"

/*
 * What tpm2-tools, which share no line with tpm/, say of the same TPM.
 * Skipped without them.
 */

static const struct tpm_pcr_select boot = { TPM_SHA256, 0x0000ff };

struct bench {
	struct swtpm	 machine;
	struct tpm	*t;
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

	tpm_drop(&b->t);
	swtpm_drop(&b->machine);
	free(b);
	return chdir("/");
}

/* Run a command line of words between blanks; its exit status. */
static int
run(const char *line)
{
	char copy[512], *words[24] = { NULL }, *rest = copy;
	int status = -1;
	size_t n = 0;
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", line);
	while (n < ROWS(words) - 1 &&
	    (words[n] = strtok_r(rest, " ", &rest)) != NULL)
		n++;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDOUT_FILENO);
		execvp(words[0], words);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		skip();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
put_file(const char *name, const void *at, size_t len)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(at, 1, len, f), len);
	fclose(f);
}

static size_t
get_file(const char *name, void *at, size_t cap)
{
	FILE *f = fopen(name, "r");
	size_t n;

	assert_non_null(f);
	n = fread(at, 1, cap, f);
	fclose(f);
	return n;
}

static void
test_the_srk_has_the_name_that_they_see(void **state)
{
	struct bench *b = *state;
	struct tpm_name srk;
	uint8_t seen[64];

	assert_err(tpm_srk_create(b->t, &srk), ERR_OK);
	assert_int_equal(run("tpm2_readpublic -c 0x81000001 -n seen"), 0);
	assert_int_equal(get_file("seen", seen, sizeof(seen)), srk.len);
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
	put_file("unique", unique, sizeof(unique));
	assert_err(tpm_srk_create(b->t, &srk), ERR_OK);
	assert_int_equal(run("tpm2_createprimary -C o -g sha256 "
	    "-G ecc256:aes128cfb -u unique -c made -a fixedtpm|fixedparent|"
	    "sensitivedataorigin|userwithauth|noda|restricted|decrypt"), 0);
	assert_int_equal(run("tpm2_readpublic -c made -n seen"), 0);
	assert_int_equal(get_file("seen", seen, sizeof(seen)), srk.len);
	assert_memory_equal(seen, srk.at, srk.len);
}

static void
test_another_key_in_the_place_is_left_alone(void **state)
{
	struct bench *b = *state;
	uint8_t before[64], after[64];
	struct tpm_name srk;
	size_t n;

	assert_int_equal(run("tpm2_createprimary -C o -G ecc -c other"), 0);
	assert_int_equal(run("tpm2_evictcontrol -C o -c other 0x81000001"), 0);
	/* The slots that they leave taken are freed on the way. */
	assert_err(tpm_srk_create(b->t, &srk), ERR_LIMIT);
	assert_err(tpm_srk_create(b->t, &srk), ERR_STATE);
	assert_int_equal(run("tpm2_readpublic -c other -n seen"), 0);
	n = get_file("seen", before, sizeof(before));
	assert_int_equal(run("tpm2_readpublic -c 0x81000001 -n seen"), 0);
	assert_int_equal(get_file("seen", after, sizeof(after)), n);
	assert_memory_equal(before, after, n);
}

static void
test_they_verify_what_the_root_key_signed(void **state)
{
	struct bench *b = *state;
	struct secret *auth OWNED(secret_drop) = NULL;
	struct tpm_blob root;
	struct tpm_name srk;
	uint8_t x[32], y[32], digest[32] = { 5 }, sig[64];
	uint8_t packed[72] = { 0x00, 0x18, 0x00, 0x0b, 0x00, 0x20 };

	assert_err(secret_copy(span_text("auth"), &auth), ERR_OK);
	assert_err(tpm_srk_create(b->t, &srk), ERR_OK);
	assert_err(tpm_root_create(b->t, boot, auth, &root, x, y), ERR_OK);
	assert_err(tpm_root_sign(b->t, boot, &root, auth, digest, sig),
	    ERR_OK);
	memcpy(packed + 6, sig, 32);
	packed[39] = 0x20;
	memcpy(packed + 40, sig + 32, 32);
	put_file("public", root.pub, root.pub_len);
	put_file("digest", digest, sizeof(digest));
	put_file("signature", packed, sizeof(packed));
	assert_int_equal(run("tpm2_loadexternal -C n -u public -c key"), 0);
	assert_int_equal(run("tpm2_verifysignature -c key -d digest "
	    "-s signature"), 0);
	packed[10] ^= 1;
	put_file("signature", packed, sizeof(packed));
	assert_int_not_equal(run("tpm2_verifysignature -Q -c key -d digest "
	    "-s signature"), 0);
}

/* A policy over a bank that is not kept would be a policy over nothing. */
static void
test_a_bank_that_is_not_kept(void **state)
{
	const struct tpm_pcr_select none = { TPM_SHA1, 0xff };
	struct bench *b = *state;
	struct secret *plain OWNED(secret_drop) = NULL;
	struct tpm_pcrs pcrs = { .select = none };
	struct tpm_blob blob;
	struct tpm_name srk;
	uint8_t x[32], y[32];

	assert_err(secret_copy(span_text("plain"), &plain), ERR_OK);
	assert_int_equal(run("tpm2_pcrallocate sha1:none+sha256:all"), 0);
	swtpm_kill(&b->machine);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_err(tpm_srk_create(b->t, &srk), ERR_OK);
	assert_err(tpm_pcr_read(b->t, &pcrs), ERR_NOT_FOUND);
	assert_err(tpm_seal(b->t, none, plain, &blob), ERR_NOT_FOUND);
	assert_err(tpm_root_create(b->t, none, plain, &blob, x, y),
	    ERR_NOT_FOUND);
	assert_err(tpm_seal(b->t, boot, plain, &blob), ERR_OK);
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
		BENCH(test_they_verify_what_the_root_key_signed),
		BENCH(test_a_bank_that_is_not_kept),
	};

	return cmocka_run_group_tests_name("tpm tools", tests, NULL, NULL);
}
