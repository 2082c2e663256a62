/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/carrier.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tss2/tss2_common.h>

#include "base/log.h"
#include "base/own.h"

/* How long the porter may take to leave. */
enum { LEAVE_MS = 2000 };

struct porter {
	int		sock;
	pid_t		pid;
	uint32_t	number;		/* of the last request */
};

static enum err
lost(struct exchange *x, const char *why)
{
	x->trouble = TPM_ERRS;
	x->rc = TSS2_TCTI_RC_IO_ERROR;
	x->why = why;
	return ERR_HARDWARE;
}

static enum err
late(struct exchange *x)
{
	(void)!lost(x, "no answer in time");	/* it has no other error */
	x->trouble = TPM_LATE;
	return ERR_HARDWARE;
}

uint64_t
carrier_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static enum err
wait_readable(int sock, const struct waiter *w, uint64_t until_ms)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };

	if (w->wait != NULL)
		return w->wait(w->self, sock, until_ms);
	for (;;) {
		uint64_t now = carrier_now_ms();
		int n;

		if (now >= until_ms)
			return ERR_BUSY;
		n = poll(&p, 1, (int)(until_ms - now));
		if (n > 0)
			return ERR_OK;
		if (n == -1 && errno != EINTR)
			return ERR_HARDWARE;
	}
}

static enum err
take_answer(const struct parcel *p, size_t len, struct exchange *x)
{
	if (p->code != TSS2_RC_SUCCESS) {
		x->trouble = p->code == TSS2_TCTI_RC_NO_CONNECTION ?
		    TPM_GONE : TPM_ERRS;
		x->rc = p->code;
		x->why = NULL;
		return ERR_HARDWARE;
	}
	x->len = len - PARCEL_HEAD;
	memcpy(x->response, p->at, x->len);
	return ERR_OK;
}

/* Answers to requests that were given up on come late and are passed over. */
static enum err
receive(const struct porter *c, struct exchange *x, uint64_t until_ms)
{
	struct parcel p;

	for (;;) {
		enum err e = wait_readable(c->sock, &x->waiter, until_ms);
		ssize_t n;

		if (e == ERR_BUSY)
			return late(x);
		if (e != ERR_OK)
			return lost(x, "its answer is no longer waited for");
		n = recv(c->sock, &p, sizeof(p), MSG_DONTWAIT);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < (ssize_t)PARCEL_HEAD)
			return lost(x, "the process that reaches it is gone");
		if (p.number == c->number)
			return take_answer(&p, (size_t)n, x);
	}
}

static enum err
exchange(void *self, struct exchange *x)
{
	struct porter *c = self;
	const uint64_t until_ms = carrier_now_ms() + x->limit_ms;
	struct parcel p;

	if (x->command.len > sizeof(p.at))
		return lost(x, "a command that is too long");
	p.number = ++c->number;
	p.code = x->limit_ms;
	memcpy(p.at, x->command.at, x->command.len);
	if (send(c->sock, &p, PARCEL_HEAD + x->command.len,
	    MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
		return lost(x, errno == EAGAIN ?
		    "the process that reaches it takes no more" :
		    "the process that reaches it is gone");
	return receive(c, x, until_ms);
}

/* The porter goes when it sees the shutdown, and takes its bearer along; the
 * socket hangs up when both have.  One that is stopped is left to the kernel,
 * which ends it with this process. */
static void
close_porter(void *self)
{
	struct porter *c = self;
	struct pollfd p = { .fd = c->sock };

	shutdown(c->sock, SHUT_WR);
	if (poll(&p, 1, LEAVE_MS) > 0)
		while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
			continue;
	fd_drop(&c->sock);
	free(c);
}

enum err
carrier_open(const char *tcti, struct carrier *out)
{
	struct porter *c;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return log_errno("socket pair for the TPM");
	c = calloc(1, sizeof(*c));
	if (c != NULL)
		c->pid = fork();
	if (c != NULL && c->pid == 0)
		porter_live(pair[1], tcti);
	fd_drop(&pair[1]);
	if (c == NULL || c->pid == -1) {
		fd_drop(&pair[0]);
		free(c);
		return log_errno("start the process that reaches the TPM");
	}
	c->sock = pair[0];
	*out = (struct carrier){ exchange, close_porter, c };
	return ERR_OK;
}
