/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/said.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int stderr_was = -1, memory = -1;

void
said_begin(void)
{
	memory = memfd_create("said", MFD_CLOEXEC);
	stderr_was = dup(STDERR_FILENO);
	if (memory == -1 || stderr_was == -1 ||
	    dup2(memory, STDERR_FILENO) == -1)
		abort();
}

void
said_end(char *text, size_t cap)
{
	ssize_t n = pread(memory, text, cap - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	dup2(stderr_was, STDERR_FILENO);
	close(stderr_was);
	close(memory);
}
