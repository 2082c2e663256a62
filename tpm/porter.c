/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tctildr.h>

#include "tpm/confine.h"

/* The one descriptor that is left, beside stdin, stdout and stderr. */
enum { SOCK = 3 };

/* Only the newest request is still waited for: what lies before it in the
 * socket was given up on while no bearer was there. */
static ssize_t
next_request(struct parcel *p)
{
	struct parcel newer;
	ssize_t len, n;

	do
		len = recv(SOCK, p, sizeof(*p), 0);
	while (len == -1 && errno == EINTR);
	while ((n = recv(SOCK, &newer, sizeof(newer), MSG_DONTWAIT)) > 0) {
		memcpy(p, &newer, (size_t)n);
		len = n;
	}
	return len;
}

/* The default action of the signal ends this process, whatever the TCTI is
 * waiting in; 0 ms is no limit. */
static void
die_in(uint32_t ms)
{
	const struct itimerval t = { .it_value = {
	    .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000 } };

	setitimer(ITIMER_REAL, &t, NULL);
}

static TSS2_RC
connect_to(const char *name, TSS2_TCTI_CONTEXT **tcti)
{
	TSS2_RC rc = Tss2_TctiLdr_Initialize(name, tcti);

	if (rc == TSS2_TCTI_RC_IO_ERROR)
		return TSS2_TCTI_RC_NO_CONNECTION;
	if (rc == TSS2_RC_SUCCESS && confine_bearer(name) != ERR_OK)
		_exit(1);
	return rc;
}

static TSS2_RC
carry(TSS2_TCTI_CONTEXT **tcti, const char *name, struct parcel *p,
    size_t *len)
{
	TSS2_RC rc = TSS2_RC_SUCCESS;

	if (*tcti == NULL)
		rc = connect_to(name, tcti);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_Tcti_Transmit(*tcti, *len, p->at);
	*len = sizeof(p->at);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_Tcti_Receive(*tcti, len, p->at,
		    TSS2_TCTI_TIMEOUT_BLOCK);
	if (rc != TSS2_RC_SUCCESS)
		*len = 0;
	return rc;
}

/* What is left of a connection that failed once is not used again: the next
 * bearer makes another, which this one may no longer do. */
static _Noreturn void
bearer_live(const char *name)
{
	TSS2_TCTI_CONTEXT *tcti = NULL;
	struct parcel p;

	do {
		ssize_t n = next_request(&p);
		size_t len = (size_t)n - PARCEL_HEAD;

		if (n <= (ssize_t)PARCEL_HEAD)
			_exit(0);
		die_in(p.code > 0 ? p.code : 1);
		p.code = carry(&tcti, name, &p, &len);
		die_in(0);
		if (send(SOCK, &p, PARCEL_HEAD + len, 0) == -1)
			_exit(0);
	} while (p.code == TSS2_RC_SUCCESS);
	_exit(0);
}

/* The read end of a pipe that only the new bearer holds open. */
static int
start_bearer(const char *name, pid_t *pid)
{
	const pid_t porter = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		_exit(1);
	*pid = fork();
	if (*pid == -1)
		_exit(1);
	if (*pid == 0) {
		close(ends[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != porter)
			_exit(0);
		bearer_live(name);
	}
	close(ends[1]);
	return ends[0];
}

/* It serves until its parent goes; a ^C at the terminal or a stop of the
 * service is for the parent, who may want the TPM to end well. */
static void
set_up(int sock)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
	    SIGPIPE, SIGUSR1, SIGUSR2 };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGALRM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	if (dup2(sock, SOCK) == -1)
		_exit(1);
	if (close_range(SOCK + 1, ~0U, 0) == -1)
		for (int fd = SOCK + 1; fd < 1024; fd++)
			close(fd);
	if (confine_porter() != ERR_OK)
		_exit(1);
}

void
porter_live(int sock, const char *name)
{
	set_up(sock);
	for (;;) {
		struct pollfd p[2] = {
		    { .fd = SOCK, .events = POLLRDHUP }, { 0 } };
		pid_t bearer;

		p[1].fd = start_bearer(name, &bearer);
		while (poll(p, 2, -1) == -1 && errno == EINTR)
			continue;
		if (p[0].revents != 0)
			kill(bearer, SIGKILL);
		close(p[1].fd);
		waitpid(bearer, NULL, 0);
		if (p[0].revents != 0)
			_exit(0);
	}
}
