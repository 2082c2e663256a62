/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * For LD_PRELOAD, where a test runs once more: one OpenSSL library context for
 * all of tpm2-tss.  It makes one for each digest that it computes, which is
 * most of what a test with a TPM does, and ten times that under valgrind.
 * libcryptsetup has its own, and takes out of it what it has loaded.  The
 * first build is tested without this.
 */

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <string.h>

static OSSL_LIB_CTX *one;

static bool
is_tss(const void *caller)
{
	Dl_info in;

	return dladdr(caller, &in) != 0 && in.dli_fname != NULL &&
	    strstr(in.dli_fname, "libtss2") != NULL;
}

OSSL_LIB_CTX *
OSSL_LIB_CTX_new(void)
{
	OSSL_LIB_CTX *(*make)(void);

	*(void **)&make = dlsym(RTLD_NEXT, "OSSL_LIB_CTX_new");
	if (!is_tss(__builtin_return_address(0)))
		return make();
	if (one == NULL)
		one = make();
	return one;
}

void
OSSL_LIB_CTX_free(OSSL_LIB_CTX *ctx)
{
	void (*drop)(OSSL_LIB_CTX *);

	if (ctx == one)
		return;
	*(void **)&drop = dlsym(RTLD_NEXT, "OSSL_LIB_CTX_free");
	drop(ctx);
}
