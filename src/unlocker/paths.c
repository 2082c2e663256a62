/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unlocker/paths.h"

#include <assert.h>
#include <fcntl.h>
#include <unistd.h>

static const struct {
	const char	*path;		/* NULL: the volume */
	unsigned	 rights;
	bool		 opening;	/* to open it, not only to try it */
	const char	*why;
} table[] = {
	{ NULL, GRANT_READ | GRANT_WRITE | GRANT_DEVICE, false,
	    "the volume, which is locked while it is read" },
	{ "/run", GRANT_LIST, false, "the way to the locks of block devices" },
	{ "/run/cryptsetup", GRANT_READ | GRANT_WRITE, false, "these locks" },
	{ "/dev/mapper", GRANT_DEVICE | GRANT_NODE, true,
	    "device-mapper; the volume's node, where no udev makes it" },
	{ "/proc/devices", GRANT_READ, true, "device-mapper's number" },
	{ "/dev/urandom", GRANT_READ, true, "its cookies for udev" },
	{ "/sys/devices/virtual/bdi", GRANT_READ, true,
	    "how far the new device reads ahead" },
};

#define N (sizeof(table) / sizeof(table[0]))
static_assert(N <= PATHS_MAX, "PATHS_MAX is too small");

void
paths_open(struct paths *p, const char *volume, bool test)
{
	for (size_t i = 0; i < N; i++) {
		const char *path = table[i].path;
		int fd;

		if (test && table[i].opening)
			continue;
		fd = open(path != NULL ? path : volume, O_PATH | O_CLOEXEC);
		if (fd != -1)
			p->grants[p->n++] = (struct grant){ fd,
			    table[i].rights, table[i].why };
	}
}

void
paths_drop(struct paths *p)
{
	while (p->n > 0)
		close(p->grants[--p->n].dir);
}
