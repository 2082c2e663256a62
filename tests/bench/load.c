/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/bench.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/log.h"
#include "base/own.h"
#include "link/frame.h"

#define REQUEST_MAX 2048	/* of those that are sent here */
#define IN_MAX 65536
#define CONNECTIONS_MAX 64

/* "result": "ok", as it stands in a body. */
static const char granted[] = "\x66" "result" "\x62" "ok";

static enum err
connect_to(const char *path, int *out)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd OWNED(fd_drop) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
	    0);

	if (strlen(path) >= sizeof(sa.sun_path))
		return ERR_LIMIT;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (fd == -1 || connect(fd, (const struct sockaddr *)&sa,
	    sizeof(sa)) == -1)
		return log_errno("connect to %s", path);
	*out = GIVE(fd, -1);
	return ERR_OK;
}

enum err
order_new(const char *path, size_t n, struct order *out)
{
	*out = (struct order){ .fd = -1 };
	out->bytes = malloc(n * REQUEST_MAX);
	out->ends = calloc(n + 1, sizeof(out->ends[0]));
	out->times = calloc(n + 1, sizeof(out->times[0]));
	out->in = malloc(IN_MAX);
	if (out->bytes == NULL || out->ends == NULL || out->times == NULL ||
	    out->in == NULL)
		return ERR_LIMIT;
	return connect_to(path, &out->fd);
}

void
order_drop(struct order *o)
{
	free(o->bytes);
	free(o->ends);
	free(o->times);
	free(o->in);
	fd_drop(&o->fd);
}

static size_t
begins_at(const struct order *o, size_t i)
{
	return i == 0 ? 0 : o->ends[i - 1];
}

enum err
order_add(struct order *o, const struct msg *m)
{
	uint8_t *at = o->bytes + begins_at(o, o->n);
	size_t len;

	TRY(wire_encode(m, at + FRAME_HEAD, REQUEST_MAX - FRAME_HEAD, &len));
	frame_head(len, at);
	o->ends[o->n] = begins_at(o, o->n) + FRAME_HEAD + len;
	o->n++;
	return ERR_OK;
}

/* Send as many as may be outstanding; one call for all of them. */
static enum err
send_some(struct order *o, size_t outstanding)
{
	size_t to = o->answered + outstanding;
	const uint8_t *at = o->bytes + begins_at(o, o->sent);
	size_t len;
	uint64_t now;

	to = to < o->n ? to : o->n;
	if (to == o->sent)
		return ERR_OK;
	len = o->ends[to - 1] - begins_at(o, o->sent);
	now = lap_now();
	for (; o->sent < to; o->sent++)
		o->times[o->sent] = now;
	while (len > 0) {
		ssize_t n = send(o->fd, at, len, MSG_NOSIGNAL);

		if (n <= 0)
			return log_errno("send");
		at += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

static void
keep(struct kept *kept, struct span envelope)
{
	uint8_t *copy;

	if (kept == NULL || kept->n == KEPT_MAX ||
	    (copy = malloc(envelope.len)) == NULL)
		return;
	memcpy(copy, envelope.at, envelope.len);
	kept->at[kept->n++] = (struct span){ copy, envelope.len };
}

static void
take_answer(struct order *o, struct span envelope, uint64_t now,
    struct outcome *out, struct kept *kept)
{
	o->times[o->answered] = now - o->times[o->answered];
	o->answered++;
	out->answered++;
	if (memmem(envelope.at, envelope.len, granted,
	    sizeof(granted) - 1) == NULL)
		return;
	out->granted++;
	keep(kept, envelope);
}

static enum err
receive_some(struct order *o, struct outcome *out, struct kept *kept)
{
	ssize_t n = recv(o->fd, o->in + o->in_len, IN_MAX - o->in_len, 0);
	uint64_t now = lap_now();
	struct span envelope;
	size_t at = 0, whole;

	if (n <= 0)
		return log_err(ERR_HARDWARE, "cryptod hung up after %zu",
		    o->answered);
	o->in_len += (size_t)n;
	while (frame_parse((struct span){ o->in + at, o->in_len - at },
	    WIRE_MAX, &envelope, &whole) == ERR_OK) {
		take_answer(o, envelope, now, out, kept);
		at += whole;
	}
	o->in_len -= at;
	memmove(o->in, o->in + at, o->in_len);
	return ERR_OK;
}

static int
order_times(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static enum err
sort_times(const struct order *o, size_t n, struct outcome *out)
{
	size_t used = 0;

	out->times = calloc(out->answered + 1, sizeof(out->times[0]));
	if (out->times == NULL)
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++) {
		memcpy(out->times + used, o[i].times,
		    o[i].answered * sizeof(o[i].times[0]));
		used += o[i].answered;
	}
	qsort(out->times, used, sizeof(out->times[0]), order_times);
	return ERR_OK;
}

/* One wait, and what it brings. */
static enum err
turn(struct order *o, size_t n, size_t outstanding, struct outcome *out,
    struct kept *kept)
{
	struct pollfd fds[CONNECTIONS_MAX];

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = o[i].answered < o[i].n ? o[i].fd : -1,
			.events = POLLIN,
		};
	if (poll(fds, n, -1) == -1 && errno != EINTR)
		return log_errno("poll");
	for (size_t i = 0; i < n; i++) {
		if (fds[i].fd < 0 || fds[i].revents == 0)
			continue;
		TRY(receive_some(&o[i], out, i == 0 ? kept : NULL));
		TRY(send_some(&o[i], outstanding));
	}
	return ERR_OK;
}

enum err
orders_run(struct order *o, size_t n, size_t outstanding,
    struct outcome *out, struct kept *kept)
{
	size_t want = 0;

	if (n > CONNECTIONS_MAX)
		return ERR_LIMIT;
	*out = (struct outcome){ .lap = lap_start() };
	for (size_t i = 0; i < n; i++) {
		want += o[i].n;
		TRY(send_some(&o[i], outstanding));
	}
	while (out->answered < want)
		TRY(turn(o, n, outstanding, out, kept));
	lap_stop(&out->lap);
	return sort_times(o, n, out);
}
