/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A processor that errs: the ANCHORHOLD_TEST_FAULT-th signature of this
 * process has a wrong bit.
 */

#include <stdint.h>
#include <stdlib.h>

#include "tests/wrap_ed25519.h"

int
__wrap_wc_ed25519_sign_msg(const byte *in, word32 inlen, byte *out,
    word32 *outlen, ed25519_key *key)
{
	static unsigned long n;
	const char *at = getenv("ANCHORHOLD_TEST_FAULT");
	const int rc = __real_wc_ed25519_sign_msg(in, inlen, out, outlen,
	    key);

	n++;
	if (rc == 0 && at != NULL && n == strtoul(at, NULL, 10))
		out[35] ^= 16;
	return rc;
}
