/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_WRAP_ED25519_H
#define TESTS_WRAP_ED25519_H

/* wolfSSL's signer, and what the linker puts around it (--wrap). */

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ed25519.h>

int __real_wc_ed25519_sign_msg(const byte *in, word32 len, byte *out,
    word32 *outlen, ed25519_key *key);
int __wrap_wc_ed25519_sign_msg(const byte *in, word32 len, byte *out,
    word32 *outlen, ed25519_key *key);

#endif
