/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_QUOTED_H
#define CTL_QUOTED_H

/*
 * A quote in files: one of evidence, or those that tpm2_quote(1) writes.
 *
 * Knows attest.  Does not know whether to believe it.
 */

#include "attest/evidence.h"
#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/sheet.h"

struct quoted {
	struct input		evidence_in, attest_in, sig_in, public_in;
	bool			raw;		/* it is no evidence */
	struct evidence		e;
	struct quote		quote;
	enum err		quote_err;
};

/* Read what the command line names; each fault is one line.  With whole, key
 * and signature have to be there. */
enum ends quoted_read(const struct args *a, bool whole, struct quoted *out);

/* Read the TPM's structures in q->e. */
void quoted_look(struct quoted *q);

/* Made for OWNED; accepts a zeroed one. */
void quoted_drop(struct quoted *q);

/* What it says, in maps of its key, quote and PCRs. */
void quoted_show(struct sheet *s, const struct quoted *q);

/* A TPM2B_PUBLIC, in a map of this name. */
void quoted_show_key(struct sheet *s, const char *name, struct span public);

/* Hexadecimal digits of an option, in buf; MALFORMED after a line. */
enum err quoted_hex(const char *option, const char *text, uint8_t *buf,
    size_t cap, struct span *out);

#endif
