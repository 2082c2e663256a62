/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/machine.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/own.h"
#include "tests/unit/unit.h"

#define PAGE_BYTES 8192	/* the page, and the beginning of the left ring */

static struct vchan_interface *page;

void
machine_be(const struct machine *m, unsigned domid)
{
	vchan_mock_be(m->dir, domid);
}

void
machine_node(const struct machine *m, unsigned domid, const char *node,
    const char *value, const char *rights)
{
	char name[256];
	FILE *f;

	machine_be(m, domid);
	vchan_mock_file(node, name, sizeof(name));
	f = fopen(name, "we");
	assert_non_null(f);
	fprintf(f, "%s\n%s\n", value, rights);
	fclose(f);
}

void
machine_forget(const struct machine *m, unsigned domid, const char *node)
{
	char name[256];

	machine_be(m, domid);
	vchan_mock_file(node, name, sizeof(name));
	assert_int_equal(unlink(name), 0);
}

void
machine_listen(struct machine *m, unsigned channels)
{
	const struct vchan_address a = { CLIENT_NODE, PORT, channels };

	machine_be(m, SERVER);
	vchan_drop(&m->door);
	assert_err(vchan_listen(&a, &m->door), ERR_OK);
}

enum err
machine_connect(struct machine *m, unsigned channel, struct link *out)
{
	const struct vchan_address a = { SERVER_NODE, PORT, channel };

	machine_be(m, CLIENT);
	return vchan_connect(&a, 20, out);
}

void
machine_pair(struct machine *m)
{
	assert_err(machine_connect(m, 0, &m->client), ERR_OK);
	machine_be(m, SERVER);
	assert_err(vchan_accept(m->door, &m->server), ERR_OK);
}

struct vchan_interface *
machine_page(const struct machine *m)
{
	int fd OWNED(fd_drop) = -1;
	char name[256];

	machine_be(m, SERVER);
	vchan_mock_file("data/vchan/2/9001", name, sizeof(name));
	fd = open(name, O_RDWR | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	if (page != NULL)
		munmap(page, PAGE_BYTES);
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	assert_ptr_not_equal(page, MAP_FAILED);
	return page;
}

int
machine_open(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	snprintf(m->dir, sizeof(m->dir), "/tmp/machine.XXXXXX");
	if (mkdtemp(m->dir) == NULL)
		return -1;
	/* A FIFO whose reader is gone; daemons ignore it. */
	signal(SIGPIPE, SIG_IGN);
	vchan_lies = (struct vchan_lies){ 0 };
	machine_node(m, CLIENT, SERVER_NODE, "1", "n0 r2");
	machine_node(m, SERVER, CLIENT_NODE, "2", "n0 r1");
	machine_listen(m, 1);
	*state = m;
	return 0;
}

int
machine_close(void **state)
{
	struct machine *m = *state;
	struct dirent *entry;
	DIR *dir;

	vchan_lies = (struct vchan_lies){ 0 };
	machine_be(m, SERVER);
	link_drop(&m->client);
	link_drop(&m->server);
	vchan_drop(&m->door);
	if (page != NULL)
		munmap(page, PAGE_BYTES);
	page = NULL;
	dir = opendir(m->dir);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(m->dir);
	free(m);
	return 0;
}
