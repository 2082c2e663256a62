/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/drbg.h"
#include "crypto/ecdh.h"
#include "crypto/ed25519.h"
#include "crypto/scrypt.h"

#define FILE_MAX 1024
#define PRIVATE_LEN 32

/* 64 MiB, and a quarter of a second of a machine of today. */
static const struct scrypt_price price = { 16, 8, 1 };

static enum cose_kind
kind_of(enum wire_office use)
{
	return use == WIRE_office_approvals ? COSE_P256 : COSE_ED25519;
}

static enum err
public_of(enum wire_office use, const struct secret *private,
    struct cose_key *out)
{
	struct cose_key key = { .kind = kind_of(use) };
	const uint8_t *d = secret_span(private).at;

	if (key.kind == COSE_P256)
		TRY(p256_public(d, key.x, key.y));
	else
		TRY(ed25519_public(d, key.x));
	*out = key;
	return ERR_OK;
}

static enum err
wrapping_key(const struct msg_key_file *k, const struct secret *passphrase,
    struct secret **out)
{
	struct secret *key OWNED(secret_drop) = NULL;

	TRY(secret_new(AEAD_KEY_LEN, &key));
	TRY(scrypt(secret_span(passphrase), WIRE_SPAN(k->salt),
	    &(struct scrypt_price){ (unsigned)k->cost, (unsigned)k->block,
	    (unsigned)k->lanes }, secret_expose(key), AEAD_KEY_LEN));
	*out = GIVE(key, NULL);
	return ERR_OK;
}

static enum err
seal(struct msg *m, const struct secret *passphrase,
    const struct secret *private)
{
	struct msg_key_file *k = &m->key_file;
	struct secret *key OWNED(secret_drop) = NULL;
	uint8_t rest[FILE_MAX];
	size_t len = 0;

	TRY(wire_encode_body(m, "sealed", rest, sizeof(rest), &len));
	TRY(wrapping_key(k, passphrase, &key));
	TRY(xchacha_seal(secret_expose(key), k->nonce.at,
	    (struct span){ rest, len }, secret_span(private), k->sealed.at));
	k->sealed.len = PRIVATE_LEN + AEAD_TAG_LEN;
	return ERR_OK;
}

static enum err
unseal(const struct msg *m, const struct secret *passphrase,
    struct secret **out)
{
	const struct msg_key_file *k = &m->key_file;
	struct secret *key OWNED(secret_drop) = NULL;
	struct secret *private OWNED(secret_drop) = NULL;
	uint8_t rest[FILE_MAX];
	size_t len = 0;

	TRY(wire_encode_body(m, "sealed", rest, sizeof(rest), &len));
	TRY(wrapping_key(k, passphrase, &key));
	TRY(secret_new(PRIVATE_LEN, &private));
	TRY(xchacha_open(secret_expose(key), k->nonce.at,
	    (struct span){ rest, len }, WIRE_SPAN(k->sealed),
	    secret_expose(private)));
	*out = GIVE(private, NULL);
	return ERR_OK;
}

/* The same directory, so that a rename is all it takes. */
static enum err
new_name(const char *path, char out[static 512])
{
	return snprintf(out, 512, "%s.new", path) < 512 ? ERR_OK :
	    log_err(ERR_LIMIT, "%s: the name is too long", path);
}

static enum err
sync_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[512] = ".";
	int fd OWNED(fd_drop) = -1;

	if (slash != NULL)
		snprintf(parent, sizeof(parent), "%.*s",
		    slash == path ? 1 : (int)(slash - path), path);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd != -1 && fsync(fd) == 0 ? ERR_OK : log_errno("%s", parent);
}

static enum err
write_new(const char *path, struct span bytes)
{
	int fd OWNED(fd_drop) = -1;

	if (unlink(path) == -1 && errno != ENOENT)
		return log_errno("%s", path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1 || fchmod(fd, 0600) == -1)
		return log_errno("%s", path);
	if (write(fd, bytes.at, bytes.len) != (ssize_t)bytes.len ||
	    fsync(fd) == -1)
		return log_errno("%s", path);
	return ERR_OK;
}

static enum err
save(const char *path, struct span bytes)
{
	char made[512];

	TRY(new_name(path, made));
	TRY(write_new(made, bytes));
	if (renameat2(AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return sync_parent(path);
	if (errno != EEXIST)
		return log_errno("%s", path);
	unlink(made);
	return log_err(ERR_STATE, "%s: there is a file of that name; it was "
	    "not touched", path);
}

static enum err
is_free(const char *path)
{
	struct stat st;

	return lstat(path, &st) == -1 && errno == ENOENT ? ERR_OK :
	    log_err(ERR_STATE, "%s: there is something of that name; it was "
	    "not touched", path);
}

/* A scalar of P-256 is 1 to n - 1; any 32 bytes are a seed. */
static enum err
draw(enum wire_office use, struct drbg *drbg, struct secret **out)
{
	struct secret *private OWNED(secret_drop) = NULL;

	TRY(secret_new(PRIVATE_LEN, &private));
	if (use == WIRE_office_approvals)
		TRY(p256_make(drbg, secret_expose(private)));
	else
		TRY(drbg_generate(drbg, (struct span){ 0 },
		    secret_expose(private), PRIVATE_LEN));
	*out = GIVE(private, NULL);
	return ERR_OK;
}

enum err
keyfile_make(const char *path, enum wire_office use,
    const struct secret *passphrase, struct drbg *drbg,
    struct cose_key *public)
{
	struct secret *private OWNED(secret_drop) = NULL;
	struct msg m = { .type = MSG_key_file };
	struct msg_key_file *k = &m.key_file;
	uint8_t bytes[FILE_MAX];
	struct cose_key key;
	size_t len = 0;

	TRY(is_free(path));
	TRY(draw(use, drbg, &private));
	TRY(public_of(use, private, &key));
	TRY(cose_key_encode(&key, k->public.at, &k->public.len));
	k->kdf = WIRE_kdf_scrypt;
	k->use = use;
	k->cost = price.cost;
	k->block = price.block;
	k->lanes = price.lanes;
	k->version = 1;
	k->salt.len = 16;
	k->nonce.len = XCHACHA_NONCE_LEN;
	TRY(drbg_draw(drbg, k->salt.at, k->salt.len));
	TRY(drbg_draw(drbg, k->nonce.at, k->nonce.len));
	TRY(seal(&m, passphrase, private));
	TRY(wire_encode_object(&m, bytes, sizeof(bytes), &len));
	TRY(save(path, (struct span){ bytes, len }));
	*public = key;
	return ERR_OK;
}

static enum err
read_file(const char *path, uint8_t *buf, size_t *len)
{
	int fd OWNED(fd_drop) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY);
	struct stat st;
	ssize_t n;

	if (fd == -1)
		return log_err(errno == ENOENT ? ERR_NOT_FOUND : ERR_HARDWARE,
		    "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return log_err(ERR_MALFORMED, "%s: not a file", path);
	n = read(fd, buf, FILE_MAX);
	if (n == -1)
		return log_errno("%s", path);
	*len = (size_t)n;
	return ERR_OK;
}

static enum err
load(const char *path, enum wire_office use, struct msg *m,
    struct cose_key *public)
{
	uint8_t buf[FILE_MAX];
	size_t len = 0;

	TRY(read_file(path, buf, &len));
	if (wire_decode_object(MSG_key_file, (struct span){ buf, len }, m) !=
	    ERR_OK || cose_key_decode(WIRE_SPAN(m->key_file.public), public) !=
	    ERR_OK || public->kind != kind_of(m->key_file.use))
		return log_err(ERR_MALFORMED, "%s: not a key file", path);
	if (m->key_file.use != use)
		return log_err(ERR_STATE, "%s: a key for %s, not for %s", path,
		    m->key_file.use == WIRE_office_acts ? "acts" :
		    "approvals", use == WIRE_office_acts ? "acts" :
		    "approvals");
	return ERR_OK;
}

enum err
keyfile_look(const char *path, enum wire_office use, struct cose_key *public)
{
	struct msg m;

	return load(path, use, &m, public);
}

enum err
keyfile_open(const char *path, enum wire_office use,
    const struct secret *passphrase, struct secret **private,
    struct cose_key *public)
{
	struct secret *key OWNED(secret_drop) = NULL;
	struct cose_key said, own;
	struct msg m;
	enum err e;

	TRY(load(path, use, &m, &said));
	e = unseal(&m, passphrase, &key);
	if (e == ERR_OK)
		e = public_of(use, key, &own);
	if (e == ERR_AUTH || (e == ERR_OK && !cose_key_equal(&said, &own)))
		return log_err(ERR_AUTH, "%s: the passphrase is wrong, or the "
		    "file was changed", path);
	TRY(e);
	*private = GIVE(key, NULL);
	*public = own;
	return ERR_OK;
}
