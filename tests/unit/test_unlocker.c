/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "luks/luks.h"
#include "tests/fake_cryptod.h"
#include "tests/volume.h"
#include "unlocker/exits.h"

/*
 * The program itself, sandbox and all, against a cryptod that lies: a row is
 * one lie, how the program ends, and what it says.
 */

#define IMAGE "volume.img"

static const uint8_t key[FAKE_SECRET_LEN] = { 0x5e, 0, 0x0a, 0xff, 9, 9 };
static struct luks_facts facts;

struct ending {
	int	status;
	char	said[4096];
};

static void
write_file(const char *name, const char *text)
{
	int fd = open(volume_path(name), O_CREAT | O_TRUNC | O_WRONLY |
	    O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* The configuration, with more at its end. */
static void
write_config(unsigned uid, const char *digest, const char *more)
{
	char hex[65], text[2048];

	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", facts.digest[i]);
	snprintf(text, sizeof(text),
	    "[unlocker]\nserver_uid = %u\noperator = alice\n"
	    "device = phone\nlock_memory = secrets\nsocket = %s\n"
	    "trust = %s\nstate = %s\n%s"
	    "[volume root]\nname = root-clear\nrelease = luks:root\n"
	    "device = %s\nuuid = %s\ncipher = %s\nkey_size = %u\n"
	    "digest = %s\n", uid, volume_path("socket"),
	    volume_path("trust"), volume_path("."), more,
	    volume_path(IMAGE), facts.uuid, facts.cipher,
	    (unsigned)facts.key_size, digest != NULL ? digest : hex);
	write_file("conf", text);
}

static int
make_place(void **state)
{
	struct secret *old OWNED(secret_drop) = NULL;
	struct secret *added OWNED(secret_drop) = NULL;
	struct luks *l OWNED(luks_drop) = NULL;
	int slot;

	if (volume_folder(state) != 0 || luks_start() != ERR_OK)
		return -1;
	volume_make(IMAGE, "luks2");
	assert_err(luks_load(volume_path(IMAGE), &l), ERR_OK);
	assert_err(secret_copy(span_text(VOLUME_PASSPHRASE), &old), ERR_OK);
	assert_err(secret_copy(SPAN(key), &added), ERR_OK);
	assert_err(luks_add_slot(l, old, added, &slot), ERR_OK);
	facts = *luks_facts(l);
	fake_trust(volume_path("trust"));
	return 0;
}

static void
become(int in, int out, const char *const *more)
{
	const char *argv[16] = { "unlocker", "--config",
	    volume_path("conf"), "--test", "--code-fd", "0" };
	const char *build = getenv("top_builddir");
	char path[256];

	for (size_t i = 0; more != NULL && more[i] != NULL; i++)
		argv[i + 6] = more[i];
	dup2(in, STDIN_FILENO);
	dup2(out, STDERR_FILENO);
	snprintf(path, sizeof(path), "%s/unlocker",
	    build != NULL ? build : ".");
	execv(path, (char **)(uintptr_t)argv);
	_exit(127);
}

/* Run it with this on its standard input. */
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
	if (pid == 0)
		become(in[0], out[1], more);
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

static void
start(struct fake *f, enum lie lie, uint64_t version)
{
	*f = (struct fake){ .socket = volume_path("socket"), .lie = lie,
	    .version = version };
	memcpy(f->secret, key, sizeof(key));
	fake_start(f);
}

/* A state directory that has seen nothing. */
static int
forget(void **state)
{
	(void)state;
	unlink(volume_path("key-version"));
	write_config(getuid(), NULL, "");
	return 0;
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
	{ "a reason of tomorrow", SAYS_unknown, ENDS_refused,
	    "no reason known" },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct ending end;
	struct fake f;

	write_config(getuid(), NULL, "timeout = 2s\n");
	if (row->lie == LIE_hang)
		write_config(getuid(), NULL, "timeout = 100ms\n");
	start(&f, row->lie, 5);
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
	start(&f, LIE_none, 5);
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
		start(&f, LIE_none, version);
		run(FAKE_CODE, NULL, &end);
		fake_stop(&f);
		assert_ends(&end, ENDS_ok, "");
	}
	start(&f, LIE_none, 5);
	run(FAKE_CODE, NULL, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_server, "keys.old");

	write_file("key-version", "00000000000000000005 \n");
	start(&f, LIE_none, 7);
	run(FAKE_CODE, NULL, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_usage, "damaged");
}

static void
test_the_server_is_someone_else(void **state)
{
	struct ending end;
	struct fake f;

	(void)state;
	start(&f, LIE_none, 5);
	write_config(getuid() + 1, NULL, "");
	run(FAKE_CODE, NULL, &end);
	assert_ends(&end, ENDS_server, "peer.identity");
	fake_stop(&f);
	forget(state);
	run(FAKE_CODE, NULL, &end);
	assert_ends(&end, ENDS_silent, "nobody listens");
}

/* A directory that others may write is nobody's place for a socket. */
static void
test_the_place_is_open_to_others(void **state)
{
	struct ending end;
	struct fake f;

	(void)state;
	start(&f, LIE_none, 5);
	chmod(volume_path("."), 0770);
	run(FAKE_CODE, NULL, &end);
	chmod(volume_path("."), 0700);
	fake_stop(&f);
	assert_ends(&end, ENDS_server, "peer.identity");
}

/* No code is even taken: what is on standard input stays there. */
static void
test_another_volume(void **state)
{
	struct ending end;
	struct fake f;

	(void)state;
	write_config(getuid(), "00000000000000000000000000000000"
	    "00000000000000000000000000000000", "");
	start(&f, LIE_none, 5);
	run("", NULL, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_volume, "not the enrolled ones");
}

static void
test_the_token_is_handed_on(void **state)
{
	const char *const more[] = { "--token-out", volume_path("token"),
	    "root", NULL };
	struct ending end;
	struct fake f;
	struct stat st;

	(void)state;
	write_file("token", "an old one, which is longer than nothing");
	chmod(volume_path("token"), 0644);
	start(&f, SAYS_replay, 5);
	run(FAKE_CODE, more, &end);
	fake_stop(&f);
	assert_ends(&end, ENDS_replay, "");
	assert_int_equal(stat(volume_path("token"), &st), 0);
	assert_int_equal(st.st_size, 0);
	start(&f, LIE_none, 5);
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
	run("", check, &end);
	assert_ends(&end, ENDS_ok, "");
	write_config(getuid(), "abc", "");
	run("", check, &end);
	assert_ends(&end, ENDS_usage, "digest");
	write_config(getuid(), NULL, "appraise = on\n");
	run("", check, &end);
	assert_ends(&end, ENDS_usage, "appraise");
	forget(state);
	write_file("trust", "nonsense");
	run("", NULL, &end);
	assert_ends(&end, ENDS_usage, "not a trust file");
	fake_trust(volume_path("trust"));
	chmod(volume_path("trust"), 0666);
	run("", NULL, &end);
	chmod(volume_path("trust"), 0600);
	assert_ends(&end, ENDS_usage, "nobody else may write it");
}

#define FIXED 7
#define FRESH(f) cmocka_unit_test_setup(f, forget)

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
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		tests[FIXED + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
		tests[FIXED + i].setup_func = forget;
	}
	if (!volume_can()) {
		fprintf(stderr, "skipped: no cryptsetup program here\n");
		return 77;
	}
	return cmocka_run_group_tests_name("unlocker", tests, make_place,
	    volume_folder_drop);
}
