/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/x509.h"

#include <stdbool.h>
#include <string.h>

#include "base/own.h"
#include "crypto/x509_int.h"

/* tcg-kp-EKCertificate, 2.23.133.8.1. */
static const uint8_t ek_purpose[] = { 0x67, 0x81, 0x05, 0x08, 0x01 };
/* id-RSAES-OAEP and rsaEncryption. */
static const uint8_t oaep[] = {
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07,
};
static const uint8_t rsa[] = {
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
};
static const uint8_t p256[] = {
	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
};

static bool
is(const ASN1_OBJECT *object, struct span oid)
{
	const struct span has = { OBJ_get0_data(object), OBJ_length(object) };

	return span_equal(has, oid);
}

static bool
has_purpose(const X509 *cert)
{
	EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(cert, NID_ext_key_usage,
	    NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++)
		found |= is(sk_ASN1_OBJECT_value(usage, i),
		    SPAN(ek_purpose));
	EXTENDED_KEY_USAGE_free(usage);
	return found;
}

/* Without the extension everything is allowed (RFC 5280, 4.2.1.3), and all
 * bits are said to be set. */
static bool
is_for_keys(X509 *cert)
{
	return (X509_get_key_usage(cert) &
	    (KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT)) != 0;
}

static struct span
bits_of(const X509 *cert, const ASN1_OBJECT **alg, X509_ALGOR **algor)
{
	const uint8_t *at = NULL;
	ASN1_OBJECT *object = NULL;
	int len = 0;

	if (X509_PUBKEY_get0_param(&object, &at, &len, algor,
	    X509_get_X509_PUBKEY(cert)) != 1 || len < 0)
		return (struct span){ };
	*alg = object;
	return (struct span){ at, (size_t)len };
}

static bool
same_point(const X509_ALGOR *algor, struct span bits,
    const struct x509_key *key)
{
	const void *curve = NULL;
	int kind = 0;

	X509_ALGOR_get0(NULL, &kind, &curve, algor);
	return kind == V_ASN1_OBJECT && is(curve, SPAN(p256)) &&
	    key->x.len == 32 && key->y.len == 32 && bits.len == 65 &&
	    bits.at[0] == 4 && memcmp(bits.at + 1, key->x.at, 32) == 0 &&
	    memcmp(bits.at + 33, key->y.at, 32) == 0;
}

static bool
same_number(const EVP_PKEY *has, const char *name, struct span want)
{
	BIGNUM *number = NULL, *wanted = BN_bin2bn(want.at, (int)want.len,
	    NULL);
	const bool equal = wanted != NULL &&
	    EVP_PKEY_get_bn_param(has, name, &number) == 1 &&
	    BN_cmp(number, wanted) == 0;

	BN_free(number);
	BN_free(wanted);
	return equal;
}

static bool
same_modulus(struct span bits, const struct x509_key *key)
{
	const uint8_t e[] = {
		(uint8_t)(key->exponent >> 24), (uint8_t)(key->exponent >> 16),
		(uint8_t)(key->exponent >> 8), (uint8_t)key->exponent,
	};
	const uint8_t *at = bits.at;
	EVP_PKEY *has = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at,
	    (long)bits.len);
	const bool equal = has != NULL && at == bits.at + bits.len &&
	    same_number(has, "n", key->modulus) &&
	    same_number(has, "e", SPAN(e));

	EVP_PKEY_free(has);
	return equal;
}

/* By the bytes of the key and not by OpenSSL's: that knows no OAEP here. */
static bool
same_key(const X509 *cert, const struct x509_key *key)
{
	const ASN1_OBJECT *alg = NULL;
	X509_ALGOR *algor = NULL;
	const struct span bits = bits_of(cert, &alg, &algor);

	if (alg == NULL)
		return false;
	if (key->x.len > 0)
		return same_point(algor, bits, key);
	return (is(alg, SPAN(rsa)) || is(alg, SPAN(oaep))) &&
	    same_modulus(bits, key);
}

enum x509_verdict
x509_ek(struct span der, const struct x509_key *key)
{
	X509 *cert OWNED(drop_cert) = read_cert(&der);
	enum x509_verdict v = CERT_GOOD;

	if (cert == NULL || der.len > 0)
		return CERT_MALFORMED;
	if (X509_check_ca(cert) != 0)
		v = CERT_CA;
	else if (!has_purpose(cert))
		v = CERT_PURPOSE;
	else if (!is_for_keys(cert))
		v = CERT_USAGE;
	else if (key != NULL && !same_key(cert, key))
		v = CERT_KEY;
	ERR_clear_error();
	return v;
}
