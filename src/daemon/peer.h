/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

/* Who is asking, as the channel vouches for it; nothing in a message can
 * change it. */

#include <stddef.h>
#include <sys/types.h>

struct peer {
	const char	*vm_id;		/* what the channel is bound to */
	uid_t		 uid;		/* of its process, on a Unix socket */
	size_t		 door;		/* the row of its door */
};

#endif
