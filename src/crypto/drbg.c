/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/drbg.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/secret.h"
#include "crypto/check.h"
#include "crypto/hash.h"

#define STRENGTH 32
#define SYSTEM_LEN (STRENGTH + STRENGTH / 2)
#define PARTS_MAX 3
#define DRAWN 512

/* All of it lies in the secret that holds it.  self is NULL in a forked
 * child, where the kernel has wiped the page. */
struct drbg {
	struct secret	*self;
	uint64_t	 requests;
	bool		 system;
	uint8_t		 k[SHA256_LEN];
	uint8_t		 v[SHA256_LEN];
	size_t		 kept;		/* at the end of drawn */
	uint8_t		 drawn[DRAWN];
};

/* So that a struct drbg at the end of a page is aligned. */
static_assert(sizeof(struct drbg) % _Alignof(struct drbg) == 0,
    "a secret ends where its page does");

static struct span
key_of(const struct drbg *d)
{
	return SPAN(d->k);
}

static enum err
next_v(struct drbg *d)
{
	const struct span v = SPAN(d->v);

	return hmac(HASH_SHA256, key_of(d), &v, 1, d->v);
}

/* K = HMAC(K, V || round || data), V = HMAC(K, V). */
static enum err
mix(struct drbg *d, uint8_t round, const struct span *data, size_t n)
{
	struct span parts[2 + PARTS_MAX] = { SPAN(d->v), { &round, 1 } };

	memcpy(parts + 2, data, n * sizeof(*data));
	TRY(hmac(HASH_SHA256, key_of(d), parts, 2 + n, d->k));
	return next_v(d);
}

/* 10.1.2.2. */
static enum err
update(struct drbg *d, const struct span *data, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += data[i].len;
	TRY(mix(d, 0, data, n));
	return len == 0 ? ERR_OK : mix(d, 1, data, n);
}

static int
is_input(const struct span *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (parts[i].len > DRBG_INPUT_MAX)
			return 0;
	return 1;
}

static enum err
from_kernel(uint8_t out[static SYSTEM_LEN])
{
	ssize_t n;

	/* Up to 256 bytes come whole or not at all. */
	do
		n = getrandom(out, SYSTEM_LEN, 0);
	while (n < 0 && errno == EINTR);
	return n == SYSTEM_LEN ? ERR_OK : log_errno("getrandom");
}

void
drbg_drop(struct drbg **d)
{
	struct secret *s;

	if (*d == NULL)
		return;
	s = (*d)->self;
	secret_drop(&s);
	*d = NULL;
}

/* 10.1.2.3; seed is entropy, nonce and personalization. */
static enum err
instantiate(const struct span seed[static PARTS_MAX], bool system,
    struct drbg **out)
{
	struct secret *s OWNED(secret_drop) = NULL;
	struct drbg *d;

	TRY(crypto_ready());
	if (!is_input(seed, PARTS_MAX))
		return ERR_LIMIT;
	TRY(secret_new(sizeof(struct drbg), &s));
	d = (struct drbg *)(void *)secret_expose(s);
	memset(d->v, 1, sizeof(d->v));
	TRY(update(d, seed, PARTS_MAX));
	d->requests = 1;
	d->system = system;
	d->self = GIVE(s, NULL);
	*out = d;
	return ERR_OK;
}

enum err
drbg_new(struct span entropy, struct span nonce, struct span personalization,
    struct drbg **out)
{
	const struct span seed[] = { entropy, nonce, personalization };

	if (entropy.len < STRENGTH || nonce.len < STRENGTH / 2)
		return ERR_LIMIT;
	return instantiate(seed, false, out);
}

enum err
drbg_from_system(struct span personalization, struct span extra,
    struct drbg **out)
{
	uint8_t kernel[SYSTEM_LEN];
	const struct span seed[] = { SPAN(kernel), extra, personalization };
	enum err e;

	TRY(from_kernel(kernel));
	e = instantiate(seed, true, out);
	explicit_bzero(kernel, sizeof(kernel));
	return e;
}

static enum err
alive(const struct drbg *d)
{
	TRY(crypto_ready());
	return d->self != NULL ? ERR_OK :
	    log_err(ERR_STATE, "drbg: a child has none of its parent's");
}

/* 10.1.2.4. */
enum err
drbg_reseed(struct drbg *d, struct span entropy, struct span additional)
{
	const struct span seed[] = { entropy, additional };

	TRY(alive(d));
	if (entropy.len < STRENGTH || !is_input(seed, 2))
		return ERR_LIMIT;
	TRY(update(d, seed, 2));
	d->requests = 1;
	return ERR_OK;
}

static enum err
seed_anew(struct drbg *d)
{
	uint8_t kernel[SYSTEM_LEN];
	enum err e;

	if (d->requests <= DRBG_RESEED_AFTER)
		return ERR_OK;
	if (!d->system)
		return ERR_STATE;
	TRY(from_kernel(kernel));
	e = drbg_reseed(d, SPAN(kernel), (struct span){ });
	explicit_bzero(kernel, sizeof(kernel));
	return e;
}

static enum err
fill(struct drbg *d, uint8_t *out, size_t len)
{
	for (size_t at = 0; at < len; at += sizeof(d->v)) {
		const size_t left = len - at;

		TRY(next_v(d));
		memcpy(out + at, d->v,
		    left < sizeof(d->v) ? left : sizeof(d->v));
	}
	return ERR_OK;
}

/* 10.1.2.5. */
static enum err
generate(struct drbg *d, struct span additional, uint8_t *out, size_t len)
{
	if (additional.len > 0)
		TRY(update(d, &additional, 1));
	TRY(fill(d, out, len));
	TRY(update(d, &additional, 1));
	d->requests++;
	return ERR_OK;
}

enum err
drbg_generate(struct drbg *d, struct span additional, uint8_t *out,
    size_t len)
{
	enum err e;

	TRY(alive(d));
	if (len > DRBG_REQUEST_MAX || !is_input(&additional, 1))
		return ERR_LIMIT;
	TRY(seed_anew(d));
	e = generate(d, additional, out, len);
	if (e != ERR_OK)
		explicit_bzero(out, len);
	return e;
}

enum err
drbg_draw(struct drbg *d, uint8_t *out, size_t len)
{
	if (len > DRBG_DRAW_MAX)
		return ERR_LIMIT;
	if (d->kept < len) {
		TRY(drbg_generate(d, (struct span){ 0 }, d->drawn,
		    DRAWN));
		d->kept = DRAWN;
	}
	memcpy(out, d->drawn + DRAWN - d->kept, len);
	/* What is given out is nothing that is kept. */
	explicit_bzero(d->drawn + DRAWN - d->kept, len);
	d->kept -= len;
	return ERR_OK;
}
