/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/aside.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "base/log.h"
#include "tpm/tpm_int.h"

/* ESYS, OpenSSL and a few messages of ours; below it a page that faults. */
enum { STACK_LEN = 512 * 1024, GUARD_LEN = 4096 };

struct aside {
	ucontext_t	 caller, work;
	uint8_t		*stack;
	tpm_work	*run;
	void		*self;
	bool		 busy;		/* begun and not done */
	bool		 inside;	/* its stack is the one in use */
	bool		 given_up;	/* nothing is waited for any more */
	int		 fd;
	uint64_t	 until_ms, end_ms;
};

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* In the work: back to the caller, each time at least once. */
static enum err
wait_aside(void *self, int fd, uint64_t until_ms)
{
	struct aside *a = self;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	a->fd = fd;
	a->until_ms = earlier(until_ms, a->end_ms);
	while (!a->given_up) {
		if (swapcontext(&a->work, &a->caller) == -1)
			return ERR_HARDWARE;
		if (carrier_now_ms() < a->end_ms && poll(&p, 1, 0) > 0)
			return ERR_OK;
		if (carrier_now_ms() >= a->until_ms)
			return ERR_BUSY;
	}
	return ERR_STATE;
}

/* makecontext() passes numbers only. */
static void
enter(unsigned high, unsigned low)
{
	struct aside *a = (void *)((uintptr_t)high << 32 | low);

	a->run(a->self);
	a->busy = false;
}

static void
step(struct aside *a)
{
	a->inside = true;
	if (swapcontext(&a->caller, &a->work) == -1)
		abort();	/* it fails for a signal mask only */
	a->inside = false;
	if (!a->busy)
		explicit_bzero(a->stack, STACK_LEN);
}

static enum err
prepare(struct aside *a)
{
	void *at = mmap(NULL, GUARD_LEN + STACK_LEN, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (at == MAP_FAILED)
		return log_errno("TPM: a stack");
	a->stack = (uint8_t *)at + GUARD_LEN;
	if (mprotect(at, GUARD_LEN, PROT_NONE) == -1)
		return log_errno("TPM: a stack");
	return ERR_OK;
}

void
aside_drop(struct aside **a)
{
	if (*a != NULL && (*a)->stack != NULL)
		munmap((*a)->stack - GUARD_LEN, GUARD_LEN + STACK_LEN);
	free(*a);
	*a = NULL;
}

static enum err
make(struct aside **out)
{
	struct aside *a OWNED(aside_drop) = calloc(1, sizeof(*a));

	if (a == NULL)
		return log_err(ERR_LIMIT, "TPM: no memory");
	TRY(prepare(a));
	*out = GIVE(a, NULL);
	return ERR_OK;
}

bool
aside_elsewhere(const struct tpm *t)
{
	return t->aside != NULL && t->aside->busy && !t->aside->inside;
}

struct waiter
aside_waiter(const struct tpm *t)
{
	if (t->aside != NULL && t->aside->inside)
		return (struct waiter){ wait_aside, t->aside };
	return (struct waiter){ 0 };
}

enum err
tpm_aside(struct tpm *t, tpm_work *work, void *self)
{
	struct aside *a;

	if (t->aside == NULL)
		TRY(make(&t->aside));
	a = t->aside;
	if (a->busy)
		return ERR_BUSY;
	if (getcontext(&a->work) == -1)
		return log_errno("TPM: getcontext");
	a->run = work;
	a->self = self;
	a->busy = true;
	a->given_up = false;
	a->end_ms = carrier_now_ms() +
	    (uint64_t)TPM_ASIDE_LIMITS * t->limit_ms;
	a->work.uc_stack.ss_sp = a->stack;
	a->work.uc_stack.ss_size = STACK_LEN;
	a->work.uc_link = &a->caller;
	makecontext(&a->work, (void (*)(void))enter, 2,
	    (unsigned)((uint64_t)(uintptr_t)a >> 32), (unsigned)(uintptr_t)a);
	step(a);
	return ERR_OK;
}

bool
tpm_aside_waits(const struct tpm *t, int *fd, int *left_ms)
{
	const struct aside *a = t->aside;
	uint64_t now;

	if (a == NULL || !a->busy)
		return false;
	now = carrier_now_ms();
	*fd = a->fd;
	*left_ms = now < a->until_ms ? (int)(a->until_ms - now) : 0;
	return true;
}

void
tpm_aside_go_on(struct tpm *t)
{
	if (t->aside != NULL && t->aside->busy)
		step(t->aside);
}

void
tpm_aside_finish(struct tpm *t)
{
	struct pollfd p = { .events = POLLIN };
	int left_ms;

	while (tpm_aside_waits(t, &p.fd, &left_ms)) {
		(void)!poll(&p, 1, left_ms);
		tpm_aside_go_on(t);
	}
}

void
tpm_aside_abandon(struct tpm *t)
{
	if (t->aside != NULL)
		t->aside->given_up = true;
	tpm_aside_go_on(t);
}
