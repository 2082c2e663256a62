/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "terminal/code.h"

#define TICK_MS 250

/* What the terminal is quiet for does not end before these are seen to.  They
 * stay blocked but while ppoll() waits, so that no handler ever runs in the
 * middle of anything. */
static const int signals[TERMINAL_SIGNALS] = {
	SIGINT, SIGQUIT, SIGTERM, SIGHUP,	/* finish */
	SIGTSTP, SIGCONT,			/* pause, and go on */
};

#define FINISHING 4	/* of them */

static volatile sig_atomic_t caught;	/* one bit for each */

static void
on_signal(int sig)
{
	for (int i = 0; i < TERMINAL_SIGNALS; i++)
		if (signals[i] == sig)
			caught |= 1 << i;
}

static int
bit(int sig)
{
	for (int i = 0; i < TERMINAL_SIGNALS; i++)
		if (signals[i] == sig)
			return 1 << i;
	return 0;
}

void
terminal_signals(void)
{
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 0; i < TERMINAL_SIGNALS; i++)
		sigaction(signals[i], &plain, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

enum err
terminal_open(const char *path, struct terminal *t)
{
	int fd OWNED(fd_drop) = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC |
	    O_NONBLOCK);

	if (fd == -1 || !isatty(fd))
		return ERR_NOT_FOUND;
	*t = (struct terminal){ .fd = GIVE(fd, -1) };
	return ERR_OK;
}

void
terminal_drop(struct terminal *t)
{
	fd_drop(&t->fd);
}

/* What cannot be shown is not worth an error: the answer will be missing. */
void
terminal_say(const struct terminal *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)!vdprintf(t->fd, format, args);
	va_end(args);
}

/* Flushes what was typed before the question, or after its end. */
static void
set_modes(const struct terminal *t, const struct termios *modes)
{
	while (tcsetattr(t->fd, TCSAFLUSH, modes) == -1 && errno == EINTR)
		continue;
}

static void
hush(const struct terminal *t)
{
	struct termios quiet = t->before;

	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	quiet.c_lflag |= ECHONL | ICANON | ISIG;
	quiet.c_iflag |= ICRNL;
	set_modes(t, &quiet);
}

/* The modes are looked at once, here: after a pause they may be a shell's.
 * Then the signals: from there on none can leave the terminal quiet.  One
 * that was ignored still is. */
static enum err
quiet_begin(struct terminal *t)
{
	struct sigaction act = { .sa_handler = on_signal };

	if (tcgetattr(t->fd, &t->before) == -1)
		return log_errno("terminal");
	sigemptyset(&act.sa_mask);
	for (int i = 0; i < TERMINAL_SIGNALS; i++)
		sigaddset(&act.sa_mask, signals[i]);
	sigprocmask(SIG_BLOCK, &act.sa_mask, &t->mask);
	for (int i = 0; i < TERMINAL_SIGNALS; i++) {
		sigaction(signals[i], NULL, &t->acts[i]);
		if (t->acts[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &act, NULL);
	}
	hush(t);
	return ERR_OK;
}

static void
quiet_end(struct terminal **p)
{
	struct terminal *t = *p;

	if (t == NULL)
		return;
	set_modes(t, &t->before);
	for (int i = 0; i < TERMINAL_SIGNALS; i++)
		sigaction(signals[i], &t->acts[i], NULL);
	sigprocmask(SIG_SETMASK, &t->mask, NULL);
}

/* Stop as if nobody had caught ^Z, with the terminal as it was. */
static void
pause_here(struct terminal *t)
{
	const struct sigaction stop = { .sa_handler = SIG_DFL };
	struct sigaction ours;
	sigset_t let;

	set_modes(t, &t->before);
	sigaction(SIGTSTP, &stop, &ours);
	sigemptyset(&let);
	sigaddset(&let, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &let, NULL);	/* stops here */
	sigprocmask(SIG_BLOCK, &let, NULL);
	sigaction(SIGTSTP, &ours, NULL);
}

/*
 * Wait for something to read, a tick or a signal.  BUSY: nothing yet; STATE:
 * finish; *again says that the question must be shown once more.
 */
static enum err
wait_for_key(struct terminal *t, int tick_ms, int *again)
{
	const struct timespec tick = { 0, tick_ms * 1000000L };
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	sigset_t open_mask = t->mask;
	int n;

	for (int i = 0; i < TERMINAL_SIGNALS; i++)
		sigdelset(&open_mask, signals[i]);
	n = ppoll(&p, 1, tick_ms > 0 ? &tick : NULL, &open_mask);
	if (n > 0)
		return ERR_OK;
	if (n == -1 && errno != EINTR)
		return log_errno("terminal");
	if ((caught & ((1 << FINISHING) - 1)) != 0)
		return ERR_STATE;
	if ((caught & bit(SIGTSTP)) != 0)
		pause_here(t);
	if ((caught & (bit(SIGTSTP) | bit(SIGCONT))) != 0) {
		caught = 0;
		*again = 1;
		hush(t);
	}
	return ERR_BUSY;
}

/* One line, without echo. */
static enum err
ask(struct terminal *t, const char *question, struct code_line *line)
{
	int again = 1;
	enum err e;

	do {
		if (again)
			terminal_say(t, "%s", question);
		again = 0;
		e = wait_for_key(t, 0, &again);
		if (e == ERR_OK)
			e = code_line_read(line, t->fd);
	} while (e == ERR_BUSY);
	if (e != ERR_OK)
		terminal_say(t, "\n");
	return e;
}

static enum err
ask_code(struct terminal *t, const char *question, struct secret **code)
{
	struct code_line line OWNED(code_line_drop) = { .text = NULL };

	TRY(code_line_new(&line, CODE_LINE_MAX));
	TRY(ask(t, question, &line));
	return code_line_digits(&line, code);
}

enum err
terminal_code(struct terminal *t, const char *question, struct secret **code)
{
	struct terminal *quiet OWNED(quiet_end) = NULL;
	enum err e;

	TRY(quiet_begin(t));
	quiet = t;
	while ((e = ask_code(t, question, code)) == ERR_MALFORMED)
		terminal_say(t, "A code has 6 or 8 digits.\n");
	return e;
}

enum err
terminal_passphrase(struct terminal *t, const char *question,
    struct secret **passphrase)
{
	struct code_line line OWNED(code_line_drop) = { .text = NULL };
	struct terminal *quiet OWNED(quiet_end) = NULL;

	TRY(code_line_new(&line, PASSPHRASE_LINE_MAX));
	TRY(quiet_begin(t));
	quiet = t;
	TRY(ask(t, question, &line));
	return code_line_text(&line, passphrase);
}

enum err
terminal_wait(struct terminal *t, const char *text, uint64_t seconds)
{
	const uint64_t end = clock_now().boot_ms + seconds * 1000;
	struct terminal *quiet OWNED(quiet_end) = NULL;
	uint64_t now, left, shown = 0;
	int again = 0;

	TRY(quiet_begin(t));
	quiet = t;
	while ((now = clock_now().boot_ms) < end) {
		enum err e;

		left = (end - now + 999) / 1000;
		if (left != shown || again)
			terminal_say(t, "\r%s %" PRIu64 " s \b", text, left);
		shown = left;
		again = 0;
		e = wait_for_key(t, TICK_MS, &again);
		if (e == ERR_OK)
			tcflush(t->fd, TCIFLUSH);
		else if (e != ERR_BUSY) {
			terminal_say(t, "\n");
			return e;
		}
	}
	terminal_say(t, "\r%*s\r", (int)strlen(text) + 12, "");
	return ERR_OK;
}

void
terminal_finish(void)
{
	const struct sigaction end = { .sa_handler = SIG_DFL };
	sigset_t let;

	sigemptyset(&let);
	for (int i = 0; i < FINISHING; i++) {
		if ((caught & 1 << i) == 0)
			continue;
		sigaddset(&let, signals[i]);
		sigaction(signals[i], &end, NULL);
		raise(signals[i]);
		sigprocmask(SIG_UNBLOCK, &let, NULL);
	}
}
