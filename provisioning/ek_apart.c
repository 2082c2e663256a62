/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/ek_apart.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

/* Seconds of the processor, and bytes that it may come to have. */
#define TIME 10
#define ROOM (512UL << 20)

static enum x509_verdict
judge(const char *anchors, struct span cert, const struct x509_key *key,
    int64_t when)
{
	struct x509_anchors *a OWNED(x509_anchors_drop) = NULL;
	enum x509_verdict v;
	struct span der;

	if (x509_trim(cert, &der) != ERR_OK)
		return CERT_MALFORMED;
	if (x509_anchors_read(anchors, &a) != ERR_OK)
		return CERT_UNKNOWN;
	v = x509_ek(der, key);
	return v != CERT_GOOD ? v :
	    x509_chain(a, der, (struct span){ }, when);
}

static void
bound_child(void)
{
	(void)setrlimit(RLIMIT_CPU, &(struct rlimit){ TIME, TIME });
	(void)setrlimit(RLIMIT_AS, &(struct rlimit){ ROOM, ROOM });
	(void)alarm(6 * TIME);
}

/* What the child says, once it is gone: one byte, and a good end. */
static enum err
hear(int fd, pid_t child, enum x509_verdict *out)
{
	uint8_t said[2] = { 0 };
	const ssize_t n = read(fd, said, sizeof(said));
	int status = 0;

	if (waitpid(child, &status, 0) != child || status != 0 || n != 1 ||
	    said[0] >= CERT_VERDICTS)
		return log_err(ERR_INTERNAL, "the reader of certificates was "
		    "lost");
	*out = (enum x509_verdict)said[0];
	return ERR_OK;
}

enum err
ek_judge_apart(const char *anchors, struct span cert,
    const struct x509_key *key, int64_t when)
{
	enum x509_verdict v = CERT_MALFORMED;
	int ends[2];
	pid_t child;
	enum err e;

	if (pipe2(ends, O_CLOEXEC) == -1 || (child = fork()) == -1)
		return log_errno("begin a reader of certificates");
	if (child == 0) {
		bound_child();
		v = judge(anchors, cert, key, when);
		_exit(write(ends[1], &(uint8_t){ (uint8_t)v }, 1) == 1 ? 0 :
		    1);
	}
	close(ends[1]);
	e = hear(ends[0], child, &v);
	close(ends[0]);
	TRY(e);
	return v == CERT_GOOD ? ERR_OK : log_err(ERR_DENIED, "the certificate "
	    "of the endorsement key %s", x509_text(v));
}
