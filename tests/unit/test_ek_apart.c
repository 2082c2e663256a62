/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/object.h"
#include "enforce/ek_apart.h"
#include "tests/activate.h"
#include "tests/certs.h"

/* A maker, an EK that it vouches for, and the directory that says so. */
static struct evp_pkey_st *maker, *ek;
static char place[] = "/tmp/ek-apart.XXXXXX";
static uint8_t der[4096], room[512];
static struct attest_public public;

static struct span
cert_of(const char *purpose)
{
	const struct cert c = { .subject = "", .issuer = "maker",
	    .usage = "keyAgreement", .purpose = purpose };

	return (struct span){ der, cert_make(&c, ek, maker, der) };
}

static int
begin(void **state)
{
	const struct cert c = { .subject = "maker", .issuer = "maker",
	    .constraints = "critical,CA:TRUE", .usage = "keyCertSign" };
	char path[64];
	size_t len;
	int fd;

	(void)state;
	maker = cert_key(false);
	ek = cert_key(false);
	len = cert_make(&c, maker, maker, der);
	if (mkdtemp(place) == NULL ||
	    public_of_key(ek, room, &public) != ERR_OK)
		return 1;
	(void)!snprintf(path, sizeof(path), "%s/maker", place);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (write(fd, der, len) != (ssize_t)len)
		return 1;
	close(fd);
	return 0;
}

static int
end(void **state)
{
	char path[64];

	(void)state;
	(void)!snprintf(path, sizeof(path), "%s/maker", place);
	(void)!unlink(path);
	(void)!rmdir(place);
	cert_key_drop(&maker);
	cert_key_drop(&ek);
	return 0;
}

static enum err
judge(const char *anchors, struct span cert)
{
	return ek_judge_apart(anchors, cert, &public, CERT_NOW);
}

static void
test_one_of_that_maker_and_key(void **state)
{
	(void)state;
	assert_err(judge(place, cert_of("2.23.133.8.1")), ERR_OK);
}

static void
test_what_it_says_of_itself(void **state)
{
	struct ek_said said;

	(void)state;
	assert_err(ek_verdict_apart(place, cert_of("clientAuth"), &public,
	    CERT_NOW, &said), ERR_OK);
	assert_int_equal(said.verdict, CERT_PURPOSE);
	assert_string_equal(said.about.issuer, "CN=maker");
	assert_err(ek_verdict_apart(place, span_text("nonsense"), &public,
	    CERT_NOW, &said), ERR_OK);
	assert_int_equal(said.verdict, CERT_MALFORMED);
	assert_string_equal(said.about.issuer, "");
}

static void
test_one_that_is_no_eks(void **state)
{
	(void)state;
	assert_err(judge(place, cert_of("clientAuth")), ERR_DENIED);
}

static void
test_one_of_another_key(void **state)
{
	(void)state;
	public.x[3] ^= 1;
	assert_err(judge(place, cert_of("2.23.133.8.1")), ERR_DENIED);
	public.x[3] ^= 1;
}

static void
test_one_of_nobodys(void **state)
{
	(void)state;
	assert_err(judge("/nowhere", cert_of("2.23.133.8.1")), ERR_DENIED);
	assert_err(judge(place, span_text("nonsense")), ERR_DENIED);
}

static void
test_a_pipe_holds_nobody_up(void **state)
{
	char path[64];

	(void)state;
	(void)!snprintf(path, sizeof(path), "%s/pipe", place);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_err(judge(place, cert_of("2.23.133.8.1")), ERR_DENIED);
	assert_int_equal(unlink(path), 0);
}

/* Nobody knows how the child ended. */
static void
test_a_child_that_is_lost(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_err(judge(place, cert_of("2.23.133.8.1")), ERR_INTERNAL);
	signal(SIGCHLD, SIG_DFL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_of_that_maker_and_key),
		cmocka_unit_test(test_what_it_says_of_itself),
		cmocka_unit_test(test_one_that_is_no_eks),
		cmocka_unit_test(test_one_of_another_key),
		cmocka_unit_test(test_one_of_nobodys),
		cmocka_unit_test(test_a_pipe_holds_nobody_up),
		cmocka_unit_test(test_a_child_that_is_lost),
	};

	return cmocka_run_group_tests_name("ek_apart", tests, begin, end);
}
