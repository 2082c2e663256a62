/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/keeper.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "cryptod/options.h"
#include "daemon/ends.h"
#include "daemon/sandbox.h"

#define PACKET (KEEPER_TAG + KEEPER_LEN)

static const struct allow calls[] = {
	ALLOW(read,		"take a packet into its page"),
	ALLOW(write,		"give it out; one line to stderr"),
	ALLOW(clock_gettime,	"the time, where the vDSO falls back"),
	ALLOW(munmap,		"wipe and release the page"),
	ALLOW(restart_syscall,	"go on after a stop"),
	ALLOW(exit_group,	"end"),
};

struct keeper {
	struct secret	*in, *kept;	/* of PACKET bytes */
	bool		 has;		/* kept is something */
	struct ends	 given;
};

static void
keeper_clear(struct keeper *k)
{
	secret_drop(&k->in);
	secret_drop(&k->kept);
}

static bool
may_give(struct keeper *k)
{
	uint64_t wait;

	return ends_add(&k->given, KEEPER_TIMES, KEEPER_WITHIN_MS, 0,
	    clock_now().boot_ms, &wait);
}

/* Straight out of the page, with the tag of who asks. */
static enum err
answer(struct keeper *k, int fd)
{
	struct secret *from = k->has ? k->kept : k->in;

	if (k->has && !may_give(k))
		return log_err(ERR_LIMIT, "keeper: asked for more than %d "
		    "times in %d s: it is wiped", KEEPER_TIMES,
		    KEEPER_WITHIN_MS / 1000);
	memmove(secret_expose(from), secret_expose(k->in), KEEPER_TAG);
	/* Who does not live to take it asks again, as another. */
	(void)!write(fd, secret_expose(from), k->has ? PACKET : KEEPER_TAG);
	return ERR_OK;
}

/* NOT_FOUND: everybody has gone. */
static enum err
take(struct keeper *k, int fd)
{
	struct secret *old = k->kept;
	const ssize_t n = read(fd, secret_expose(k->in), PACKET);

	if (n == KEEPER_TAG)
		return answer(k, fd);
	if (n == PACKET) {
		k->kept = k->in;
		k->in = old;
		k->has = true;
		return ERR_OK;
	}
	return n == 0 ? ERR_NOT_FOUND :
	    log_err(ERR_MALFORMED, "keeper: what is that?");
}

static enum err
keep(int fd)
{
	const struct sandbox box = {
		.allow = calls,
		.nallow = sizeof(calls) / sizeof(calls[0]),
		.bare = true,
	};
	struct keeper k OWNED(keeper_clear) = { 0 };
	enum err e;
	bool whole;

	TRY(secret_new(PACKET, &k.in));
	TRY(secret_new(PACKET, &k.kept));
	TRY(sandbox_enter(&box, &whole));
	while ((e = take(&k, fd)) == ERR_OK)
		;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

void
keeper_run(int fd)
{
	_exit(keep(fd) == ERR_OK ? EXIT_STOPPED : EXIT_CAP);
}

/* ---- cryptod's half ---- */

static void
put_tag(uint8_t at[static KEEPER_TAG])
{
	const uint32_t tag = (uint32_t)getpid();

	memcpy(at, &tag, KEEPER_TAG);
}

/* Until it is an answer to us. */
static enum err
read_answer(int fd, struct secret *page, size_t *len)
{
	uint8_t tag[KEEPER_TAG];
	ssize_t n;

	put_tag(tag);
	do {
		n = read(fd, secret_expose(page), PACKET);
		if (n != KEEPER_TAG && n != PACKET)
			return log_err(ERR_HARDWARE, "there is no keeper");
	} while (memcmp(secret_expose(page), tag, KEEPER_TAG) != 0);
	*len = (size_t)n;
	return ERR_OK;
}

enum err
keeper_ask(int fd, struct secret **out)
{
	struct secret *page OWNED(secret_drop) = NULL;
	uint8_t tag[KEEPER_TAG];
	size_t len = 0;

	TRY(secret_new(PACKET, &page));
	put_tag(tag);
	if (write(fd, tag, sizeof(tag)) != sizeof(tag))
		return log_errno("ask the keeper");
	TRY(read_answer(fd, page, &len));
	return len == KEEPER_TAG ? ERR_NOT_FOUND :
	    secret_copy((struct span){ secret_span(page).at + KEEPER_TAG,
	    KEEPER_LEN }, out);
}

enum err
keeper_give(int fd, const struct secret *what)
{
	struct secret *page OWNED(secret_drop) = NULL;

	TRY(secret_new(PACKET, &page));
	put_tag(secret_expose(page));
	memcpy(secret_expose(page) + KEEPER_TAG, secret_span(what).at,
	    KEEPER_LEN);
	return write(fd, secret_expose(page), PACKET) == PACKET ? ERR_OK :
	    log_errno("give to the keeper");
}
