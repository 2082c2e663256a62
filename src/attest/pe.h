/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_PE_H
#define ATTEST_PE_H

/*
 * Programs of UEFI as firmware measures them: the Authenticode digest of a
 * PE/COFF image (Windows Authenticode Portable Executable Signature Format,
 * "Calculating the PE image hash"), which leaves out the checksum and the
 * signatures; and its sections, which systemd-stub measures one by one.
 *
 * The whole file is in memory, and may say what it likes of its sizes.
 *
 * Knows crypto.  Does not know logs.
 */

#include "base/span.h"
#include "crypto/hash.h"

#define PE_SECTIONS_MAX 96

struct pe_section {
	struct span	name;		/* 8 bytes at most, without NULs */
	struct span	data;		/* as long as it is in memory */
};

/* hash_len(alg) bytes.  MALFORMED if it is no PE/COFF image. */
enum err pe_digest(struct span file, enum hash_alg alg, uint8_t *out);

/* The i-th section; NOT_FOUND behind the last, and for a file that is no
 * image.  data is empty where the file has less than memory would. */
enum err pe_section(struct span file, size_t i, struct pe_section *out);

#endif
