/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "xen/box.h"
#include "xen/vchan.h"

/* What a build without Xen says of vchans. */

const char vchan_build[] = "without vchan";

const struct allow vchan_calls[VCHAN_CALLS_MAX];
const size_t vchan_ncalls = 0;

static enum err
not_here(void)
{
	return log_err(ERR_STATE, "this build has no vchan: it was configured "
	    "without Xen's libraries");
}

enum err
vchan_grant(struct grant *out)
{
	(void)out;
	return not_here();
}

enum err
vchan_listen(const struct vchan_address *a, struct vchan_door **out)
{
	(void)a;
	(void)out;
	return not_here();
}

void
vchan_drop(struct vchan_door **door)
{
	(void)door;
}

int
vchan_fd(const struct vchan_door *door)
{
	(void)door;
	return -1;
}

enum err
vchan_accept(struct vchan_door *door, struct link *out)
{
	(void)door;
	(void)out;
	return ERR_STATE;
}

void
vchan_look(struct vchan_door *door)
{
	(void)door;
}

enum err
vchan_connect(const struct vchan_address *a, unsigned timeout_ms,
    struct link *out)
{
	(void)a;
	(void)timeout_ms;
	(void)out;
	return not_here();
}
