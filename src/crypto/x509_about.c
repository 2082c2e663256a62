/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/x509.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/own.h"
#include "crypto/x509_int.h"

static void
drop_bio(BIO **b)
{
	BIO_free(*b);
	*b = NULL;
}

static enum err
say_issuer(const X509 *cert, char out[static X509_ISSUER])
{
	BIO *b OWNED(drop_bio) = BIO_new(BIO_s_mem());
	int n;

	if (b == NULL || X509_NAME_print_ex(b, X509_get_issuer_name(cert), 0,
	    XN_FLAG_RFC2253) < 0)
		return ERR_MALFORMED;
	n = BIO_read(b, out, X509_ISSUER - 1);
	out[n > 0 ? n : 0] = '\0';
	return ERR_OK;
}

static enum err
take_serial(const X509 *cert, struct x509_about *out)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
	const int len = ASN1_STRING_length(serial);

	if (len < 0 || (size_t)len > sizeof(out->serial))
		return ERR_MALFORMED;
	out->serial_len = (size_t)len;
	memcpy(out->serial, ASN1_STRING_get0_data(serial), (size_t)len);
	return ERR_OK;
}

static enum err
take_time(const ASN1_TIME *from, int64_t *out)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(from, &tm) != 1)
		return ERR_MALFORMED;
	*out = timegm(&tm);
	return ERR_OK;
}

enum err
x509_about(struct span der, struct x509_about *out)
{
	X509 *cert OWNED(drop_cert) = read_cert(&der);

	*out = (struct x509_about){ 0 };
	if (cert == NULL)
		return ERR_MALFORMED;
	TRY(say_issuer(cert, out->issuer));
	TRY(take_serial(cert, out));
	TRY(take_time(X509_get0_notBefore(cert), &out->from));
	return take_time(X509_get0_notAfter(cert), &out->until);
}
