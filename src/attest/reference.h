/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_REFERENCE_H
#define ATTEST_REFERENCE_H

/*
 * What a machine's TPM has to show: the reference of one vm_id.
 *
 * Knows base.  Does not know who signed it.
 */

#include "attest/object.h"
#include "wire/wire.h"

#define REFERENCE_SETS 16

struct reference {
	struct wire_id	vm_id;
	uint8_t		ak_name[ATTEST_NAME_LEN];	/* as enrolled */
	uint16_t	alg;		/* TPM_ALG_ID of the demanded bank */
	uint32_t	mask;		/* the demanded PCRs, bit n is PCR n */
	/* Each is the values of these PCRs, ascending; one of them has to be
	 * met.  Borrowed from the bytes that the reference was read from. */
	size_t		nsets;
	struct span	set[REFERENCE_SETS];
	/* Or an event log has to meet the rules; empty: none will do. */
	struct span	rules;
	uint64_t	firmware_floor;	/* firmwareVersion; 0 for any */
	bool		strict_reset;	/* each reset asks for an act */
};

#endif
