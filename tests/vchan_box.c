/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/box.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/log.h"

/* What tests/vchan_mock.c needs behind a sandbox, instead of Xen's. */
const struct allow vchan_calls[VCHAN_CALLS_MAX] = {
	ALLOW(openat,		"the files that stand for grants and events"),
	ALLOW(newfstatat,	"how large rings are"),
	ALLOW(mknodat,		"ask whether the FIFOs are there"),
	ALLOW(ftruncate,	"rings"),
	ALLOW(renameat,		"rings, in their place"),
	ALLOW(unlink,		"and out of it"),
	ALLOW(epoll_ctl,	"watch a new ring's event channel"),
};
const size_t vchan_ncalls = 7;

enum err
vchan_grant(struct grant *out)
{
	const char *dir = getenv("ANCHORHOLD_TEST_XEN");

	*out = (struct grant){
		.dir = open(dir != NULL ? dir : "", O_PATH | O_DIRECTORY |
		    O_CLOEXEC),
		.rights = GRANT_READ | GRANT_WRITE,
		.why = "the machine of the test",
	};
	return out->dir != -1 ? ERR_OK : log_errno("ANCHORHOLD_TEST_XEN");
}
