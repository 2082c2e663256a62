/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COSE_KEYFILE_H
#define COSE_KEYFILE_H

/*
 * A private key in a file, under a passphrase: the object key_file of
 * docs/protocol.cddl.  K, which signs approvals, is a key of P-256; an
 * officer's, which signs acts, is one of Ed25519.
 *
 * The passphrase becomes a key by scrypt, whose price stands in the file and
 * is bounded when it is read; that key seals the private half with
 * XChaCha20-Poly1305, the whole rest of the map being associated data.
 *
 * Knows crypto and wire.  Does not know where a passphrase comes from.
 */

#include "base/secret.h"
#include "cose/key.h"
#include "wire/wire.h"

struct drbg;

/* Draw a key for this use, write it to path (mode 0600, whole or not at all,
 * durably) and give its public half.  STATE when there is something of that
 * name, which is never touched. */
enum err keyfile_make(const char *path, enum wire_office use,
    const struct secret *passphrase, struct drbg *drbg,
    struct cose_key *public);

/* The private half, 32 bytes: a scalar or a seed.  AUTH for another
 * passphrase or a file that was changed, MALFORMED for one that is no key
 * file, STATE for a key of another use, NOT_FOUND for none; each logged. */
enum err keyfile_open(const char *path, enum wire_office use,
    const struct secret *passphrase, struct secret **private,
    struct cose_key *public);

/* What the file says of its public half, which nothing vouches for until it
 * was opened.  Errors as above. */
enum err keyfile_look(const char *path, enum wire_office use,
    struct cose_key *public);

#endif
