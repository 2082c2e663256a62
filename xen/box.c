/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/box.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <xen/xen.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntalloc.h>

#include "base/log.h"

#define DEVICES "/dev/xen"

const struct allow vchan_calls[VCHAN_CALLS_MAX] = {
	ALLOW(openat,		"evtchn, gntalloc and xenbus, for new rings"),
	ALLOW(newfstatat,	"libxenstore: is its path a socket"),
	ALLOW(access,		"libxenstore: where is the device"),
	ALLOW_ONLY(socket, 0, AF_UNIX, "libxenstore, in the toolstack domain"),
	ALLOW(connect,		"the same"),
	ALLOW_ONLY(fcntl, 1, F_GETFD, "the same"),
	ALLOW_ONLY(fcntl, 1, F_SETFD, "the same"),
	ALLOW(rt_sigaction,	"libxenstore keeps SIGPIPE out of a write"),
	ALLOW(epoll_ctl,	"watch a new ring's event channel"),
	ALLOW_ONLY(ioctl, 1, IOCTL_EVTCHN_BIND_UNBOUND_PORT,
	    "an event channel for the peer"),
	ALLOW_ONLY(ioctl, 1, IOCTL_EVTCHN_UNBIND, "take it back"),
	ALLOW_ONLY(ioctl, 1, IOCTL_EVTCHN_NOTIFY, "wake the peer"),
	ALLOW_ONLY(ioctl, 1, IOCTL_GNTALLOC_ALLOC_GREF,
	    "pages for the peer; mmap() is everybody's"),
	ALLOW_ONLY(ioctl, 1, IOCTL_GNTALLOC_DEALLOC_GREF, "take them back"),
	ALLOW_ONLY(ioctl, 1, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY,
	    "tell the peer when we die"),
};
const size_t vchan_ncalls = 15;

enum err
vchan_grant(struct grant *out)
{
	*out = (struct grant){
		.dir = open(DEVICES, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.rights = GRANT_DEVICE,
		.why = "Xen's devices",
	};
	return out->dir != -1 ? ERR_OK :
	    log_errno("%s: is this a Xen domain?", DEVICES);
}
