/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/mem_link.h"

#include <assert.h>

static int
no_fd(void *self)
{
	(void)self;
	return -1;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static enum err
receive(void *self, uint8_t *buf, size_t cap, size_t *len)
{
	struct mem_link *m = self;
	size_t n = least(cap, m->in_len - m->in_at);

	if (m->broken)
		return ERR_HARDWARE;
	if (n == 0)
		return m->closed ? ERR_NOT_FOUND : ERR_BUSY;
	if (m->most > 0)
		n = least(n, m->most);
	memcpy(buf, m->in + m->in_at, n);
	m->in_at += n;
	*len = n;
	return ERR_OK;
}

static enum err
send_some(void *self, const uint8_t *buf, size_t len, size_t *sent)
{
	struct mem_link *m = self;
	size_t n = least(len, m->room);

	if (m->broken || m->closed)
		return ERR_HARDWARE;
	if (m->most > 0)
		n = least(n, m->most);
	if (n == 0)
		return ERR_BUSY;
	assert(m->out_len + n <= sizeof(m->out));
	memcpy(m->out + m->out_len, buf, n);
	m->out_len += n;
	m->room -= n;
	*sent = n;
	return ERR_OK;
}

static void
hang_up(void *self)
{
	((struct mem_link *)self)->dropped = true;
}

static const struct link_ops ops = {
	.fd = no_fd,
	.receive = receive,
	.send = send_some,
	.close = hang_up,
};

void
mem_link_open(struct mem_link *m, struct link *out)
{
	/* The buffers are left alone: most of their pages are never used. */
	m->in_len = m->in_at = m->out_len = m->most = 0;
	m->room = SIZE_MAX;
	m->closed = m->broken = m->dropped = false;
	*out = (struct link){ &ops, m };
}

void
mem_link_say(struct mem_link *m, struct span bytes)
{
	memmove(m->in, m->in + m->in_at, m->in_len - m->in_at);
	m->in_len -= m->in_at;
	m->in_at = 0;
	assert(m->in_len + bytes.len <= sizeof(m->in));
	memcpy(m->in + m->in_len, bytes.at, bytes.len);
	m->in_len += bytes.len;
}

struct span
mem_link_hear(struct mem_link *m)
{
	size_t len = m->out_len;

	m->out_len = 0;
	return (struct span){ m->out, len };
}
