/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vchan_mock.h"

#include <errno.h>
#include <fcntl.h>
#include <libxenvchan.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/own.h"

#define PAGE 4096
#define NAME 240	/* of a file, and of an event beside it */

/* The first page of the file of a channel; the rings follow, left first. */
struct page {
	struct vchan_interface	vchan;
	char			room[2048 - sizeof(struct vchan_interface)];
	uint32_t		client;		/* may map it */
	char			events[2][NAME];	/* server's, client's */
};

struct mock {
	struct libxenvchan	 ctrl;		/* what our callers know */
	struct page		*page;
	size_t			 size;		/* of the mapping */
	int			 in, out;	/* ends of the two FIFOs */
	char			 file[NAME - 8];
};

struct vchan_lies vchan_lies;
static unsigned calls, events;

/* "most=1 ring=64" from outside, once. */
static void
learn(void)
{
	static const struct {
		const char	*name;
		unsigned	*to;
	} words[] = {
		{ "ring=", &vchan_lies.ring },
		{ "most=", &vchan_lies.most },
		{ "spurious=", &vchan_lies.spurious },
		{ "lose=", &vchan_lies.lose },
	};
	const char *text = getenv("ANCHORHOLD_TEST_VCHAN");
	static bool learnt;

	for (size_t i = 0; !learnt && text != NULL &&
	    i < sizeof(words) / sizeof(words[0]); i++) {
		const char *at = strstr(text, words[i].name);

		if (at != NULL)
			*words[i].to = (unsigned)strtoul(at +
			    strlen(words[i].name), NULL, 10);
	}
	learnt = true;
}

static struct mock *
mock_of(struct libxenvchan *ctrl)
{
	return (struct mock *)ctrl;
}

static void
notify(struct mock *m)
{
	if (vchan_lies.lose == 0 || ++events % vchan_lies.lose != 0)
		(void)!write(m->out, "!", 1);
}

/* An event for ourselves that says nothing. */
static void
disturb(struct mock *m)
{
	int fd OWNED(fd_drop) = -1;

	if (vchan_lies.spurious == 0 || ++calls % vchan_lies.spurious != 0)
		return;
	fd = open(m->page->events[m->ctrl.is_server ? 0 : 1],
	    O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd != -1)
		(void)!write(fd, "?", 1);
}

/* ---- making and mapping ---- */

static int
order_of(size_t min)
{
	int order = 10;

	if (vchan_lies.ring > 0)
		return (int)vchan_lies.ring - 1;
	while (((size_t)1 << order) < min)
		order++;
	return order;
}

static int
attach(struct mock *m, int fd, bool server)
{
	struct libxenvchan *c = &m->ctrl;
	struct stat st;
	uint8_t *at;

	if (fstat(fd, &st) == -1 || st.st_size < PAGE)
		return -1;
	m->size = (size_t)st.st_size;
	at = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -1;
	m->page = (struct page *)(void *)at;
	c->ring = &m->page->vchan;
	c->is_server = server ? -1 : 0;
	c->read.shr = server ? &c->ring->left : &c->ring->right;
	c->write.shr = server ? &c->ring->right : &c->ring->left;
	c->read.order = server ? c->ring->left_order : c->ring->right_order;
	c->write.order = server ? c->ring->right_order : c->ring->left_order;
	at += PAGE;
	c->read.buffer = server ? at : at + ((size_t)1 << c->write.order);
	c->write.buffer = server ? at + ((size_t)1 << c->read.order) : at;
	if (vchan_lies.orders != NULL) {
		c->read.order = vchan_lies.orders[0];
		c->write.order = vchan_lies.orders[1];
	}
	return 0;
}

static struct mock *
start(void)
{
	struct mock *m = calloc(1, sizeof(*m));

	learn();
	if (m == NULL)
		abort();
	m->in = m->out = -1;
	/* What the library leaves to chance. */
	m->ctrl.blocking = -1;	/* one bit, and its sign */
	if (vchan_lies.refuse > 0) {
		vchan_lies.refuse--;
		libxenvchan_close(&m->ctrl);
		errno = ENOSPC;
		return NULL;
	}
	return m;
}

/* FIFOs stay for the next ring of the same name: a sandbox lets none be made.
 * For both ways, the client's shows it when we are gone. */
static int
make_events(struct mock *m)
{
	for (int i = 0; i < 2; i++) {
		snprintf(m->page->events[i], NAME, "%s.%d", m->file, i);
		if (mkfifo(m->page->events[i], 0600) == -1 && errno != EEXIST)
			return -1;
	}
	m->in = open(m->page->events[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	m->out = open(m->page->events[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return m->in == -1 || m->out == -1 ? -1 : 0;
}

/* It is there under its name when all of it is there. */
static int
make(struct mock *m, unsigned client, const char *path, int left, int right)
{
	struct vchan_interface *v;
	char new[NAME];
	int fd OWNED(fd_drop) = -1;
	struct page head = { .client = client };

	head.vchan.left_order = (uint16_t)left;
	head.vchan.right_order = (uint16_t)right;
	vchan_mock_file(path, m->file, sizeof(m->file));
	snprintf(new, sizeof(new), "%s.new", m->file);
	fd = open(new, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, &head, sizeof(head)) != sizeof(head) ||
	    ftruncate(fd, PAGE + (1 << left) + (1 << right)) == -1 ||
	    attach(m, fd, true) == -1 || make_events(m) == -1)
		return -1;
	v = &m->page->vchan;
	v->cli_live = 2;
	v->srv_live = 1;
	v->cli_notify = VCHAN_NOTIFY_WRITE;
	return renameat(AT_FDCWD, new, AT_FDCWD, m->file);
}

struct libxenvchan *
libxenvchan_server_init(struct xentoollog_logger *logger, int domain,
    const char *xs_path, size_t left_min, size_t right_min)
{
	struct mock *m = start();

	(void)logger;
	if (m != NULL && make(m, (unsigned)domain, xs_path,
	    order_of(left_min), order_of(right_min)) == 0)
		return &m->ctrl;
	if (m != NULL)
		libxenvchan_close(&m->ctrl);
	return NULL;
}

/* The client's own end of its FIFO is opened before the server can know. */
static int
map(struct mock *m, const char *path)
{
	int fd OWNED(fd_drop) = -1;

	vchan_mock_file(path, m->file, sizeof(m->file));
	fd = open(m->file, O_RDWR | O_CLOEXEC);
	if (fd == -1 || attach(m, fd, false) == -1)
		return -1;
	errno = EACCES;
	if (m->page->client != vchan_mock_domid())
		return -1;
	m->in = open(m->page->events[1], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	m->out = open(m->page->events[0], O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (m->in == -1 || m->out == -1)
		return -1;
	m->page->vchan.cli_live = 1;
	m->page->vchan.srv_notify = VCHAN_NOTIFY_WRITE;
	return 0;
}

struct libxenvchan *
libxenvchan_client_init(struct xentoollog_logger *logger, int domain,
    const char *xs_path)
{
	struct mock *m = start();

	(void)logger;
	(void)domain;
	if (m != NULL && map(m, xs_path) == 0) {
		notify(m);
		return &m->ctrl;
	}
	if (m != NULL)
		libxenvchan_close(&m->ctrl);
	return NULL;
}

void
libxenvchan_close(struct libxenvchan *ctrl)
{
	struct mock *m = mock_of(ctrl);

	if (m->page != NULL && ctrl->is_server) {
		ctrl->ring->srv_live = 0;
		unlink(m->file);
	} else if (m->page != NULL && m->out != -1) {
		ctrl->ring->cli_live = 0;
	}
	if (m->out != -1)
		notify(m);
	fd_drop(&m->in);
	fd_drop(&m->out);
	if (m->page != NULL)
		munmap(m->page, m->size);
	free(m);
}

/* ---- events ---- */

int
libxenvchan_fd_for_select(struct libxenvchan *ctrl)
{
	return vchan_lies.no_fd ? -1 : mock_of(ctrl)->in;
}

/* As the kernel does it when a process is gone that had the pages mapped. */
static void
bury(struct mock *m)
{
	struct pollfd p = { .fd = m->in, .events = POLLIN };

	if (ppoll(&p, 1, &(struct timespec){ 0 }, NULL) != 1 ||
	    (p.revents & POLLHUP) == 0)
		return;
	if (m->ctrl.is_server)
		m->page->vchan.cli_live = 0;
	else
		m->page->vchan.srv_live = 0;
}

int
libxenvchan_wait(struct libxenvchan *ctrl)
{
	struct mock *m = mock_of(ctrl);
	struct pollfd p = { .fd = m->in, .events = POLLIN };
	char taken[64];

	if (vchan_lies.wait != NULL)
		return *vchan_lies.wait;
	/* It blocks, whatever the descriptor is. */
	if (ppoll(&p, 1, NULL, NULL) == -1)
		return -1;
	(void)!read(m->in, taken, sizeof(taken));
	return 0;
}

static void
request(struct mock *m, uint8_t bit)
{
	struct vchan_interface *v = &m->page->vchan;

	disturb(m);
	__atomic_fetch_or(m->ctrl.is_server ? &v->cli_notify : &v->srv_notify,
	    bit, __ATOMIC_SEQ_CST);
}

static void
tell(struct mock *m, uint8_t bit)
{
	struct vchan_interface *v = &m->page->vchan;
	uint8_t *asked = m->ctrl.is_server ? &v->srv_notify : &v->cli_notify;

	if ((__atomic_fetch_and(asked, (uint8_t)~bit, __ATOMIC_SEQ_CST) &
	    bit) != 0)
		notify(m);
}

/* ---- rings, as libxenvchan 4.17 reads them ---- */

static int
ready_of(const struct libxenvchan_ring *r)
{
	const uint32_t n = r->shr->prod - r->shr->cons;

	return n > (1u << r->order) ? 0 : (int)n;
}

static int
space_of(const struct libxenvchan_ring *r)
{
	const uint32_t size = 1u << r->order;
	const uint32_t n = size - (r->shr->prod - r->shr->cons);

	return n > size ? 0 : (int)n;
}

int
libxenvchan_data_ready(struct libxenvchan *ctrl)
{
	request(mock_of(ctrl), VCHAN_NOTIFY_WRITE);
	return vchan_lies.ready != NULL ? *vchan_lies.ready :
	    ready_of(&ctrl->read);
}

int
libxenvchan_buffer_space(struct libxenvchan *ctrl)
{
	request(mock_of(ctrl), VCHAN_NOTIFY_READ);
	return vchan_lies.space != NULL ? *vchan_lies.space :
	    space_of(&ctrl->write);
}

int
libxenvchan_is_open(struct libxenvchan *ctrl)
{
	bury(mock_of(ctrl));
	if (vchan_lies.open != NULL)
		return *vchan_lies.open;
	return ctrl->is_server ? ctrl->ring->cli_live : ctrl->ring->srv_live;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Where the ring ends it goes on at its beginning. */
static void
copy(const struct libxenvchan_ring *r, uint32_t from, void *to,
    const void *data, size_t n)
{
	const size_t size = (size_t)1 << r->order;
	uint8_t *buffer = r->buffer;

	for (size_t i = 0; i < n; i++)
		if (to != NULL)
			((uint8_t *)to)[i] = buffer[(from + i) % size];
		else
			buffer[(from + i) % size] = ((const uint8_t *)data)[i];
}

/* Whoever leaves it to block would be held by its peer some day. */
static void
never_block(const struct libxenvchan *ctrl)
{
	if (ctrl->blocking)
		abort();
}

int
libxenvchan_read(struct libxenvchan *ctrl, void *data, size_t size)
{
	size_t n = least(size, (size_t)ready_of(&ctrl->read));

	never_block(ctrl);
	request(mock_of(ctrl), VCHAN_NOTIFY_WRITE);
	if (vchan_lies.read != NULL)
		return *vchan_lies.read;
	if (vchan_lies.most > 0)
		n = least(n, vchan_lies.most);
	if (n == 0)
		return libxenvchan_is_open(ctrl) == 0 ? -1 : 0;
	copy(&ctrl->read, ctrl->read.shr->cons, data, NULL, n);
	__atomic_fetch_add(&ctrl->read.shr->cons, (uint32_t)n,
	    __ATOMIC_SEQ_CST);
	tell(mock_of(ctrl), VCHAN_NOTIFY_READ);
	return (int)n;
}

int
libxenvchan_write(struct libxenvchan *ctrl, const void *data, size_t size)
{
	size_t n = least(size, (size_t)space_of(&ctrl->write));

	never_block(ctrl);
	if (libxenvchan_is_open(ctrl) == 0)
		return -1;
	request(mock_of(ctrl), VCHAN_NOTIFY_READ);
	if (vchan_lies.write != NULL)
		return *vchan_lies.write;
	if (vchan_lies.most > 0)
		n = least(n, vchan_lies.most);
	if (n == 0)
		return libxenvchan_is_open(ctrl) == 0 ? -1 : 0;
	copy(&ctrl->write, ctrl->write.shr->prod, NULL, data, n);
	__atomic_fetch_add(&ctrl->write.shr->prod, (uint32_t)n,
	    __ATOMIC_SEQ_CST);
	tell(mock_of(ctrl), VCHAN_NOTIFY_WRITE);
	return (int)n;
}
