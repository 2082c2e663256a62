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

/* ---- a child that a certificate has taken over ---- */

static void (*act)(void);

/* Into what it has, whatever that is; to how many. */
static int
say(const void *at, size_t len)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += write(fd, at, len) == (ssize_t)len;
	return n;
}

/* As a child says it: that the certificate is good. */
struct said {
	uint8_t			verdict;
	struct x509_about	about;
};

static int
say_good(void)
{
	static const struct said good = { .verdict = CERT_GOOD };

	return say(&good, sizeof(good));
}

static void act_crash(void) { __builtin_trap(); }
static void act_leave(void) { _exit(0); }
static void act_say_half(void) { say("\0", 1); _exit(0); }
static void act_say_more(void) { say("\0", 1); }

static void
act_end_badly(void)
{
	say_good();
	_exit(1);
}

static void
act_say_what_is_none(void)
{
	static const struct said none = { .verdict = 200 };

	say(&none, sizeof(none));
	_exit(0);
}

/* What it is not to have makes it say that the certificate is good. */
static void
act_use_more_memory(void)
{
	/* clang takes one that nobody looks at for given. */
	uint8_t *volatile at = malloc(40u << 20);

	_exit(at != NULL && say_good() == 1 ? 0 : 1);
}

static void
act_have_more(void)
{
	_exit(say("", 0) != 1 && say_good() > 0 ? 0 : 1);
}

enum x509_verdict __real_x509_ek(struct span cert, const struct x509_key *key);
enum x509_verdict __wrap_x509_ek(struct span cert, const struct x509_key *key);

enum x509_verdict
__wrap_x509_ek(struct span cert, const struct x509_key *key)
{
	if (act != NULL)
		act();
	return __real_x509_ek(cert, key);
}

static void
test_a_child_that_is_taken_over(void **state)
{
	static void (*const acts[])(void) = { act_crash, act_leave,
	    act_end_badly, act_say_half, act_say_more, act_say_what_is_none,
	    act_use_more_memory, act_have_more };

	(void)state;
	/* cmocka would go on with its tests in the child. */
	signal(SIGILL, SIG_DFL);
	for (size_t i = 0; i < ROWS(acts); i++) {
		act = acts[i];
		assert_err(judge(place, cert_of("2.23.133.8.1")),
		    ERR_INTERNAL);
	}
	act = NULL;
	assert_err(judge(place, cert_of("2.23.133.8.1")), ERR_OK);
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
		cmocka_unit_test(test_a_child_that_is_taken_over),
		cmocka_unit_test(test_a_child_that_is_lost),
	};

	return cmocka_run_group_tests_name("ek_apart", tests, begin, end);
}
