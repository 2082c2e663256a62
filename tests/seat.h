/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SEAT_H
#define TESTS_SEAT_H

/*
 * A terminal of which the test holds the other end.  A child, the shell, owns
 * it; a child of that one sits in its foreground.  The shell says when it was
 * stopped, and lets it go on when it is told to.
 */

#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

#define SEAT_PATIENCE 120	/* seconds, after which something hangs */

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

/* Have act(self, said) done in the foreground, with signals as a shell leaves
 * them; what it returns is the exit status.  stderr stays what it was. */
void seat_take(struct seat *s, int (*act)(void *self, int said), void *self);
void seat_leave(struct seat *s);

/* Read on until text has been shown. */
void seat_sees(struct seat *s, const char *text);

/* Read all that was shown, when nobody sits there any more. */
void seat_sees_all(struct seat *s);

/* What was shown until now counts no more. */
void seat_forget(struct seat *s);

void seat_types(struct seat *s, const char *text);

/* Wait until it is stopped; let it go on. */
void seat_stops(struct seat *s);
void seat_goes_on(struct seat *s);

/* The exit status, or 128 and the signal. */
int seat_ends(struct seat *s);

int seat_echoes(const struct seat *s);
void assert_as_before(const struct seat *s);

#endif
