/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_X509_INT_H
#define CRYPTO_X509_INT_H

/* Where OpenSSL begins.  Private to the files x509*.c of this room. */

#include <limits.h>

/* OpenSSL has a type of that name. */
#define ERR_STATE openssl_state
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

#include "base/span.h"

struct x509_anchors {
	STACK_OF(X509)	*certs;
};

void	drop_cert(X509 **cert);

/* The certificate at the front of *in, which moves behind it; NULL if there
 * is none. */
X509	*read_cert(struct span *in);

#endif
