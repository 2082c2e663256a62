/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

/*
 * A machine with two domains on it, both of them this test: the server is
 * domain 1, its peer domain 2, and each has a node that names the other.
 */

#include <libxenvchan.h>

#include "base/link.h"
#include "tests/vchan_mock.h"
#include "xen/vchan.h"

#define SERVER_NODE "anchorhold/cryptod"	/* in domain 2 */
#define CLIENT_NODE "anchorhold/unlocker"	/* in domain 1 */
#define PORT 9001

enum { SERVER = 1, CLIENT = 2, OTHER = 3 };

struct machine {
	char			 dir[64];
	struct vchan_door	*door;
	struct link		 server, client;
};

/* For cmocka: a machine whose server listens on one channel. */
int machine_open(void **state);
int machine_close(void **state);

/* Be this domain from now on. */
void machine_be(const struct machine *m, unsigned domid);

/* Write the node of this domain: its value, its permissions ("n0 r1"). */
void machine_node(const struct machine *m, unsigned domid, const char *node,
    const char *value, const char *rights);
void machine_forget(const struct machine *m, unsigned domid,
    const char *node);

/* Listen anew, on so many channels. */
void machine_listen(struct machine *m, unsigned channels);

/* Domain 2 connects, and the server accepts. */
enum err machine_connect(struct machine *m, unsigned channel,
    struct link *out);
void machine_pair(struct machine *m);

/* The shared page of the first channel and what follows it, as whoever has it
 * mapped may write it.  Unmapped by machine_close(). */
struct vchan_interface *machine_page(const struct machine *m);

#endif
