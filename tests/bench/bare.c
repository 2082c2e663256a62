/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/curve25519.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/sha256.h>

#define BATCH 32

/* As long as what cryptod signs for a token: an entry of the audit log, the
 * token, the answer. */
static const word32 signed_len[] = { 600, 220, 440 };

static uint64_t
clock_of(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t
lap_now(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

struct lap
lap_start(void)
{
	return (struct lap){ lap_now(), clock_of(CLOCK_PROCESS_CPUTIME_ID) };
}

void
lap_stop(struct lap *l)
{
	l->wall = lap_now() - l->wall;
	l->cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - l->cpu;
}

/* Keys and inputs of every operation; made once, before any is timed. */
struct tools {
	WC_RNG		 rng;
	ed25519_key	 ed;
	curve25519_key	 x, peer;
	ecc_key		 p256;
	byte		 msg[1024];
	byte		 ed_sig[ED25519_SIG_SIZE];
	byte		 p256_sig[ECC_MAX_SIG_SIZE];
	word32		 p256_len;
	byte		 secret[32];
};

static int
make_ed(struct tools *t)
{
	byte seed[32] = { 1, 2, 3 }, pub[32];
	word32 len = sizeof(t->ed_sig);

	return wc_ed25519_init(&t->ed) ||
	    wc_ed25519_import_private_only(seed, 32, &t->ed) ||
	    wc_ed25519_make_public(&t->ed, pub, 32) ||
	    wc_ed25519_import_private_key(seed, 32, pub, 32, &t->ed) ||
	    wc_ed25519_sign_msg(t->msg, signed_len[1], t->ed_sig, &len,
	    &t->ed);
}

static int
make_p256(struct tools *t)
{
	t->p256_len = sizeof(t->p256_sig);
	return wc_ecc_init(&t->p256) ||
	    wc_ecc_make_key_ex(&t->rng, 32, &t->p256, ECC_SECP256R1) ||
	    wc_ecc_set_rng(&t->p256, &t->rng) ||
	    wc_ecc_sign_hash(t->msg, 32, t->p256_sig, &t->p256_len, &t->rng,
	    &t->p256);
}

static int
make_x(struct tools *t)
{
	return wc_curve25519_init(&t->x) || wc_curve25519_init(&t->peer) ||
	    wc_curve25519_make_key(&t->rng, 32, &t->x) ||
	    wc_curve25519_make_key(&t->rng, 32, &t->peer);
}

static int
signatures(struct tools *t)
{
	int rc = 0;

	for (size_t i = 0; i < 3 && rc == 0; i++) {
		byte sig[ED25519_SIG_SIZE];
		word32 len = sizeof(sig);

		rc = wc_ed25519_sign_msg(t->msg, signed_len[i], sig, &len,
		    &t->ed);
	}
	return rc;
}

static int
ed25519_sign_one(struct tools *t)
{
	byte sig[ED25519_SIG_SIZE];
	word32 len = sizeof(sig);

	return wc_ed25519_sign_msg(t->msg, signed_len[1], sig, &len, &t->ed);
}

static int
ed25519_verify_one(struct tools *t)
{
	int good = 0;
	int rc = wc_ed25519_verify_msg(t->ed_sig, sizeof(t->ed_sig), t->msg,
	    signed_len[1], &good, &t->ed);

	return rc != 0 ? rc : !good;
}

/* What wrapping a secret takes: a key for it, and agreeing. */
static int
x25519_wrap(struct tools *t)
{
	curve25519_key one;
	byte shared[32];
	word32 len = sizeof(shared);
	int rc = wc_curve25519_init(&one) ||
	    wc_curve25519_make_key(&t->rng, 32, &one) ||
	    wc_curve25519_shared_secret(&one, &t->peer, shared, &len);

	wc_curve25519_free(&one);
	return rc;
}

static int
p256_verify_one(struct tools *t)
{
	int good = 0;
	int rc = wc_ecc_verify_hash(t->p256_sig, t->p256_len, t->msg, 32,
	    &good, &t->p256);

	return rc != 0 ? rc : !good;
}

static int
hotp_hmac(struct tools *t)
{
	byte mac[WC_SHA_DIGEST_SIZE];
	Hmac h;
	int rc = wc_HmacInit(&h, NULL, INVALID_DEVID) ||
	    wc_HmacSetKey(&h, WC_SHA, t->secret, 20) ||
	    wc_HmacUpdate(&h, t->msg, 8) || wc_HmacFinal(&h, mac);

	wc_HmacFree(&h);
	return rc;
}

static int
sha256_kib(struct tools *t)
{
	byte digest[WC_SHA256_DIGEST_SIZE];

	return wc_Sha256Hash(t->msg, sizeof(t->msg), digest);
}

static const struct {
	const char	*name;
	int		(*run)(struct tools *t);
} ops[] = {
	{ "signatures",		signatures },
	{ "ed25519_sign",	ed25519_sign_one },
	{ "ed25519_verify",	ed25519_verify_one },
	{ "x25519_wrap",	x25519_wrap },
	{ "p256_verify",	p256_verify_one },
	{ "hotp_hmac",		hotp_hmac },
	{ "sha256_kib",		sha256_kib },
};

static enum err
tools_new(struct tools **out)
{
	struct tools *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return ERR_LIMIT;
	if (wc_InitRng(&t->rng) || make_ed(t) || make_p256(t) || make_x(t)) {
		free(t);
		return log_err(ERR_INTERNAL, "wolfSSL makes no keys");
	}
	*out = t;
	return ERR_OK;
}

static enum err
repeat(int (*run)(struct tools *t), struct tools *t, unsigned ms,
    uint64_t *count, struct lap *lap)
{
	const uint64_t end = lap_now() + (uint64_t)ms * 1000000;

	*count = 0;
	*lap = lap_start();
	do {
		for (int i = 0; i < BATCH; i++)
			if (run(t) != 0)
				return log_err(ERR_INTERNAL, "wolfSSL fails");
		*count += BATCH;
	} while (lap_now() < end);
	lap_stop(lap);
	return ERR_OK;
}

enum err
bare_run(const char *name, unsigned ms, uint64_t *count, struct lap *lap)
{
	static struct tools *tools;

	if (tools == NULL)
		TRY(tools_new(&tools));
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(ops[i].name, name) == 0)
			return repeat(ops[i].run, tools, ms, count, lap);
	return log_err(ERR_NOT_FOUND, "%s: no such operation", name);
}

struct bare_signed {
	ed25519_key	key;
	size_t		len;
	byte		msg[4096];
	byte		sig[ED25519_SIG_SIZE];
};

enum err
bare_signed_new(size_t len, struct bare_signed **out)
{
	struct bare_signed *s = calloc(1, sizeof(*s));
	byte seed[32] = { 4, 5, 6 }, pub[32];
	word32 n = sizeof(s->sig);

	if (s == NULL || len > sizeof(s->msg)) {
		free(s);
		return ERR_LIMIT;
	}
	s->len = len;
	if (wc_ed25519_init(&s->key) ||
	    wc_ed25519_import_private_only(seed, 32, &s->key) ||
	    wc_ed25519_make_public(&s->key, pub, 32) ||
	    wc_ed25519_import_private_key(seed, 32, pub, 32, &s->key) ||
	    wc_ed25519_sign_msg(s->msg, (word32)len, s->sig, &n, &s->key)) {
		free(s);
		return ERR_INTERNAL;
	}
	*out = s;
	return ERR_OK;
}

enum err
bare_signed_check(struct bare_signed *s)
{
	int good = 0;

	return wc_ed25519_verify_msg(s->sig, sizeof(s->sig), s->msg,
	    (word32)s->len, &good, &s->key) == 0 && good ? ERR_OK : ERR_AUTH;
}
