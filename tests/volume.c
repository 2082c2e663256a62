/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "tests/volume.h"

#define SIZE		(20 << 20)
#define HEAD		4096	/* the binary part; JSON follows */
#define HEAD_SIZE	8	/* where the length of a copy stands */
#define HEAD_SUM	448	/* where its SHA-256 stands, 64 bytes */
#define COPY_MAX	65536

static char folder[64];

int
volume_folder(void **state)
{
	static const char template[] = "/tmp/volume.XXXXXX";

	(void)state;
	memcpy(folder, template, sizeof(template));
	return mkdtemp(folder) == NULL ? -1 : 0;
}

int
volume_folder_drop(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	(void)state;
	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return rmdir(folder);
}

const char *
volume_path(const char *name)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

/* In the child: the program with input as its standard input. */
static void
become(int from, const char *const *args)
{
	const char *argv[24] = { "cryptsetup", "--batch-mode" };
	int quiet = open("/dev/null", O_WRONLY);

	for (size_t i = 0; args[i] != NULL && i + 3 < 24; i++)
		argv[i + 2] = args[i];
	dup2(from, STDIN_FILENO);
	dup2(quiet, STDOUT_FILENO);
	dup2(quiet, STDERR_FILENO);
	execv("/usr/sbin/cryptsetup", (char **)(uintptr_t)argv);
	execvp("cryptsetup", (char **)(uintptr_t)argv);
	_exit(127);
}

int
volume_cryptsetup(struct span input, const char *const *args)
{
	int pipes[2], status = -1;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		close(pipes[1]);
		become(pipes[0], args);
	}
	close(pipes[0]);
	assert_int_equal(write(pipes[1], input.at, input.len), input.len);
	close(pipes[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

int
volume_can(void)
{
	const char *const args[] = { "--version", NULL };

	return volume_cryptsetup(span_text(""), args) == 0;
}

void
volume_make(const char *name, const char *type)
{
	const char *path = volume_path(name);
	const char *const args[] = { "luksFormat", "--type", type, "--pbkdf",
	    "pbkdf2", "--pbkdf-force-iterations", "1000", "--key-file", "-",
	    path, NULL };
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, SIZE), 0);
	close(fd);
	assert_int_equal(volume_cryptsetup(span_text(VOLUME_PASSPHRASE),
	    args), 0);
}

int
volume_opens(const char *name, struct span passphrase)
{
	const char *const args[] = { "open", "--test-passphrase",
	    "--disable-external-tokens", "--key-file", "-",
	    volume_path(name), NULL };

	return volume_cryptsetup(passphrase, args) == 0;
}

static uint64_t
number(const uint8_t *at)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | at[i];
	return n;
}

/* How often from was replaced in the text, which keeps its room. */
static unsigned
replace(char *text, size_t room, const char *from, const char *to)
{
	size_t cut = strlen(from), put = strlen(to);
	unsigned times = 0;

	for (char *at = text; (at = strstr(at, from)) != NULL; at += put) {
		size_t rest = strlen(at + cut) + 1;

		assert_true((size_t)(at - text) + put + rest <= room);
		memmove(at + put, at + cut, rest);
		memcpy(at, to, put);
		times++;
	}
	memset(text + strlen(text), 0, room - strlen(text));
	return times;
}

void
volume_retouch(const char *name, const char *from, const char *to)
{
	static uint8_t copy[COPY_MAX];
	int fd = open(volume_path(name), O_RDWR | O_CLOEXEC);
	struct span part = { copy, 0 };

	for (off_t start = 0, n = 0; n < 2; n++, start += (off_t)part.len) {
		assert_int_equal(pread(fd, copy, COPY_MAX, start), COPY_MAX);
		part.len = number(copy + HEAD_SIZE);
		assert_in_range(part.len, HEAD + 1, COPY_MAX);
		assert_int_not_equal(replace((char *)copy + HEAD,
		    part.len - HEAD, from, to), 0);
		memset(copy + HEAD_SUM, 0, 64);
		assert_err(sha256(&part, 1, copy + HEAD_SUM), ERR_OK);
		assert_int_equal(pwrite(fd, copy, part.len, start), part.len);
	}
	close(fd);
}
