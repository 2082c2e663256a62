/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/check.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/memory.h>

/* Deeper than any call of wolfSSL with a secret goes: 14 KiB, for P-256. */
#define SCRUB_LEN 16384
/* And than a hash goes: 536 bytes, for HMAC-SHA-512. */
#define SCRUB_HASH_LEN 2048

enum err
crypto_check(int rc, const char *what)
{
	if (rc == 0)
		return ERR_OK;
	/* The peer's doing: whoever asked knows what to say of it. */
	if (rc == AES_GCM_AUTH_E || rc == SIG_VERIFY_E)
		return ERR_AUTH;
	return log_err(rc == MEMORY_E ? ERR_LIMIT : ERR_INTERNAL,
	    "%s: %s (%d)", what, wc_GetErrorString(rc), rc);
}

/* A sanitizer would move the room away from its caller. */
__attribute__((noinline, no_sanitize("address"))) void
crypto_scrub(void)
{
	uint8_t room[SCRUB_LEN];

	explicit_bzero(room, sizeof(room));
}

__attribute__((noinline, no_sanitize("address"))) void
crypto_scrub_hash(void)
{
	uint8_t room[SCRUB_HASH_LEN];

	explicit_bzero(room, sizeof(room));
}

static void
wipe_and_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* realloc() would leave the old copy behind. */
static void *
grow(void *old, size_t len)
{
	const size_t had = malloc_usable_size(old);
	void *p = malloc(len);

	if (p == NULL)
		return NULL;
	if (old != NULL)
		memcpy(p, old, had < len ? had : len);
	wipe_and_free(old);
	return p;
}

enum err
crypto_heap(void)
{
	return crypto_check(wolfSSL_SetAllocators(malloc, wipe_and_free, grow),
	    "wolfSSL_SetAllocators");
}
