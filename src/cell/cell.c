/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cell/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "base/own.h"
#include "daemon/start.h"

#define NO_PROGRAM 127

/* What cryptod's exit status says; see cryptod(8). */
enum { CRYPTOD_STOPPED = 0, CRYPTOD_USAGE = 1, CRYPTOD_STATE = 2 };

static enum err
open_private(const char *path, int *out)
{
	int fd OWNED(fd_drop) = -1;
	struct stat st;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return log_errno("make %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 || fstat(fd, &st) == -1)
		return log_errno("open %s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return log_err(ERR_STATE, "%s: it must belong to uid %u and "
		    "be closed to everyone else (chmod 700)", path,
		    (unsigned)geteuid());
	*out = GIVE(fd, -1);
	return ERR_OK;
}

enum err
cell_open(struct cell *c)
{
	int run OWNED(fd_drop) = -1;

	TRY(open_private(c->settings.run, &run));
	TRY(open_private(c->settings.tpm_state, &c->lock));
	if (flock(c->lock, LOCK_EX | LOCK_NB) == -1)
		return log_err(ERR_BUSY, "%s: another process uses it",
		    c->settings.tpm_state);
	return ERR_OK;
}

static enum err
start_cryptod(struct cell *c)
{
	const struct settings *s = &c->settings;
	const char *const argv[] = {
		s->cryptod, "--config", s->config, "--ready-fd", "3",
		c->options.attend != -1 ? "--attend-fd" : NULL, "4", NULL,
	};
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) == -1)
		return log_errno("pipe");
	c->ready = pair[0];
	const enum err e = child_start(&(struct program){
		.name = "cryptod",
		.argv = (char *const *)argv,
		.fds = (const int[]){ pair[1], c->options.attend },
		.nfds = c->options.attend != -1 ? 2 : 1,
	    }, &c->cryptod);
	close(pair[1]);
	return e;
}

/* Once, however often it is started anew. */
static void
tell_ready(struct cell *c)
{
	static const char line[] = "ready\n";

	if (c->options.ready != -1) {
		/* Who asked may be gone; serving does not depend on it. */
		(void)!write(c->options.ready, line, sizeof(line) - 1);
		fd_drop(&c->options.ready);
	}
}

static void
hear_ready(struct cell *c)
{
	char line[64];

	if (read(c->ready, line, sizeof(line)) > 0)
		tell_ready(c);
	fd_drop(&c->ready);
}

/* TERM is open only here and in cell_wait(). */
static void
watch(struct cell *c)
{
	sigset_t none;

	sigemptyset(&none);
	while (!daemon_stopping()) {
		struct pollfd p[] = {
			{ .fd = c->tpm.fd, .events = POLLIN },
			{ .fd = c->cryptod.fd, .events = POLLIN },
			{ .fd = c->ready, .events = POLLIN },
		};

		if (ppoll(p, 3, NULL, &none) == -1)
			continue;
		if (p[2].revents != 0)
			hear_ready(c);
		if (p[0].revents != 0 || p[1].revents != 0)
			return;
	}
}

static enum err
start(struct cell *c)
{
	TRY(swtpm_start(&c->settings, &c->tpm));
	if (!c->options.tpm_only)
		return start_cryptod(c);
	tell_ready(c);
	return ERR_OK;
}

/* cryptod first: it has a last frame to write. */
static enum fate
end(struct cell *c)
{
	const bool stopped = c->tpm.pid != 0 && !child_ended(&c->tpm) &&
	    c->cryptod.pid != 0 && child_ended(&c->cryptod);
	int tpm = 0, cryptod = -1;

	if (c->cryptod.pid != 0)
		cryptod = child_stop(&c->cryptod,
		    (unsigned)c->settings.stop_limit);
	if (c->tpm.pid != 0)
		tpm = swtpm_stop(&c->settings, &c->tpm);
	fd_drop(&c->ready);
	if (daemon_stopping() || (stopped && cryptod == CRYPTOD_STOPPED))
		return FATE_STOPPED;
	return tpm == NO_PROGRAM || cryptod == NO_PROGRAM ||
	    cryptod == CRYPTOD_USAGE || cryptod == CRYPTOD_STATE ?
	    FATE_REFUSED : FATE_AGAIN;
}

enum fate
cell_live(struct cell *c)
{
	c->tpm = c->cryptod = (struct child){ .fd = -1 };
	c->ready = -1;
	if (start(c) == ERR_OK)
		watch(c);
	return end(c);
}

bool
cell_wait(uint64_t ms)
{
	const struct timespec wait = { (time_t)(ms / 1000),
	    (long)(ms % 1000) * 1000000 };
	sigset_t none;

	sigemptyset(&none);
	(void)ppoll(NULL, 0, &wait, &none);
	return !daemon_stopping();
}
