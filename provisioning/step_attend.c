/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The secret of attended starts.  Whoever knows it types it once: it lies in
 * a pipe, which no disk and no argument list sees, until a start or the steps
 * of a ceremony read it there, a line each.
 */

#include "provisioning/mint.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "provisioning/tool.h"

static struct tool_ask
from(const struct mint_options *o, const char *question)
{
	return (struct tool_ask){ o->attend_fd, "attend-fd", question };
}

enum err
mint_attended(struct mint *m, bool wanted)
{
	const struct tool_ask ask = from(m->options,
	    "The secret of attended starts: ");
	struct secret *typed OWNED(secret_drop) = NULL;

	if (m->attended != NULL || (m->options->attend_fd == -1 && !wanted))
		return ERR_OK;
	*m->options->blame = MINT_CODE;
	TRY(tool_passphrase(&ask, &typed));
	TRY(root_attended(typed, &m->attended));
	*m->options->blame = MINT_TPM;
	return ERR_OK;
}

static bool
is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* As a whole: a pipe takes PIPE_BUF bytes so. */
static enum err
put_line(const struct secret *typed)
{
	const struct span s = secret_span(typed);
	const struct iovec line[] = {
		{ (void *)(uintptr_t)s.at, s.len }, { (void *)"\n", 1 },
	};

	return writev(STDOUT_FILENO, line, 2) == (ssize_t)s.len + 1 ? ERR_OK :
	    log_errno("standard output");
}

enum err
step_attend(const struct mint_options *o)
{
	const struct tool_ask one = from(o, "The secret of this start: ");
	const struct tool_ask new = from(o, "A secret for each start: ");
	struct secret *typed OWNED(secret_drop) = NULL;

	*o->blame = MINT_USAGE;
	if (!is_pipe(STDOUT_FILENO))
		return log_err(ERR_MALFORMED, "the secret goes to standard "
		    "output, which is no pipe");
	*o->blame = MINT_CODE;
	TRY(o->times > 1 ? tool_new_passphrase(&new, &typed) :
	    tool_passphrase(&one, &typed));
	*o->blame = MINT_SYSTEM;
	for (unsigned i = 0; i < o->times; i++)
		TRY(put_line(typed));
	return ERR_OK;
}
