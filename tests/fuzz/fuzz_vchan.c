/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <libxenvchan.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/vchan_steps.h"
#include "tests/vchan_mock.h"
#include "xen/vchan.h"

enum { SERVER = 1, CLIENT = 2, PORT = 9001, OTHER_PORT = 9002, CAP = 64,
    ENDS = ERR_INTERNAL + 1 };

static struct reach received[ENDS] = {
	[ERR_OK]	= { "bytes", 0 },
	[ERR_BUSY]	= { "nothing", 0 },
	[ERR_NOT_FOUND]	= { "the-end", 0 },
	[ERR_HARDWARE]	= { "a-broken-ring", 0 },
};
static struct reach sent[ENDS] = {
	[ERR_OK]	= { "bytes", 0 },
	[ERR_BUSY]	= { "nothing", 0 },
	[ERR_HARDWARE]	= { "a-broken-ring", 0 },
};

static char dir[] = "/tmp/fuzz_vchan.XXXXXX";
static struct vchan_door *door;
static int said;		/* what the mock says instead of the truth */

/* Each look at the clock is a second later: rings are made without limit. */
struct moment
clock_now(void)
{
	static struct moment now;

	now.boot_ms += 1000;
	return now;
}

enum err
clock_start(void)
{
	return ERR_OK;
}

static void
put_node(unsigned domid, const char *node, const char *text)
{
	char name[256];
	FILE *f;

	vchan_mock_be(dir, domid);
	vchan_mock_file(node, name, sizeof(name));
	f = fopen(name, "we");
	must(f != NULL && fputs(text, f) >= 0, "a node");
	fclose(f);
}

static void
remove_all(void)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	vchan_mock_be(dir, SERVER);
	vchan_drop(&door);
	while (d != NULL && (entry = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct vchan_address a = { "peer", PORT, 1 };

	(void)argc, (void)argv;
	signal(SIGPIPE, SIG_IGN);
	must(mkdtemp(dir) != NULL && atexit(remove_all) == 0, "a directory");
	put_node(SERVER, "peer", "2\nn0 r1\n");
	put_node(CLIENT, "peer", "1\nn0 r2\n");
	vchan_mock_be(dir, SERVER);
	must(vchan_listen(&a, &door) == ERR_OK, "no door");
	reach("received", received, ENDS);
	reach("sent", sent, ENDS);
	return 0;
}

/* A pair: the peer's end as the library gives it, ours as a link. */
static struct libxenvchan *
pair(bool client, struct link *ours)
{
	const struct vchan_address a = { "peer", OTHER_PORT, 0 };
	struct libxenvchan *peer;

	if (client) {
		vchan_mock_be(dir, SERVER);
		peer = libxenvchan_server_init(NULL, CLIENT,
		    "data/vchan/2/9002", 1, 1);
		vchan_mock_be(dir, CLIENT);
		must(peer != NULL && vchan_connect(&a, 0, ours) == ERR_OK,
		    "no client");
	} else {
		vchan_mock_be(dir, CLIENT);
		peer = libxenvchan_client_init(NULL, SERVER,
		    "/local/domain/1/data/vchan/2/9001");
		vchan_mock_be(dir, SERVER);
		must(peer != NULL && vchan_accept(door, ours) == ERR_OK,
		    "no server");
	}
	peer->blocking = 0;
	return peer;
}

/* Ours is the write ring of the peer. */
static void
write_page(struct libxenvchan *peer, enum step step, uint32_t n)
{
	struct vchan_interface *page = peer->ring;

	if (step == STEP_OUR_PROD)
		peer->write.shr->prod = n;
	else if (step == STEP_OUR_CONS)
		peer->write.shr->cons = n;
	else if (step == STEP_THEIR_PROD)
		peer->read.shr->prod = n;
	else if (step == STEP_THEIR_CONS)
		peer->read.shr->cons = n;
	else if (step == STEP_ORDERS)
		page->left_order = page->right_order = (uint16_t)n;
	else if (step == STEP_LIVE)
		page->cli_live = page->srv_live = (uint8_t)n;
	else
		page->cli_notify = page->srv_notify = (uint8_t)n;
}

static void
tell_lie(enum step step, uint32_t n)
{
	vchan_lies = (struct vchan_lies){ 0 };
	said = (int)n;
	if (step == STEP_MOST)
		vchan_lies.most = n % 8;
	else if (step == STEP_EVENTS)
		vchan_lies.spurious = n % 4;
	else if (step == STEP_SAY_READY)
		vchan_lies.ready = &said;
	else if (step == STEP_SAY_SPACE)
		vchan_lies.space = &said;
	else if (step == STEP_SAY_READ)
		vchan_lies.read = &said;
	else if (step == STEP_SAY_WRITE)
		vchan_lies.write = &said;
	else if (step == STEP_SAY_OPEN)
		vchan_lies.open = &said;
	else if (step == STEP_SAY_WAIT)
		vchan_lies.wait = &said;
	else if (step == STEP_NO_FD)
		vchan_lies.no_fd = true;
}

/* Honest, or what the honest library makes of a page that is not. */
static void
play_peer(struct libxenvchan *peer, enum step step, uint32_t n)
{
	static uint8_t bytes[CAP];
	const struct vchan_lies lies = vchan_lies;

	vchan_lies = (struct vchan_lies){ 0 };
	if (step == STEP_READ)
		(void)!libxenvchan_read(peer, bytes, n % (CAP + 1));
	else
		(void)!libxenvchan_write(peer, bytes, n % (CAP + 1));
	vchan_lies = lies;
}

static void
receive(struct link *l, size_t cap)
{
	uint8_t buf[CAP + 1];
	size_t n = 77;
	enum err e;

	memset(buf, 0x5a, sizeof(buf));
	e = link_receive(l, buf, cap, &n);
	must(received[e].name != NULL, "another end of receiving");
	received[e].times++;
	must(e == ERR_OK ? n > 0 && n <= cap : n % 77 == 0, "so many bytes");
	for (size_t i = e == ERR_OK ? cap : 0; e == ERR_OK &&
	    i < sizeof(buf); i++)
		must(buf[i] == 0x5a, "more than was asked for");
}

static void
send_some(struct link *l, size_t len)
{
	static const uint8_t bytes[CAP];
	size_t n = 77;
	const enum err e = link_send(l, bytes, len, &n);

	must(sent[e].name != NULL, "another end of sending");
	sent[e].times++;
	must(e == ERR_OK ? n > 0 && n <= len : n % 77 == 0, "so many bytes");
}

static void
look(struct link *l, short wanted)
{
	short watch = -1;
	const short now = link_ready(l, wanted, &watch);

	must((now & ~wanted) == 0, "what was not wanted");
	must(watch == (wanted != 0 ? POLLIN : 0), "waits for something else");
}

static void
play(struct libxenvchan *peer, struct link *ours, enum step step, uint32_t n)
{
	if (step <= STEP_BITS)
		write_page(peer, step, n);
	else if (step <= STEP_READ)
		play_peer(peer, step, n);
	else if (step <= STEP_TRUTH)
		tell_lie(step, n);
	else if (step == STEP_WE_RECEIVE)
		receive(ours, 1 + n % CAP);
	else if (step == STEP_WE_SEND)
		send_some(ours, 1 + n % CAP);
	else
		look(ours, (short)(n & (POLLIN | POLLOUT)));
}

/* However it went, the next one is served. */
static void
check_next(void)
{
	struct link link OWNED(link_drop) = { 0 };
	struct libxenvchan *peer = pair(false, &link);
	uint8_t buf[4];
	size_t n = 0;

	must(libxenvchan_write(peer, "ping", 1) == 1, "a write");
	must(link_receive(&link, buf, sizeof(buf), &n) == ERR_OK && n == 1 &&
	    buf[0] == 'p', "the next peer");
	libxenvchan_close(peer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct libxenvchan *peer;
	struct link ours = { 0 };

	if (len < 1 || len > 1 + 100 * STEP_BYTES)
		return 0;
	vchan_lies = (struct vchan_lies){ .ring = 1 + (in[0] >> 1) % 13 };
	vchan_mock_be(dir, SERVER);
	(void)!vchan_accept(door, &ours);	/* rings of the one before */
	peer = pair((in[0] & 1) != 0, &ours);
	for (size_t at = 1; at + STEP_BYTES <= len; at += STEP_BYTES) {
		uint32_t n;

		memcpy(&n, in + at + 1, sizeof(n));
		play(peer, &ours, in[at] % STEPS, n);
	}
	vchan_lies = (struct vchan_lies){ 0 };
	vchan_mock_be(dir, SERVER);
	link_drop(&ours);
	libxenvchan_close(peer);
	must(vchan_accept(door, &ours) == ERR_BUSY, "a door that is shut");
	check_next();
	return 0;
}
