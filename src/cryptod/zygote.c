/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/log.h"
#include "base/own.h"
#include "cryptod/confined.h"
#include "daemon/apart.h"
#include "daemon/start.h"

struct child {
	pid_t		pid;		/* 0: the slot is free */
	int		fd;		/* of its pipe, or -1 */
	uint64_t	ticket, until_ms;
	size_t		got;
	struct found	in;
};

struct zygote {
	const struct appraiser_setup	*setup;
	const struct job		*jobs;
	int				 sock;
	size_t				 mapped;	/* before any child */
	struct child			 children[APPRAISER_JOBS];
};

/* ---- the child ---- */

/* Beside its pipe it has its job, of those that there are. */
static enum err
see_only(const struct zygote *z, size_t slot)
{
	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		if (i != slot && munmap((void *)(uintptr_t)&z->jobs[i],
		    sizeof(z->jobs[i])) == -1)
			return ERR_HARDWARE;
	return ERR_OK;
}

static _Noreturn void
child_live(const struct zygote *z, size_t slot, pid_t zygote, int fd)
{
	static struct found found;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != zygote ||
	    apart_hold(fd) != ERR_OK || see_only(z, slot) != ERR_OK ||
	    confined_child(z->setup, z->mapped) != ERR_OK)
		_exit(1);
	reader_read(&z->jobs[slot], &found);
	_exit(write(fd, &found, sizeof(found)) == sizeof(found) ? 0 : 1);
}

/* ---- the zygote ---- */

static _Noreturn void
end_with(struct zygote *z, int status)
{
	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		if (z->children[i].pid > 0)
			kill(z->children[i].pid, SIGKILL);
	_exit(status);
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* In words, or NULL if it ended well. */
static const char *
end_of(const struct child *c, int status)
{
	const char *signal;

	if (WIFSIGNALED(status)) {
		signal = sigdescr_np(WTERMSIG(status));
		return signal != NULL ? signal : "it was killed";
	}
	return c->got == sizeof(c->in) && WEXITSTATUS(status) == 0 ? NULL :
	    "it gave no whole answer";
}

/* Whatever it still is, it is no more when this is over; why is NULL if only
 * its end tells what is wrong.  One that could not be forked has none. */
static void
finish(struct zygote *z, struct child *c, const char *why)
{
	struct reply r = { .ticket = c->ticket, .end = END_LOST,
	    .slot = (uint32_t)(c - z->children) };
	int status = -1;

	if (c->pid > 0)
		kill(c->pid, SIGKILL);
	while (c->pid > 0 && waitpid(c->pid, &status, 0) == -1 &&
	    errno == EINTR)
		continue;
	why = why != NULL ? why : end_of(c, status);
	if (why != NULL) {
		log_line("what read for an appraisal is lost: %s", why);
	} else {
		r.end = END_WHOLE;
		r.found = c->in;
	}
	fd_drop(&c->fd);
	*c = (struct child){ .fd = -1 };
	if (send(z->sock, &r, sizeof(r), MSG_NOSIGNAL) != sizeof(r))
		end_with(z, 0);
}

/* The child's one answer, and one byte to see more than that. */
static void
take(struct zygote *z, struct child *c)
{
	uint8_t in[sizeof(c->in) + 1];
	const ssize_t n = read(c->fd, in, sizeof(c->in) - c->got + 1);

	if (n == -1 && errno == EINTR)
		return;
	if (n > 0 && (size_t)n <= sizeof(c->in) - c->got) {
		memcpy((uint8_t *)&c->in + c->got, in, (size_t)n);
		c->got += (size_t)n;
		return;
	}
	finish(z, c, n != 0 ? "it said too much" : NULL);
}

static void
begin(struct zygote *z, const struct order *o)
{
	struct child *c = &z->children[o->slot];
	const pid_t zygote = getpid();
	int ends[2] = { -1, -1 };

	*c = (struct child){ .fd = -1, .ticket = o->ticket,
	    .until_ms = now_ms() + z->setup->child_ms };
	if (pipe2(ends, O_CLOEXEC) == 0)
		c->pid = fork();
	else
		c->pid = -1;
	if (c->pid == 0)
		child_live(z, (size_t)o->slot, zygote, ends[1]);
	fd_drop(&ends[1]);
	c->fd = ends[0];
	if (c->pid == -1)
		finish(z, c, "no child could be forked");
}

/* cryptod goes, or has a job; anything else it would not say. */
static void
hear(struct zygote *z)
{
	struct order o;
	const ssize_t n = recv(z->sock, &o, sizeof(o), MSG_TRUNC);

	if (n == -1 && errno == EINTR)
		return;
	if (n == 0)
		end_with(z, 0);
	if (n != sizeof(o) || o.slot >= APPRAISER_JOBS ||
	    z->children[o.slot].pid != 0)
		end_with(z, 1);
	begin(z, &o);
}

/* Until something is there, or the first child's time is up. */
static void
wait_for(const struct zygote *z, struct pollfd p[static 1 + APPRAISER_JOBS])
{
	const uint64_t now = now_ms();
	uint64_t left = INT_MAX;

	p[0] = (struct pollfd){ .fd = z->sock, .events = POLLIN };
	for (size_t i = 0; i < APPRAISER_JOBS; i++) {
		const struct child *c = &z->children[i];

		p[1 + i] = (struct pollfd){ .fd = c->fd, .events = POLLIN };
		if (c->pid == 0)
			continue;
		if (c->until_ms <= now)
			left = 0;
		else if (c->until_ms - now < left)
			left = c->until_ms - now;
	}
	if (poll(p, 1 + APPRAISER_JOBS, (int)left) == -1)
		for (size_t i = 0; i <= APPRAISER_JOBS; i++)
			p[i].revents = 0;
}

static void
turn(struct zygote *z)
{
	struct pollfd p[1 + APPRAISER_JOBS];

	wait_for(z, p);
	for (size_t i = 0; i < APPRAISER_JOBS; i++) {
		struct child *c = &z->children[i];

		if (p[1 + i].revents != 0)
			take(z, c);
		else if (c->pid != 0 && now_ms() >= c->until_ms)
			finish(z, c, "it took too long");
	}
	if (p[0].revents != 0)
		hear(z);
}

/* It ends when its parent does, by whichever comes first; a ^C at the
 * terminal or a stop of the service is for that. */
static enum err
set_up(struct zygote *z, pid_t parent, struct job *jobs)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
	    SIGPIPE, SIGUSR1, SIGUSR2 };
	const unsigned at = (unsigned)z->sock, first = STDERR_FILENO + 1;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent ||
	    (at > first && close_range(first, at - 1, 0) == -1) ||
	    close_range(at + 1, ~0u, 0) == -1 ||
	    mprotect(jobs, APPRAISER_JOBS * sizeof(*jobs), PROT_READ) == -1)
		return log_errno("set up what reads for appraisals");
	TRY(daemon_mapped(&z->mapped));
	return confined_zygote();
}

void
zygote_live(const struct appraiser_setup *setup, int sock, pid_t parent,
    struct job *jobs)
{
	struct zygote z = { .setup = setup, .jobs = jobs, .sock = sock };
	uint32_t greeting;

	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		z.children[i].fd = -1;
	greeting = (uint32_t)set_up(&z, parent, jobs);
	if (send(sock, &greeting, sizeof(greeting), MSG_NOSIGNAL) !=
	    sizeof(greeting) || greeting != ERR_OK)
		_exit(1);
	for (;;)
		turn(&z);
}
