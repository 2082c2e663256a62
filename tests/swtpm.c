/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/swtpm.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

/* What the child finds there after its exec. */
enum { SERVER_FD = 8, CONTROL_FD = 9 };

static struct sockaddr_un
place(const struct swtpm *s, const char *name)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s", s->dir, name);
	return to;
}

static enum err
listen_at(const struct swtpm *s, const char *name, int *out)
{
	const struct sockaddr_un to = place(s, name);
	int fd OWNED(fd_drop) = -1;

	unlink(to.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return log_errno("socket for the swtpm");
	if (bind(fd, (const struct sockaddr *)&to, sizeof(to)) == -1 ||
	    listen(fd, 16) == -1)
		return log_errno("listen at %s", to.sun_path);
	*out = GIVE(fd, -1);
	return ERR_OK;
}

static _Noreturn void
become_swtpm(const struct swtpm *s, int server, int control)
{
	char state[80], log[96];
	int high_server, high_control;

	snprintf(state, sizeof(state), "dir=%s", s->dir);
	snprintf(log, sizeof(log), "file=%s/log,level=1", s->dir);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Out of the way first: either may sit where the other goes. */
	high_server = fcntl(server, F_DUPFD_CLOEXEC, CONTROL_FD + 1);
	high_control = fcntl(control, F_DUPFD_CLOEXEC, CONTROL_FD + 1);
	if (dup2(high_server, SERVER_FD) != SERVER_FD ||
	    dup2(high_control, CONTROL_FD) != CONTROL_FD)
		_exit(127);
	execlp("swtpm", "swtpm", "socket", "--tpm2", "--server",
	    "type=unixio,fd=8", "--ctrl", "type=unixio,fd=9", "--tpmstate",
	    state, "--log", log, "--flags", "not-need-init,startup-clear",
	    (char *)NULL);
	_exit(127);
}

enum err
swtpm_start(struct swtpm *s)
{
	int server OWNED(fd_drop) = -1, control OWNED(fd_drop) = -1;

	TRY(listen_at(s, "tpm", &server));
	TRY(listen_at(s, "tpm.ctrl", &control));
	s->pid = fork();
	if (s->pid == 0)
		become_swtpm(s, server, control);
	if (s->pid == -1) {
		s->pid = 0;
		return log_errno("fork the swtpm");
	}
	return ERR_OK;
}

static int
installed(void)
{
	return access("/usr/bin/swtpm", X_OK) == 0 ||
	    access("/usr/local/bin/swtpm", X_OK) == 0;
}

enum err
swtpm_new(struct swtpm *s)
{
	const char *tmp = getenv("TMPDIR");

	*s = (struct swtpm){ 0 };
	if (!installed())
		return ERR_NOT_FOUND;
	/* A socket's name has to fit into 108 bytes. */
	if (tmp == NULL || strlen(tmp) > 40)
		tmp = "/tmp";
	snprintf(s->dir, sizeof(s->dir), "%s/swtpm-XXXXXX", tmp);
	if (mkdtemp(s->dir) == NULL) {
		s->dir[0] = '\0';
		return log_errno("make a directory for the swtpm");
	}
	snprintf(s->tcti, sizeof(s->tcti), "swtpm:path=%s/tpm", s->dir);
	return swtpm_start(s);
}

void
swtpm_kill(struct swtpm *s)
{
	if (s->pid == 0)
		return;
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

void
swtpm_halt(struct swtpm *s)
{
	kill(s->pid, SIGSTOP);
	waitpid(s->pid, NULL, WUNTRACED);
}

void
swtpm_go(struct swtpm *s)
{
	kill(s->pid, SIGCONT);
}

void
swtpm_drop(struct swtpm *s)
{
	struct dirent *entry;
	DIR *dir;

	swtpm_kill(s);
	if (s->dir[0] == '\0')
		return;
	dir = opendir(s->dir);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		(void)!unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(s->dir);
	s->dir[0] = '\0';
}

/* TPM2_PCR_Extend with an empty password, as it goes over the wire. */
enum err
swtpm_extend(const struct swtpm *s, unsigned pcr)
{
	const struct sockaddr_un to = place(s, "tpm");
	uint8_t command[65] = {
		0x80, 0x02, 0, 0, 0, 65, 0, 0, 0x01, 0x82, 0, 0, 0,
		(uint8_t)pcr, 0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0,
		0, 0, 0, 1, 0x00, 0x0b, 0xee,
	};
	uint8_t response[64];
	int fd OWNED(fd_drop) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == -1 ||
	    write(fd, command, sizeof(command)) != sizeof(command) ||
	    recv(fd, response, 10, MSG_WAITALL) != 10)
		return log_errno("extend PCR %u of the swtpm", pcr);
	return response[6] == 0 && response[7] == 0 && response[8] == 0 &&
	    response[9] == 0 ? ERR_OK : ERR_HARDWARE;
}
