/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/reader.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A child with bad hands, for tests/hands.h and for a cryptod of the system
 * tests: link with -Wl,--wrap=reader_read.
 */

void __real_reader_read(const struct job *j, struct found *out);
void __wrap_reader_read(const struct job *j, struct found *out);

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
	while (*(const volatile uint32_t *)&j->alg != 0)
		;
}

/* FUTEX_WAIT, which the sandbox leaves it. */
static void
act_wait(const struct job *j, struct found *out)
{
	static const uint32_t word;

	(void)j;
	(void)out;
	for (;;)
		syscall(SYS_futex, &word, 0, 0, NULL, NULL, 0);
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

/* That it leads there and keeps the rules, whatever it is. */
static void
act_good(const struct job *j, struct found *out)
{
	const struct span values = job_part(j, PART_VALUES);
	size_t at = 0;

	out->replay = out->rules = APPRAISE_PASSED;
	out->alg = j->alg;
	out->len = (uint32_t)(values.len /
	    (size_t)__builtin_popcount(j->mask));
	for (unsigned i = 0; i < BANK_PCRS; i++) {
		if ((j->mask >> i & 1) == 0)
			continue;
		memcpy(out->value[i], values.at + at, out->len);
		at += out->len;
	}
	memset(out->why, 0, sizeof(out->why));
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
	((struct job *)(uintptr_t)j)->alg = 0;
}

static const struct {
	const char	*name;
	void		(*act)(const struct job *j, struct found *out);
} acts[] = {
#define ACT(name) { #name, act_##name }
	ACT(trap), ACT(leave), ACT(fail), ACT(half), ACT(twice), ACT(more),
	ACT(loop), ACT(wait), ACT(linger), ACT(next), ACT(lie), ACT(good),
	ACT(memory),
	ACT(descriptors), ACT(read), ACT(open), ACT(socket), ACT(fork),
	ACT(exec), ACT(ptrace), ACT(kill), ACT(code), ACT(protect),
	ACT(write),
};

void
__wrap_reader_read(const struct job *j, struct found *out)
{
	const struct span log = job_part(j, PART_LOG);

	__real_reader_read(j, out);
	if (log.len < 4 || memcmp(log.at, "act:", 4) != 0)
		return;
	out->at = 0;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (span_equal((struct span){ log.at + 4, log.len - 4 },
		    span_text(acts[i].name)))
			acts[i].act(j, out);
}
