/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/appraiser.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/log.h"
#include "base/own.h"
#include "crypto/selftest.h"
#include "cryptod/zygote.h"

/* How long the zygote may take to be there, and to leave. */
#define START_MS 60000
#define LEAVE_MS 2000

const struct appraiser_setup appraiser_usual = {
	.child_ms = 2000, .child_cpu_s = 1, .child_memory = 32u << 20,
	.answer_ms = 5000,
};

/* A job is free when nobody waits for it and the zygote does not owe it. */
struct slot {
	uint64_t		 ticket, until_ms;
	bool			 owed;		/* by the zygote */
	bool			 open;		/* somebody waits */
	bool			 settled;	/* there is an answer */
	struct appraiser_answer	 answer;
};

struct appraiser {
	int		 sock;		/* -1: there is no zygote any more */
	pid_t		 pid;
	uint64_t	 tickets;	/* given so far */
	unsigned	 answer_ms;
	struct job	*jobs;		/* APPRAISER_JOBS, shared with it */
	struct slot	 slots[APPRAISER_JOBS];
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- the zygote ---- */

static enum err
map_jobs(struct job **out)
{
	void *at = mmap(NULL, APPRAISER_JOBS * sizeof(**out),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return log_errno("map what is appraised");
	*out = at;
	return ERR_OK;
}

/* Whoever is forked later shall not have the jobs. */
static enum err
fork_zygote(const struct appraiser_setup *setup, struct appraiser *a)
{
	const pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return log_errno("socket pair for appraisals");
	a->sock = pair[0];
	a->pid = fork();
	if (a->pid == 0)
		zygote_live(setup, pair[1], parent, a->jobs);
	fd_drop(&pair[1]);
	if (a->pid == -1) {
		fd_drop(&a->sock);
		return log_errno("start what reads for appraisals");
	}
	return madvise(a->jobs, APPRAISER_JOBS * sizeof(*a->jobs),
	    MADV_DONTFORK) == 0 ? ERR_OK : log_errno("keep what is appraised");
}

static enum err
greet(const struct appraiser *a)
{
	struct pollfd p = { .fd = a->sock, .events = POLLIN };
	uint32_t said = ERR_INTERNAL;

	while (poll(&p, 1, START_MS) == -1 && errno == EINTR)
		continue;
	if (recv(a->sock, &said, sizeof(said), MSG_DONTWAIT) != sizeof(said))
		return log_err(ERR_HARDWARE, "what reads for appraisals does "
		    "not start");
	return (enum err)said;
}

enum err
appraiser_start(const struct appraiser_setup *setup, struct appraiser **out)
{
	struct appraiser *a OWNED(appraiser_drop) = calloc(1, sizeof(*a));

	if (a == NULL)
		return log_err(ERR_LIMIT, "no memory");
	a->sock = -1;
	a->answer_ms = setup->answer_ms;
	/* Once for all of them; whoever opens the state asks how it went. */
	(void)!crypto_selftest();
	TRY(map_jobs(&a->jobs));
	TRY(fork_zygote(setup, a));
	TRY(greet(a));
	*out = GIVE(a, NULL);
	return ERR_OK;
}

/* One that is stopped is left to the kernel, which ends it with us. */
static void
let_go(struct appraiser *a)
{
	struct pollfd p = { .fd = a->sock };

	shutdown(a->sock, SHUT_WR);
	if (poll(&p, 1, LEAVE_MS) > 0)
		while (waitpid(a->pid, NULL, 0) == -1 && errno == EINTR)
			continue;
	fd_drop(&a->sock);
}

void
appraiser_drop(struct appraiser **out)
{
	struct appraiser *a = *out;

	if (a == NULL)
		return;
	if (a->sock != -1)
		let_go(a);
	if (a->jobs != NULL)
		munmap(a->jobs, APPRAISER_JOBS * sizeof(*a->jobs));
	free(a);
	*out = NULL;
}

/* ---- answers ---- */

static void
settle_lost(struct slot *s, enum reason why)
{
	s->settled = true;
	s->answer = (struct appraiser_answer){ .reason = why };
}

/* Nothing that it may still say is listened to. */
static void
give_up(struct appraiser *a, const char *why)
{
	log_line("%s: %s; %s", reason_code(REASON_attest_zygote), why,
	    reason_help(REASON_attest_zygote));
	fd_drop(&a->sock);
	(void)waitpid(a->pid, NULL, WNOHANG);
	for (size_t i = 0; i < APPRAISER_JOBS; i++) {
		a->slots[i].owed = false;
		if (a->slots[i].open && !a->slots[i].settled)
			settle_lost(&a->slots[i], REASON_attest_zygote);
	}
}

static void
take_reply(struct appraiser *a, const struct reply *r)
{
	struct slot *s = r->slot < APPRAISER_JOBS ? &a->slots[r->slot] : NULL;

	if (s == NULL || !s->owed || r->ticket != s->ticket ||
	    r->end > END_LOST) {
		give_up(a, "it has answered what it was not asked");
		return;
	}
	s->owed = false;
	if (!s->open || s->settled)
		return;		/* it comes after its time */
	s->settled = true;
	if (r->end == END_WHOLE &&
	    found_check(&r->found, &a->jobs[r->slot], &s->answer) == ERR_OK)
		return;
	if (r->end == END_WHOLE)
		log_line("what read for an appraisal has said what cannot be");
	settle_lost(s, REASON_attest_reader);
}

/* False when there is no more for now. */
static bool
hear(struct appraiser *a)
{
	struct reply r;
	const ssize_t n = recv(a->sock, &r, sizeof(r),
	    MSG_DONTWAIT | MSG_TRUNC);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n == sizeof(r))
		take_reply(a, &r);
	else
		give_up(a, n > 0 ? "it has said what is no answer" :
		    "it is gone");
	return a->sock != -1;
}

static bool
is_waited_for(const struct slot *s)
{
	return s->open && !s->settled;
}

enum err
appraiser_go_on(void *self)
{
	struct appraiser *a = self;

	while (a->sock != -1 && hear(a))
		;
	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		if (is_waited_for(&a->slots[i]) &&
		    now_ms() >= a->slots[i].until_ms) {
			log_line("%s: it is silent",
			    reason_code(REASON_attest_zygote));
			settle_lost(&a->slots[i], REASON_attest_zygote);
		}
	return ERR_OK;
}

bool
appraiser_waits(void *self, int *fd, int *left_ms)
{
	const struct appraiser *a = self;
	const uint64_t now = now_ms();
	uint64_t left = INT_MAX;

	for (size_t i = 0; i < APPRAISER_JOBS; i++) {
		const struct slot *s = &a->slots[i];

		if (!is_waited_for(s))
			continue;
		if (s->until_ms <= now)
			left = 0;
		else if (s->until_ms - now < left)
			left = s->until_ms - now;
	}
	*fd = a->sock;
	*left_ms = (int)left;
	return a->sock != -1;
}

enum reason
appraiser_trouble(const struct appraiser *a)
{
	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		if (a->slots[i].owed && now_ms() >= a->slots[i].until_ms)
			return REASON_attest_zygote;
	return a->sock == -1 ? REASON_attest_zygote : REASON_none;
}

/* ---- jobs ---- */

static enum err
free_slot(struct appraiser *a, size_t *out)
{
	if (a->sock == -1)
		return ERR_STATE;
	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		if (!a->slots[i].owed && !a->slots[i].open) {
			*out = i;
			return ERR_OK;
		}
	return ERR_BUSY;
}

/* There is room in the socket for an order of each slot. */
static enum err
begin(struct appraiser *a, size_t i, uint64_t *ticket)
{
	const struct order o = { ++a->tickets, i };

	if (send(a->sock, &o, sizeof(o), MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    sizeof(o)) {
		give_up(a, "it takes no order");
		return ERR_STATE;
	}
	a->slots[i] = (struct slot){ .ticket = o.ticket, .owed = true,
		.open = true, .until_ms = now_ms() + a->answer_ms };
	*ticket = o.ticket;
	return ERR_OK;
}

enum err
appraiser_ask_log(struct appraiser *a, const struct appraiser_log *job,
    uint64_t *ticket)
{
	const struct span parts[] = { job->log, job->rules,
		job->goal.values };
	struct job *j;
	size_t i;

	TRY(free_slot(a, &i));
	j = &a->jobs[i];
	j->alg = job->goal.alg;
	j->mask = job->goal.mask;
	TRY(job_put(j, parts));
	return begin(a, i, ticket);
}

static struct slot *
find(struct appraiser *a, uint64_t ticket)
{
	for (size_t i = 0; i < APPRAISER_JOBS; i++)
		if (a->slots[i].open && a->slots[i].ticket == ticket)
			return &a->slots[i];
	return NULL;
}

enum err
appraiser_take(struct appraiser *a, uint64_t ticket,
    struct appraiser_answer *out)
{
	struct slot *s = find(a, ticket);

	if (s == NULL)
		return ERR_NOT_FOUND;
	if (!s->settled)
		return ERR_BUSY;
	*out = s->answer;
	s->open = false;
	return ERR_OK;
}

void
appraiser_forget(struct appraiser *a, uint64_t ticket)
{
	struct slot *s = find(a, ticket);

	if (s != NULL)
		s->open = false;
}
