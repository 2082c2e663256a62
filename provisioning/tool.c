/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/tool.h"

#include <signal.h>

#include "daemon/start.h"

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
