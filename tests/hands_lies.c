/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hands.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cryptod/zygote.h"

enum lie hands_lie;

void __real_reader_read(const struct job *j, struct found *out);

_Noreturn void __real_zygote_live(const struct appraiser_setup *setup,
    int sock, pid_t parent, struct job *jobs);
_Noreturn void __wrap_zygote_live(const struct appraiser_setup *setup,
    int sock, pid_t parent, struct job *jobs);

static void
tell(int sock, const void *at, size_t len)
{
	if (send(sock, at, len, MSG_NOSIGNAL) != (ssize_t)len)
		_exit(0);
}

static void
reply(int sock, const struct job *jobs)
{
	struct { struct reply r; uint8_t more; } out = { .more = 0 };
	struct order o = { 0, 0 };
	size_t len = sizeof(out.r);

	if (hands_lie != LIE_BEFORE &&
	    recv(sock, &o, sizeof(o), 0) != sizeof(o))
		_exit(0);
	if (hands_lie == LIE_QUITS)
		_exit(0);
	out.r.ticket = o.ticket + (hands_lie == LIE_TICKET);
	out.r.slot = (uint32_t)o.slot + (hands_lie == LIE_SLOT);
	out.r.end = hands_lie == LIE_END ? END_LOST + 1 : END_WHOLE;
	__real_reader_read(&jobs[o.slot], &out.r.found);
	if (hands_lie == LIE_TWICE)
		tell(sock, &out, len);
	tell(sock, &out, len + (hands_lie == LIE_LONG) -
	    (hands_lie == LIE_SHORT));
}

void
__wrap_zygote_live(const struct appraiser_setup *setup, int sock, pid_t parent,
    struct job *jobs)
{
	const uint32_t greeting = hands_lie == LIE_REFUSES ? ERR_LIMIT :
	    ERR_OK;

	/* cmocka would go on with its tests in the child. */
	for (int sig = 1; sig < SIGRTMIN; sig++)
		signal(sig, SIG_DFL);
	if (hands_lie == LIE_NOT)
		__real_zygote_live(setup, sock, parent, jobs);
	/* Its other end too, or it would never see the test go. */
	if (hands_lie == LIE_NO_GREETING || prctl(PR_SET_PDEATHSIG,
	    SIGKILL) == -1 || close_range(3, (unsigned)sock - 1, 0) == -1)
		_exit(0);
	tell(sock, &greeting, sizeof(greeting));
	for (;;)
		reply(sock, jobs);
}
