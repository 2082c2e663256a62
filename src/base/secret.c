/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>

/*
 *	page 0		page 1	body			last page
 *	struct secret	fence	... slack | bytes	fence
 *
 * The bytes end where the last fence begins: one too far faults.
 */
struct secret {
	uint8_t	*bytes;
	size_t	 len;
	size_t	 body;
	size_t	 page;
};

static uint8_t *
body_of(const struct secret *s)
{
	return (uint8_t *)(uintptr_t)s + 2 * s->page;
}

static size_t
mapped(const struct secret *s)
{
	return 3 * s->page + s->body;
}

static int
fence(const struct secret *s)
{
	uint8_t *body = body_of(s);

	return mprotect(body - s->page, s->page, PROT_NONE) == 0 &&
	    mprotect(body + s->body, s->page, PROT_NONE) == 0 &&
	    mlock(body, s->body) == 0 &&
	    madvise(body, s->body, MADV_DONTDUMP) == 0 &&
	    madvise(body, s->body, MADV_WIPEONFORK) == 0;
}

enum err
secret_new(size_t len, struct secret **out)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct secret *s;
	size_t body;
	void *base;

	if (len == 0 || len > SECRET_MAX)
		return ERR_LIMIT;
	body = (len + page - 1) / page * page;
	base = mmap(NULL, 3 * page + body, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return ERR_LIMIT;

	s = base;
	*s = (struct secret){ .len = len, .body = body, .page = page };
	s->bytes = body_of(s) + body - len;
	if (!fence(s)) {
		munmap(base, mapped(s));
		return ERR_LIMIT;
	}
	*out = s;
	return ERR_OK;
}

enum err
secret_copy(struct span from, struct secret **out)
{
	struct secret *s OWNED(secret_drop) = NULL;

	TRY(secret_new(from.len, &s));
	memcpy(s->bytes, from.at, from.len);
	*out = GIVE(s, NULL);
	return ERR_OK;
}

void
secret_drop(struct secret **s)
{
	if (*s == NULL)
		return;
	explicit_bzero((*s)->bytes, (*s)->len);
	munmap(*s, mapped(*s));
	*s = NULL;
}

size_t
secret_len(const struct secret *s)
{
	return s->len;
}

enum err
secret_shorten(struct secret **s, size_t len)
{
	struct secret *shorter OWNED(secret_drop) = NULL;

	if (len > (*s)->len)
		return ERR_LIMIT;
	TRY(secret_copy((struct span){ (*s)->bytes, len }, &shorter));
	secret_drop(s);
	*s = GIVE(shorter, NULL);
	return ERR_OK;
}

uint8_t *
secret_expose(struct secret *s)
{
	return s->bytes;
}

struct span
secret_span(const struct secret *s)
{
	return (struct span){ s->bytes, s->len };
}

int
secret_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	volatile uint8_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ = (uint8_t)(differ | (a[i] ^ b[i]));
	return differ == 0;
}
