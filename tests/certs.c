/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/certs.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct evp_pkey_st *
cert_key(bool rsa)
{
	return rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
}

struct evp_pkey_st *
cert_weak_key(void)
{
	return EVP_RSA_gen(1024);
}

void
cert_key_drop(struct evp_pkey_st **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

static bool
set_name(X509_NAME *name, const char *common)
{
	return common[0] == '\0' || X509_NAME_add_entry_by_txt(name, "CN",
	    MBSTRING_ASC, (const uint8_t *)common, -1, -1, 0) == 1;
}

static bool
extend(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e;
	bool added;

	if (value == NULL)
		return true;
	e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	added = e != NULL && X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	return added;
}

/* 1.2.3.4, critical, NULL. */
static bool
extend_oddly(X509 *cert)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4", 1);
	X509_EXTENSION *e;
	bool added;

	(void)ASN1_OCTET_STRING_set(value, (const uint8_t *)"\5", 2);
	e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	added = X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
	return added;
}

/* A directoryName of one attribute, the TPM's manufacturer. */
static bool
name_tpm(X509 *cert)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	X509_NAME *directory = X509_NAME_new();
	bool added = X509_NAME_add_entry_by_txt(directory, "2.23.133.2.1",
	    MBSTRING_UTF8, (const uint8_t *)"id:00001014", -1, -1, 0) == 1;

	GENERAL_NAME_set0_value(name, GEN_DIRNAME, directory);
	sk_GENERAL_NAME_push(names, name);
	added = X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 1, 0) ==
	    1 && added;
	GENERAL_NAMES_free(names);
	return added;
}

/* The same bits under the other name of RSA. */
static bool
rename_rsa(X509 *cert)
{
	X509_PUBKEY *spki = X509_get_X509_PUBKEY(cert);
	const uint8_t *bits;
	uint8_t *copy;
	int len;

	if (X509_PUBKEY_get0_param(NULL, &bits, &len, NULL, spki) != 1)
		return false;
	copy = OPENSSL_memdup(bits, (size_t)len);
	return X509_PUBKEY_set0_param(spki, OBJ_nid2obj(NID_rsaesOaep),
	    V_ASN1_NULL, NULL, copy, len) == 1;
}

static bool
fill(X509 *cert, const struct cert *c, EVP_PKEY *key)
{
	const time_t from = CERT_NOW + c->from - 3600;
	const time_t until = CERT_NOW + c->until + 3600;

	return X509_set_version(cert, X509_VERSION_3) == 1 &&
	    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7) == 1 &&
	    set_name(X509_get_subject_name(cert), c->subject) &&
	    set_name(X509_get_issuer_name(cert), c->issuer) &&
	    ASN1_TIME_set(X509_getm_notBefore(cert), from) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(cert), until) != NULL &&
	    X509_set_pubkey(cert, key) == 1 &&
	    extend(cert, NID_basic_constraints, c->constraints) &&
	    extend(cert, NID_key_usage, c->usage) &&
	    extend(cert, NID_ext_key_usage, c->purpose) &&
	    (!c->odd || extend_oddly(cert)) &&
	    (!c->san || name_tpm(cert)) && (!c->oaep || rename_rsa(cert));
}

size_t
cert_make(const struct cert *c, struct evp_pkey_st *key,
    struct evp_pkey_st *issuer, uint8_t out[static 4096])
{
	X509 *cert = X509_new();
	const EVP_MD *digest = EVP_get_digestbyname(c->digest != NULL ?
	    c->digest : "SHA256");
	int len = 0;

	if (fill(cert, c, key) && X509_sign(cert, issuer, digest) > 0 &&
	    i2d_X509(cert, NULL) <= 4096)
		len = i2d_X509(cert, &out);
	X509_free(cert);
	return len > 0 ? (size_t)len : 0;
}

size_t
cert_pem(struct span der, uint8_t out[static 4096])
{
	const uint8_t *at = der.at;
	X509 *cert = d2i_X509(NULL, &at, (long)der.len);
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	if (cert != NULL && bio != NULL && PEM_write_bio_X509(bio, cert) == 1)
		len = BIO_read(bio, out, 4096);
	BIO_free(bio);
	X509_free(cert);
	return len > 0 ? (size_t)len : 0;
}
