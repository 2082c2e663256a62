/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/x509.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "crypto/x509_int.h"

#define BEGIN "-----BEGIN"

void
x509_anchors_drop(struct x509_anchors **a)
{
	if (*a != NULL)
		sk_X509_pop_free((*a)->certs, X509_free);
	free(*a);
	*a = NULL;
}

static enum err
add(struct x509_anchors *a, X509 *cert)
{
	if (sk_X509_num(a->certs) < X509_ANCHORS_MAX &&
	    sk_X509_push(a->certs, cert) > 0)
		return ERR_OK;
	X509_free(cert);
	return ERR_LIMIT;
}

static size_t
count_blocks(struct span text)
{
	const uint8_t *at = text.at, *end = text.at + text.len;
	size_t n = 0;

	while ((at = memmem(at, (size_t)(end - at), BEGIN,
	    sizeof(BEGIN) - 1)) != NULL) {
		at += sizeof(BEGIN) - 1;
		n++;
	}
	return n;
}

/* Each block is a certificate: one that cannot be read hides no others. */
static enum err
add_pem(struct x509_anchors *a, struct span text)
{
	BIO *bio = BIO_new_mem_buf(text.at, (int)text.len);
	size_t left = count_blocks(text);
	enum err e = ERR_OK;

	for (; left > 0 && e == ERR_OK; left--) {
		X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

		e = cert == NULL ? ERR_MALFORMED : add(a, cert);
	}
	BIO_free(bio);
	ERR_clear_error();
	return e;
}

static enum err
add_file(struct x509_anchors *a, struct span file)
{
	X509 *cert;

	if (count_blocks(file) > 0)
		return add_pem(a, file);
	cert = read_cert(&file);
	if (cert == NULL)
		return ERR_MALFORMED;
	if (file.len > 0) {
		X509_free(cert);
		return ERR_MALFORMED;
	}
	return add(a, cert);
}

static enum err
read_file(int directory, const char *name, struct x509_anchors *a)
{
	static uint8_t room[X509_FILE_MAX + 1];
	int fd OWNED(fd_drop) = openat(directory, name,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, room, sizeof(room));
	enum err e = n <= 0 ? ERR_MALFORMED : n > X509_FILE_MAX ? ERR_LIMIT :
	    add_file(a, (struct span){ room, (size_t)n });

	if (e != ERR_OK)
		return log_err(e, "x509: %s: no certificate", name);
	return ERR_OK;
}

static void
drop_directory(DIR **d)
{
	if (*d != NULL)
		closedir(*d);
}

enum err
x509_anchors_read(const char *directory, struct x509_anchors **out)
{
	struct x509_anchors *a OWNED(x509_anchors_drop) =
	    calloc(1, sizeof(*a));
	DIR *d OWNED(drop_directory) = opendir(directory);
	const struct dirent *entry;

	/* No openssl.cnf: who writes that would say what is believed. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (d == NULL)
		return log_err(ERR_NOT_FOUND, "x509: %s: %m", directory);
	if (a == NULL || (a->certs = sk_X509_new_null()) == NULL)
		return log_err(ERR_LIMIT, "x509: no memory");
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			TRY(read_file(dirfd(d), entry->d_name, a));
	if (sk_X509_num(a->certs) == 0)
		return log_err(ERR_NOT_FOUND, "x509: %s: no certificate in it",
		    directory);
	*out = GIVE(a, NULL);
	return ERR_OK;
}
