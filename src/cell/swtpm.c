/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/log.h"
#include "base/own.h"
#include "cell/cell.h"

#define STOP_LIMIT_MS 2000

static enum err
place(const struct settings *s, const char *name, struct sockaddr_un *to)
{
	const int n = snprintf(to->sun_path, sizeof(to->sun_path), "%s/%s",
	    s->run, name);

	to->sun_family = AF_UNIX;
	return n > 0 && (size_t)n < sizeof(to->sun_path) ? ERR_OK :
	    log_err(ERR_LIMIT, "run = %s: too long", s->run);
}

/* Bound here, so that nobody has to wait for the program to do it. */
static enum err
listen_at(const struct settings *s, const char *name, int *out)
{
	struct sockaddr_un to = { 0 };
	int fd OWNED(fd_drop) = -1;

	TRY(place(s, name, &to));
	unlink(to.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    bind(fd, (const struct sockaddr *)&to, sizeof(to)) == -1 ||
	    listen(fd, 16) == -1)
		return log_errno("listen at %s", to.sun_path);
	*out = GIVE(fd, -1);
	return ERR_OK;
}

enum err
swtpm_start(const struct settings *s, struct child *out)
{
	char state[sizeof(s->tpm_state) + 4];
	const char *const argv[] = {
		s->swtpm, "socket", "--tpm2", "--tpmstate", state,
		"--server", "type=unixio,fd=3", "--ctrl", "type=unixio,fd=4",
		"--flags", "not-need-init,startup-clear",
		"--seccomp", "action=kill", NULL,
	};
	int server OWNED(fd_drop) = -1, control OWNED(fd_drop) = -1;

	snprintf(state, sizeof(state), "dir=%s", s->tpm_state);
	TRY(listen_at(s, "tpm", &server));
	TRY(listen_at(s, "tpm.ctrl", &control));
	return child_start(&(struct program){
		.name = "swtpm",
		.argv = (char *const *)argv,
		.fds = (const int[]){ server, control },
		.nfds = 2,
		.poor = true,
	    }, out);
}

/* TPM2_Shutdown(CLEAR).  Without it the TPM's clock may go back, and says so
 * for the next hour: not safe. */
static bool
shut_down(const struct settings *s)
{
	static const uint8_t command[] = {
		0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x45, 0, 0,
	};
	static const uint8_t done[] = { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0 };
	const struct timeval limit = { .tv_sec = 2 };
	struct sockaddr_un to = { 0 };
	uint8_t answer[sizeof(done)];
	int fd OWNED(fd_drop) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return place(s, "tpm", &to) == ERR_OK && fd != -1 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof(limit)) == 0 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 &&
	    write(fd, command, sizeof(command)) == sizeof(command) &&
	    recv(fd, answer, sizeof(answer), MSG_WAITALL) ==
	    sizeof(answer) && memcmp(answer, done, sizeof(done)) == 0;
}

int
swtpm_stop(const struct settings *s, struct child *tpm)
{
	if (!child_ended(tpm) && !shut_down(s))
		log_line("the TPM does not let itself be shut down");
	return child_stop(tpm, STOP_LIMIT_MS);
}
