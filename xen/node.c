/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/node.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "base/own.h"

#define DOMID_MAX 32751		/* Xen's DOMID_FIRST_RESERVED, less one */
#define TOOLSTACK 0

static void
store_drop(struct xs_handle **xs)
{
	if (*xs != NULL)
		xs_close(*xs);
	*xs = NULL;
}

static void
text_drop(void *text)
{
	free(*(void **)text);
}

static enum err
parse(const char *text, unsigned len, unsigned *out)
{
	unsigned n = 0;

	if (len == 0 || len > 5 || (len > 1 && text[0] == '0'))
		return ERR_MALFORMED;
	for (unsigned i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return ERR_MALFORMED;
		n = n * 10 + (unsigned)(text[i] - '0');
	}
	*out = n;
	return n <= DOMID_MAX ? ERR_OK : ERR_MALFORMED;
}

/* A node that is not there is an answer too. */
static enum err
no_answer(void)
{
	return errno == ENOENT || errno == EACCES ? ERR_NOT_FOUND :
	    ERR_HARDWARE;
}

static enum err
read_domid(struct xs_handle *xs, const char *node, unsigned *out)
{
	unsigned len = 0;
	void *text OWNED(text_drop) = xs_read(xs, XBT_NULL, node, &len);

	return text != NULL ? parse(text, len, out) : no_answer();
}

/* The first row is the owner, with what the others may who have no row of
 * their own; the owner may do everything. */
static enum err
check_owner(struct xs_handle *xs, const char *node)
{
	unsigned n = 0;
	void *rows OWNED(text_drop) = xs_get_permissions(xs, XBT_NULL, node,
	    &n);
	const struct xs_permissions *p = rows;

	if (p == NULL)
		return no_answer();
	if (n == 0)
		return ERR_NOT_FOUND;
	if (p[0].id != TOOLSTACK)
		return ERR_AUTH;
	for (unsigned i = 0; i < n; i++)
		if ((p[i].perms & XS_PERM_WRITE) != 0 && (i == 0 ||
		    p[i].id != TOOLSTACK))
			return ERR_AUTH;
	return ERR_OK;
}

enum err
node_domid(const char *node, unsigned *out)
{
	struct xs_handle *xs OWNED(store_drop) = xs_open(0);

	if (xs == NULL)
		return ERR_HARDWARE;
	TRY(check_owner(xs, node));
	TRY(read_domid(xs, node, out));
	/* Once more: the toolstack may have made it anew in between. */
	return check_owner(xs, node);
}

enum err
node_own(unsigned *out)
{
	struct xs_handle *xs OWNED(store_drop) = xs_open(0);

	return xs == NULL ? ERR_HARDWARE : read_domid(xs, "domid", out);
}

/* "data/vchan/2/9001", the second channel "data/vchan/2/9001-1". */
static enum err
path(const char *home, unsigned client, unsigned port, unsigned channel,
    char out[static NODE_PATH_MAX + 1])
{
	int n = snprintf(out, NODE_PATH_MAX + 1, "%sdata/vchan/%u/%u", home,
	    client, port);

	if (n >= 0 && n <= NODE_PATH_MAX && channel > 0)
		n += snprintf(out + n, NODE_PATH_MAX + 1 - (size_t)n, "-%u",
		    channel);
	return n >= 0 && n <= NODE_PATH_MAX ? ERR_OK : ERR_LIMIT;
}

enum err
node_served(unsigned client, unsigned port, unsigned channel,
    char out[static NODE_PATH_MAX + 1])
{
	return path("", client, port, channel, out);
}

enum err
node_of(unsigned server, unsigned client, unsigned port, unsigned channel,
    char out[static NODE_PATH_MAX + 1])
{
	char home[32];

	snprintf(home, sizeof(home), "/local/domain/%u/", server);
	return path(home, client, port, channel, out);
}
