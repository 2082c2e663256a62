/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINK_UNIX_H
#define LINK_UNIX_H

/*
 * Links over Unix stream sockets, where each end knows the other by what the
 * kernel vouches for: the socket's place and the peer's uid (SO_PEERCRED).
 *
 * A socket lies in a directory that belongs to root or the server, that
 * nobody else may write, and that no others than its owner and its group may
 * enter.  There are no abstract sockets.
 *
 * Knows base/link.h.  Does not know what is said on a link.
 */

#include <sys/types.h>

#include "base/err.h"
#include "base/link.h"

#define UNIX_PATH_MAX 107	/* what sockaddr_un has room for */
#define UNIX_NO_GROUP ((gid_t)-1)

/*
 * Listen at path.  The socket's mode is 0600, or 0660 with the group of the
 * clients.  What a dead server has left there is removed, provided that it is
 * a socket.  DENIED: the directory is not such a one, or the path is taken by
 * something else; STATE: somebody listens there; LIMIT: the path is too long.
 * The caller owns *fd.
 */
enum err unix_listen(const char *path, gid_t clients, int *fd);

/*
 * Take the next client of a listening socket.  BUSY when there is none, AUTH
 * when its uid is not the one wanted (it is gone then), LIMIT when there are
 * no descriptors left.
 */
enum err unix_accept(int listener, uid_t client, struct link *out);

/*
 * Connect to the server at path, which must run as the uid server.
 * NOT_FOUND: nobody listens there, or we may not enter; AUTH: the directory
 * or the server is not what it should be; BUSY: it did not take us in
 * timeout_ms.
 */
enum err unix_connect(const char *path, uid_t server, unsigned timeout_ms,
    struct link *out);

/* A link over a connected stream socket, which it takes. */
enum err unix_link(int fd, struct link *out);

#endif
