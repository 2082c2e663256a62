/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/ask_passphrase.h"

#include <stdio.h>

#include "base/log.h"
#include "base/own.h"
#include "daemon/start.h"
#include "terminal/terminal.h"

enum err
passphrase_start(const struct args *a)
{
	const int fd = a->passphrase_text != NULL ? (int)a->passphrase_fd : 0;

	TRY(daemon_start("anchorctl", &fd, fd > 2));
	terminal_signals();
	return ERR_OK;
}

static enum ends
ask_terminal(const char *before, const char *file, struct secret **out)
{
	struct terminal t OWNED(terminal_drop) = { .fd = -1 };
	char question[512];
	enum err e;

	if (terminal_open("/dev/tty", &t) != ERR_OK) {
		log_line("there is no terminal to ask on: see "
		    "--passphrase-fd");
		return ENDS_usage;
	}
	(void)!fflush(stdout);
	snprintf(question, sizeof(question), "%s %s: ", before, file);
	e = terminal_passphrase(&t, question, out);
	if (e == ERR_STATE)
		terminal_finish();
	if (e != ERR_OK)
		log_line("a passphrase has 1 to 512 bytes");
	return e == ERR_OK ? ENDS_ok : ENDS_no;
}

static enum ends
take(const struct args *a, struct secret **out)
{
	if (terminal_passphrase_from((int)a->passphrase_fd, out) == ERR_OK)
		return ENDS_ok;
	log_line("--passphrase-fd %llu: there is no passphrase",
	    (unsigned long long)a->passphrase_fd);
	return ENDS_no;
}

enum ends
ask_passphrase(const struct args *a, const char *before, const char *file,
    struct secret **out)
{
	return a->passphrase_text != NULL ? take(a, out) :
	    ask_terminal(before, file, out);
}

enum ends
ask_new_passphrase(const struct args *a, const char *file,
    struct secret **out)
{
	struct secret *again OWNED(secret_drop) = NULL;
	enum ends e;

	if (a->passphrase_text != NULL)
		return take(a, out);
	if ((e = ask_terminal("A passphrase for", file, out)) != ENDS_ok ||
	    (e = ask_terminal("Once more, the passphrase for", file,
	    &again)) != ENDS_ok)
		return e;
	if (secret_len(*out) == secret_len(again) &&
	    secret_equal(secret_span(*out).at, secret_span(again).at,
	    secret_len(again)))
		return ENDS_ok;
	log_line("these were two different ones");
	return ENDS_no;
}
