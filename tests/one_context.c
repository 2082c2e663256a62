/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * For LD_PRELOAD, where a test runs once more: one OpenSSL library context for
 * all who want one.  tpm2-tss makes one for each digest that it computes,
 * which is most of what a test with a TPM does, and ten times that under
 * valgrind.  The first build is tested without this.
 */

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <stdlib.h>

/* Programs that the test starts make their own: cryptsetup dies of ours. */
__attribute__((constructor)) static void
leave_others_alone(void)
{
	unsetenv("LD_PRELOAD");
}

OSSL_LIB_CTX *
OSSL_LIB_CTX_new(void)
{
	static OSSL_LIB_CTX *one;

	if (one == NULL) {
		OSSL_LIB_CTX *(*make)(void);

		*(void **)&make = dlsym(RTLD_NEXT, "OSSL_LIB_CTX_new");
		one = make();
	}
	return one;
}

void
OSSL_LIB_CTX_free(OSSL_LIB_CTX *ctx)
{
	(void)ctx;
}
