/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "unlocker/terminal.h"

#define QUESTION "Code: "
#define WAITING "Wait"
#define PATIENCE 120	/* seconds, after which something hangs */

/*
 * A terminal of which we hold the other end.  A child, the shell, owns it; a
 * child of that one sits in its foreground and is asked for a code.  The
 * shell says when it was stopped, and lets it go on when it is told to.
 */
struct seat {
	int		master;
	int		said;		/* by the shell and its child */
	int		go;
	pid_t		shell;
	pid_t		pid;
	struct termios	before;
	char		shown[4096];
	size_t		len;
};

static void
all_default(void)
{
	const int all[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP,
	    SIGCONT };
	sigset_t none;

	for (size_t i = 0; i < ROWS(all); i++)
		signal(all[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static enum err
ask(struct terminal *t, int said)
{
	struct secret *code OWNED(secret_drop) = NULL;

	TRY(terminal_code(t, QUESTION, &code));
	(void)!write(said, secret_expose(code), secret_len(code));
	return ERR_OK;
}

/* It does not end before the clock does, which stands still. */
static enum err
count_down(struct terminal *t, int said)
{
	(void)said;
	return terminal_wait(t, WAITING, 30);
}

/* The exit status is the error. */
static void
sit(int said, enum err (*act)(struct terminal *, int))
{
	struct terminal t OWNED(terminal_drop) = { .fd = -1 };
	enum err e;

	alarm(PATIENCE);
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(STDIN_FILENO, getpid());
	signal(SIGTTOU, SIG_DFL);
	all_default();
	if (terminal_open("/dev/tty", &t) != ERR_OK)
		_exit(101);
	e = act(&t, said);
	terminal_finish();
	_exit((int)e);
}

/* The exit status is the child's, or 128 and the signal. */
static void
be_shell(const char *path, int said, int go,
    enum err (*act)(struct terminal *, int))
{
	int status;
	pid_t pid;
	char c;

	alarm(PATIENCE);
	setsid();
	signal(SIGHUP, SIG_IGN);
	close(STDIN_FILENO);
	if (open(path, O_RDWR) != STDIN_FILENO ||
	    ioctl(STDIN_FILENO, TIOCSCTTY, 0) == -1)
		_exit(100);
	pid = fork();
	if (pid == 0)
		sit(said, act);
	(void)!write(said, &pid, sizeof(pid));
	while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
		(void)!write(said, "Z", 1);
		(void)!read(go, &c, 1);
		kill(pid, SIGCONT);
	}
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status));
}

static void
seat_take(struct seat *s, enum err (*act)(struct terminal *, int))
{
	int said[2], go[2];
	char path[64];

	memset(s, 0, sizeof(*s));
	s->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_int_not_equal(s->master, -1);
	assert_int_equal(grantpt(s->master), 0);
	assert_int_equal(unlockpt(s->master), 0);
	assert_int_equal(ptsname_r(s->master, path, sizeof(path)), 0);
	assert_int_equal(tcgetattr(s->master, &s->before), 0);
	assert_true((s->before.c_lflag & ECHO) != 0);
	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	s->shell = fork();
	if (s->shell == 0 && close(s->master) == 0)
		be_shell(path, said[1], go[0], act);
	close(said[1]);
	close(go[0]);
	s->said = said[0];
	s->go = go[1];
	assert_int_equal(read(s->said, &s->pid, sizeof(s->pid)),
	    sizeof(s->pid));
}

/* Read on until text has been shown. */
static void
seat_sees(struct seat *s, const char *text)
{
	while (strstr(s->shown, text) == NULL) {
		ssize_t n = read(s->master, s->shown + s->len,
		    sizeof(s->shown) - 1 - s->len);

		assert_true(n > 0);
		s->len += (size_t)n;
		s->shown[s->len] = '\0';
	}
}

static void
seat_forget(struct seat *s)
{
	s->len = 0;
	s->shown[0] = '\0';
}

static void
seat_types(struct seat *s, const char *text)
{
	assert_int_equal(write(s->master, text, strlen(text)), strlen(text));
}

static int
echoes(const struct seat *s)
{
	struct termios now;

	assert_int_equal(tcgetattr(s->master, &now), 0);
	return (now.c_lflag & ECHO) != 0;
}

static void
assert_as_before(const struct seat *s)
{
	struct termios now;

	assert_int_equal(tcgetattr(s->master, &now), 0);
	assert_int_equal(now.c_lflag, s->before.c_lflag);
	assert_int_equal(now.c_iflag, s->before.c_iflag);
	assert_int_equal(now.c_oflag, s->before.c_oflag);
	assert_memory_equal(now.c_cc, s->before.c_cc, sizeof(now.c_cc));
}

static int
seat_ends(struct seat *s)
{
	int status;

	assert_int_equal(waitpid(s->shell, &status, 0), s->shell);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
seat_leave(struct seat *s)
{
	close(s->master);
	close(s->said);
	close(s->go);
}

/* What is typed, and the code that is taken from it. */
static const struct typed {
	const char	*name;
	const char	*text;
	const char	*code;		/* NULL: the end of input */
	int		 scolds;
} typed[] = {
	{ "six digits", "123456\n", "123456", 0 },
	{ "eight digits", "12345678\n", "12345678", 0 },
	{ "as the phone shows it", " 123 456 \n", "123456", 0 },
	{ "a slip of a finger", "12345\x7f\x7f" "456\n", "123456", 0 },
	{ "nothing, then a code", "\n123456\n", "123456", 1 },
	{ "seven digits, then a code", "1234567\n123456\n", "123456", 1 },
	{ "nine digits, then a code", "123456789\n123456\n", "123456", 1 },
	{ "letters, then a code", "hunter\n123456\n", "123456", 1 },
	{ "a line without end, then a code",
	    "1234561234561234561234561234561234561234561234561234561234561234"
	    "123456\n654321\n", "654321", 1 },
	{ "the end of input", "\x04", NULL, 0 },
	{ "the end in the middle", "123\x04\x04", NULL, 0 },
};

static void
test_typed(void **state)
{
	const struct typed *row = *state;
	char got[16] = "";
	struct seat s;

	seat_take(&s, ask);
	seat_sees(&s, QUESTION);
	assert_false(echoes(&s));
	seat_types(&s, row->text);
	assert_int_equal(seat_ends(&s), row->code != NULL ? ERR_OK :
	    ERR_NOT_FOUND);
	assert_as_before(&s);
	if (row->code != NULL) {
		assert_int_equal(read(s.said, got, sizeof(got)),
		    strlen(row->code));
		assert_string_equal(got, row->code);
	}
	(void)!fcntl(s.master, F_SETFL, O_NONBLOCK);
	(void)!read(s.master, s.shown + s.len, sizeof(s.shown) - 1 - s.len);
	assert_int_equal(strstr(s.shown, "6 or 8") != NULL, row->scolds);
	assert_null(strstr(s.shown, "123"));
	seat_leave(&s);
}

/* Each way to be ended, while a code is asked for and while time passes. */
static const struct ended {
	const char	*name;
	const char	*key;		/* typed, or else ... */
	int		 sig;		/* ... sent; what it dies of */
} ended[] = {
	{ "^C", "12\x03", SIGINT },
	{ "^\\", "12\x1c", SIGQUIT },
	{ "SIGINT", NULL, SIGINT },
	{ "SIGTERM", NULL, SIGTERM },
	{ "SIGHUP", NULL, SIGHUP },
};

static void
end_it(const struct ended *row, enum err (*act)(struct terminal *, int),
    const char *text)
{
	struct seat s;

	seat_take(&s, act);
	seat_sees(&s, text);
	assert_false(echoes(&s));
	if (row->key != NULL)
		seat_types(&s, row->key);
	else
		kill(s.pid, row->sig);
	assert_int_equal(seat_ends(&s), 128 + row->sig);
	assert_as_before(&s);
	seat_leave(&s);
}

static void
test_ended(void **state)
{
	end_it(*state, ask, QUESTION);
	end_it(*state, count_down, WAITING " 30 s");
}

/* Both pauses: by ^Z the terminal is handed back; SIGSTOP cannot be caught,
 * but the modes after it are still those of before the first question. */
static void
pause_it(const char *key, int sig, enum err (*act)(struct terminal *, int),
    const char *text)
{
	struct seat s;
	char c = 0;

	seat_take(&s, act);
	seat_sees(&s, text);
	if (key != NULL)
		seat_types(&s, key);
	else
		kill(s.pid, sig);
	assert_int_equal(read(s.said, &c, 1), 1);
	assert_int_equal(c, 'Z');
	if (key != NULL)
		assert_as_before(&s);
	seat_forget(&s);
	assert_int_equal(write(s.go, &c, 1), 1);
	seat_sees(&s, text);
	assert_false(echoes(&s));
	seat_types(&s, "\x03");
	assert_int_equal(seat_ends(&s), 128 + SIGINT);
	assert_as_before(&s);
	seat_leave(&s);
}

static void
test_a_pause_hands_back_the_terminal(void **state)
{
	(void)state;
	pause_it("12\x1a", 0, ask, QUESTION);
	pause_it("\x1a", 0, count_down, WAITING " 30 s");
}

static void
test_a_stop_is_survived(void **state)
{
	(void)state;
	pause_it(NULL, SIGSTOP, ask, QUESTION);
	pause_it(NULL, SIGSTOP, count_down, WAITING " 30 s");
}

static void
test_time_passes(void **state)
{
	struct moment *now = *state;
	struct seat s;

	seat_take(&s, count_down);
	seat_sees(&s, WAITING " 30 s");
	now->boot_ms += 28001;
	seat_sees(&s, WAITING " 2 s");
	now->boot_ms += 2000;
	assert_int_equal(seat_ends(&s), 0);
	assert_as_before(&s);
	seat_leave(&s);
}

static enum err
count_down_ignoring(struct terminal *t, int said)
{
	signal(SIGINT, SIG_IGN);
	return count_down(t, said);
}

/* As nohup and a script's & want it. */
static void
test_an_ignored_signal_stays_ignored(void **state)
{
	struct moment *now = *state;
	struct seat s;

	seat_take(&s, count_down_ignoring);
	seat_sees(&s, WAITING " 30 s");
	seat_types(&s, "\x03");
	now->boot_ms += 30000;
	assert_int_equal(seat_ends(&s), 0);
	assert_as_before(&s);
	seat_leave(&s);
}

static void
test_no_terminal(void **state)
{
	struct terminal t = { .fd = -1 };

	(void)state;
	assert_err(terminal_open("/dev/null", &t), ERR_NOT_FOUND);
	assert_err(terminal_open("/nonexistent", &t), ERR_NOT_FOUND);
	assert_int_equal(t.fd, -1);
}

/* What comes through a descriptor, and what is left there. */
static const struct given {
	const char	*name;
	const char	*text;
	enum err	 want;
	const char	*code;
	const char	*left;
} given[] = {
	{ "a line", "123456\nnext", ERR_OK, "123456", "next" },
	{ "no newline", "12345678", ERR_OK, "12345678", "" },
	{ "nothing", "", ERR_NOT_FOUND, "", "" },
	{ "an empty line", "\nnext", ERR_MALFORMED, "", "next" },
	{ "seven digits", "1234567\n", ERR_MALFORMED, "", "" },
	{ "a control byte", "12345\x01\n", ERR_MALFORMED, "", "" },
	{ "a letter", "12345a\n", ERR_MALFORMED, "", "" },
	{ "64 characters", "                                        "
	    "                  123456", ERR_MALFORMED, "", "" },
};

static void
test_given(void **state)
{
	struct secret *code OWNED(secret_drop) = NULL;
	const struct given *row = *state;
	char left[8] = "";
	int pipes[2];

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(write(pipes[1], row->text, strlen(row->text)),
	    strlen(row->text));
	close(pipes[1]);
	assert_err(terminal_code_from(pipes[0], &code), row->want);
	if (row->want == ERR_OK)
		assert_true(span_equal(secret_span(code),
		    span_text(row->code)));
	assert_int_equal(read(pipes[0], left, sizeof(left)),
	    strlen(row->left));
	assert_string_equal(left, row->left);
	close(pipes[0]);
}

/* A clock that the test moves. */
static struct moment *
own_clock(void)
{
	int fd = memfd_create("clock", 0);
	char number[16];
	void *at;

	assert_int_equal(ftruncate(fd, 4096), 0);
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	snprintf(number, sizeof(number), "%d", fd);
	setenv("ANCHORHOLD_TEST_CLOCK", number, 1);
	assert_err(clock_start(), ERR_OK);
	return at;
}

#define FIXED 5

int
main(void)
{
	struct moment *now = own_clock();
	struct CMUnitTest tests[FIXED + ROWS(typed) + ROWS(ended) +
	    ROWS(given)] = {
		cmocka_unit_test(test_a_pause_hands_back_the_terminal),
		cmocka_unit_test(test_a_stop_is_survived),
		cmocka_unit_test(test_no_terminal),
		ROW_TEST("time passes", test_time_passes, now),
		ROW_TEST("an ignored signal stays ignored",
		    test_an_ignored_signal_stays_ignored, now),
	};
	struct CMUnitTest *next = tests + FIXED;

	for (size_t i = 0; i < ROWS(typed); i++)
		*next++ = ROW_TEST(typed[i].name, test_typed, &typed[i]);
	for (size_t i = 0; i < ROWS(ended); i++)
		*next++ = ROW_TEST(ended[i].name, test_ended, &ended[i]);
	for (size_t i = 0; i < ROWS(given); i++)
		*next++ = ROW_TEST(given[i].name, test_given, &given[i]);
	alarm(PATIENCE);
	return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
