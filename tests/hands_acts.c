/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hands.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cryptod/zygote.h"

enum lie hands_lie;

/* ---- the child's ---- */

void __real_reader_read(const struct job *j, const struct x509_anchors *roots,
    struct found *out);
void __wrap_reader_read(const struct job *j, const struct x509_anchors *roots,
    struct found *out);

/* Into its pipe, wherever that is; to how many descriptors. */
static uint32_t
say(const void *at, size_t len)
{
	uint32_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += write(fd, at, len) == (ssize_t)len;
	return n;
}

static void
act_trap(const struct job *j, struct found *out)
{
	(void)j;
	(void)out;
	__builtin_trap();
}

static void
act_leave(const struct job *j, struct found *out)
{
	(void)j;
	(void)out;
	_exit(0);
}

static void
act_fail(const struct job *j, struct found *out)
{
	(void)j;
	say(out, sizeof(*out));
	_exit(1);
}

static void
act_half(const struct job *j, struct found *out)
{
	(void)j;
	say(out, sizeof(*out) / 2);
	_exit(0);
}

static void
act_twice(const struct job *j, struct found *out)
{
	(void)j;
	say(out, sizeof(*out));
}

static void
act_more(const struct job *j, struct found *out)
{
	(void)j;
	say(out, 1);
}

static void
act_loop(const struct job *j, struct found *out)
{
	(void)out;
	while (*(const volatile uint32_t *)&j->kind != 0)
		;
}

static void
act_wait(const struct job *j, struct found *out)
{
	(void)j;
	(void)out;
	for (;;)
		pause();
}

static void
act_linger(const struct job *j, struct found *out)
{
	say(out, sizeof(*out));
	act_wait(j, out);
}

static void
act_next(const struct job *j, struct found *out)
{
	out->at = *(const volatile uint8_t *)(j + 1);
}

static void
act_lie(const struct job *j, struct found *out)
{
	(void)j;
	out->replay = out->rules = APPRAISE_PASSED;
}

/* How many MiB it gets, out of a GiB. */
static void
act_memory(const struct job *j, struct found *out)
{
	uint8_t *at;

	(void)j;
	while (out->at < 1024 && (at = malloc(1 << 20)) != NULL) {
		memset(at, 0x5a, 1 << 20);
		/* Nobody shall know that it is never used. */
		__asm__ volatile("" : : "r"(at) : "memory");
		out->at++;
	}
}

static void
act_descriptors(const struct job *j, struct found *out)
{
	(void)j;
	out->at = say("", 0);
}

static void
act_read(const struct job *j, struct found *out)
{
	uint8_t byte;

	(void)j;
	out->at = (uint32_t)read(0, &byte, 1);
}

static void
act_open(const struct job *j, struct found *out)
{
	(void)j;
	out->at = (uint32_t)open("/dev/null", O_RDONLY);
}

static void
act_socket(const struct job *j, struct found *out)
{
	(void)j;
	out->at = (uint32_t)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void
act_fork(const struct job *j, struct found *out)
{
	(void)j;
	out->at = (uint32_t)fork();
}

static void
act_exec(const struct job *j, struct found *out)
{
	(void)j;
	out->at = (uint32_t)execl("/bin/true", "true", (char *)NULL);
}

static void
act_ptrace(const struct job *j, struct found *out)
{
	(void)j;
	out->at = (uint32_t)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void
act_kill(const struct job *j, struct found *out)
{
	(void)j;
	out->at = (uint32_t)kill(1, 0);
}

static void
act_code(const struct job *j, struct found *out)
{
	(void)j;
	out->at = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static void
act_protect(const struct job *j, struct found *out)
{
	out->at = (uint32_t)mprotect((void *)(uintptr_t)j, sizeof(*j),
	    PROT_READ | PROT_WRITE);
}

static void
act_write(const struct job *j, struct found *out)
{
	(void)out;
	((struct job *)(uintptr_t)j)->kind = 0;
}

static const struct {
	const char	*name;
	void		(*act)(const struct job *j, struct found *out);
} acts[] = {
#define ACT(name) { #name, act_##name }
	ACT(trap), ACT(leave), ACT(fail), ACT(half), ACT(twice), ACT(more),
	ACT(loop), ACT(wait), ACT(linger), ACT(next), ACT(lie), ACT(memory),
	ACT(descriptors), ACT(read), ACT(open), ACT(socket), ACT(fork),
	ACT(exec), ACT(ptrace), ACT(kill), ACT(code), ACT(protect),
	ACT(write),
};

void
__wrap_reader_read(const struct job *j, const struct x509_anchors *roots,
    struct found *out)
{
	const struct span log = job_part(j, PART_LOG);

	__real_reader_read(j, roots, out);
	if (j->kind != JOB_LOG || log.len < 4 ||
	    memcmp(log.at, "act:", 4) != 0)
		return;
	out->at = 0;
	for (size_t i = 0; i < ROWS(acts); i++)
		if (span_equal((struct span){ log.at + 4, log.len - 4 },
		    span_text(acts[i].name)))
			acts[i].act(j, out);
}

/* ---- the zygote's ---- */

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
	__real_reader_read(&jobs[o.slot], NULL, &out.r.found);
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
