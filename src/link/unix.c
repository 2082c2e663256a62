/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

#define BACKLOG 128

/* A link has nothing but its descriptor: the pointer carries it. */
static int
fd_of(void *self)
{
	return (int)(intptr_t)self;
}

static enum err
receive(void *self, uint8_t *buf, size_t cap, size_t *len)
{
	ssize_t n = recv(fd_of(self), buf, cap, 0);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? ERR_BUSY :
		    ERR_HARDWARE;
	*len = (size_t)n;
	return n == 0 && cap > 0 ? ERR_NOT_FOUND : ERR_OK;
}

static enum err
send_some(void *self, const uint8_t *buf, size_t len, size_t *sent)
{
	ssize_t n = send(fd_of(self), buf, len, MSG_NOSIGNAL);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? ERR_BUSY :
		    ERR_HARDWARE;
	*sent = (size_t)n;
	return ERR_OK;
}

static void
close_fd(void *self)
{
	close(fd_of(self));
}

static const struct link_ops ops = {
	.fd = fd_of,
	.receive = receive,
	.send = send_some,
	.close = close_fd,
};

static struct link
link_of(int fd)
{
	return (struct link){ &ops, (void *)(intptr_t)fd };
}

static enum err
address(const char *path, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (path[0] == '\0' || strlen(path) > UNIX_PATH_MAX)
		return log_err(ERR_LIMIT,
		    "%s: a socket's path has 1 to %d characters", path,
		    UNIX_PATH_MAX);
	memcpy(out->sun_path, path, strlen(path));
	return ERR_OK;
}

/* The directory part of an address: "." when there is none. */
static void
directory_of(const struct sockaddr_un *sa, char out[static UNIX_PATH_MAX + 1])
{
	const char *slash = strrchr(sa->sun_path, '/');
	size_t len = 1;

	if (slash != NULL && slash != sa->sun_path)
		len = (size_t)(slash - sa->sun_path);
	memcpy(out, slash == NULL ? "." : sa->sun_path, len);
	out[len] = '\0';
}

/* What protocol.md asks of the directory of a socket. */
static enum err
check_directory(const struct sockaddr_un *sa, uid_t server)
{
	char dir[UNIX_PATH_MAX + 1];
	struct stat st;

	directory_of(sa, dir);
	if (lstat(dir, &st) == -1) {
		(void)!log_errno("%s", dir);
		return ERR_NOT_FOUND;
	}
	if (!S_ISDIR(st.st_mode))
		return log_err(ERR_DENIED, "%s: not a directory", dir);
	if (st.st_uid != 0 && st.st_uid != server)
		return log_err(ERR_DENIED, "%s: belongs to uid %u, neither "
		    "root nor the server (%u)", dir, (unsigned)st.st_uid,
		    (unsigned)server);
	if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		return log_err(ERR_DENIED, "%s: mode %03o: its group may "
		    "write it or others may enter it", dir,
		    (unsigned)st.st_mode & 0777);
	return ERR_OK;
}

/* Does anybody listen there?  It is our own server's place: no waiting. */
static enum err
remove_stale(const struct sockaddr_un *sa)
{
	int fd OWNED(fd_drop) = -1;
	struct stat st;

	if (lstat(sa->sun_path, &st) == -1)
		return errno == ENOENT ? ERR_OK :
		    log_errno("%s", sa->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return log_err(ERR_DENIED, "%s: is there and not a socket",
		    sa->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return log_errno("socket");
	if (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0 ||
	    errno != ECONNREFUSED)
		return log_err(ERR_STATE, "%s: somebody listens there",
		    sa->sun_path);
	if (unlink(sa->sun_path) == -1)
		return log_errno("remove %s", sa->sun_path);
	return ERR_OK;
}

/* Nobody but us can connect until the clients' group has been given. */
static enum err
bind_at(int fd, const struct sockaddr_un *sa, gid_t clients)
{
	const mode_t before = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)sa, sizeof(*sa));

	umask(before);
	if (rc == -1)
		return log_errno("bind %s", sa->sun_path);
	if (clients != UNIX_NO_GROUP &&
	    (lchown(sa->sun_path, (uid_t)-1, clients) == -1 ||
	    chmod(sa->sun_path, 0660) == -1))
		return log_errno("give %s to group %u", sa->sun_path,
		    (unsigned)clients);
	return ERR_OK;
}

enum err
unix_listen(const char *path, gid_t clients, int *out)
{
	int fd OWNED(fd_drop) = -1;
	struct sockaddr_un sa;

	TRY(address(path, &sa));
	TRY(check_directory(&sa, geteuid()));
	TRY(remove_stale(&sa));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return log_errno("socket");
	TRY(bind_at(fd, &sa, clients));
	if (listen(fd, BACKLOG) == -1)
		return log_errno("listen at %s", path);
	*out = GIVE(fd, -1);
	return ERR_OK;
}

static enum err
uid_of_peer(int fd, uid_t *out)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return log_errno("SO_PEERCRED");
	*out = peer.uid;
	return ERR_OK;
}

enum err
unix_accept(int listener, uid_t client, struct link *out)
{
	int fd OWNED(fd_drop) = accept4(listener, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	uid_t uid = 0;

	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			return ERR_LIMIT;
		return errno == EAGAIN || errno == EINTR ||
		    errno == ECONNABORTED ? ERR_BUSY : log_errno("accept");
	}
	TRY(uid_of_peer(fd, &uid));
	if (uid != client)
		return ERR_AUTH;	/* not a line each: it may be a flood */
	*out = link_of(GIVE(fd, -1));
	return ERR_OK;
}

/* A Unix socket's connect() waits as long as a send may. */
static enum err
connect_within(int fd, const struct sockaddr_un *sa, unsigned timeout_ms)
{
	const struct timeval wait = {
		.tv_sec = timeout_ms / 1000,
		.tv_usec = timeout_ms % 1000 * 1000,
	};

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == -1)
		return log_errno("SO_SNDTIMEO");
	if (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0)
		return ERR_OK;
	if (errno == EAGAIN || errno == EINTR)
		return ERR_BUSY;
	(void)!log_errno("connect to %s", sa->sun_path);
	return ERR_NOT_FOUND;
}

enum err
unix_link(int fd, struct link *out)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return log_errno("fcntl");
	*out = link_of(fd);
	return ERR_OK;
}

enum err
unix_connect(const char *path, uid_t server, unsigned timeout_ms,
    struct link *out)
{
	int fd OWNED(fd_drop) = -1;
	struct sockaddr_un sa;
	uid_t uid = 0;
	enum err e;

	TRY(address(path, &sa));
	e = check_directory(&sa, server);
	if (e != ERR_OK)
		return e == ERR_DENIED ? ERR_AUTH : e;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return log_errno("socket");
	/* No time-out is said as zero, which would be waiting for ever. */
	TRY(connect_within(fd, &sa, timeout_ms > 0 ? timeout_ms : 1));
	TRY(uid_of_peer(fd, &uid));
	if (uid != server)
		return log_err(ERR_AUTH, "%s: the server runs as uid %u, not "
		    "%u", path, (unsigned)uid, (unsigned)server);
	TRY(unix_link(fd, out));
	fd = -1;
	return ERR_OK;
}
