/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * scan NEEDLES pid PID
 * scan NEEDLES walk REPORT COMMAND...
 * scan NEEDLES files PATH...
 *
 * Looks for secrets in all memory that a process has written to, and in
 * files.  NEEDLES is a file of lines "name hex"; each eight bytes of each of
 * them are looked for at every address.  Beside them, under the name "page",
 * whatever lies in a struct secret of one page is looked for outside.
 *
 * Of memory, a line a mapping: "secret|open NAME ADDRESS MAPPING N", where
 * "secret" is a mapping with the rights and flags that src/base/secret.c
 * alone gives: locked, left out of cores, zero in a child.  walk runs the
 * command and looks as each of its system calls begins; it writes such lines
 * to REPORT with the call's number and first argument before them, and for
 * each call "NUMBER ARGUMENT call".
 *
 * Of files, "open NAME OFFSET PATH N".
 */

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PIECE = 8, NAMES = 1024, SLOTS = 1 << 18, CHUNK = 1 << 20,
	LINE = 8192, MAPS = 4096,
	PAGES = NAMES		/* the name of what is in secret pages */
};

struct slot {
	uint64_t	piece;
	uint32_t	round;		/* 0: from NEEDLES; else of that look */
	uint16_t	name;
	bool		used;
};

struct map {
	uint64_t	from, to, rss, swap, anonymous;
	bool		writable, secret;
	char		what[256];
};

static struct slot slots[SLOTS];
static uint8_t filter[1 << 16];		/* of what may be in slots */
static char names[NAMES + 1][64] = { [PAGES] = "page" };
static size_t nnames;
static uint32_t looks;
static FILE *out;

/* Where one name was found in one mapping or file. */
static struct { uint64_t at, n; } hits[NAMES + 1];

static _Noreturn void
die(const char *what)
{
	perror(what);
	exit(2);
}

static uint64_t
piece_at(const uint8_t *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return n;
}

static bool
is_stale(const struct slot *s)
{
	return !s->used || (s->round != 0 && s->round != looks);
}

static uint64_t
hash(uint64_t piece)
{
	return piece * 0x9e3779b97f4a7c15u;
}

static size_t
first_slot(uint64_t piece)
{
	return hash(piece) >> 32 & (SLOTS - 1);
}

/* A bit for each piece that there may be. */
static bool
may_be(uint64_t piece)
{
	return filter[hash(piece) >> 48] >> (hash(piece) >> 45 & 7) & 1;
}

static const struct slot *
find(uint64_t piece)
{
	for (size_t i = first_slot(piece); slots[i].used; i = (i + 1) % SLOTS)
		if (slots[i].piece == piece && !is_stale(&slots[i]))
			return &slots[i];
	return NULL;
}

/* How many different ones there are among them, zero aside. */
static int
different(const uint8_t *p)
{
	int n = 0;

	for (int i = 0; i < PIECE; i++)
		n += p[i] != 0 && memchr(p, p[i], (size_t)i) == NULL;
	return n;
}

static void
add(const uint8_t *p, uint16_t name, uint32_t round)
{
	size_t i = first_slot(piece_at(p));

	if (find(piece_at(p)) != NULL)
		return;
	while (!is_stale(&slots[i]))
		i = (i + 1) % SLOTS;
	slots[i] = (struct slot){ piece_at(p), round, name, true };
	filter[hash(piece_at(p)) >> 48] |=
	    (uint8_t)(1 << (hash(piece_at(p)) >> 45 & 7));
}

static void
read_needles(const char *path)
{
	FILE *f = fopen(path, "re");
	char name[64], hex[2048];
	uint8_t bytes[1024];

	if (f == NULL)
		die(path);
	while (fscanf(f, "%63s %2047s", name, hex) == 2) {
		const size_t len = strlen(hex) / 2;

		if (nnames == NAMES || len < PIECE || len > sizeof(bytes))
			die(name);
		for (size_t i = 0; i < len; i++)
			if (sscanf(hex + 2 * i, "%2hhx", &bytes[i]) != 1)
				die(name);
		for (size_t i = 0; i + PIECE <= len; i++)
			if (different(bytes + i) >= 4)
				add(bytes + i, (uint16_t)nnames, 0);
		memcpy(names[nnames++], name, sizeof(name));
	}
	fclose(f);
}

static void
look_at(const uint8_t *p, size_t len, uint64_t at)
{
	for (size_t i = 0; i + PIECE <= len; i++) {
		const uint64_t piece = piece_at(p + i);
		const struct slot *s = may_be(piece) ? find(piece) : NULL;

		if (s != NULL && hits[s->name].n++ == 0)
			hits[s->name].at = at + i;
	}
}

/* Eight hexadecimal digits are four bytes, which chance brings into a log of
 * UUIDs once in a few runs; of eight bytes there are more pieces than this. */
static uint64_t
least(const char *name)
{
	const char *spelling = strrchr(name, '/');

	return spelling != NULL && strcasecmp(spelling, "/hex") == 0 ? 5 : 1;
}

static void
tell(const char *before, bool secret, const char *where)
{
	for (size_t i = 0; i <= NAMES; i++) {
		if (hits[i].n >= least(names[i]) && !(secret && i == PAGES))
			fprintf(out, "%s%s %s %llx %s %llu\n", before,
			    secret ? "secret" : "open", names[i],
			    (unsigned long long)hits[i].at, where,
			    (unsigned long long)hits[i].n);
		hits[i].n = 0;
	}
}

/* Is the flag among "VmFlags: rd wr ..."? */
static bool
has(const char *flags, const char *flag)
{
	return strstr(flags, flag) != NULL;
}

static void
take_line(struct map *m, const char *line)
{
	unsigned long long n;

	if (sscanf(line, "Rss: %llu", &n) == 1)
		m->rss = n;
	else if (sscanf(line, "Swap: %llu", &n) == 1)
		m->swap = n;
	else if (sscanf(line, "Anonymous: %llu", &n) == 1)
		m->anonymous = n;
	else if (strncmp(line, "VmFlags:", 8) == 0)
		m->secret = has(line, " rd wr mr mw me") &&
		    has(line, " lo") && has(line, " dd") && has(line, " wf");
}

/* The next mapping of smaps; its VmFlags are its last line. */
static bool
next_map(FILE *f, struct map *m)
{
	char line[LINE], rights[8];
	unsigned long long from, to;

	*m = (struct map){ 0 };
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%llx-%llx %7s %*s %*s %*s %255s", &from, &to,
		    rights, m->what) >= 3) {
			m->from = from;
			m->to = to;
			m->writable = rights[1] == 'w';
			if (m->what[0] == '\0')
				m->what[0] = '-';
			continue;
		}
		take_line(m, line);
		if (strncmp(line, "VmFlags:", 8) == 0)
			return true;
	}
	return false;
}

/* Called with each part of a mapping that can be read. */
typedef void reader(const uint8_t *p, size_t len, uint64_t at);

/* A pointer has six such bytes at most.  The zeros before the first byte are
 * not the secret's: it lies at its page's end. */
static void
take_page(const uint8_t *p, size_t len, uint64_t at)
{
	size_t i = 0;

	(void)at;
	while (i < len && p[i] == 0)
		i++;
	for (; i + PIECE <= len; i++)
		if (different(p + i) >= 7)
			add(p + i, PAGES, looks);
}

static void
read_map(int mem, const struct map *m, reader *take)
{
	static uint8_t buf[CHUNK + PIECE];
	uint64_t at = m->from;

	while (at < m->to) {
		const uint64_t left = m->to - at;
		const size_t want = left < CHUNK + PIECE ? (size_t)left :
		    CHUNK + PIECE;
		const ssize_t n = pread(mem, buf, want, (off_t)at);

		if (n == -1)
			die(m->what);
		if (n < PIECE)
			return;
		take(buf, (size_t)n, at);
		at += (uint64_t)n < left ? (uint64_t)n - PIECE + 1 : left;
	}
}

/* What the process has written to, or any other could. */
static bool
was_written(const struct map *m)
{
	return m->anonymous > 0 || m->swap > 0 || (m->writable && m->rss > 0);
}

static int
open_of(pid_t pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		die(path);
	return fd;
}

struct memory {
	int	 mem;
	FILE	*smaps;
};

static struct memory
open_memory(pid_t pid)
{
	const struct memory m = {
		open_of(pid, "mem"), fdopen(open_of(pid, "smaps"), "r") };

	if (m.smaps == NULL)
		die("smaps");
	return m;
}

static void
close_memory(struct memory *m)
{
	close(m->mem);
	fclose(m->smaps);
}

static void
look_at_memory(const struct memory *of, const char *before)
{
	static struct map maps[MAPS];
	size_t n = 0;

	looks++;
	rewind(of->smaps);
	while (next_map(of->smaps, &maps[n]))
		if (was_written(&maps[n]) && ++n == MAPS)
			die("too many mappings");
	for (size_t i = 0; i < n; i++)
		if (maps[i].secret && maps[i].to - maps[i].from == 4096)
			read_map(of->mem, &maps[i], take_page);
	for (size_t i = 0; i < n; i++) {
		read_map(of->mem, &maps[i], look_at);
		tell(before, maps[i].secret, maps[i].what);
	}
}

static void
look_at_file(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const struct map all = { .to = UINT64_MAX };

	if (fd == -1)
		die(path);
	read_map(fd, &all, look_at);
	close(fd);
	tell("", false, path);
}

static pid_t
start(char **command)
{
	const pid_t pid = fork();

	if (pid == -1)
		die("fork");
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(command[0], command);
		_exit(127);
	}
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid");
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD |
	    PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
	return pid;
}

static bool
is_exec(int status)
{
	return status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
}

/* At each call as it begins, from the first mlock() on: before, there is no
 * secret.  What one call leaves the next one finds. */
static void
stopped(pid_t pid, const struct memory *memory, unsigned *calls)
{
	struct __ptrace_syscall_info i;
	char before[64];

	ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(i), &i);
	if (i.op != PTRACE_SYSCALL_INFO_ENTRY ||
	    (*calls == 0 && i.entry.nr != SYS_mlock))
		return;
	snprintf(before, sizeof(before), "%llu %llu ",
	    (unsigned long long)i.entry.nr,
	    (unsigned long long)i.entry.args[0]);
	fprintf(out, "%scall\n", before);
	look_at_memory(memory, before);
	(*calls)++;
}

static int
walk(pid_t pid)
{
	/* Opened before the process closes itself to who is not root. */
	struct memory memory = open_memory(pid);
	unsigned calls = 0;
	int status, pass = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, pass) == -1 ||
		    waitpid(pid, &status, 0) != pid)
			die("ptrace");
		if (WIFEXITED(status) || WIFSIGNALED(status))
			break;
		pass = 0;
		if (is_exec(status)) {
			close_memory(&memory);
			memory = open_memory(pid);
		} else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			stopped(pid, &memory, &calls);
		} else {
			pass = WSTOPSIG(status);
		}
	}
	close_memory(&memory);
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int
main(int argc, char **argv)
{
	struct memory memory;

	out = stdout;
	if (argc < 4)
		return 2;
	read_needles(argv[1]);
	if (strcmp(argv[2], "walk") == 0 && argc > 4) {
		out = fopen(argv[3], "we");
		return out != NULL ? walk(start(argv + 4)) : 2;
	}
	if (strcmp(argv[2], "pid") == 0) {
		memory = open_memory((pid_t)strtol(argv[3], NULL, 10));
		look_at_memory(&memory, "");
		close_memory(&memory);
	}
	for (int i = 3; strcmp(argv[2], "files") == 0 && i < argc; i++)
		look_at_file(argv[i]);
	return 0;
}
