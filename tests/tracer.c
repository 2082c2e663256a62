/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * tracer PAGE RECORD PROGRAM [ARGUMENT...]: run the program, write down each
 * call of it that changes files or talks to peers, and kill it at the entry
 * of any one of its system calls.
 *
 * The program is this process; a grandchild traces it.  PAGE is a file that
 * both the test and the grandchild have mapped (struct page), so that a test
 * takes aim while the program runs.  RECORD gets a line for each call that
 * returned: name, result, four arguments, two names, the bytes; what is not
 * there is "-", names and bytes are in hex.  Beside them "aimed" stands where
 * counting began, and "killed" where it ended.
 *
 * Nobody but root reads the memory of a process that is not dumpable, or who
 * made the user namespace in which it began: a plain user makes one.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME_MAX_LEN 4096
#define DATA_MAX (2u << 20)
#define FDS 4096
#define ENDED 125		/* the exit status of a tracer that failed */

/* What the test writes, and reads back: counted is how many calls began
 * since it armed, killed the number of the one that did not begin. */
struct page {
	uint64_t	armed;		/* enum aim */
	uint64_t	changes;	/* count what changes files alone */
	uint64_t	kill_at;	/* 0: none */
	uint64_t	counted;
	uint64_t	killed;
};

enum aim { AIM_OFF, AIM_REQUEST, AIM_NOW, AIM_COUNTING };

enum sort { LOOKS, CHANGES, CREATES };

static const struct call {
	long		 nr;
	const char	*name;
	int		 path[2];	/* which arguments, -1: none */
	int		 data;
	enum sort	 sort;
} calls[] = {
	{ SYS_openat,		"openat",	{ 1, -1 },	-1, CREATES },
	{ SYS_close,		"close",	{ -1, -1 },	-1, LOOKS },
	{ SYS_write,		"write",	{ -1, -1 },	 1, CHANGES },
	{ SYS_pwrite64,		"pwrite64",	{ -1, -1 },	 1, CHANGES },
	{ SYS_ftruncate,	"ftruncate",	{ -1, -1 },	-1, CHANGES },
	{ SYS_fdatasync,	"fdatasync",	{ -1, -1 },	-1, CHANGES },
	{ SYS_fsync,		"fsync",	{ -1, -1 },	-1, CHANGES },
	{ SYS_renameat,		"renameat",	{ 1, 3 },	-1, CHANGES },
	{ SYS_renameat2,	"renameat",	{ 1, 3 },	-1, CHANGES },
	{ SYS_unlinkat,		"unlinkat",	{ 1, -1 },	-1, CHANGES },
	{ SYS_accept4,		"accept4",	{ -1, -1 },	-1, LOOKS },
	{ SYS_recvfrom,		"recvfrom",	{ -1, -1 },	 1, LOOKS },
	{ SYS_sendto,		"sendto",	{ -1, -1 },	 1, LOOKS },
};

struct tracee {
	pid_t			 pid;
	volatile struct page	*page;
	FILE			*out;
	const struct call	*call;		/* that it is in, if of ours */
	uint64_t		 args[6];
	bool			 peers[FDS];	/* what accept4 gave */
};

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "tracer: %s: %s\n", what, strerror(errno));
	_exit(ENDED);
}

static const struct call *
find_call(uint64_t nr)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((uint64_t)calls[i].nr == nr)
			return &calls[i];
	return NULL;
}

static size_t
read_memory(const struct tracee *t, uint64_t at, uint8_t *to, size_t len)
{
	struct iovec here = { to, len };
	/* An address of the tracee's, not of ours. */
	struct iovec there = { (void *)(uintptr_t)at, len };
	const ssize_t n = process_vm_readv(t->pid, &here, 1, &there, 1, 0);

	if (n < 0)
		die("the memory of the program");
	return (size_t)n;
}

static void
put_hex(FILE *out, const uint8_t *at, size_t len)
{
	fputc(' ', out);
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x", at[i]);
	if (len == 0)
		fputc('-', out);
}

/* A name may end just before a page that is not there. */
static void
put_name(const struct tracee *t, int argument)
{
	uint8_t name[NAME_MAX_LEN];
	size_t len = 0;

	while (argument >= 0 && len < sizeof(name) &&
	    read_memory(t, t->args[argument] + len, name + len, 1) == 1 &&
	    name[len] != '\0')
		len++;
	put_hex(t->out, name, len);
}

static void
put_data(const struct tracee *t, int64_t len)
{
	static uint8_t data[DATA_MAX];

	if (t->call->data < 0 || len <= 0) {
		put_hex(t->out, data, 0);
		return;
	}
	if ((uint64_t)len > sizeof(data) || read_memory(t,
	    t->args[t->call->data], data, (size_t)len) != (size_t)len)
		die("what the program wrote");
	put_hex(t->out, data, (size_t)len);
}

static void
put_call(const struct tracee *t, int64_t result)
{
	fprintf(t->out, "%s %" PRId64, t->call->name, result);
	for (int i = 0; i < 4; i++)
		fprintf(t->out, " %" PRId64, (int64_t)t->args[i]);
	put_name(t, t->call->path[0]);
	put_name(t, t->call->path[1]);
	put_data(t, result);
	fputc('\n', t->out);
}

static bool
counts(const struct tracee *t)
{
	if (!t->page->changes)
		return true;
	return t->call != NULL && (t->call->sort == CHANGES ||
	    (t->call->sort == CREATES && (t->args[2] & O_CREAT) != 0));
}

static void
count_on(const struct tracee *t)
{
	fputs("aimed 0 0 0 0 0 - - -\n", t->out);
	t->page->armed = AIM_COUNTING;
}

static void
entered(struct tracee *t, const struct __ptrace_syscall_info *info)
{
	volatile struct page *p = t->page;

	t->call = find_call(info->entry.nr);
	memcpy(t->args, info->entry.args, sizeof(t->args));
	if (p->armed == AIM_NOW)
		count_on(t);
	if (p->armed != AIM_COUNTING || !counts(t))
		return;
	p->counted++;
	if (p->counted != p->kill_at)
		return;
	fprintf(t->out, "killed 0 %" PRIu64 " 0 0 0 - - -\n", info->entry.nr);
	p->killed = p->counted;
	/* It does not begin: who is killed in here runs nothing more. */
	kill(t->pid, SIGKILL);
}

static void
returned(struct tracee *t, int64_t result)
{
	volatile struct page *p = t->page;
	const uint64_t fd = t->args[0];

	if (t->call == NULL)
		return;
	put_call(t, result);
	if (t->call->nr == SYS_accept4 && result >= 0 && result < FDS)
		t->peers[result] = true;
	if (t->call->nr == SYS_close && fd < FDS)
		t->peers[fd] = false;
	if (t->call->nr == SYS_recvfrom && p->armed == AIM_REQUEST &&
	    result > 0 && fd < FDS && t->peers[fd])
		count_on(t);
	t->call = NULL;
}

static void
look(struct tracee *t)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) <= 0)
		return;			/* it was killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		entered(t, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		returned(t, info.exit.rval);
}

static void
go_on(const struct tracee *t, int status)
{
	const int sig = WSTOPSIG(status), event = status >> 16;
	const bool stops = sig == SIGSTOP || sig == SIGTSTP ||
	    sig == SIGTTIN || sig == SIGTTOU;

	if (event == PTRACE_EVENT_STOP && stops)
		ptrace(PTRACE_LISTEN, t->pid, NULL, NULL);
	else
		ptrace(PTRACE_SYSCALL, t->pid, NULL, (void *)(intptr_t)(
		    event != 0 || sig == (SIGTRAP | 0x80) ? 0 : sig));
}

static void
follow(struct tracee *t)
{
	int status;

	for (;;) {
		if (waitpid(t->pid, &status, __WALL) == -1)
			die("wait");
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			look(t);
		go_on(t, status);
	}
	if (fclose(t->out) != 0)
		die("record");
}

static volatile struct page *
map_page(const char *path)
{
	const int fd = open(path, O_RDWR | O_CLOEXEC);
	void *at = fd == -1 ? MAP_FAILED : mmap(NULL, sizeof(struct page),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		die(path);
	return at;
}

/* go: the program waits at its other end until it is traced. */
static _Noreturn void
trace(pid_t pid, char **argv, int go)
{
	static struct tracee t;

	t.pid = pid;
	t.page = map_page(argv[1]);
	if ((t.out = fopen(argv[2], "we")) == NULL)
		die(argv[2]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(intptr_t)
	    (PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) == -1 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == -1)
		die("ptrace");
	/* The test waits for the ends of what it gave the program. */
	for (int fd = 3; fd < FDS; fd++)
		if (fd != go && fd != fileno(t.out))
			close(fd);
	if (write(go, "", 1) != 1)
		die("pipe");
	close(go);
	follow(&t);
	_exit(0);
}

static void
write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd == -1 || write(fd, text, strlen(text)) == -1)
		die(path);
	close(fd);
}

static void
make_namespace(void)
{
	const unsigned uid = geteuid(), gid = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER) == -1)
		die("a user namespace");
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	write_file("/proc/self/uid_map", map);
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", map);
}

int
main(int argc, char **argv)
{
	const pid_t self = getpid();
	int go[2];
	char ready;
	pid_t child;

	if (argc < 4 || pipe2(go, O_CLOEXEC) == -1)
		die("usage: tracer PAGE RECORD PROGRAM [ARGUMENT...]");
	if (geteuid() != 0)
		make_namespace();
	if ((child = fork()) == 0) {
		/* Not the program's child: it would wait for it. */
		if ((child = fork()) == 0)
			trace(self, argv, go[1]);
		_exit(child == -1 ? ENDED : 0);
	}
	close(go[1]);
	if (child == -1 || waitpid(child, NULL, 0) != child ||
	    read(go[0], &ready, 1) != 1)
		die("no tracer");
	close(go[0]);
	execvp(argv[3], argv + 3);
	die(argv[3]);
}
