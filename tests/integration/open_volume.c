/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "luks/luks.h"
#include "tests/fake_cryptod.h"

/*
 * What 080-open-volume.test needs in a machine that has a kernel and little
 * else:
 *
 *	open_volume load MODULE...
 *	open_volume enrol DEVICE PASSPHRASE	make /run/place and a slot
 *	open_volume unlock PROGRAM		end as the unlocker ends
 *	open_volume halt
 */

#define PLACE "/run/place"

static const uint8_t key[FAKE_SECRET_LEN] = { 0x5e, 0, 0x0a, 0xff, 9, 9 };

static int
load(char **modules)
{
	for (; *modules != NULL; modules++) {
		int fd = open(*modules, O_RDONLY | O_CLOEXEC);

		if (syscall(SYS_finit_module, fd, "", 0) == -1) {
			perror(*modules);
			return 1;
		}
		close(fd);
	}
	return 0;
}

static void
write_config(const char *device, const struct luks_facts *f)
{
	int fd = open(PLACE "/conf", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	dprintf(fd, "[unlocker]\nserver_uid = 0\noperator = alice\n"
	    "device = phone\nsocket = " PLACE "/socket\n"
	    "trust = " PLACE "/trust\nofficers = " PLACE "/officers\n"
	    "state = " PLACE "\n"
	    "[volume root]\nname = clear\nrelease = luks:root\n"
	    "device = %s\nuuid = %s\ncipher = %s\nkey_size = %u\ndigest = ",
	    device, f->uuid, f->cipher, (unsigned)f->key_size);
	for (int i = 0; i < LUKS_DIGEST_LEN; i++)
		dprintf(fd, "%02x", f->digest[i]);
	dprintf(fd, "\n");
	close(fd);
}

static int
enrol(const char *device, const char *passphrase)
{
	struct secret *old OWNED(secret_drop) = NULL;
	struct secret *added OWNED(secret_drop) = NULL;
	struct luks *l OWNED(luks_drop) = NULL;
	int slot;

	assert_int_equal(mkdir(PLACE, 0700), 0);
	assert_err(luks_start(), ERR_OK);
	assert_err(luks_load(device, &l), ERR_OK);
	assert_err(secret_copy(span_text(passphrase), &old), ERR_OK);
	assert_err(secret_copy(SPAN(key), &added), ERR_OK);
	assert_err(luks_add_slot(l, old, added, &slot), ERR_OK);
	write_config(device, luks_facts(l));
	fake_trust(PLACE "/trust", PLACE "/officers");
	return 0;
}

static int
unlock(const char *program)
{
	struct fake f = { .socket = PLACE "/socket", .version = 1 };
	int pipes[2], status = -1;
	pid_t pid;

	memcpy(f.secret, key, sizeof(key));
	fake_start(&f);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(write(pipes[1], FAKE_CODE "\n", 7), 7);
	close(pipes[1]);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[0], STDIN_FILENO);
		execl(program, "unlocker", "--config", PLACE "/conf",
		    "--code-fd", "0", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	fake_stop(&f);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
}

int
main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "load") == 0)
		return load(argv + 2);
	if (argc == 4 && strcmp(argv[1], "enrol") == 0)
		return enrol(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "unlock") == 0)
		return unlock(argv[2]);
	if (argc == 2 && strcmp(argv[1], "halt") == 0)
		return reboot(RB_POWER_OFF);
	return 2;
}
