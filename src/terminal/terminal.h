/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TERMINAL_TERMINAL_H
#define TERMINAL_TERMINAL_H

/*
 * The terminal that the operator sits at.
 *
 * While something is asked or waited for it does not echo; however that ends,
 * by an answer, the end of input, ^C or a signal, its modes are again what
 * they were, and what was typed ahead is thrown away, so that no shell
 * reads the rest of a code.  ^Z hands a sane terminal to the shell, and fg asks
 * again.
 *
 * A signal that ends the program is not acted on here but reported, so that
 * the caller can wipe what it holds: terminal_finish() then dies of it.
 *
 * Knows base.  Does not know what a code is good for.
 */

#include <signal.h>
#include <termios.h>

#include "base/err.h"
#include "base/secret.h"

#define TERMINAL_SIGNALS 6

struct terminal {
	int			fd;
	struct termios		before;		/* while quiet */
	struct sigaction	acts[TERMINAL_SIGNALS];
	sigset_t		mask;
};

/* A client may be ended at any time, and there is nothing to put right but
 * the terminal, which sees to itself: let signals do what they do. */
void terminal_signals(void);

/* Open path, "/dev/tty"; NOT_FOUND if there is none.  Call it before the
 * sandbox. */
enum err terminal_open(const char *path, struct terminal *t);

/* Close; made for OWNED, an empty one is { .fd = -1 }. */
void terminal_drop(struct terminal *t);

/* Show text. */
void terminal_say(const struct terminal *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Ask until a code of 6 or 8 digits is typed; blanks in it are free.
 * NOT_FOUND at the end of input, STATE when a signal says to finish.
 */
enum err terminal_code(struct terminal *t, const char *question,
    struct secret **code);

/* Ask for a line of 1 to 512 bytes; MALFORMED for any other. */
enum err terminal_passphrase(struct terminal *t, const char *question,
    struct secret **passphrase);

/* Show text and the seconds left, counting down to none; STATE when a signal
 * says to finish. */
enum err terminal_wait(struct terminal *t, const char *text,
    uint64_t seconds);

/* Take the one code, up to a newline or the end, from a descriptor; NOT_FOUND
 * if there is none, MALFORMED if it is no code. */
enum err terminal_code_from(int fd, struct secret **code);

/* The same with a passphrase of 1 to 512 bytes. */
enum err terminal_passphrase_from(int fd, struct secret **passphrase);

/* Die of the signal that said to finish; returns if none did. */
void terminal_finish(void);

#endif
