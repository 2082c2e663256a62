/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/ek_apart.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "daemon/apart.h"
#include "daemon/start.h"

/* Seconds of the processor and by the clock, and bytes that it may come to
 * have. */
#define TIME 10
#define WAIT 60
#define ROOM (32u << 20)

static const struct allow bounding[] = {
	ALLOW(prlimit64,	"its own bounds"),
	ALLOW(prctl,		"the last of its sandbox"),
	ALLOW(seccomp,		"the same"),
};

/* From here on nothing takes a name.  The sandbox itself takes a descriptor,
 * of which there are none any more once it is bounded. */
static enum err
enter(int fd)
{
	struct allow rows[APART_CALLS + sizeof(bounding) / sizeof(bounding[0])];
	const struct sandbox box = { .allow = rows, .bare = true,
	    .nallow = sizeof(rows) / sizeof(rows[0]) };
	struct apart most = { .memory = ROOM, .cpu_s = TIME };
	bool whole;

	memcpy(rows, apart_calls, sizeof(apart_calls));
	memcpy(rows + APART_CALLS, bounding, sizeof(bounding));
	TRY(daemon_mapped(&most.mapped));
	TRY(apart_hold(fd));
	TRY(sandbox_enter(&box, &whole));
	TRY(apart_bound(&most));
	return sandbox_narrow(apart_calls, APART_CALLS);
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
	uint8_t room[sizeof(struct said) + 1] = { 0 };
	size_t n = 0;
	ssize_t more;
	struct said s;
	int status = 0;

	/* To its end: a byte too many may come later. */
	while (n < sizeof(room) &&
	    (more = read(fd, room + n, sizeof(room) - n)) > 0)
		n += (size_t)more;
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
	(void)alarm(WAIT);
	/* glibc, in gmtime() too, has it from a file. */
	tzset();
	if (x509_anchors_read(anchors, &a) == ERR_OK) {
		if (enter(fd) != ERR_OK)
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
