/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/x509.h"

#include <stdbool.h>

#include "base/own.h"
#include "crypto/x509_int.h"

#define STRENGTH 112	/* bits: RSA of 2048, a curve of 224 */

const char *
x509_text(enum x509_verdict v)
{
	static const char *const texts[] = {
#define CERT(name, text) text,
#include "crypto/x509.def"
#undef CERT
	};

	return texts[v];
}

void
drop_cert(X509 **cert)
{
	X509_free(*cert);
	*cert = NULL;
}

X509 *
read_cert(struct span *in)
{
	const uint8_t *at = in->at;
	X509 *cert = in->len == 0 || in->len > LONG_MAX ? NULL :
	    d2i_X509(NULL, &at, (long)in->len);

	ERR_clear_error();
	if (cert != NULL)
		*in = (struct span){ at, in->len - (size_t)(at - in->at) };
	return cert;
}

/* TCG PC Client Implementation for BIOS, TPM 1.2: a tag, a kind, a size, and
 * the tag of what is in it. */
static void
skip_header(struct span *in)
{
	if (in->len > 7 && in->at[0] == 0x10 && in->at[1] == 0x01 &&
	    in->at[2] == 0x00 && in->at[5] == 0x10 && in->at[6] == 0x02)
		*in = (struct span){ in->at + 7, in->len - 7 };
}

enum err
x509_trim(struct span in, struct span *out)
{
	size_t len;

	skip_header(&in);
	/* A SEQUENCE, its size in two bytes: none is smaller. */
	if (in.len < 4 || in.at[0] != 0x30 || in.at[1] != 0x82)
		return ERR_MALFORMED;
	len = 4 + ((size_t)in.at[2] << 8 | in.at[3]);
	if (len > in.len || len > X509_LEN_MAX)
		return ERR_MALFORMED;
	for (size_t i = len; i < in.len; i++)
		if (in.at[i] != in.at[len] || (in.at[i] != 0xff &&
		    in.at[i] != 0x00 && in.at[i] != 0x11))
			return ERR_MALFORMED;
	*out = (struct span){ in.at, len };
	return ERR_OK;
}

/* A certificate that is all there is; NULL if it is not. */
static X509 *
read_one(struct span der)
{
	X509 *cert = read_cert(&der);

	if (cert != NULL && der.len > 0)
		drop_cert(&cert);
	return cert;
}

static enum x509_verdict
verdict_of(int code)
{
	switch (code) {
	case X509_V_OK:
		return CERT_GOOD;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return CERT_SIGNATURE;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return CERT_EXPIRED;
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
		return CERT_ISSUER;
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
		return CERT_CRITICAL;
	default:
		return CERT_UNKNOWN;
	}
}

/* The digests that are believed. */
static bool
is_believed(const X509 *cert)
{
	int digest = NID_undef;

	if (X509_get_signature_nid(cert) == NID_rsassaPss)
		return X509_get_signature_info((X509 *)(uintptr_t)cert,
		    &digest, NULL, NULL, NULL) == 1 &&
		    (digest == NID_sha256 || digest == NID_sha384 ||
		    digest == NID_sha512);
	return OBJ_find_sigid_algs(X509_get_signature_nid(cert), &digest,
	    NULL) == 1 && (digest == NID_sha256 || digest == NID_sha384 ||
	    digest == NID_sha512);
}

/* A key that is believed to sign; NIST SP 800-57, 5.6.1. */
static bool
is_strong(const X509 *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);

	return key != NULL && EVP_PKEY_get_security_bits(key) >= STRENGTH;
}

/* What OpenSSL does not ask: of those below the first anchor a digest that is
 * believed, and of every issuer a key that is.  Its auth_level would ask that
 * of the leaf too, whose key it cannot read where it says id-RSAES-OAEP. */
static enum x509_verdict
judge_algorithms(X509_STORE_CTX *ctx)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	const int below = X509_STORE_CTX_get_num_untrusted(ctx);

	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *cert = sk_X509_value(chain, i);

		if ((i < below && !is_believed(cert)) ||
		    (i > 0 && !is_strong(cert)))
			return CERT_ALGORITHM;
	}
	return CERT_GOOD;
}

struct path {
	X509_STORE_CTX	*ctx;
	STACK_OF(X509)	*others;
	X509		*cert;
};

static void
drop_path(struct path *p)
{
	X509_STORE_CTX_free(p->ctx);
	sk_X509_pop_free(p->others, X509_free);
	drop_cert(&p->cert);
	ERR_clear_error();
}

static bool
read_others(struct path *p, struct span others)
{
	while (others.len > 0) {
		X509 *cert = read_cert(&others);

		if (cert == NULL || sk_X509_num(p->others) == X509_CHAIN_MAX ||
		    sk_X509_push(p->others, cert) == 0) {
			X509_free(cert);
			return false;
		}
	}
	return true;
}

static void
set_time(X509_STORE_CTX *ctx, int64_t when)
{
	X509_VERIFY_PARAM *how = X509_STORE_CTX_get0_param(ctx);

	(void)X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN |
	    (when == X509_ANY_TIME ? X509_V_FLAG_NO_CHECK_TIME : 0));
	X509_VERIFY_PARAM_set_depth(how, X509_CHAIN_MAX);
	if (when != X509_ANY_TIME)
		X509_VERIFY_PARAM_set_time(how, (time_t)when);
}

enum x509_verdict
x509_chain(const struct x509_anchors *a, struct span der, struct span others,
    int64_t when)
{
	struct path p OWNED(drop_path) = { .ctx = X509_STORE_CTX_new(),
	    .others = sk_X509_new_null(), .cert = read_one(der) };

	if (p.cert == NULL || p.ctx == NULL || p.others == NULL ||
	    !read_others(&p, others) ||
	    X509_STORE_CTX_init(p.ctx, NULL, p.cert, p.others) != 1)
		return CERT_MALFORMED;
	X509_STORE_CTX_set0_trusted_stack(p.ctx, a->certs);
	set_time(p.ctx, when);
	if (X509_verify_cert(p.ctx) != 1) {
		const enum x509_verdict v =
		    verdict_of(X509_STORE_CTX_get_error(p.ctx));

		return v == CERT_GOOD ? CERT_UNKNOWN : v;
	}
	return judge_algorithms(p.ctx);
}
