/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <libxenvchan.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/own.h"
#include "xen/node.h"
#include "xen/quiet.h"
#include "xen/ring.h"
#include "xen/vchan.h"

#define TRY_EVERY_MS 5
#define WAIT_MS 2000	/* for a server that is not there */

const char vchan_build[] = "with vchan";

static void
free_ring(struct ring *r)
{
	free(r);
}

static void
ring_drop(struct ring **r)
{
	free(*r);
	*r = NULL;
}

/*
 * Rings that were ever used are another connection's, whose server has not
 * seen yet that it is over: it makes fresh ones when it has.
 */
static enum err
try_once(unsigned server, const char *path, struct ring *r)
{
	struct libxenvchan *chan = libxenvchan_client_init(&quiet_logger,
	    (int)server, path);

	if (chan == NULL)
		return ERR_NOT_FOUND;
	TRY(ring_take(chan, r));
	if (ring_state(r) == RING_OPEN && !ring_used(r))
		return ERR_OK;
	ring_close(r);
	return ERR_NOT_FOUND;
}

static void
wait_a_bit(void)
{
	const struct timespec bit = { .tv_nsec = TRY_EVERY_MS * 1000000 };

	/* Cut short by a signal, it is tried the sooner. */
	(void)!ppoll(NULL, 0, &bit, NULL);
}

static enum err
find(const struct vchan_address *a, unsigned *server,
    char path[static NODE_PATH_MAX + 1])
{
	unsigned own = 0;
	enum err e = node_domid(a->node, server);

	if (e == ERR_OK)
		e = node_own(&own);
	if (e != ERR_OK)
		return log_err(e == ERR_AUTH ? e : ERR_NOT_FOUND,
		    "xenstore: %s: %s", a->node, e == ERR_AUTH ?
		    "others than the toolstack can write it" : err_text(e));
	return node_of(*server, own, a->port, a->channel, path);
}

enum err
vchan_connect(const struct vchan_address *a, unsigned timeout_ms,
    struct link *out)
{
	struct ring *r OWNED(ring_drop) = calloc(1, sizeof(*r));
	char path[NODE_PATH_MAX + 1];
	unsigned server = 0;
	enum err e;

	if (r == NULL)
		return log_err(ERR_LIMIT, "no memory");
	TRY(find(a, &server, path));
	if (timeout_ms > WAIT_MS)
		timeout_ms = WAIT_MS;
	e = try_once(server, path, r);
	for (unsigned ms = 0; e == ERR_NOT_FOUND && ms < timeout_ms;
	    ms += TRY_EVERY_MS) {
		wait_a_bit();
		e = try_once(server, path, r);
	}
	if (e != ERR_OK)
		return log_err(e == ERR_MALFORMED ? ERR_HARDWARE : e,
		    "vchan %s: %s", path, e == ERR_MALFORMED ?
		    "rings of no possible size" : "no server has made it");
	r->closed = free_ring;
	*out = ring_link(GIVE(r, NULL));
	return ERR_OK;
}
