/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef XEN_VCHAN_H
#define XEN_VCHAN_H

/*
 * Links between two Xen domains over libxenvchan, where each end knows the
 * other by its domid.
 *
 * Which domid that is, is what the toolstack has written into a node of
 * xenstore that we can read and not write: a node that belongs to anyone but
 * domain 0, or that others may write, is refused.  The grants and the event
 * channel are made out to that domid, so that nobody else can map the rings.
 *
 * A channel is one connection: a server that serves several programs of one
 * domain has as many channels for it.  The rings of a connection are made for
 * it and never used again.
 *
 * Knows base/ and libxenvchan.  Does not know what is said on a link.  In a
 * build without Xen every function here says STATE.
 */

#include <stddef.h>

#include "base/err.h"
#include "base/link.h"

#define VCHAN_NODE_MAX 63
#define VCHAN_CHANNELS 8	/* of one peer */

/* "with vchan" or "without vchan". */
extern const char vchan_build[];

/* A channel's end as its configuration says it. */
struct vchan_address {
	const char	*node;		/* in xenstore: the other's domid */
	unsigned	 port;		/* 1 to 65535: which server there */
	unsigned	 channel;	/* below VCHAN_CHANNELS; of a server:
					 * how many of them, from 1 */
};

/* All channels of one peer of a server. */
struct vchan_door;

/*
 * Wait for the peer on each of its channels, in xenstore at
 * data/vchan/DOMID/PORT, the second one at PORT-1 and so on.  That the node is
 * not there yet, or that Xen refuses something, is no error: vchan_accept()
 * tries it again.
 */
enum err vchan_listen(const struct vchan_address *a, struct vchan_door **out);
void vchan_drop(struct vchan_door **door);

/* Readable when vchan_accept() has something to do. */
int vchan_fd(const struct vchan_door *door);

/* Take the next connection.  BUSY when there is none; LIMIT or HARDWARE when
 * a channel could not be made again, and ought to be tried a bit later. */
enum err vchan_accept(struct vchan_door *door, struct link *out);

/*
 * Look whether the node still says the same, and end the connections of a
 * domain that is no longer the peer: libxenvchan does not say when a domain is
 * destroyed.  To be called every few seconds; a watch on a presence node would
 * be told at once, and has its place here.
 */
void vchan_look(struct vchan_door *door);

/*
 * Connect.  NOT_FOUND: no such node, or nobody serves there within timeout_ms;
 * AUTH: the node is not the toolstack's; LIMIT: the path is too long.
 */
enum err vchan_connect(const struct vchan_address *a, unsigned timeout_ms,
    struct link *out);

#endif
