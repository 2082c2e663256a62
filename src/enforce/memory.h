/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_MEMORY_H
#define ENFORCE_MEMORY_H

/*
 * What a verifier remembers of cryptod from one run to the next, so that
 * neither older key metadata nor a TPM that was put back is believed: one
 * line of numbers in a file `cryptod-seen` of the verifier's own directory.
 * It has always the same length and lies in one sector, so it is written in
 * place, by a process that can open nothing any more.
 *
 * What is known of the TPM holds under the trust file of that version alone:
 * with a newer one officers have looked at the appliance, and it begins anew.
 * An older one is refused: it would forget the TPM.  Else only who may remove
 * the file makes it begin anew.
 *
 * File and directory are ours or root's, and nobody else may write them.
 *
 * Knows enforce/proof.h.  Does not know what is believed by it.
 */

#include "base/err.h"
#include "enforce/proof.h"

struct memory {
	uint64_t		version;	/* of key metadata */
	uint64_t		trust;		/* version of the trust file */
	struct proof_seen	tpm;
};

/* The caller closes *fd; one that was just made remembers nothing.  DENIED if
 * others may write it, or it has another name too. */
enum err memory_open(const char *dir, int *fd);

/* Under the trust file of this version; MALFORMED if it is damaged, DENIED if
 * it was written under a newer one. */
enum err memory_read(int fd, uint64_t trust, struct memory *out);

/* Durable when it comes back. */
enum err memory_write(int fd, const struct memory *m);

#endif
