/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_PREDICT_H
#define ATTEST_PREDICT_H

/*
 * Which values PCRs will have when files are replaced: a log of a boot with
 * the old ones is replayed, and where an old file was measured the new one is
 * put in its place.
 *
 * A file is measured in one of these ways, which are told apart by their
 * digests:
 *
 *	as it is		GRUB, of what it reads; a command line is the
 *				file of its text, without a newline
 *	as a program		its Authenticode digest, by firmware and shim
 *	by its sections		each by itself, by systemd-stub; the new file
 *				needs one of the same name
 *
 * What else a new file brings about is not known: that its signer's key is
 * measured for the first time, that it measures more or less than the old one.
 *
 * Knows attest/eventlog.h, attest/pe.h.
 */

#include "attest/eventlog.h"
#include "attest/pe.h"

/* As it is, as a program, by its sections. */
#define PREDICT_WAYS (2 + PE_SECTIONS_MAX)

struct predict_swap {
	struct span	was, now;	/* whole files */
	size_t		met;		/* events that measured the old one */
	/* What the old one may be measured as; len 0: not so. */
	struct { size_t len; uint8_t at[HASH_LEN_MAX]; } old[PREDICT_WAYS];
};

/* The values in that bank, and how often each swap was met: a swap that was
 * never met has changed nothing, and it is for the caller to object.
 * NOT_FOUND as of eventlog_replay; MALFORMED if the new file lacks a section
 * that the old one had measured, or is no program where the old one is; STATE
 * if what was measured is two parts of the old files, such as equal sections,
 * that the new ones have different. */
enum err eventlog_predict(const struct eventlog *log, uint16_t alg,
    struct predict_swap *swaps, size_t n, struct eventlog_pcrs *out);

#endif
