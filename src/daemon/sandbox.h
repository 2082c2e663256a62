/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

/*
 * Give up, for good, everything that a daemon does not need; it is done
 * before its first untrusted byte.
 *
 * What every daemon may still ask of the kernel is the table in sandbox.c;
 * what one daemon may ask besides is a table in its main.c, each row with its
 * reason.  A call that is in neither ends the process.  Files are out of
 * reach but below the directories granted; no capability and no way to gain a
 * privilege is left but those kept.
 *
 * Which file does it is chosen by the build: sandbox.c is all that is
 * installed, tests/sandbox_none.c stands in under sanitizers and valgrind.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seccomp.h>

#include "base/err.h"

enum allow_how { ALLOW_ALWAYS, ALLOW_NO_BITS, ALLOW_VALUE };

struct allow {
	int		 syscall;
	enum allow_how	 how;
	unsigned	 arg;		/* the argument that is looked at */
	uint64_t	 value;		/* its only value, or bits it lacks */
	const char	*why;
};

#define ALLOW(call, why) \
	{ SCMP_SYS(call), ALLOW_ALWAYS, 0, 0, why }
#define ALLOW_WITHOUT(call, arg, bits, why) \
	{ SCMP_SYS(call), ALLOW_NO_BITS, arg, bits, why }
#define ALLOW_ONLY(call, arg, value, why) \
	{ SCMP_SYS(call), ALLOW_VALUE, arg, value, why }

enum grant_right {
	GRANT_READ = 1,		/* open files to read, list directories */
	GRANT_WRITE = 2,	/* make, write, rename and remove files */
	GRANT_DEVICE = 4,	/* use the devices there, ioctl included */
	GRANT_NODE = 8,		/* make and remove device nodes */
	GRANT_LIST = 16,	/* open and list directories, no file */
};

/* What may be done below a directory, or with one file, opened before. */
struct grant {
	int		 dir;
	unsigned	 rights;
	const char	*why;
};

struct sandbox {
	const struct allow	*allow;
	size_t			 nallow;
	bool			 bare;		/* these rows and no others */
	const struct grant	*grants;
	size_t			 ngrants;
	const int		*capabilities;	/* CAP_*, to be kept */
	size_t			 ncapabilities;
};

/*
 * HARDWARE if the kernel refuses a part; the caller must then exit.  A kernel
 * that has no Landlock is no failure, but *whole is false and one line says
 * so.
 */
enum err sandbox_enter(const struct sandbox *box, bool *whole);

/* In one that has: these calls and no others from here on. */
enum err sandbox_narrow(const struct allow *rows, size_t n);

#endif
