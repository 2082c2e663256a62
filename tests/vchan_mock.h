/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VCHAN_MOCK_H
#define TESTS_VCHAN_MOCK_H

/*
 * libxenvchan without Xen: the same functions and the same shared page, over
 * a directory that stands for the machine.  A page of xenstore is a file (its
 * '/' are ':'), grants are a file that both ends map, an event channel is a
 * FIFO for each end.  As with Xen: rings are mapped by nobody but the domain
 * that they were made for, an event that was not taken holds back the next,
 * and a process that dies is told to the other end.
 *
 * The machine and our domid come from ANCHORHOLD_TEST_XEN (a directory) and
 * ANCHORHOLD_TEST_DOMAIN, the lies from ANCHORHOLD_TEST_VCHAN ("ring=64
 * most=1"), or from a test that sets them.
 */

#include <stdbool.h>
#include <stddef.h>

/* What is said instead of the truth; NULL and 0 are the truth. */
struct vchan_lies {
	unsigned	 ring;		/* 1 + the order of rings to make */
	unsigned	 most;		/* bytes of one read or write */
	unsigned	 spurious;	/* every n-th call makes an event */
	unsigned	 lose;		/* every n-th event is lost */
	unsigned	 refuse;	/* so many inits fail */
	const int	*orders;	/* of every ring that is made */
	const int	*ready, *space;	/* data_ready, buffer_space */
	const int	*read, *write;	/* said instead of done */
	const int	*open;		/* is_open */
	const int	*wait;		/* libxenvchan_wait */
	bool		 no_fd;		/* there is no descriptor */
	int		 store;		/* errno of what xenstore refuses */
};

extern struct vchan_lies vchan_lies;

/* Be this domain of the machine in dir; for tests that are several. */
void vchan_mock_be(const char *dir, unsigned domid);

/* The file of a node, or of anything else of that name: "dir/:local:...". */
void vchan_mock_file(const char *path, char *out, size_t cap);
unsigned vchan_mock_domid(void);

#endif
