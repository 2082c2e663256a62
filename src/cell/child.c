/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cell/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"

#define NO_PROGRAM 127

/* Out of the way first: any of them may sit where another goes. */
static bool
place_fds(const struct program *p)
{
	int high[CHILD_FDS];

	if (p->nfds > CHILD_FDS)
		return false;
	for (size_t i = 0; i < p->nfds; i++)
		high[i] = fcntl(p->fds[i], F_DUPFD_CLOEXEC,
		    CHILD_FD + CHILD_FDS);
	for (size_t i = 0; i < p->nfds; i++)
		if (dup2(high[i], CHILD_FD + (int)i) == -1)
			return false;
	return true;
}

/* What is executed then has none of them, root's included. */
static bool
give_up_capabilities(void)
{
	for (unsigned long n = 0; prctl(PR_CAPBSET_READ, n, 0, 0, 0) >= 0; n++)
		if (prctl(PR_CAPBSET_DROP, n, 0, 0, 0) == -1 && errno != EPERM)
			return false;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* A TERM that comes before the program is there ends us: our handler would
 * take it, and the program never hear of it. */
static bool
open_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	return signal(SIGTERM, SIG_DFL) != SIG_ERR &&
	    signal(SIGINT, SIG_DFL) != SIG_ERR &&
	    sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

static _Noreturn void
become(const struct program *p, pid_t parent)
{
	/* ^C at a terminal and kill %1 are for us: what stops first, cryptod
	 * and then its TPM, is our affair. */
	if (setpgid(0, 0) == -1)
		_exit(NO_PROGRAM);
	/* The second look is for a parent that ended before the first. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		_exit(NO_PROGRAM);
	if (!place_fds(p) || (p->poor && !give_up_capabilities()) ||
	    !open_signals())
		_exit(NO_PROGRAM);
	execv(p->argv[0], p->argv);
	(void)!log_errno("start %s", p->argv[0]);
	_exit(NO_PROGRAM);
}

enum err
child_start(const struct program *p, struct child *out)
{
	const pid_t self = getpid();
	const pid_t pid = fork();

	if (pid == -1)
		return log_errno("fork for %s", p->name);
	if (pid == 0)
		become(p, self);
	*out = (struct child){ p->name, pid,
	    (int)syscall(SYS_pidfd_open, pid, 0) };
	if (out->fd != -1)
		return ERR_OK;
	(void)!log_errno("watch %s", p->name);
	kill(pid, SIGKILL);
	(void)child_take(out);
	return ERR_HARDWARE;
}

/* It may take limit_ms; a TERM for us does not hurry it. */
static bool
ends_within(const struct child *c, unsigned limit_ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	return poll(&p, 1, (int)limit_ms) == 1;
}

bool
child_ended(const struct child *c)
{
	return ends_within(c, 0);
}

int
child_take(struct child *c)
{
	int status = 0;

	while (waitpid(c->pid, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		log_line("%s was ended by signal %d", c->name,
		    WTERMSIG(status));
	else
		log_line("%s ended with %d", c->name, WEXITSTATUS(status));
	fd_drop(&c->fd);
	c->pid = 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

int
child_stop(struct child *c, unsigned limit_ms)
{
	if (!child_ended(c)) {
		kill(c->pid, SIGTERM);
		if (!ends_within(c, limit_ms)) {
			log_line("%s does not stop; it is killed", c->name);
			kill(c->pid, SIGKILL);
		}
	}
	return child_take(c);
}
