/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_CERTS_H
#define TESTS_CERTS_H

/*
 * Certificates of the tests' own, each with one thing wrong with it.
 *
 * Knows base and OpenSSL.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define CERT_NOW 1800000000	/* seconds since 1970: each is valid then */

struct evp_pkey_st;

struct cert {
	const char	*subject, *issuer;	/* common names; "": none */
	const char	*constraints;	/* as OpenSSL writes extensions; */
	const char	*usage, *purpose;	/* NULL: not there */
	bool		 odd;		/* a critical one that nobody knows */
	bool		 oaep;		/* its key says id-RSAES-OAEP */
	bool		 san;		/* a critical name of a TPM */
	const char	*digest;	/* NULL: SHA256 */
	int64_t		 from, until;	/* seconds from CERT_NOW */
};

/* A new key of P-256, or of RSA; one of RSA that is too small. */
struct evp_pkey_st *cert_key(bool rsa);
struct evp_pkey_st *cert_weak_key(void);
void	cert_key_drop(struct evp_pkey_st **key);

/* The certificate in DER; 0 if it cannot be made. */
size_t	cert_make(const struct cert *c, struct evp_pkey_st *key,
    struct evp_pkey_st *issuer, uint8_t out[static 4096]);

/* The same as PEM; 0 if it is no certificate. */
size_t	cert_pem(struct span der, uint8_t out[static 4096]);

#endif
