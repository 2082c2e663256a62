/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/tool.h"

#include <signal.h>

#include "base/log.h"
#include "daemon/start.h"
#include "terminal/terminal.h"

static void
restore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM };
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t let;

	sigemptyset(&let);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], &plain, NULL);
		sigaddset(&let, signals[i]);
	}
	sigprocmask(SIG_UNBLOCK, &let, NULL);
}

/* daemon_start() wants them ascending. */
enum err
tool_start(const char *name, const int *fds, size_t n)
{
	int keep[TOOL_FDS] = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < n && i < TOOL_FDS; i++) {
		size_t at = kept;

		if (fds[i] <= 2)
			continue;
		for (; at > 0 && keep[at - 1] > fds[i]; at--)
			keep[at] = keep[at - 1];
		keep[at] = fds[i];
		kept++;
	}
	TRY(daemon_start(name, keep, kept));
	restore_signals();
	return ERR_OK;
}

static enum err
ask(const struct tool_ask *from, const char *question, struct secret **out)
{
	struct terminal t OWNED(terminal_drop) = { .fd = -1 };
	enum err e;

	if (terminal_open("/dev/tty", &t) != ERR_OK)
		return log_err(ERR_NOT_FOUND, "there is no terminal: give "
		    "--%s", from->option);
	e = terminal_passphrase(&t, question, out);
	if (e == ERR_STATE)
		terminal_finish();
	return e == ERR_OK ? ERR_OK : log_err(ERR_MALFORMED, "no line of 1 to "
	    "512 bytes was typed");
}

enum err
tool_passphrase(const struct tool_ask *from, struct secret **out)
{
	if (from->fd == -1)
		return ask(from, from->question, out);
	return terminal_passphrase_from(from->fd, out) == ERR_OK ? ERR_OK :
	    log_err(ERR_MALFORMED, "--%s %d: there is no line of 1 to 512 "
	    "bytes", from->option, from->fd);
}

enum err
tool_new_passphrase(const struct tool_ask *from, struct secret **out)
{
	struct secret *first OWNED(secret_drop) = NULL;
	struct secret *again OWNED(secret_drop) = NULL;

	TRY(tool_passphrase(from, &first));
	if (secret_len(first) < TOOL_PASSPHRASE_LEAST)
		return log_err(ERR_MALFORMED, "it has to have %d bytes or "
		    "more", TOOL_PASSPHRASE_LEAST);
	if (from->fd == -1) {
		TRY(ask(from, "The same again: ", &again));
		if (secret_len(first) != secret_len(again) ||
		    !secret_equal(secret_span(first).at,
		    secret_span(again).at, secret_len(first)))
			return log_err(ERR_MALFORMED, "that was another one");
	}
	*out = GIVE(first, NULL);
	return ERR_OK;
}
