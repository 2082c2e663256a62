/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "cryptod/keeper.h"
#include "cryptod/options.h"
#include "daemon/ends.h"

struct launcher {
	pid_t		keeper, cryptod;	/* 0: it has ended */
	sigset_t	waits, before;		/* CHLD, TERM, INT; ours else */
	bool		stopping;
	int		status;			/* cryptod's, as of waitpid */
	struct ends	ends;
};

/* It does not outlive us; false in the launcher. */
static bool
fork_one(struct launcher *l, pid_t *pid, enum err *e)
{
	const pid_t self = getpid();

	*pid = fork();
	if (*pid == -1) {
		*pid = 0;
		*e = log_errno("fork");
		return false;
	}
	*e = ERR_OK;
	if (*pid != 0)
		return false;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != self ||
	    sigprocmask(SIG_SETMASK, &l->before, NULL) == -1)
		_exit(EXIT_SYSTEM);
	return true;
}

static enum err
hold_only(int fd)
{
	const unsigned at = (unsigned)fd, first = STDERR_FILENO + 1;

	if ((at > first && close_range(first, at - 1, 0) == -1) ||
	    close_range(at + 1, ~0u, 0) == -1)
		return log_errno("close_range");
	return ERR_OK;
}

static void
stop(struct launcher *l)
{
	l->stopping = true;
	if (l->cryptod != 0)
		kill(l->cryptod, SIGTERM);
}

static void
reap(struct launcher *l)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == l->cryptod) {
			l->cryptod = 0;
			l->status = status;
			continue;
		}
		/* Who would have to be asked is not there any more. */
		l->keeper = 0;
		stop(l);
	}
}

static void
wait_for_end(struct launcher *l)
{
	while (l->cryptod != 0)
		switch (sigwaitinfo(&l->waits, NULL)) {
		case SIGCHLD:
			reap(l);
			break;
		case SIGTERM:
		case SIGINT:
			stop(l);
			break;
		default:
			break;
		}
}

static int
exit_of(const struct launcher *l)
{
	if (l->keeper == 0)
		return EXIT_CAP;
	return WIFEXITED(l->status) ? WEXITSTATUS(l->status) : EXIT_FAULT;
}

/* A crash, and not one too many. */
static bool
goes_on(struct launcher *l)
{
	uint64_t wait;

	if (l->stopping || (WIFEXITED(l->status) &&
	    WEXITSTATUS(l->status) != EXIT_FAULT))
		return false;
	if (!ends_add(&l->ends, KEEPER_TIMES, KEEPER_WITHIN_MS, 0,
	    clock_now().boot_ms, &wait)) {
		log_line("it has crashed too often: no more");
		return false;
	}
	log_line("it has crashed (%d); another is started",
	    WIFSIGNALED(l->status) ? WTERMSIG(l->status) : 0);
	return true;
}

static enum err
prepare(struct launcher *l, int pair[static 2])
{
	sigemptyset(&l->waits);
	sigaddset(&l->waits, SIGCHLD);
	sigaddset(&l->waits, SIGTERM);
	sigaddset(&l->waits, SIGINT);
	if (sigprocmask(SIG_BLOCK, &l->waits, &l->before) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return log_errno("prepare the keeper");
	return ERR_OK;
}

static enum err
start_keeper(struct launcher *l, int *fd)
{
	int pair[2] = { -1, -1 };
	enum err e;

	TRY(prepare(l, pair));
	if (fork_one(l, &l->keeper, &e)) {
		if (hold_only(pair[0]) != ERR_OK)
			_exit(EXIT_SYSTEM);
		keeper_run(pair[0]);
	}
	close(pair[0]);
	*fd = pair[1];
	return e;
}

bool
launch(int *ready, int *fd, int *status)
{
	struct launcher l = { 0 };
	enum err e;

	*status = EXIT_SYSTEM;
	if (start_keeper(&l, fd) != ERR_OK)
		return false;
	do {
		if (fork_one(&l, &l.cryptod, &e))
			return true;
		if (e != ERR_OK)
			return false;
		fd_drop(ready);
		wait_for_end(&l);
	} while (goes_on(&l));
	*status = exit_of(&l);
	/* The keeper's end: there is nobody left who could ask. */
	fd_drop(fd);
	if (l.keeper != 0)
		waitpid(l.keeper, NULL, 0);
	return false;
}
