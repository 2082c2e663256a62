/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "provisioning/acl.h"
#include "store/state.h"

/* Said by what is written: the file's words, and the line that is wrong. */
static const struct row {
	const char	*name;
	const char	*text;
	unsigned	 line;		/* 0: none */
	size_t		 rules;
	const char	*says;
} rows[] = {
	{ "each kind of rule", "operator alice luks:root\nvm web luks:*\n"
	    "audience api web:get\nperson luks:*\nchannel alice unlocker\n"
	    "release unlocker luks:root\nattest web luks:*\n"
	    "vouch web ssh:host\n", 0, 8, "" },
	{ "comments, blanks, no newline at the end",
	    "# all\n\n \t\n\tvm  web\tluks:* # so\nperson luks:*", 0, 2, "" },
	{ "anybody", "vm * web:get\n", 0, 1, "" },
	{ "the same name for two kinds", "vm a b:c\naudience a b:c\n", 0, 2,
	    "" },
	{ "nothing", "# nothing\n", 0, 0, "no rule" },
	{ "an unknown kind", "vm a b:c\nuser a b:c\n", 2, 0, "begins with" },
	{ "a kind in capitals", "VM a b:c\n", 1, 0, "begins with" },
	{ "one word", "vm\n", 1, 0, "two or three" },
	{ "four words", "vm a b:c 60\n", 1, 0, "two or three" },
	{ "a name too few", "vm b:c\n", 1, 0, "two words belong" },
	{ "a name too many", "person a b:c\n", 1, 0, "one word belongs" },
	{ "a name that begins with a dot", "vm .a b:c\n", 1, 0, "the name" },
	{ "a name with a slash", "vm a/b b:c\n", 1, 0, "the name" },
	{ "a pattern in a name", "vm a* b:c\n", 1, 0, "the name" },
	{ "a name of 65 characters", "vm 0123456789012345678901234567890123456"
	    "7890123456789012345678901234 b:c\n", 1, 0, "the name" },
	{ "no colon", "vm a b\n", 1, 0, "the scope" },
	{ "nothing behind it", "vm a b:\n", 1, 0, "the scope" },
	{ "nothing before it", "vm a :c\n", 1, 0, "the scope" },
	{ "a capital in a scope", "vm a b:C\n", 1, 0, "the scope" },
	{ "a pattern in a scope", "vm a b:c*\n", 1, 0, "the scope" },
	{ "a pattern for what", "vm a *:c\n", 1, 0, "the scope" },
	{ "two colons", "vm a b:c:d\n", 1, 0, "the scope" },
	{ "a scope of 65 characters", "vm a b:0123456789012345678901234567890"
	    "12345678901234567890123456789012\n", 1, 0, "the scope" },
	{ "a channel that is a scope", "channel alice b:c\n", 1, 0, "vm_id" },
	{ "a rule twice", "vm a b:c\n\nvm  a\tb:c\n", 3, 0, "already" },
};

static char path[] = "/tmp/test_acl.XXXXXX";

static void
write_file(const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

/* What acl_read() logs. */
static enum err
read_acl(struct acl *a, char said[static 1024])
{
	int save = dup(STDERR_FILENO), pipes[2];
	ssize_t n;
	enum err e;

	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	dup2(pipes[1], STDERR_FILENO);
	e = acl_read(path, a);
	dup2(save, STDERR_FILENO);
	n = read(pipes[0], said, 1023);
	said[n > 0 ? n : 0] = '\0';
	close(pipes[0]);
	close(pipes[1]);
	close(save);
	return e;
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct acl a OWNED(acl_drop) = { 0 };
	char said[1024], place[64] = "";

	write_file(row->text, strlen(row->text));
	assert_err(read_acl(&a, said), row->rules > 0 ? ERR_OK :
	    ERR_MALFORMED);
	if (row->line > 0)
		snprintf(place, sizeof(place), "%s:%u: ", path, row->line);
	assert_non_null(strstr(said, place));
	assert_non_null(strstr(said, row->says));
	if (row->rules > 0)
		assert_int_equal(a.n, row->rules);
}

static void
test_words_arrive(void **state)
{
	struct acl a OWNED(acl_drop) = { 0 };
	const char *text = "channel alice unlocker\nperson luks:*\n";
	char said[1024];

	(void)state;
	write_file(text, strlen(text));
	assert_err(read_acl(&a, said), ERR_OK);
	assert_int_equal(a.rules[0].kind, WIRE_rule_channel);
	assert_string_equal(a.rules[0].name.at, "alice");
	assert_string_equal(a.rules[0].scope.at, "unlocker");
	assert_int_equal(a.rules[1].kind, WIRE_rule_person);
	assert_string_equal(a.rules[1].name.at, "*");
	assert_string_equal(a.rules[1].scope.at, "luks:*");
}

static void
test_a_nul_ends_nothing(void **state)
{
	static const char text[] = "vm a b:c\0\nvm a b:d\n";
	struct acl a OWNED(acl_drop) = { 0 };
	char said[1024];

	(void)state;
	write_file(text, sizeof(text) - 1);
	assert_err(read_acl(&a, said), ERR_MALFORMED);
	assert_non_null(strstr(said, ":1: "));
}

static void
test_long_lines(void **state)
{
	struct acl a OWNED(acl_drop) = { 0 };
	char text[400], said[1024];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "vm a b:c", 8);
	write_file(text, sizeof(text));
	assert_err(read_acl(&a, said), ERR_MALFORMED);
	assert_non_null(strstr(said, "too long"));
}

static void
test_as_many_as_the_state_holds(void **state)
{
	static char text[STATE_RULES * 32 + 32];
	struct acl full OWNED(acl_drop) = { 0 }, over OWNED(acl_drop) = { 0 };
	char said[1024];
	int len = 0;

	(void)state;
	for (int i = 0; i < STATE_RULES; i++)
		len += snprintf(text + len, 32, "vm a b:%d\n", i);
	write_file(text, (size_t)len);
	assert_err(read_acl(&full, said), ERR_OK);
	assert_int_equal(full.n, STATE_RULES);
	len += snprintf(text + len, 32, "vm a b:c\n");
	write_file(text, (size_t)len);
	assert_err(read_acl(&over, said), ERR_MALFORMED);
	assert_non_null(strstr(said, "too many"));
}

static void
test_no_file(void **state)
{
	struct acl a OWNED(acl_drop) = { 0 };

	(void)state;
	assert_err(acl_read("/nonexistent/acl", &a), ERR_HARDWARE);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

#define FIXED 5

int
main(void)
{
	struct CMUnitTest tests[FIXED + ROWS(rows)] = {
		cmocka_unit_test(test_words_arrive),
		cmocka_unit_test(test_a_nul_ends_nothing),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_as_many_as_the_state_holds),
		cmocka_unit_test(test_no_file),
	};
	int fd = mkstemp(path);

	if (fd == -1)
		return 1;
	close(fd);
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[FIXED + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("acl", tests, NULL, remove_file);
}
