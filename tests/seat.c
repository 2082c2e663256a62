/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/seat.h"

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

struct play {
	int	(*act)(void *self, int said);
	void	*self;
};

static void
sit(int said, const struct play *play)
{
	alarm(SEAT_PATIENCE);
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(STDIN_FILENO, getpid());
	signal(SIGTTOU, SIG_DFL);
	all_default();
	_exit(play->act(play->self, said));
}

/* The exit status is the child's, or 128 and the signal. */
static void
be_shell(const char *path, int said, int go, const struct play *play)
{
	int status;
	pid_t pid;
	char c;

	alarm(SEAT_PATIENCE);
	setsid();
	signal(SIGHUP, SIG_IGN);
	close(STDIN_FILENO);
	if (open(path, O_RDWR) != STDIN_FILENO ||
	    ioctl(STDIN_FILENO, TIOCSCTTY, 0) == -1)
		_exit(100);
	pid = fork();
	if (pid == 0)
		sit(said, play);
	(void)!write(said, &pid, sizeof(pid));
	while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
		(void)!write(said, "Z", 1);
		(void)!read(go, &c, 1);
		kill(pid, SIGCONT);
	}
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status));
}

void
seat_take(struct seat *s, int (*act)(void *self, int said), void *self)
{
	const struct play play = { act, self };
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
		be_shell(path, said[1], go[0], &play);
	close(said[1]);
	close(go[0]);
	s->said = said[0];
	s->go = go[1];
	assert_int_equal(read(s->said, &s->pid, sizeof(s->pid)),
	    sizeof(s->pid));
}

void
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

void
seat_sees_all(struct seat *s)
{
	ssize_t n;

	while ((n = read(s->master, s->shown + s->len,
	    sizeof(s->shown) - 1 - s->len)) > 0)
		s->len += (size_t)n;
	s->shown[s->len] = '\0';
}

void
seat_forget(struct seat *s)
{
	s->len = 0;
	s->shown[0] = '\0';
}

void
seat_types(struct seat *s, const char *text)
{
	assert_int_equal(write(s->master, text, strlen(text)), strlen(text));
}

int
seat_echoes(const struct seat *s)
{
	struct termios now;

	assert_int_equal(tcgetattr(s->master, &now), 0);
	return (now.c_lflag & ECHO) != 0;
}

void
assert_as_before(const struct seat *s)
{
	struct termios now;

	assert_int_equal(tcgetattr(s->master, &now), 0);
	assert_int_equal(now.c_lflag, s->before.c_lflag);
	assert_int_equal(now.c_iflag, s->before.c_iflag);
	assert_int_equal(now.c_oflag, s->before.c_oflag);
	assert_memory_equal(now.c_cc, s->before.c_cc, sizeof(now.c_cc));
}

int
seat_ends(struct seat *s)
{
	int status;

	assert_int_equal(waitpid(s->shell, &status, 0), s->shell);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void
seat_leave(struct seat *s)
{
	close(s->master);
	close(s->said);
	close(s->go);
}

void
seat_stops(struct seat *s)
{
	char c = 0;

	assert_int_equal(read(s->said, &c, 1), 1);
	assert_int_equal(c, 'Z');
}

void
seat_goes_on(struct seat *s)
{
	assert_int_equal(write(s->go, "", 1), 1);
}
