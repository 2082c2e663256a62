/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_X509_H
#define CRYPTO_X509_H

/*
 * Certificates of endorsement keys (TCG EK Credential Profile 2.1): whether
 * one leads to a manufacturer who is believed, whether it is one of an EK,
 * and of which key.
 *
 * Who is believed is a directory of certificates, PEM or DER.  Each of them
 * is an anchor, be it a root or not: a chain ends at the first one met, and
 * what an anchor's own signature is worth is not asked.  Every issuer's key,
 * an anchor's too, has to be as strong as RSA of 2048 bits.  Nothing is
 * fetched: neither issuers nor revocation lists; whoever is not to be believed
 * any more is taken out of the directory.
 *
 * OpenSSL reads, since wolfSSL knows no id-RSAES-OAEP in a key.  Certificates
 * are the peer's bytes and their readers are large: only a process that holds
 * no secret and may be lost calls what is in here.
 *
 * Knows base and OpenSSL.  Does not know what a TPM is asked.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define X509_LEN_MAX 8192	/* of one certificate */
#define X509_FILE_MAX 65536	/* of a file in the directory */
#define X509_ANCHORS_MAX 1024
#define X509_CHAIN_MAX 8
#define X509_ANY_TIME 0		/* instead of a time: none is looked at */

enum x509_verdict {
#define CERT(name, text) CERT_##name,
#include "crypto/x509.def"
#undef CERT
	CERT_VERDICTS
};

/* The words of one. */
const char *x509_text(enum x509_verdict v);

struct x509_anchors;

/* What is in a directory; hidden files are passed over.  MALFORMED, said in
 * the log, if there is a file in it that is no certificate; NOT_FOUND if
 * there is none at all. */
enum err x509_anchors_read(const char *directory, struct x509_anchors **out);
void x509_anchors_drop(struct x509_anchors **a);

/* A public key, as its TPM tells it: of P-256, or with an empty x of RSA. */
struct x509_key {
	struct span	x, y;
	struct span	modulus;
	uint32_t	exponent;
};

/* A certificate as it lies in NV: without the header of TPM 1.2 and what is
 * behind it, which has to be bytes of ff, 00 or 11.  MALFORMED. */
enum err x509_trim(struct span in, struct span *out);

/* Whether the certificate leads to an anchor, at that time (seconds since
 * 1970); others are certificates in between, DER, one behind another. */
enum x509_verdict x509_chain(const struct x509_anchors *a, struct span der,
    struct span others, int64_t when);

#define X509_ISSUER 160

/* What a certificate says of itself; whether that is true is a matter of the
 * chain. */
struct x509_about {
	char		issuer[X509_ISSUER];	/* RFC 2253, cut; or empty */
	size_t		serial_len;
	uint8_t		serial[20];		/* without its sign */
	int64_t		from, until;		/* seconds since 1970 */
};

/* MALFORMED: as much of it as could be read. */
enum err x509_about(struct span der, struct x509_about *out);

/* Whether it says that this key, unless it is NULL, is an EK: no CA, the
 * extended key usage tcg-kp-EKCertificate, and a key usage, where there is
 * one, to encipher or to agree on keys. */
enum x509_verdict x509_ek(struct span der, const struct x509_key *key);

#endif
