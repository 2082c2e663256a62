/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/ek_apart.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "daemon/sandbox.h"
#include "daemon/start.h"

/* Seconds of the processor, and bytes beside those that are mapped. */
#define TIME 10
#define ROOM (256UL << 20)

/* All that the child may still do, nothing of it with a name. */
static const struct allow calls[] = {
	ALLOW(write,		"its verdict, a line to stderr"),
	ALLOW(exit_group,	"end"),
	ALLOW(brk,		"malloc"),
	ALLOW(munmap,		"free"),
	ALLOW_WITHOUT(mmap, 2, PROT_EXEC, "malloc"),
	ALLOW(mremap,		"realloc"),
	ALLOW(madvise,		"free"),
	ALLOW(futex,		"locks inside the libraries"),
	ALLOW(getrandom,	"glibc's own"),
	ALLOW(clock_gettime,	"the time, where the vDSO falls back"),
};

static enum err
enter(void)
{
	const struct sandbox box = { .allow = calls, .bare = true,
	    .nallow = sizeof(calls) / sizeof(calls[0]) };
	bool whole;

	return sandbox_enter(&box, &whole);
}

/* What a child says, in the bytes of one write. */
struct said {
	uint8_t			verdict;
	struct x509_about	about;
};

static enum x509_verdict
judge(const struct x509_anchors *a, struct span cert,
    const struct attest_public *ek, int64_t when, struct x509_about *about)
{
	const struct x509_key key = {
		.x = { ek->x, ek->type == ATTEST_ECC ? sizeof(ek->x) : 0 },
		.y = SPAN(ek->y),
		.modulus = ek->modulus, .exponent = ek->exponent,
	};
	enum x509_verdict v;
	struct span der;

	if (x509_trim(cert, &der) != ERR_OK)
		return CERT_MALFORMED;
	(void)!x509_about(der, about);
	v = x509_ek(der, &key);
	return v != CERT_GOOD ? v :
	    x509_chain(a, der, (struct span){ }, when);
}

static enum err
bound_child(void)
{
	size_t room;

	TRY(daemon_mapped(&room));
	room += ROOM;
	if (setrlimit(RLIMIT_CPU, &(struct rlimit){ TIME, TIME }) == -1 ||
	    setrlimit(RLIMIT_AS, &(struct rlimit){ room, room }) == -1)
		return log_errno("limit the reader of certificates");
	(void)alarm(6 * TIME);
	return ERR_OK;
}

static bool
can_be(const struct said *s)
{
	return s->verdict < CERT_VERDICTS &&
	    memchr(s->about.issuer, '\0', sizeof(s->about.issuer)) != NULL &&
	    s->about.serial_len <= sizeof(s->about.serial);
}

/* What the child says, once it is gone: so many bytes, and a good end. */
static enum err
hear(int fd, pid_t child, struct ek_said *out)
{
	uint8_t room[sizeof(struct said) + 1];
	const ssize_t n = read(fd, room, sizeof(room));
	struct said s;
	int status = 0;

	memcpy(&s, room, sizeof(s));
	if (waitpid(child, &status, 0) != child || status != 0 ||
	    n != sizeof(s) || !can_be(&s))
		return log_err(ERR_INTERNAL, "the reader of certificates was "
		    "lost");
	*out = (struct ek_said){ (enum x509_verdict)s.verdict, s.about };
	return ERR_OK;
}

/* The child: who is believed is read first, since what is refused afterwards
 * is opening files. */
static int
look(const char *anchors, struct span cert, const struct attest_public *ek,
    int64_t when, int fd)
{
	struct x509_anchors *a = NULL;
	struct said s;

	memset(&s, 0, sizeof(s));
	s.verdict = CERT_UNKNOWN;
	if (bound_child() != ERR_OK)
		return 1;
	/* glibc, in gmtime() too, has it from a file. */
	tzset();
	if (x509_anchors_read(anchors, &a) == ERR_OK) {
		if (enter() != ERR_OK)
			return 1;
		s.verdict = (uint8_t)judge(a, cert, ek, when, &s.about);
	}
	return write(fd, &s, sizeof(s)) == sizeof(s) ? 0 : 1;
}

enum err
ek_verdict_apart(const char *anchors, struct span cert,
    const struct attest_public *ek, int64_t when, struct ek_said *out)
{
	int ends[2];
	pid_t child;
	enum err e;

	if (pipe2(ends, O_CLOEXEC) == -1 || (child = fork()) == -1)
		return log_errno("begin a reader of certificates");
	if (child == 0)
		_exit(look(anchors, cert, ek, when, ends[1]));
	close(ends[1]);
	e = hear(ends[0], child, out);
	close(ends[0]);
	return e;
}

enum err
ek_judge_apart(const char *anchors, struct span cert,
    const struct attest_public *ek, int64_t when)
{
	struct ek_said said = { .verdict = CERT_MALFORMED };

	TRY(ek_verdict_apart(anchors, cert, ek, when, &said));
	return said.verdict == CERT_GOOD ? ERR_OK : log_err(ERR_DENIED,
	    "the certificate of the endorsement key %s",
	    x509_text(said.verdict));
}
