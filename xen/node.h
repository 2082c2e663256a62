/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef XEN_NODE_H
#define XEN_NODE_H

/* Which domain is which: what xenstore says, and who said it. */

#include "base/err.h"
#include "xen/vchan.h"

/* libxenvchan puts "/event-channel" behind a path, into 64 bytes. */
#define NODE_PATH_MAX 49

/*
 * The domid in a node that the toolstack wrote.  NOT_FOUND: there is none, or
 * we may not read it; AUTH: somebody else than domain 0 could have written it;
 * MALFORMED: it is no domid; HARDWARE: there is no xenstore, or it has not
 * answered.
 */
enum err node_domid(const char *node, unsigned *out);

/* Our own. */
enum err node_own(unsigned *out);

/* The path of a channel, as its server names it in its own part of xenstore,
 * or as others do.  LIMIT if it is longer than libxenvchan takes. */
enum err node_served(unsigned client, unsigned port, unsigned channel,
    char out[static NODE_PATH_MAX + 1]);
enum err node_of(unsigned server, unsigned client, unsigned port,
    unsigned channel, char out[static NODE_PATH_MAX + 1]);

#endif
