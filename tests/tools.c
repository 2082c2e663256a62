/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "tests/tools.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int
tools_run(const char *line)
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
		int said = open("said", O_RDWR | O_CREAT | O_TRUNC, 0600);

		dup2(said, STDOUT_FILENO);
		execvp(words[0], words);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		skip();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
tools_put(const char *name, const void *at, size_t len)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(at, 1, len, f), len);
	fclose(f);
}

size_t
tools_get(const char *name, void *at, size_t cap)
{
	FILE *f = fopen(name, "r");
	size_t n;

	assert_non_null(f);
	n = fread(at, 1, cap, f);
	fclose(f);
	return n;
}

/* Their contexts are in files. */
void
tools_do(const char *line)
{
	assert_int_equal(tools_run("tpm2_flushcontext -t"), 0);
	if (tools_run(line) != 0)
		fail_msg("%s", line);
}

void
tools_same(const char *name, const void *want, size_t len)
{
	uint8_t got[512];

	assert_int_equal(tools_get(name, got, sizeof(got)), len);
	assert_memory_equal(got, want, len);
}

void
tools_said(const char *words)
{
	char said[4096] = "";

	tools_get("said", said, sizeof(said) - 1);
	if (strstr(said, words) == NULL)
		fail_msg("not said: %s: %s", words, said);
}
