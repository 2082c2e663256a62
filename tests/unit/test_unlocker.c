/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/desk.h"
#include "unlocker/exits.h"

/*
 * The program itself, sandbox and all, against a cryptod that lies: a row is
 * one lie, how the program ends, and what it says.
 */

struct ending {
	int	status;
	char	said[4096];
};

static const char *const by_fd[] = { "--code-fd", "0", NULL };

/* Run it with this on its standard input; more are its arguments. */
static void
run(const char *input, const char *const *more, struct ending *end)
{
	int in[2], out[2];
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDERR_FILENO);
		desk_exec(more != NULL ? more : by_fd);
	}
	close(in[0]);
	close(out[1]);
	(void)!write(in[1], input, strlen(input));
	close(in[1]);
	while ((n = read(out[0], end->said + len,
	    sizeof(end->said) - 1 - len)) > 0)
		len += (size_t)n;
	end->said[len] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &end->status, 0), pid);
}

static void
assert_ends(const struct ending *end, enum ends want, const char *text)
{
	if (!WIFEXITED(end->status) || WEXITSTATUS(end->status) !=
	    (int)want || strstr(end->said, text) == NULL)
		fail_msg("status %x, not %d with \"%s\": %s",
		    (unsigned)end->status, (int)want, text, end->said);
	assert_null(strstr(end->said, FAKE_CODE));
}

static const struct row {
	const char	*name;
	enum lie	 lie;
	enum ends	 want;
	const char	*said;
} rows[] = {
	{ "the truth", LIE_none, ENDS_ok, "its key slot opens" },
	{ "metadata by another root", LIE_root, ENDS_server,
	    "keys.signature" },
	{ "metadata of another issuer", LIE_issuer, ENDS_server,
	    "keys.issuer" },
	{ "metadata that has expired", LIE_expired, ENDS_server,
	    "keys.stale" },
	{ "another object of the root key", LIE_metadata_context,
	    ENDS_server, "keys.signature" },
	{ "metadata that is garbage", LIE_metadata_garbage, ENDS_server,
	    "keys.signature" },
	{ "an unknown signer", LIE_signer, ENDS_server, "answer.signature" },
	{ "a key of use audit", LIE_audit_key, ENDS_server,
	    "answer.signature" },
	{ "a revoked key", LIE_revoked_key, ENDS_server, "answer.signature" },
	{ "a signature for another message", LIE_context, ENDS_server,
	    "answer.signature" },
	{ "an answer that was altered", LIE_altered, ENDS_server,
	    "answer.signature" },
	{ "the hash of another request", LIE_request, ENDS_server,
	    "answer.request" },
	{ "another request's id", LIE_request_id, ENDS_server,
	    "answer.request" },
	{ "another type of answer", LIE_type, ENDS_server, "answer.request" },
	{ "garbage", LIE_garbage, ENDS_server, "answer.request" },
	{ "no answer", LIE_hang, ENDS_silent, "answer.late" },
	{ "the line goes dead", LIE_hang_up, ENDS_silent, "broke" },
	{ "no token", LIE_no_token, ENDS_server, "answer.incomplete" },
	{ "a token for another audience", LIE_audience, ENDS_server,
	    "token.audience" },
	{ "a token bound to another key", LIE_cnf, ENDS_server,
	    "token.proof" },
	{ "a token for another scope", LIE_scope, ENDS_server,
	    "token.scope" },
	{ "a token of another operator", LIE_subject, ENDS_server,
	    "answer.request" },
	{ "a token with another nonce", LIE_nonce, ENDS_server,
	    "answer.request" },
	{ "a token that has expired", LIE_token_expired, ENDS_server,
	    "token.expired" },
	{ "a token of another issuer", LIE_token_issuer, ENDS_server,
	    "token.issuer" },
	{ "a token by the audit key", LIE_token_signer, ENDS_server,
	    "token.use" },
	{ "a token under an old policy", LIE_token_policy, ENDS_server,
	    "token.policy" },
	{ "no secret", LIE_no_key, ENDS_server, "answer.incomplete" },
	{ "wrapped to another key", LIE_wrapped_to_other, ENDS_server,
	    "answer.wrapped" },
	{ "wrapped for another request", LIE_wrapped_for_other, ENDS_server,
	    "answer.wrapped" },
	{ "a secret that opens nothing", LIE_secret, ENDS_volume,
	    "no key slot opens" },
	{ "rate limited", SAYS_limited, ENDS_limited, "wait 42 s" },
	{ "replay", SAYS_replay, ENDS_replay, "totp.replayed" },
	{ "stale", SAYS_stale, ENDS_refused, "request.stale" },
	{ "busy", SAYS_busy, ENDS_limited, "wait 5 s" },
	{ "keys that are being signed", SAYS_pending, ENDS_ok,
	    "its key slot opens" },
	{ "a key that is newer than what was fetched", SAYS_rotated, ENDS_ok,
	    "its key slot opens" },
	{ "a reason of tomorrow", SAYS_unknown, ENDS_refused,
	    "no reason known" },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct ending end;
	struct fake f;

	if (row->lie == LIE_hang)
		desk_config(getuid(), NULL, "timeout = 100ms\n");
	desk_serve(&f, row->lie, 5);
	run(FAKE_CODE "\n", NULL, &end);
	fake_stop(&f);
	assert_ends(&end, row->want, row->said);
}

/* What is wrong before a word is said. */
static void
test_a_wrong_code(void **state)
{
	struct ending end;
	struct fake f;

	(void)state;
	desk_serve(&f, LIE_none, 5);
	run("654321\n", NULL, &end);
	assert_ends(&end, ENDS_refused, "totp.refused");
	run("12345\n", NULL, &end);
	assert_ends(&end, ENDS_no_code, "6 or 8 digits");
	run("", NULL, &end);
	assert_ends(&end, ENDS_no_code, "no code was given");
	fake_stop(&f);
}

static void
test_older_metadata_is_not_believed_again(void **state)
{
	struct ending end;
	struct fake f;

	(void)state;
	for (uint64_t version = 5; version <= 6; version++) {
		desk_serve(&f, LIE_none, version);
		run(FAKE_CODE, NULL, &end);
		fake_stop(&f);
		assert_ends(&end, ENDS_ok, "");
	}
	desk_serve(&f, LIE_none, 5);
	run(FAKE_CODE, NULL, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_server, "keys.old");

	desk_write("cryptod-seen", "00000000000000000005 \n");
	desk_serve(&f, LIE_none, 7);
	run(FAKE_CODE, NULL, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_usage, "damaged");

	desk_write("cryptod-seen", "00000000000000000005 "
	    "18446744073709551615 00000000000000000000 "
	    "00000000000000000000 00000000000000000000 "
	    "00000000000000000000 00000000000000000000\n");
	desk_serve(&f, LIE_none, 7);
	run(FAKE_CODE, NULL, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_server, "get the newest");
}

static void
test_the_server_is_someone_else(void **state)
{
	struct ending end;
	struct fake f;

	(void)state;
	desk_serve(&f, LIE_none, 5);
	desk_config(getuid() + 1, NULL, "");
	run(FAKE_CODE, NULL, &end);
	assert_ends(&end, ENDS_server, "peer.identity");
	fake_stop(&f);
	desk_forget(state);
	run(FAKE_CODE, NULL, &end);
	assert_ends(&end, ENDS_silent, "nobody listens");
}

/* A directory that others may write is nobody's place for a socket. */
static void
test_the_place_is_open_to_others(void **state)
{
	struct ending end;
	char text[128];
	struct fake f;

	(void)state;
	desk_serve(&f, LIE_none, 5);
	chmod(volume_path("."), 0770);
	run(FAKE_CODE, NULL, &end);
	assert_ends(&end, ENDS_usage, "nobody else may write it");
	assert_int_equal(mkdir(volume_path("seen"), 0700), 0);
	snprintf(text, sizeof(text), "state = %s\n", volume_path("seen"));
	desk_config(getuid(), NULL, text);
	run(FAKE_CODE, NULL, &end);
	chmod(volume_path("."), 0700);
	fake_stop(&f);
	assert_ends(&end, ENDS_server, "peer.identity");
	assert_int_equal(unlink(volume_path("seen/cryptod-seen")), 0);
	assert_int_equal(unlink(volume_path("seen/trust-seen")), 0);
	assert_int_equal(rmdir(volume_path("seen")), 0);
}

/* No code is even taken: what is on standard input stays there. */
static void
test_another_volume(void **state)
{
	struct ending end;
	struct fake f;

	(void)state;
	desk_config(getuid(), "00000000000000000000000000000000"
	    "00000000000000000000000000000000", "");
	desk_serve(&f, LIE_none, 5);
	run("", NULL, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_volume, "not the enrolled ones");
}

static void
test_the_token_is_handed_on(void **state)
{
	const char *const more[] = { "--code-fd", "0", "--token-out",
	    volume_path("token"), "root", NULL };
	struct ending end;
	struct fake f;
	struct stat st;

	(void)state;
	desk_write("token", "an old one, which is longer than nothing");
	chmod(volume_path("token"), 0644);
	desk_serve(&f, SAYS_replay, 5);
	run(FAKE_CODE, more, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_replay, "");
	assert_int_equal(stat(volume_path("token"), &st), 0);
	assert_int_equal(st.st_size, 0);
	desk_serve(&f, LIE_none, 5);
	run(FAKE_CODE, more, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_ok, "");
	assert_int_equal(stat(volume_path("token"), &st), 0);
	assert_in_range(st.st_size, 100, 2048);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* Command lines, and what is wrong with them. */
static void
test_usage(void **state)
{
	const char *const two[] = { "root", "home", NULL };
	const char *const other[] = { "home", NULL };
	const char *const flag[] = { "--levitate", NULL };
	const char *const fd[] = { "--code-fd", "2", NULL };
	const char *const name[] = { "--operator", "al ice", NULL };
	const char *const device[] = { "--device", ".phone", NULL };
	const char *const check[] = { "--check-config", NULL };
	struct ending end;

	(void)state;
	run("", two, &end);
	assert_ends(&end, ENDS_usage, "one volume at a time");
	run("", other, &end);
	assert_ends(&end, ENDS_usage, "there are: root");
	run("", flag, &end);
	assert_ends(&end, ENDS_usage, "--help");
	run("", fd, &end);
	assert_ends(&end, ENDS_usage, "--code-fd 2");
	run("", name, &end);
	assert_ends(&end, ENDS_usage, "al ice: not a name");
	run("", device, &end);
	assert_ends(&end, ENDS_usage, ".phone: not a name");
	run("", check, &end);
	assert_ends(&end, ENDS_ok, "appraise = off: cryptod's keys are");
	desk_config(getuid(), "abc", "");
	run("", check, &end);
	assert_ends(&end, ENDS_usage, "digest");
	desk_config(getuid(), NULL, "appraise = perhaps\n");
	run("", check, &end);
	assert_ends(&end, ENDS_usage, "appraise");
	desk_config(getuid(), NULL, "appraise = on\n");
	run("", check, &end);
	assert_ends(&end, ENDS_ok, "");
	assert_null(strstr(end.said, "appraise"));
	desk_forget(state);
	desk_config(getuid(), NULL, "appraise = on\n");
	run("", NULL, &end);
	assert_ends(&end, ENDS_usage, "trust: it has no reference for cryptod");
	desk_write("trust", "nonsense");
	run("", NULL, &end);
	assert_ends(&end, ENDS_usage, "trust.shape");
	desk_write("officers", "nonsense");
	run("", NULL, &end);
	assert_ends(&end, ENDS_usage, "who the officers are");
	fake_trust(volume_path("trust"), volume_path("officers"));
	chmod(volume_path("trust"), 0666);
	run("", NULL, &end);
	chmod(volume_path("trust"), 0600);
	assert_ends(&end, ENDS_usage, "nobody else may write it");
}

/* Without a terminal and without --code-fd there is nobody to ask. */
static void
test_there_is_no_terminal(void **state)
{
	const char *const none[] = { NULL };
	struct ending end;
	struct fake f;

	(void)state;
	desk_serve(&f, LIE_none, 5);
	if (fork() == 0) {
		setsid();
		run("", none, &end);
		assert_ends(&end, ENDS_no_code, "use --code-fd");
		_exit(0);
	}
	assert_int_not_equal(wait(&end.status), -1);
	assert_int_equal(end.status, 0);
	fake_stop(&f);
}

/* Does the page have this status with this meaning? */
static void
find_status(const char *page, int status, const char *text)
{
	char item[256];

	snprintf(item, sizeof(item), ".It %d\n%s.\n", status, text);
	if (strstr(page, item) == NULL)
		fail_msg("docs/man/unlocker.8 lacks: %s", item);
}

static void
test_the_manual_has_every_status(void **state)
{
	static char page[32768];
	const char *top = getenv("top_srcdir");
	char path[256];
	ssize_t len;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/docs/man/unlocker.8",
	    top != NULL ? top : ".");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = read(fd, page, sizeof(page) - 1);
	assert_true(len > 0);
	close(fd);
#define EXIT(name, status, text) find_status(page, status, text);
#include "unlocker/exits.def"
#undef EXIT
}

#define FIXED 9
#define FRESH(f) cmocka_unit_test_setup(f, desk_forget)

int
main(void)
{
	struct CMUnitTest tests[FIXED + ROWS(rows)] = {
		FRESH(test_a_wrong_code),
		FRESH(test_older_metadata_is_not_believed_again),
		FRESH(test_the_server_is_someone_else),
		FRESH(test_the_place_is_open_to_others),
		FRESH(test_another_volume),
		FRESH(test_the_token_is_handed_on),
		FRESH(test_usage),
		FRESH(test_there_is_no_terminal),
		FRESH(test_the_manual_has_every_status),
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		tests[FIXED + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
		tests[FIXED + i].setup_func = desk_forget;
	}
	if (!volume_can()) {
		fprintf(stderr, "skipped: no cryptsetup program here\n");
		return 77;
	}
	return cmocka_run_group_tests_name("unlocker", tests, desk_make,
	    volume_folder_drop);
}
